// A change to a graph that runs, as it is written down. Its elements and links are declared as those of a graph are, so that one
// declaration gives types, validation and schema of both.
import { z } from 'zod';
import { graphDescription } from '../graph/graph-description.ts';

const elementName = z.string().min(1);

/** What is added: elements, and links among them and to elements that run. */
export const graphAddition = z.strictObject({
  elements: graphDescription.shape.elements.default({}).meta({ description: 'New elements by name.' }),
  links: graphDescription.shape.links.meta({
    description: 'Chains such as `cam9 ! mux`, among new elements and those that run; a pad that is made for a link may be left out.',
  }),
});

export const graphEdit = z.strictObject({
  add: graphAddition.optional().meta({ description: 'What is added, and linked to what runs.' }),
  remove: z
    .union([elementName, z.array(elementName).min(1)])
    .optional()
    .meta({ description: 'Elements that are taken out.' }),
  drain: z.boolean().default(true).meta({
    description: 'Whether what is under way in what is removed or unlinked is worked off first. Otherwise it is dropped, and counted.',
  }),
  unlink: z
    .array(z.string())
    .default([])
    .meta({ description: 'Links between elements that stay which are taken apart, such as `cam1 ! left.sink_0`.' }),
  set: z
    .record(elementName, z.record(z.string(), z.unknown()))
    .default({})
    .meta({ description: 'Properties to change, by element. Which of them may be changed while it runs is for an element to say.' }),
});

export type GraphAddition = z.input<typeof graphAddition>;
export type GraphEdit = z.input<typeof graphEdit>;
export type CheckedEdit = z.output<typeof graphEdit>;
