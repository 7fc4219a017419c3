// The latency query: how long what leaves a live source takes to a sink at least, and how long it can be held back on the way.
//
// Minimums add along a path. Buffering that blocks adds to the maximum, buffering that leaks bounds it: it takes what it can hold
// whatever is before it, and no more. Where paths meet, the largest minimum counts, since the others wait for it, and the smallest
// maximum. So it is with sinks that keep to the clock: all wait for the slowest. A path that cannot be held back for as long as
// another takes will lose data, which is an error before anything runs. What can be held back for any time has no maximum.
import type { Latency } from '../element/define-element.ts';
import type { Element } from '../element/element.ts';
import type { SinkPad } from '../element/pad.ts';
import type { Issue } from '../errors.ts';
import { childPointer } from '../graph/json-pointer.ts';
import { batchOptions, longestWaitMs, type QueueOptions } from '../queue/queue-options.ts';
import type { SyncOptions } from './sync-options.ts';
import { formatDuration, MICROSECONDS_PER_MILLISECOND, type Microseconds } from './time.ts';

export interface LatencyReport {
  /** Of the pipeline: the largest minimum of its sinks, in microseconds, and the smallest maximum. */
  readonly total: Latency;
  /** Up to and including each element. */
  readonly upTo: ReadonlyMap<Element, Latency>;
  /** How much those behind an element take of it, by its name; left out where nobody does. */
  readonly behind: Readonly<Record<string, Microseconds>>;
  readonly issues: readonly Issue[];
}

/** @param sorted Elements from sources to sinks, with their queues planned. */
export function queryLatency(sorted: readonly Element[]): LatencyReport {
  const upTo = new Map<Element, Latency>();
  const issues: Issue[] = [];
  const keeping: Input[] = [];
  /** Who waits without an end before an element. */
  const endless = new Map<Element, Element>();
  for (const element of sorted) {
    const inputs = inputsOf(element).flatMap((pad): Input[] => {
      const before = upTo.get(pad.peer!.element);
      return before === undefined ? [] : [{ pad, latency: queued(pad, before) }];
    });
    const merged = inputs.length === 0 ? atSource(element) : merge(inputs.map(({ latency }) => latency));
    // All wait for the slowest.
    const weak = inputs.filter(({ latency }) => isLess(latency.max, merged.min));
    for (const { pad, latency } of weak) issues.push(complain(pad, merged.min, latency.max!));
    if (weak.length === 0 && element.sync !== undefined) keeping.push(...inputs);
    const waiting = ownLatency(element).isEndless
      ? element
      : inputs.map(({ pad }) => endless.get(pad.peer!.element)).find((one) => one !== undefined);
    if (waiting !== undefined) endless.set(element, waiting);
    if (waiting !== undefined && element.isLive && (element.sync?.maxLatenessMs ?? null) !== null)
      issues.push(complainOfEndless(waiting, element));
    const own = ownLatency(element);
    upTo.set(element, {
      min: merged.min + own.min,
      // What has been complained of is not complained of again further down.
      max: merged.max === undefined || own.max === undefined ? undefined : Math.max(merged.max, merged.min) + own.max,
    });
  }
  const sinks = sorted.filter(({ isTerminal }) => isTerminal);
  const total = merge(sinks.map((sink) => upTo.get(sink)!));
  const behind = latencyBehind(sorted);
  for (const { pad, latency } of keeping) {
    const { name, sync } = pad.element;
    const due = total.min - (behind[name] ?? 0);
    // Those before it work in this time.
    const max = latency.max === undefined ? undefined : latency.max + deadlineOf(sync);
    if (isLess(max, due)) issues.push(complain(pad, due, max!));
  }
  return { total, upTo, behind, issues };
}

interface Input {
  readonly pad: SinkPad;
  readonly latency: Latency;
}

/** Where a stream comes in; what leads back has no say. */
function inputsOf({ sinkPads }: Element): SinkPad[] {
  return [...sinkPads.values()].filter(({ peer, template }) => peer !== undefined && template.feedback !== true);
}

function isLess(max: Microseconds | undefined, min: Microseconds): boolean {
  return max !== undefined && max < min;
}

/** What the longest way from each element to a sink takes. */
function latencyBehind(sorted: readonly Element[]): Record<string, Microseconds> {
  const behind: Record<string, Microseconds> = {};
  for (const element of [...sorted].reverse()) {
    const own = ownLatency(element).min + (behind[element.name] ?? 0);
    for (const pad of inputsOf(element)) {
      const { name } = pad.peer!.element;
      const taken = own + minimumOf(pad);
      if (taken > (behind[name] ?? 0)) behind[name] = taken;
    }
  }
  return behind;
}

function atSource({ isLive }: Element): Latency {
  return { min: 0, max: isLive ? 0 : undefined };
}

function merge(latencies: readonly Latency[]): Latency {
  const maxima = latencies.flatMap(({ max }) => (max === undefined ? [] : [max]));
  return { min: Math.max(0, ...latencies.map(({ min }) => min)), max: maxima.length === 0 ? undefined : Math.min(...maxima) };
}

/** What fills up to a span of time holds the first buffer back for as long. */
function minimumOf({ queueTask }: SinkPad): Microseconds {
  return (queueTask?.queue.options.minTimeMs ?? 0) * MICROSECONDS_PER_MILLISECOND;
}

function queued(pad: SinkPad, { min, max }: Latency): Latency {
  const { queueTask } = pad;
  if (queueTask === undefined) return { min, max };
  const { options } = queueTask.queue;
  min += minimumOf(pad);
  const span = spanOf(options);
  if (options.onFull !== 'block' || options.maxAgeMs > 0) {
    if (span === undefined) return { min, max };
    // Nobody waits for a queue that leaks: what holds nothing back before it has no say in how much it can hold.
    const room = max === undefined || max <= min ? span : Math.min(max - min, span);
    return { min, max: min + room };
  }
  return { min, max: max === undefined || span === undefined ? undefined : max + span };
}

/** The time that a queue can hold; undefined where it only counts. */
function spanOf({ maxTimeMs, maxAgeMs, onFull }: QueueOptions): Microseconds | undefined {
  const limits = [maxAgeMs, onFull === 'block' && maxAgeMs > 0 ? 0 : maxTimeMs].filter((limit) => limit > 0);
  return limits.length === 0 ? undefined : Math.min(...limits) * 1000;
}

function deadlineOf(sync: SyncOptions | undefined): Microseconds {
  return (sync?.processingDeadlineMs ?? 0) * MICROSECONDS_PER_MILLISECOND;
}

interface OwnLatency extends Latency {
  /** It waits for as long as it takes for others to come, which nobody can allow for. */
  readonly isEndless: boolean;
}

/** What the element itself takes, and what it waits for batches. */
function ownLatency({ definition, props, description, sync, isLive }: Element): OwnLatency {
  const batch = description.batch === undefined ? undefined : batchOptions.parse(description.batch);
  const own = definition.latency?.(props as never, { isLive, maxBatch: batch?.maxSize ?? 1 }) ?? { min: 0, max: 0 };
  const deadline = deadlineOf(sync);
  const isEndless = own.min === Number.POSITIVE_INFINITY;
  const min = (isEndless ? 0 : own.min) + deadline;
  const max = own.max === undefined ? undefined : own.max + deadline;
  if (batch === undefined || batch.maxSize === 1) return { min, max, isEndless };
  const waitMs = longestWaitMs(batch);
  if (waitMs === null) return { min, max: undefined, isEndless: true };
  const wait = waitMs * 1000;
  return { min: min + wait, max: max === undefined ? undefined : max + wait, isEndless };
}

function complain(pad: SinkPad, min: Microseconds, max: Microseconds): Issue {
  const { element, peer } = pad;
  return {
    code: 'latency/not-enough-buffering',
    path: pathOf(pad),
    message: `What comes from ${peer!.element.name} to ${pad.path} can be held back for ${formatDuration(max)} only, but has to wait for ${formatDuration(min)}`,
    hint: `set ${element.name}.queue.maxTimeMs to at least ${Math.ceil(min / 1000)} with onFull=block, or put such a queue before it`,
  };
}

function complainOfEndless({ name: waiting }: Element, { name, sync }: Element): Issue {
  return {
    code: 'latency/no-end',
    path: childPointer('/elements', name),
    message: `${waiting} waits for as long as it takes until its batches are full, and ${name} drops what comes more than ${sync!.maxLatenessMs} ms late`,
    hint: `give ${waiting} a maxWaitMs, or set ${name}.sync.maxLatenessMs to null`,
  };
}

function pathOf({ element }: SinkPad): string {
  return childPointer('/elements', element.name);
}
