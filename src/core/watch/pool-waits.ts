// Who waits for a slab of a pool, and in whose hands its slabs are: in queues, where they can be counted, or inside elements that
// hold buffers back, where they can only be inferred.

import type { Pool } from '../../memory/pool.ts';
import type { Element } from '../element/element.ts';
import { StreamBuffer } from '../stream/buffer.ts';
import type { Wait } from './wait-graph.ts';

export interface PoolWait extends Wait {
  /** What `whom` holds was not seen: it is what is left of the pool. */
  readonly isGuessed: boolean;
}

/** The waits for pools that bear the names of elements. */
export function poolWaits(elements: readonly Element[]): PoolWait[] {
  const pools = elements.length === 0 ? [] : [...(elements[0]!.context?.arena.pools ?? [])].filter(({ waiting }) => waiting > 0);
  return pools.flatMap((pool) => {
    const who = elements.find(({ name }) => pool.name === name || pool.name.startsWith(`${name}.`));
    return who === undefined ? [] : holdersOf(pool, who);
  });
}

function holdersOf(pool: Pool, who: Element): PoolWait[] {
  const behind = downstreamOf(who);
  const held = new Map([...behind].map((element) => [element, queued(element, pool.handle.address)]));
  const remedy = `have less of ${who.name} held back behind it`;
  const waits = [...held].flatMap(([whom, count]): PoolWait[] => {
    const text = `${who.name} waits for a slab, of whose ${pool.limit} ${count} lie in queues of ${whom.name}`;
    return count === 0 ? [] : [{ who, whom, text, remedy, isForInput: false, isGuessed: false }];
  });
  const left = pool.inUse - [...held.values()].reduce((sum, count) => sum + count, 0);
  if (left <= 0) return waits;
  const keepers = [...behind].filter(mayKeep);
  return [
    ...waits,
    ...keepers.map((whom): PoolWait => {
      const others = keepers.length === 1 ? '' : ' or others like it';
      const text = `${who.name} waits for a slab, of whose ${pool.limit} ${left === pool.limit ? 'all' : left} are kept by ${whom.name}${others}`;
      return { who, whom, text, remedy, isForInput: false, isGuessed: true };
    }),
  ];
}

/** Whether an element may hold buffers that lie in none of its queues. */
function mayKeep({ hooks, sinkPads }: Element): boolean {
  if (hooks?.drain !== undefined || hooks?.chain !== undefined) return true;
  for (const { queueTask } of sinkPads.values()) if (queueTask?.lacks !== undefined || queueTask?.busy !== undefined) return true;
  return false;
}

function queued({ sinkPads }: Element, pool: number): number {
  // A buffer that is in several queues of a tee's branches is one slab all the same.
  const slabs = new Set<number>();
  for (const { queueTask } of sinkPads.values()) {
    if (queueTask === undefined) continue;
    for (let index = 0, item = queueTask.queue.peekAt(0); item !== undefined; item = queueTask.queue.peekAt(++index)) {
      if (item instanceof StreamBuffer) for (const slab of item.slabs) if (slab.pool === pool) slabs.add(slab.offset);
    }
  }
  return slabs.size;
}

function downstreamOf(element: Element, found = new Set<Element>()): Set<Element> {
  for (const { peer } of element.srcPads.values()) {
    if (peer === undefined || peer.template.feedback === true || found.has(peer.element)) continue;
    found.add(peer.element);
    downstreamOf(peer.element, found);
  }
  return found;
}
