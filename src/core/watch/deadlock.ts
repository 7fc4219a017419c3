// A deadlock: waits that lead back to where they began. It is told by its whole way, and by what would cut it.
import type { Wait } from './wait-graph.ts';

/** The shortest way along the waits that leads back to where it began, from the element on that is nearest to the sources. */
export function findCircle(waits: readonly Wait[]): Wait[] | undefined {
  let shortest: Wait[] | undefined;
  for (const first of waits) {
    const circle = wayBack(first, waits);
    if (circle !== undefined && (shortest === undefined || circle.length < shortest.length)) shortest = circle;
  }
  return shortest === undefined ? undefined : fromTheTop(shortest);
}

function fromTheTop(circle: readonly Wait[]): Wait[] {
  const depth = Math.min(...circle.map(({ who }) => who.depth));
  const start = circle.findIndex(({ who }) => who.depth === depth);
  return [...circle.slice(start), ...circle.slice(0, start)];
}

/** What there is to say of a circle: who waits for what, and what each of the waits could be ended with. */
export function describeDeadlock(circle: readonly Wait[]): string {
  const remedies = [...new Set(circle.flatMap(({ remedy }) => remedy ?? []))];
  const cure = remedies.length === 0 ? 'take out one of the links' : remedies.join(', or ');
  return `The graph is deadlocked: ${circle.map(({ text }) => text).join(', ')}; to let it go on, ${cure}`;
}

/** From a wait on, breadth first, so that no way is longer than it has to be. */
function wayBack(first: Wait, waits: readonly Wait[]): Wait[] | undefined {
  const seen = new Set([first.whom]);
  let ways: (readonly Wait[])[] = [[first]];
  while (ways.length > 0) {
    const longer: (readonly Wait[])[] = [];
    for (const way of ways) {
      const { whom } = way.at(-1)!;
      if (whom === first.who) return [...way];
      for (const next of waits) {
        if (next.who !== whom || (seen.has(next.whom) && next.whom !== first.who)) continue;
        seen.add(next.whom);
        longer.push([...way, next]);
      }
    }
    ways = longer;
  }
  return undefined;
}
