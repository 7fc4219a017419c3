// Checks an opened graph as far as one can without opening a device, a file or a model: props, pads, links, cycles, what can flow
// through each link, and whatever elements themselves can say against their props. Complains of everything at once.
import { z } from 'zod';
import { staticNegotiation } from '../caps/static-negotiation.ts';
import type { AnyElementDefinition } from '../element/define-element.ts';
import { Element } from '../element/element.ts';
import type { ElementHost } from '../element/element-host.ts';
import { faultIssues } from '../element/fault-issues.ts';
import { anyMedia, type PadTemplate, sinkPad, srcPad } from '../element/pad-template.ts';
import type { Issue } from '../errors.ts';
import { gaugeIssues, overloadIssues } from '../overload/overload-check.ts';
import { overloadStep } from '../overload/overload-options.ts';
import { linkElements } from '../pipeline/link-elements.ts';
import { Scheduler } from '../pipeline/scheduler.ts';
import { markLive, sortElements } from '../pipeline/topology.ts';
import { planQueues } from '../queue/plan-queues.ts';
import { threadIssue } from '../thread/thread-plan.ts';
import { thrownFacts } from '../thrown-facts.ts';
import type { Clock } from '../time/clock.ts';
import { clockIssues } from '../time/clock-check.ts';
import { queryLatency } from '../time/latency.ts';
import { Timeline } from '../time/timeline.ts';
import { fileIssues } from './check-files.ts';
import type { ElementDescription } from './graph-description.ts';
import { childPointer } from './json-pointer.ts';
import { type Link, parseLinks } from './link-chain.ts';
import { nearestName } from './nearest-name.ts';
import type { OpenedGraph } from './open-graph.ts';
import { zodIssues } from './zod-issues.ts';

export interface CheckOptions {
  /**
   * Where outputs will go. Given, it is looked also at what otherwise shows when the pipeline is opened: what is written over, what
   * cannot be written, and whether models are whole.
   */
  readonly outputFolder?: string | undefined;
}

/** Everything that is wrong with a graph, beside what was found when it was opened. */
export async function checkGraph(graph: OpenedGraph, { outputFolder }: CheckOptions = {}): Promise<Issue[]> {
  const issues: Issue[] = [];
  const descriptions = graph.description.elements as Readonly<Record<string, ElementDescription>>;
  const { links, issues: unreadable } = parseLinks((graph.description.links ?? []).filter((chain) => typeof chain === 'string'));
  issues.push(...unreadable);
  const elements = new Map<string, Element>();
  const sound = new Set<Element>();
  for (const [name, description] of Object.entries(descriptions)) {
    const definition = typeof description?.type === 'string' ? graph.registry.get(description.type) : undefined;
    const path = childPointer('/elements', name);
    if (definition === undefined) {
      elements.set(name, new Element(name, standIn(name, links), {}, { type: 'unknown' }, NO_HOST));
      continue;
    }
    const props = definition.props.safeParse(description.props ?? {});
    const element = new Element(name, definition, props.data, description, NO_HOST);
    elements.set(name, element);
    const threaded = threadIssue(name, definition, description);
    if (threaded !== undefined) issues.push(threaded);
    if (graph.flawed.has(name)) continue;
    issues.push(...faultIssues(name, path, description));
    if (!props.success) {
      issues.push(...zodIssues(props.error, `${path}/props`, Object.keys(definition.props.shape)));
      continue;
    }
    sound.add(element);
  }
  const meant = new Set<string>();
  issues.push(...unknownEnds(links, elements, meant, (issue) => graph.locate(issue)));
  const isConsequence = ({ code, path }: Issue): boolean => code === 'graph/unlinked-pad' && meant.has(path);
  issues.push(...linkElements(elements, links).issues.filter((issue) => !isStandIn(issue.path, elements) && !isConsequence(issue)));
  const { sorted, issues: cycles } = sortElements(elements.values());
  issues.push(...cycles, ...staticNegotiation(sorted, sound));
  const baseFolderOf = (name: string): string => graph.folders.get(name) ?? graph.baseFolder;
  const checks = [...sound].map((element) => ownCheck(element, baseFolderOf(element.name), outputFolder !== undefined));
  for (const found of await Promise.all(checks)) issues.push(...found);
  if (outputFolder !== undefined) issues.push(...fileIssues(sound, { outputFolder, baseFolderOf }));
  issues.push(...clockIssues(graph.description.clock, elements));
  const steps = z.array(overloadStep).safeParse(graph.description.overload ?? []);
  if (steps.success) issues.push(...overloadIssues(steps.data, elements));
  // What the schema can say of steps stands elsewhere.
  else issues.push(...zodIssues(new z.ZodError(steps.error.issues.filter(({ code }) => code === 'custom')), '/overload'));
  // What was found wrong with props when the graph was opened stands elsewhere.
  if (issues.length === 0 && sound.size === elements.size) {
    markLive(sorted);
    issues.push(...planQueues(sorted, new Scheduler(), { cores: 1 }));
    issues.push(...gaugeIssues(steps.data ?? [], elements));
    issues.push(...queryLatency(sorted).issues);
  }
  return issues.map((issue) => (issue.at === undefined ? graph.locate(issue) : issue));
}

/**
 * Complains of ends of links that name no element, and puts stand-ins there, so that nothing else is complained of in consequence.
 *
 * @param meant Gets the paths of the elements that were probably meant.
 */
function unknownEnds(links: readonly Link[], elements: Map<string, Element>, meant: Set<string>, locate: (issue: Issue) => Issue): Issue[] {
  const known = [...elements.keys()];
  const issues: Issue[] = [];
  for (const { path, from, to } of links) {
    for (const { element: name } of [from, to]) {
      if (elements.has(name)) continue;
      elements.set(name, new Element(name, standIn(name, links), {}, { type: 'unknown' }, NO_HOST));
      const nearest = nearestName(name, known);
      if (nearest !== undefined) meant.add(childPointer('/elements', nearest));
      const hint = nearest === undefined ? `the graph has ${known.join(', ')}` : `did you mean ${nearest}?`;
      const issue = { code: 'graph/unknown-element', path: childPointer(path, name), message: `There is no element named ${name}`, hint };
      // A launch string knows where the name stands; in a file the pointer ends at the link.
      issues.push({ ...locate(issue), path });
    }
  }
  return issues;
}

async function ownCheck({ name, definition, props, sinkPads }: Element, baseFolder: string, thorough: boolean): Promise<readonly Issue[]> {
  const path = childPointer('/elements', name);
  try {
    const inputs = [...sinkPads.values()].flatMap((pad) => (pad.peer === undefined ? [] : [pad.name]));
    const found = (await definition.check?.({ props: props as never, baseFolder, inputs, thorough })) ?? [];
    return found.map((issue) => ({ ...issue, path: path + issue.path }));
  } catch (error) {
    return [{ code: 'element/check-failed', path, message: `Cannot check the element: ${thrownFacts(error).message}` }];
  }
}

/** In the place of an element whose type is unknown: takes every link, so that the rest of the graph can be checked. */
function standIn(name: string, links: readonly Link[]): AnyElementDefinition {
  const pads: Record<string, PadTemplate> = {
    'sink_%u': sinkPad(anyMedia(), { presence: 'request' }),
    'src_%u': srcPad(anyMedia(), { presence: 'request' }),
  };
  for (const { from, to } of links) {
    if (from.element === name && from.pad !== undefined) pads[from.pad] = srcPad(anyMedia(), { optional: true });
    if (to.element === name && to.pad !== undefined) pads[to.pad] = sinkPad(anyMedia(), { optional: true });
  }
  return { name: 'unknown', pads } as unknown as AnyElementDefinition;
}

function isStandIn(path: string, elements: ReadonlyMap<string, Element>): boolean {
  return elements.get(path.split('/')[2] ?? '')?.definition.name === 'unknown';
}

/** Nothing runs while a graph is only checked. */
const NO_CLOCK: Clock = { now: () => 0, schedule: () => () => {} };

const NO_HOST: ElementHost = {
  clock: NO_CLOCK,
  timeline: new Timeline(NO_CLOCK),
  fail: () => {},
  post: () => {},
  setAside: () => {},
  gaveUp: () => {},
  ended: () => {},
  contextOf: () => {
    throw new TypeError('An element that is only checked has no context');
  },
};
