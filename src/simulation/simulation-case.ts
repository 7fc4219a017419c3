import { z } from 'zod';
import { faultPlan } from './fault-plan.ts';

/** Chance has no more seeds than these: a larger one would be the same as a smaller. */
export const MAX_SEED = 2 ** 32 - 1;

/** All that one simulated run depends on beside the graph: the same case is the same run, step by step. */
export const simulationCase = z.strictObject({
  seed: z
    .int()
    .min(0)
    .max(MAX_SEED)
    .default(1)
    .meta({ description: 'The order of the steps, and whom the faults strike, follow from it.' }),
  faults: faultPlan.default({ version: 1, faults: [], edits: [] }).meta({ description: 'What goes wrong.' }),
  buffers: z.int().min(0).default(100).meta({ description: 'After how many buffers each source ends, unless it does so itself.' }),
  limits: z.record(z.string(), z.int().min(0)).default({}).meta({ description: 'The same for single sources, by name.' }),
  only: z.array(z.string()).optional().meta({ description: 'The strikes of faults that happen, as `fault:element:buffer`. Default: all.' }),
  choices: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'How many choices are left to chance; after that the run takes its ordinary course. Default: all.' }),
});

export type SimulationCase = z.output<typeof simulationCase>;
export type SimulationCaseInput = z.input<typeof simulationCase>;
