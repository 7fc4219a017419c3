import type { Latency } from '../element/define-element.ts';
import type { Element } from '../element/element.ts';
import type { OverloadSummary } from '../overload/overload-summary.ts';
import type { Warning } from '../pipeline/warning-log.ts';
import type { Microseconds } from '../time/time.ts';
import type { ElementSummary } from './statistics.ts';

/** What a pipeline has done, element by element from sources to sinks. */
export interface PipelineSummary {
  readonly runTime: Microseconds;
  /** How far the source has come that is farthest on, in stream time; missing where no source says so. */
  readonly streamTime?: Microseconds | undefined;
  /** How long what leaves a source takes to a sink by what the elements say of themselves; missing before the pipeline is open. */
  readonly latency?: Latency | undefined;
  readonly elements: readonly ElementSummary[];
  /** What the graph says of itself. */
  readonly description?: string | undefined;
  /** The steps it took against overload, where the graph has any. */
  readonly overload?: OverloadSummary | undefined;
  /** What elements did that have been taken out of the running graph. */
  readonly removed?: readonly ElementSummary[] | undefined;
  /** What it has survived. */
  readonly warnings?: readonly Warning[];
}

export function summarise(
  elements: readonly Element[],
  runTime: Microseconds,
  more: Pick<PipelineSummary, 'description' | 'latency' | 'overload' | 'removed' | 'streamTime' | 'warnings'> = {},
): PipelineSummary {
  return { ...more, runTime, elements: elements.map((element) => element.reported ?? summaryOf(element)) };
}

/** What has been counted of one element in this thread. */
export function summaryOf(element: Element): ElementSummary {
  const { statistics: s } = element;
  return {
    name: element.name,
    type: element.definition.name,
    received: s.received,
    handled: s.handled,
    produced: s.produced,
    inFlight: s.inFlight,
    dropped: Object.fromEntries(s.dropped),
    waiting: s.waiting.summary,
    working: s.working.summary,
    age: s.age.summary,
    queues: [...element.sinkPads.values()].flatMap(({ name, queueTask }) =>
      queueTask === undefined ? [] : [queueTask.queue.summary(name)],
    ),
    batches: s.batches,
    notes: Object.fromEntries(s.notes),
  };
}
