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
import { formatDuration, MICROSECONDS_PER_MILLISECOND, type Microseconds } from './time.ts';

export interface LatencyReport {
  /** Of the pipeline: the largest minimum of its sinks, in microseconds, and the smallest maximum. */
  readonly total: Latency;
  /** Up to and including each element. */
  readonly upTo: ReadonlyMap<Element, Latency>;
  readonly issues: readonly Issue[];
}

/** @param sorted Elements from sources to sinks, with their queues planned. */
export function queryLatency(sorted: readonly Element[]): LatencyReport {
  const upTo = new Map<Element, Latency>();
  const issues: Issue[] = [];
  for (const element of sorted) {
    const inputs = [...element.sinkPads.values()].flatMap((pad) => {
      const before = pad.peer === undefined || pad.template.feedback === true ? undefined : upTo.get(pad.peer.element);
      return before === undefined ? [] : [{ pad, latency: queued(pad, before) }];
    });
    const merged = inputs.length === 0 ? atSource(element) : merge(inputs.map(({ latency }) => latency));
    const weakest = inputs.find(({ latency }) => latency.max !== undefined && latency.max === merged.max);
    if (weakest !== undefined && merged.max! < merged.min) issues.push(complain(weakest.pad, merged.min, merged.max!));
    const own = ownLatency(element);
    upTo.set(element, {
      min: merged.min + own.min,
      // What has been complained of is not complained of again further down.
      max: merged.max === undefined || own.max === undefined ? undefined : Math.max(merged.max, merged.min) + own.max,
    });
  }
  const sinks = sorted.filter(({ isTerminal }) => isTerminal);
  const total = merge(sinks.map((sink) => upTo.get(sink)!));
  for (const sink of sinks) {
    const { max } = upTo.get(sink)!;
    if (sink.sync === undefined || max === undefined || max >= total.min) continue;
    const pad = [...sink.sinkPads.values()].find(({ peer }) => peer !== undefined);
    if (pad !== undefined && !issues.some(({ path }) => path === pathOf(pad))) issues.push(complain(pad, total.min, max));
  }
  return { total, upTo, issues };
}

function atSource({ isLive }: Element): Latency {
  return { min: 0, max: isLive ? 0 : undefined };
}

function merge(latencies: readonly Latency[]): Latency {
  const maxima = latencies.flatMap(({ max }) => (max === undefined ? [] : [max]));
  return { min: Math.max(0, ...latencies.map(({ min }) => min)), max: maxima.length === 0 ? undefined : Math.min(...maxima) };
}

function queued({ queueTask }: SinkPad, { min, max }: Latency): Latency {
  if (queueTask === undefined) return { min, max };
  const { options } = queueTask.queue;
  // What fills up to a span of time holds the first buffer back for as long.
  min += options.minTimeMs * 1000;
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

/** What the element itself takes, and what it waits for batches. */
function ownLatency({ definition, props, description, sync }: Element): Latency {
  const own = definition.latency?.(props as never) ?? { min: 0, max: 0 };
  // Those before it work in this time.
  const deadline = (sync?.processingDeadlineMs ?? 0) * MICROSECONDS_PER_MILLISECOND;
  const min = own.min + deadline;
  const max = own.max === undefined ? undefined : own.max + deadline;
  const batch = description.batch === undefined ? undefined : batchOptions.parse(description.batch);
  if (batch === undefined || batch.maxSize === 1) return { min, max };
  const waitMs = longestWaitMs(batch);
  if (waitMs === null) return { min, max: undefined };
  const wait = waitMs * 1000;
  return { min: min + wait, max: max === undefined ? undefined : max + wait };
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

function pathOf({ element }: SinkPad): string {
  return childPointer('/elements', element.name);
}
