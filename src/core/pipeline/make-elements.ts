// Makes the elements of a description and links them, collecting everything that is wrong on the way.
import type { AnyElementDefinition } from '../element/define-element.ts';
import { Element } from '../element/element.ts';
import type { ElementHost } from '../element/element-host.ts';
import { faultIssues } from '../element/fault-issues.ts';
import type { Issue } from '../errors.ts';
import { type ElementDescription, type GraphDescription, type GraphInput, graphDescription } from '../graph/graph-description.ts';
import { childPointer } from '../graph/json-pointer.ts';
import { parseLinks } from '../graph/link-chain.ts';
import { nearestName } from '../graph/nearest-name.ts';
import type { Registry } from '../graph/registry.ts';
import { zodIssues } from '../graph/zod-issues.ts';
import { linkElements } from './link-elements.ts';

/** Gives an element that runs in a thread its double's definition, or says what speaks against that. */
export type Threading = (name: string, definition: AnyElementDefinition, thread: string) => AnyElementDefinition | Issue;

export function makeElements(
  input: GraphInput,
  registry: Registry,
  host: ElementHost,
  threading: Threading,
): { elements: Map<string, Element>; issues: Issue[] } {
  const elements = new Map<string, Element>();
  const parsed = graphDescription.safeParse(input);
  if (!parsed.success) return { elements, issues: zodIssues(parsed.error, '') };
  const issues: Issue[] = [];
  if (Object.keys(parsed.data.include).length > 0) {
    const hint = 'open the graph with loadGraph, which puts them in';
    issues.push({ code: 'graph/not-opened', path: '/include', message: 'The graph still includes other graphs', hint });
  }
  const made = makeEach(parsed.data.elements, input.elements, registry, host, threading);
  for (const [name, element] of made.elements) elements.set(name, element);
  issues.push(...made.issues);
  const { links, issues: unreadable } = parseLinks(parsed.data.links);
  issues.push(...unreadable);
  // With elements missing, most complaints about links would only follow from that.
  if (elements.size === Object.keys(parsed.data.elements).length) issues.push(...linkElements(elements, links).issues);
  if (Object.keys(parsed.data.elements).length === 0)
    issues.push({ code: 'graph/empty', path: '/elements', message: 'The graph has no elements' });
  return { elements, issues };
}

/**
 * Makes the elements of descriptions, without links.
 *
 * @param written The descriptions without defaults.
 */
export function makeEach(
  descriptions: GraphDescription['elements'],
  written: GraphInput['elements'],
  registry: Registry,
  host: ElementHost,
  threading: Threading,
): { elements: Map<string, Element>; issues: Issue[] } {
  const elements = new Map<string, Element>();
  const issues: Issue[] = [];
  for (const [name, description] of Object.entries(descriptions)) {
    const path = childPointer('/elements', name);
    const definition = registry.get(description.type);
    if (definition === undefined) {
      const nearest = nearestName(description.type, registry.names);
      const hint = nearest === undefined ? 'leat inspect lists the elements there are' : `did you mean ${nearest}?`;
      issues.push({ code: 'graph/unknown-type', path: `${path}/type`, message: `There is no element type ${description.type}`, hint });
      continue;
    }
    const props = definition.props.safeParse(description.props);
    issues.push(...faultIssues(name, path, description));
    const own = description.thread === undefined ? definition : threading(name, definition, description.thread);
    if ('code' in own) issues.push(own);
    // The defaults of a queue depend on where it stands, so that what was written is what counts.
    else if (props.success) elements.set(name, new Element(name, own, props.data, { ...description, ...queueOf(written, name) }, host));
    else issues.push(...zodIssues(props.error, `${path}/props`, Object.keys(definition.props.shape)));
  }
  return { elements, issues };
}

function queueOf(written: GraphInput['elements'], name: string): Pick<ElementDescription, 'queue'> {
  const queue = written[name]?.queue;
  return queue === undefined ? {} : { queue };
}
