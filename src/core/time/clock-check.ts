// What can be said against the clock that a graph asks for, before anything is opened.
import type { Element } from '../element/element.ts';
import type { Issue } from '../errors.ts';
import { nearestName } from '../graph/nearest-name.ts';
import { SYSTEM_CLOCK } from './clock-election.ts';

export function clockIssues(named: unknown, elements: ReadonlyMap<string, Element>): Issue[] {
  if (typeof named !== 'string' || named === SYSTEM_CLOCK) return [];
  const path = '/clock';
  const element = elements.get(named);
  if (element === undefined) {
    const nearest = nearestName(named, [...elements.keys(), SYSTEM_CLOCK]);
    const hint = nearest === undefined ? `name an element, or ${SYSTEM_CLOCK}` : `did you mean ${nearest}?`;
    return [{ code: 'graph/unknown-element', path, message: `There is no element named ${named}, whose clock the graph asks for`, hint }];
  }
  const { definition, description } = element;
  if (definition.name === 'unknown') return [];
  if (definition.providesClock === undefined) {
    const message = `${named} has no clock for the graph: a ${definition.name} provides none`;
    return [{ code: 'clock/not-provided', path, message, hint: 'name an element that provides one, which leat inspect tells, or system' }];
  }
  if (description.thread === undefined) return [];
  const message = `The clock of ${named} cannot lead the graph, since the element is in the thread ${description.thread}`;
  return [{ code: 'clock/in-thread', path, message, hint: `take thread out of ${named}` }];
}
