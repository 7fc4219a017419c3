// Looks whether a graph still moves: an element that has something to do and does nothing for too long is reported, with who
// waits for whom; when the waiting leads in a circle, that is a deadlock, and the circle is named. It reports and changes nothing.
import type { Clock } from './clock.ts';
import type { Element } from './element.ts';
import type { Message } from './message.ts';
import { formatDuration, type Microseconds } from './time.ts';

interface Progress {
  count: number;
  since: Microseconds;
  isReported: boolean;
}

/** `who` cannot go on before `whom` does something. */
interface Wait {
  readonly who: Element;
  readonly whom: Element;
  readonly why: string;
}

export class StallWatch {
  private readonly elements: readonly Element[];
  private readonly clock: Clock;
  private readonly limit: Microseconds;
  private readonly post: (message: Message) => void;
  private readonly progress = new Map<Element, Progress>();
  private cancel: (() => void) | undefined;
  private lastCircle: string | undefined;

  constructor(elements: readonly Element[], clock: Clock, limit: Microseconds, post: (message: Message) => void) {
    this.elements = elements;
    this.clock = clock;
    this.limit = limit;
    this.post = post;
  }

  start(): void {
    const now = this.clock.now();
    for (const element of this.elements) this.progress.set(element, { count: progressOf(element), since: now, isReported: false });
    this.again();
  }

  stop(): void {
    this.cancel?.();
  }

  private again(): void {
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

  private look(): void {
    const now = this.clock.now();
    for (const [element, progress] of this.progress) {
      const count = progressOf(element);
      if (count !== progress.count || element.statistics.inFlight === 0) {
        Object.assign(progress, { count, since: now, isReported: false });
      }
    }
    const stalled = [...this.progress].filter(([, { since }]) => now - since >= this.limit);
    const fresh = stalled.filter(([, { isReported }]) => !isReported);
    if (fresh.length === 0) return;
    for (const [, progress] of stalled) progress.isReported = true;
    this.report(
      fresh.map(([element]) => element),
      now - Math.min(...fresh.map(([, { since }]) => since)),
    );
  }

  private report(stalled: readonly Element[], span: Microseconds): void {
    const waits = waitsOf(this.elements);
    const circle = findCircle(waits);
    const how = (circle ?? waits).map(({ who, whom, why }) => `${who.name} waits for ${whom.name} ${why}`);
    const text =
      circle === undefined
        ? `${namesOf(stalled)} made no progress for ${formatDuration(span)} with ${stalled.length === 1 ? 'a buffer' : 'buffers'} to work on: ${[...how, ...hooksOf(stalled, waits)].join('; ')}`
        : `The graph is deadlocked: ${how.join(', ')}; a larger queue on one of the branches lets it go on`;
    // Others that are drawn in later tell nothing new.
    if (circle !== undefined && text === this.lastCircle) return;
    this.lastCircle = circle === undefined ? undefined : text;
    const code = circle === undefined ? 'pipeline/no-progress' : 'pipeline/deadlock';
    this.post({ type: 'warning', element: (circle?.[0]?.whom ?? stalled.at(-1)!).name, code, text });
  }
}

function progressOf({ statistics }: Element): number {
  return statistics.handled + statistics.droppedTotal + statistics.produced;
}

/** Who waits for whom now, from sources to sinks. */
function waitsOf(elements: readonly Element[]): Wait[] {
  const waits: Wait[] = [];
  for (const whom of elements) {
    const pads = [...whom.sinkPads.values()].filter(({ peer, template }) => peer !== undefined && template.feedback !== true);
    for (const pad of pads) {
      const queue = pad.queueTask?.queue;
      const who = pad.peer!.element;
      if (queue !== undefined && queue.blocked > 0) waits.push({ who, whom, why: `to make room in its queue of ${queue.level}` });
      else if (queue === undefined && pad.busy !== undefined) waits.push({ who, whom, why: 'to take a buffer' });
    }
    // An element of several inputs that has something on one of them lacks something on another.
    if (pads.length < 2 || !pads.some(({ queueTask }) => (queueTask?.queue.level ?? 0) > 0 || queueTask?.busy !== undefined)) continue;
    for (const pad of pads) {
      if (pad.hasEnded || pad.queueTask?.busy !== undefined || (pad.queueTask?.queue.level ?? 0) > 0) continue;
      waits.push(...lacks(pad.peer!.element, whom));
    }
  }
  return waits;
}

/** Waiting for data, as far up as nobody has any. */
function lacks(from: Element, who: Element): Wait[] {
  const wait: Wait = { who, whom: from, why: 'to give it something' };
  if (from.statistics.inFlight > 0 || from.isSource) return [wait];
  return [wait, ...[...from.sinkPads.values()].flatMap(({ peer }) => (peer === undefined ? [] : lacks(peer.element, from)))];
}

/** A way along the waits that leads back to where it began. */
function findCircle(waits: readonly Wait[]): Wait[] | undefined {
  const search = (way: readonly Wait[]): Wait[] | undefined => {
    const { whom } = way.at(-1)!;
    if (whom === way[0]!.who) return [...way];
    for (const next of waits) {
      if (next.who !== whom || way.some(({ who }) => who === whom)) continue;
      const circle = search([...way, next]);
      if (circle !== undefined) return circle;
    }
    return undefined;
  };
  for (const wait of waits) {
    const circle = search([wait]);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** Those that wait for nobody: their own hooks have not come back. */
function hooksOf(stalled: readonly Element[], waits: readonly Wait[]): string[] {
  return stalled.filter((element) => !waits.some(({ who }) => who === element)).map(({ name }) => `a hook of ${name} has not come back`);
}

function namesOf(elements: readonly Element[]): string {
  const names = elements.map(({ name }) => name);
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
