// Looks whether a graph still moves: an element that has something to do and does nothing for too long is reported, with who
// waits for whom; when the waiting leads in a circle, that is a deadlock, and the circle is named. It reports and changes nothing.
//
// Not everything that stands still is stuck. A queue that fills up to its minimum, a batch that is not full, a sink that keeps to
// the clock, an element that is being restarted: who waits for time or for more to come is left alone, and so is who waits for
// nobody else. Only a circle is a circle whoever is in it.

import type { Element } from '../element/element.ts';
import type { Message } from '../pipeline/message.ts';
import type { Clock } from '../time/clock.ts';
import { formatDuration, type Microseconds } from '../time/time.ts';
import { describeDeadlock, findCircle } from './deadlock.ts';
import { type Wait, waitsOf } from './wait-graph.ts';

interface Progress {
  count: number;
  /** When it last did something. */
  movedAt: Microseconds;
  /** Since when it has had something to do and not done it. */
  since: Microseconds;
  isReported: boolean;
}

export class StallWatch {
  private readonly elements: readonly Element[];
  private readonly clock: Clock;
  private readonly limit: Microseconds;
  private readonly post: (message: Message) => void;
  private readonly stalled: (waits: readonly Wait[]) => void;
  private readonly progress = new Map<Element, Progress>();
  private cancel: (() => void) | undefined;
  private lastCircle: string | undefined;

  /** @param stalled Hears who waits for whom when something stands still, once that has been told. */
  constructor(
    elements: readonly Element[],
    clock: Clock,
    limit: Microseconds,
    post: (message: Message) => void,
    stalled: (waits: readonly Wait[]) => void = () => {},
  ) {
    this.elements = elements;
    this.clock = clock;
    this.limit = limit;
    this.post = post;
    this.stalled = stalled;
  }

  start(): void {
    this.progress.clear();
    this.again();
  }

  stop(): void {
    this.cancel?.();
  }

  private again(): void {
    this.follow(this.clock.now());
    // In the background: a graph in which nothing else is due must not be kept alive by being watched.
    this.cancel = this.clock.schedule(
      this.clock.now() + Math.ceil(this.limit / 2),
      () => {
        this.look();
        this.again();
      },
      'background',
    );
  }

  /** Notes who has moved since the last time. */
  private follow(now: Microseconds): void {
    const elements = new Set(this.elements);
    for (const element of this.progress.keys()) if (!elements.has(element)) this.progress.delete(element);
    for (const element of elements) {
      const count = progressOf(element);
      const known = this.progress.get(element);
      if (known === undefined) this.progress.set(element, { count, movedAt: now, since: now, isReported: false });
      else if (count !== known.count) Object.assign(known, { count, movedAt: now, since: now, isReported: false });
      else if (element.statistics.inFlight === 0) Object.assign(known, { since: now, isReported: false });
    }
  }

  private look(): void {
    const now = this.clock.now();
    this.follow(now);
    const isOverdue = ({ since }: Progress): boolean => now - since >= this.limit;
    const stalled = [...this.progress].filter(([, progress]) => isOverdue(progress));
    if (stalled.every(([, { isReported }]) => isReported)) return;
    const waits = waitsOf(this.elements);
    const circle = findCircle(waits);
    // It is none before all of it has stood still for long enough.
    if (circle?.some(({ who }) => now - this.progress.get(who)!.movedAt < this.limit)) return;
    const stuck = circle === undefined ? stalled.filter(([element]) => !isPatient(element, waits)) : stalled;
    for (const [, progress] of stalled) if (!stuck.some(([, one]) => one === progress)) progress.since = now;
    const fresh = stuck.filter(([, { isReported }]) => !isReported);
    if (fresh.length === 0) return;
    for (const [, progress] of stuck) progress.isReported = true;
    if (circle !== undefined) this.tellDeadlock(circle);
    else
      this.tellStall(
        fresh.map(([element]) => element),
        now - Math.min(...fresh.map(([, { since }]) => since)),
        waits,
      );
    this.stalled(waits);
  }

  private tellDeadlock(circle: readonly Wait[]): void {
    const text = describeDeadlock(circle);
    // Others that are drawn in later tell nothing new.
    if (text === this.lastCircle) return;
    this.lastCircle = text;
    this.post({ type: 'warning', element: circle[0]!.whom.name, code: 'pipeline/deadlock', text });
  }

  private tellStall(stalled: readonly Element[], span: Microseconds, waits: readonly Wait[]): void {
    this.lastCircle = undefined;
    const how = [...new Set(waits.map(({ text }) => text)), ...hooksOf(stalled, waits)].join('; ');
    const work = stalled.length === 1 ? 'a buffer' : 'buffers';
    const text = `${namesOf(stalled)} made no progress for ${formatDuration(span)} with ${work} to work on: ${how}`;
    this.post({ type: 'warning', element: stalled.at(-1)!.name, code: 'pipeline/no-progress', text });
  }
}

function progressOf({ statistics }: Element): number {
  return statistics.handled + statistics.droppedTotal + statistics.produced;
}

/** Whether an element waits for time, for more to come, or for others that do. */
function isPatient(element: Element, waits: readonly Wait[], way: readonly Element[] = []): boolean {
  if (way.includes(element)) return false;
  // Where nothing is at work, what there is waits for more.
  if (element.isPaused || element.inlet.isEarly || element.busy.length === 0) return true;
  const others = waits.filter(({ who }) => who === element);
  return others.length > 0 && others.every(({ whom, isForInput }) => !isForInput && isPatient(whom, waits, [...way, element]));
}

/** Those that wait for nobody: their own hooks have not come back. */
function hooksOf(stalled: readonly Element[], waits: readonly Wait[]): string[] {
  return stalled.filter((element) => !waits.some(({ who }) => who === element)).map(({ name }) => `a hook of ${name} has not come back`);
}

function namesOf(elements: readonly Element[]): string {
  const names = elements.map(({ name }) => name);
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
