import type { Arena } from '../../memory/arena.ts';
import type { Pool } from '../../memory/pool.ts';
import type { ThreadBudget } from '../../threads/thread-budget.ts';
import type { FixedCaps } from '../caps/caps.ts';
import type { BatchCause, BatchMeasures } from '../counts/statistics.ts';
import type { PipelineSummary } from '../counts/summary.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import type { GapEvent, SourceEvent } from '../stream/event.ts';
import type { Flow } from '../stream/flow-return.ts';
import type { Need } from '../stream/need.ts';
import type { Clock } from '../time/clock.ts';
import type { Microseconds } from '../time/time.ts';
import type { Timeline } from '../time/timeline.ts';
import type { OutputPoolOptions } from './output-pools.ts';

/** What the framework gives an element while it lives. */
export interface ElementContext {
  /** The element's name in the graph. */
  readonly name: string;
  readonly clock: Clock;
  /** The machine's, or whatever drives the graph in its place, which no pause stops: for elements that provide a clock. */
  readonly systemClock: Clock;
  /** Running time, which stands still in pauses, and the latency of the pipeline, as a whole and as far as each element. */
  readonly timeline: Pick<Timeline, 'now' | 'latency' | 'latencyAt' | 'isPaused' | 'schedule' | 'until'>;
  /** Whether some of what comes to it, or from it, happens now and cannot be held back. */
  readonly isLive: boolean;
  readonly arena: Arena;
  /** The process's one CPU budget; claims made through it show up in the report. */
  readonly budget: ThreadBudget;
  /** Whether anybody takes what leaves by a src pad: what nobody does need not be made. */
  isLinked(pad: string): boolean;
  /** How many buffers may sit between this element and those that let go of them: what an output pool has to hold. */
  readonly downstreamCapacity: number;
  /**
   * Makes a pool for what the element gives: it holds as many slabs as buffers may sit behind it, and grows with a running graph.
   * Whoever asks for it closes it.
   */
  pool(options: OutputPoolOptions): Pool;
  /** How many buffers the graph lets into one batch. */
  readonly maxBatch: number;
  /** How many buffers or batches the graph wants at work at once; undefined where it leaves that to the element. */
  readonly inFlight: number | undefined;
  /** Aborted when the pipeline is being torn down; for long work that cannot wait. */
  readonly signal: AbortSignal;
  /** What relative paths of inputs are relative to: the graph file's folder, or the current one. */
  readonly baseFolder: string;
  /** What relative paths of outputs are relative to: the folder the program runs in. */
  readonly outputFolder: string;
  /** What stands for the standard output, for those that write there. */
  readonly standardOutput: NodeJS.WritableStream;
  /**
   * Sends a buffer on; for elements with `chain` hooks, whose outputs are not what a hook returns. Takes the buffer over.
   */
  push(pad: string, buffer: StreamBuffer): Flow;
  /**
   * Says that a `chain` hook waits until a promise is settled for something that has to come (another input, room in a pool),
   * so that the time is not taken for its work. Gives what the promise gives.
   */
  waiting<T>(promise: Promise<T>): Promise<T>;
  /** Says that time passed on a src pad without data. */
  gap(pad: string, like: Pick<StreamBuffer, 'pts' | 'duration' | 'source' | 'epoch'> & Pick<GapEvent, 'parts' | 'recordedAt'>): Flow;
  /** Ends the stream of one of several src pads, while the others go on. */
  end(pad: string): Flow;
  /** Says something of a source, in its place among the buffers; for sources that announce the streams of others. */
  event(pad: string, event: SourceEvent): Flow;
  /** Changes what a source's src pad gives from the next buffer on: a new size in mid-stream, say. */
  setCaps(pad: string, caps: FixedCaps): Flow;
  /**
   * Notes that the element reads a file (an absolute path). Call it in `open`.
   *
   * @throws ElementError `media/same-file` when another element of the pipeline writes it.
   */
  reads(path: string): void;
  /** Notes that the element writes a file, in the same way; others may neither read nor write it. */
  writes(path: string): void;
  /** What the pipeline has done so far. */
  summary(): PipelineSummary;
  /** Says that the clock which the element provides does not go any more; another one takes over. */
  clockLost(reason: string): void;
  /** Something is wrong that the graph survives. */
  warn(code: string, text: string): void;
  info(code: string, text: string): void;
  /** A long opening goes on; `fraction` is 0..1. */
  progress(text: string, fraction?: number): void;
  /** Anything else worth telling; shown in reports under the element's name. */
  post(name: string, value: unknown): void;
  /** Counts buffers that were lost before they became buffers of the graph (a decoder's corrupt packets, say). */
  dropped(cause: string, count?: number): void;
  /** Counts buffers as handled; for elements that hold back (`holdsBack`), whose hooks come back before it is known what becomes of them. */
  finished(count?: number): void;
  /** Counts buffers that a `chain` hook took, held and lets go unused, by cause; without it they count as handled. */
  discarded(cause: string, count?: number): void;
  /** Counts a batch that the element has formed itself. */
  batched(cause: BatchCause, size: number, measures: BatchMeasures): void;
  /** Counts how much of what is computed is of use, and how much it is with padding, in any unit. */
  padded(useful: number, all: number): void;
  /**
   * Says that nothing of a source is of use here before `need.pts`: upstream may leave it out, and counts it as `skipped`.
   */
  needs(need: Need): void;
  /**
   * The earliest pts of a source's buffers that downstream has a use for, in a source as it counts epochs and times itself; for those
   * that can save themselves work, and give a `Skipped` in the place of a buffer.
   */
  neededFrom(source: string, epoch: number): Microseconds;
  /**
   * How far the stream has come: the end of what is given next, and how long it all is where that is known, in stream time. For
   * progress displays and the factor of real time.
   */
  position(position: Microseconds, duration?: Microseconds): void;
}
