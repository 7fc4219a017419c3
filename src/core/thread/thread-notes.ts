// What the pipeline's thread and a worker thread say to each other. Everything goes in order through one port, several notes to
// a message; only questions that the pipeline has to have answered at once (what a pad would take, say) have a port of their own.

import type { MessagePort } from 'node:worker_threads';
import type { ArenaHandle } from '../../memory/arena.ts';
import type { ElementSummary } from '../counts/statistics.ts';
import type { PipelineSummary } from '../counts/summary.ts';
import type { ElementDescription } from '../graph/graph-description.ts';
import type { QueueChanges } from '../overload/overload-options.ts';
import type { ClaimEntry } from '../pipeline/file-claims.ts';
import type { Message } from '../pipeline/message.ts';
import type { SourceStart } from '../pipeline/source-task.ts';
import type { FlowReturn } from '../stream/flow-return.ts';
import type { Need } from '../stream/need.ts';
import type { ClockState } from '../time/pipeline-clock.ts';
import type { Microseconds } from '../time/time.ts';
import type { TimelineState } from '../time/timeline.ts';
import type { WireCaps, WireStructure } from './wire-caps.ts';
import type { WireError } from './wire-error.ts';
import type { WireItem } from './wire-item.ts';

/** An element as a worker has to make it. */
export interface PlannedElement {
  readonly name: string;
  readonly type: string;
  /** The address of the module that exports its definition. */
  readonly module: string;
  readonly description: ElementDescription;
  readonly depth: number;
  readonly isLive: boolean;
  readonly pads: readonly { readonly name: string; readonly template: string }[];
}

/** One end of a link. */
export interface PlannedEnd {
  readonly element: string;
  readonly pad: string;
}

/** A link of which at least one end is in the worker; with a number when the other is not. */
export interface PlannedLink {
  readonly from: PlannedEnd;
  readonly to: PlannedEnd;
  /** Whether what flows along it cannot be held back. */
  readonly isLive: boolean;
  readonly crossing?: { readonly id: number; readonly direction: 'in' | 'out' };
}

/** Everything that a worker needs to know to begin. */
export interface ThreadPlan {
  readonly thread: string;
  readonly arena: ArenaHandle;
  readonly cores: number;
  /** Where the pipeline's clock stands against the machine's monotonic one; left out when another clock drives it. */
  readonly clock: ClockState | undefined;
  readonly elements: readonly PlannedElement[];
  readonly links: readonly PlannedLink[];
  readonly tellsSpans: boolean;
  /** Where questions come in, and the word that wakes who asked. */
  readonly questions: MessagePort;
  readonly answered: Int32Array;
}

/** What the pipeline asks for and waits for without standing still. */
export type Request =
  | {
      readonly do: 'open';
      readonly element: string;
      /** As they are written, with what has been changed since. */
      readonly props: Readonly<Record<string, unknown>>;
      readonly downstreamCapacity: number;
      readonly baseFolder: string;
      readonly outputFolder: string;
      readonly claims: readonly ClaimEntry[];
    }
  | { readonly do: 'create'; readonly element: string; readonly caps: readonly (readonly [pad: string, caps: WireStructure])[] }
  | { readonly do: 'report'; readonly element: string; readonly summary: PipelineSummary }
  | { readonly do: 'close'; readonly element: string }
  /** Make elements and link them, in addition to those that are there. */
  | { readonly do: 'add'; readonly elements: readonly PlannedElement[]; readonly links: readonly PlannedLink[] }
  /** End the stream of a source; answered with its epochs. */
  | { readonly do: 'end-source'; readonly element: string }
  /** Have an element turn everything away, and answer when nothing of it is at work any more; with its epochs where it is a source. */
  | { readonly do: 'dismiss'; readonly element: string; readonly reason: WireError }
  /** Forget elements that are closed. */
  | { readonly do: 'remove'; readonly elements: readonly string[] }
  /** Turn everything away, and answer when nothing is at work any more. */
  | { readonly do: 'settle'; readonly reason: WireError }
  | { readonly do: 'count' };

/** What a worker asks of the pipeline. */
export type WorkerRequest = {
  readonly do: 'settle-caps';
  readonly element: string;
  readonly pad?: string | undefined;
  readonly caps?: WireStructure | undefined;
};

export type Answer = { readonly value: unknown } | { readonly error: WireError };

interface Common {
  readonly item: { readonly note: 'item'; readonly link: number; readonly item: WireItem };
  readonly taken: { readonly note: 'taken'; readonly link: number; readonly flow: FlowReturn };
  readonly answer: { readonly note: 'answer'; readonly id: number; readonly answer: Answer };
  /** What the far end of a link needs; goes against the stream. */
  readonly need: { readonly note: 'need'; readonly link: number; readonly need: Need };
}

export type NoteToWorker =
  | Common[keyof Common]
  | { readonly note: 'request'; readonly id: number; readonly request: Request }
  | { readonly note: 'start'; readonly element: string; readonly start: SourceStart }
  /** More buffers than before may sit behind an element. */
  | { readonly note: 'grow'; readonly element: string; readonly downstreamCapacity: number }
  | { readonly note: 'stop' | 'hold' | 'let-go'; readonly element: string }
  | { readonly note: 'abort'; readonly reason: WireError }
  | { readonly note: 'timeline'; readonly state: TimelineState; readonly clock: ClockState | undefined }
  | { readonly note: 'due'; readonly id: number };

export type NoteFromWorker =
  | Common[keyof Common]
  | { readonly note: 'ready' }
  | { readonly note: 'request'; readonly id: number; readonly request: WorkerRequest }
  | { readonly note: 'message'; readonly message: Exclude<Message, { error: unknown }> }
  | {
      readonly note: 'quarantine';
      readonly message: Omit<Extract<Message, { type: 'quarantine' }>, 'error'>;
      readonly error: WireError;
      /** The buffer itself, where it is to be written down. */
      readonly item?: WireItem;
    }
  | { readonly note: 'fail'; readonly error: WireError; readonly afterDraining: boolean }
  | { readonly note: 'gave-up'; readonly element: string; readonly error: WireError }
  | { readonly note: 'ended'; readonly element: string }
  /** Of a source, whatever may still be behind it. */
  | { readonly note: 'source-ended'; readonly element: string }
  | { readonly note: 'position'; readonly element: string; readonly position: Microseconds; readonly duration: Microseconds | undefined }
  | { readonly note: 'claim'; readonly element: string; readonly path: string; readonly writes: boolean }
  | { readonly note: 'span'; readonly element: string; readonly start: number; readonly end: number; readonly size: number }
  | { readonly note: 'schedule'; readonly id: number; readonly time: Microseconds; readonly importance: 'background' | undefined }
  | { readonly note: 'cancel'; readonly id: number }
  | { readonly note: 'claim-threads'; readonly id: number; readonly name: string; readonly threads: number }
  | { readonly note: 'release-threads'; readonly id: number }
  | { readonly note: 'counts'; readonly elements: readonly ElementSummary[] };

/** Notes with the pipeline's time when they were sent. */
export interface MessageToWorker {
  readonly now: Microseconds;
  readonly notes: readonly NoteToWorker[];
}

export type Question =
  | { readonly ask: 'sinkCaps'; readonly element: string; readonly pad: string; readonly allowed: Readonly<Record<string, WireCaps>> }
  | {
      readonly ask: 'srcCaps';
      readonly element: string;
      readonly pad: string;
      readonly sink: Readonly<Record<string, WireStructure>>;
      readonly allowed: WireCaps;
    }
  | { readonly ask: 'update'; readonly element: string; readonly props: unknown }
  | { readonly ask: 'change-queues'; readonly element: string; readonly changes: QueueChanges };
