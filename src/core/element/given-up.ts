import type { Element } from './element.ts';

/** Whether something still comes, or has come, from some source to some end of the graph by elements that have not been given up. */
export function isAnythingLeft(elements: Iterable<Element>): boolean {
  const isReached = (element: Element): boolean => {
    if (element.restarts.hasGivenUp) return false;
    if (element.isSource) return true;
    return [...element.sinkPads.values()].some(
      ({ peer, template }) => peer !== undefined && template.feedback !== true && isReached(peer.element),
    );
  };
  for (const element of elements) if (element.isTerminal && isReached(element)) return true;
  return false;
}
