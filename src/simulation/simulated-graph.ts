// A graph whose elements are told apart from those it was written with by one thing: what they do is watched, and faults strike
// them. The runtime knows nothing of it; every element is its own definition with other hooks.
import type { AnyElementDefinition } from '../core/element/define-element.ts';
import { GraphError, type Issue } from '../core/errors.ts';
import { childPointer } from '../core/graph/json-pointer.ts';
import type { OpenedGraph } from '../core/graph/open-graph.ts';
import { Registry } from '../core/graph/registry.ts';
import { matches } from './fault-injector.ts';
import { type FaultPlan, HOOK_FAULTS, SOURCE_FAULTS } from './fault-plan.ts';
import type { SimulationCase } from './simulation-case.ts';

export const isSource = ({ pads }: AnyElementDefinition): boolean => Object.values(pads).every(({ direction }) => direction === 'src');

export const isSink = ({ pads }: AnyElementDefinition): boolean => Object.values(pads).every(({ direction }) => direction === 'sink');

type Elements = OpenedGraph['description']['elements'];

/** The elements of a graph, and those that edits add. */
function elementsOf({ description }: OpenedGraph, { edits }: FaultPlan): [name: string, type: string][] {
  const all: Elements[] = [description.elements, ...edits.map(({ edit }) => edit.add?.elements ?? {})];
  return all.flatMap((elements) => Object.entries(elements).map(([name, { type }]): [string, string] => [name, type]));
}

/** The graph with other definitions, in one thread. */
export function withDefinitions(
  graph: OpenedGraph,
  plan: FaultPlan,
  change: (definition: AnyElementDefinition) => AnyElementDefinition,
): OpenedGraph {
  const types = new Set(elementsOf(graph, plan).map(([, type]) => type));
  const definitions = [...types].flatMap((type) => graph.registry.get(type) ?? []);
  const elements = Object.entries(graph.description.elements).map(([name, { thread: _, ...rest }]) => [name, rest]);
  return {
    ...graph,
    registry: new Registry().add(definitions.map(change), 'simulation'),
    description: { ...graph.description, elements: Object.fromEntries(elements) },
  };
}

/** What stands in the way of simulating a graph. @throws GraphError */
export function checkSimulated(graph: OpenedGraph, { faults: plan, limits, only = [] }: SimulationCase): void {
  const { registry, locate } = graph;
  const { faults } = plan;
  const issues: Issue[] = [];
  const elements = elementsOf(graph, plan);
  for (const [name, type] of elements) {
    const definition = registry.get(type);
    if (definition === undefined || definition.deterministic === true) continue;
    const isModel = definition.klass.startsWith('Inference/');
    if (!isModel && !isSource(definition)) continue;
    const hint = isModel ? 'put a fake-inference in its place' : 'put a fake-source, a video-test-source or a replay in its place';
    const message = `Cannot simulate ${name}: what ${type} gives does not follow from the graph and a seed`;
    issues.push(locate({ code: 'simulation/not-deterministic', path: childPointer('/elements', name), message, hint }));
  }
  const namesOf = (suits: (definition: AnyElementDefinition) => boolean): string[] =>
    elements.flatMap(([name, type]) => {
      const definition = registry.get(type);
      return definition !== undefined && suits(definition) ? [name] : [];
    });
  for (const [index, { element, kind, from, to = Number.POSITIVE_INFINITY }] of faults.entries()) {
    const possible = namesOf((definition) => !(isSource(definition) ? HOOK_FAULTS : SOURCE_FAULTS).includes(kind));
    const isThere = possible.some((name) => matches(element, name));
    if (isThere && from < to) continue;
    const what = SOURCE_FAULTS.includes(kind) ? 'source' : HOOK_FAULTS.includes(kind) ? 'element but a source' : 'element';
    const why = isThere ? `it begins with buffer ${from} and is over before buffer ${to}` : `there is no ${what} named ${element}`;
    const hint = isThere ? 'raise to, or leave it out' : `it can strike ${possible.join(', ')}`;
    issues.push({
      code: 'simulation/strikes-nobody',
      path: '',
      message: `Fault ${index} of the plan, ${kind}, strikes nobody: ${why}`,
      hint,
    });
  }
  const sources = namesOf(isSource);
  for (const name of Object.keys(limits)) {
    if (sources.includes(name)) continue;
    const message = `The case limits ${name}, but the graph has no such source; it has been saved for another graph`;
    issues.push({ code: 'simulation/strikes-nobody', path: '', message, hint: `its sources are ${sources.join(', ')}` });
  }
  for (const key of only) {
    const [, index, name] = /^(\d+):(.+):\d+$/.exec(key) ?? [];
    const fault = faults[Number(index)];
    if (fault !== undefined && matches(fault.element, name!) && elements.some(([one]) => one === name)) continue;
    const message = `The case has only ${key} happen, which is no strike of its faults on an element of this graph`;
    issues.push({ code: 'simulation/strikes-nobody', path: '', message, hint: 'expected fault:element:buffer, such as 0:camera:3' });
  }
  if (issues.length > 0) throw new GraphError(issues);
}
