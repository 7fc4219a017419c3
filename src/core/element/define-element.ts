// The contract of an element: everything about it that can be known without running it, and the hooks that run.
//
// One declaration gives types, defaults, validation, documentation and schema. The hook's shape follows from the pads: no
// sink pad, `produce`; no src pad, `render`; both, `transform`, or `chain` per pad for those that join, hold or spread.
import type { z } from 'zod';
import type { Slab } from '../../memory/slab.ts';
import type { Caps, FixedCaps } from '../caps/caps.ts';
import type { PipelineSummary } from '../counts/summary.ts';
import type { Issue } from '../errors.ts';
import type { QueueOptions } from '../queue/queue-options.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import type { GapEvent, SourceEndEvent, SourceEvent } from '../stream/event.ts';
import type { Flow } from '../stream/flow-return.ts';
import type { OnPad } from '../stream/on-pad.ts';
import type { Skipped } from '../stream/skipped.ts';
import type { Clock } from '../time/clock.ts';
import type { SyncChoice } from '../time/sync-options.ts';
import type { Microseconds } from '../time/time.ts';
import type { ElementContext } from './element-context.ts';
import type { PadBuffer, PadTemplates, SinkNames, SrcNames } from './pad-template.ts';

type MaybePromise<T> = T | Promise<T>;

/** What a transform gives back: a buffer, several, or nothing (the framework then sends a gap). */
export type Output<V = unknown> = StreamBuffer<V> | readonly StreamBuffer<V>[] | undefined;

export interface CommonHooks<Props = never> {
  /**
   * Takes changed props while the graph runs, from the next buffer on; elements without it refuse changes. Throws when it cannot
   * take these, and goes on with the old ones.
   */
  update?(props: Props): void;
  /** A source has ended at a sink pad, and others go on there; what is kept of it may go. It may still come by other pads. */
  sourceEnded?(pad: string, event: SourceEndEvent): void;
  /** At the end of the stream: what was held back, in order. */
  drain?(): MaybePromise<readonly StreamBuffer[] | undefined>;
  /** Forget everything that is held, at once; nothing will be asked for. */
  flush?(): void;
  /** The last call: give back what `create` took. */
  close?(): MaybePromise<void>;
}

/** An element without sink pads. */
export interface SourceHooks<Out> {
  /**
   * The next buffer, or what stands for one that nobody needs, or undefined at the end of the stream. A source with several src pads says
   * by which of them a buffer leaves, unless it is the first.
   */
  produce(): MaybePromise<Out | OnPad<Out extends StreamBuffer<infer V> ? V : never> | Skipped | undefined>;
  /** Asked to end early: the next `produce` should give undefined. */
  stop?(): void;
}

/** An element without src pads. */
export interface SinkHooks<In> {
  render(buffer: In): MaybePromise<void>;
  /** Time passed without data: nothing earlier than `until` will come. Without this hook the gap ends here. */
  gap?(pad: string, until: Microseconds, event: GapEvent): Flow;
  /** Something else stands here in the stream: a source begins or ends, or how its times are counted. Without this hook it ends here. */
  event?(pad: string, event: SourceEvent): Flow;
  /** After the last buffer: flush to disk, write a trailer. The sink reports eos when it resolves. */
  finish?(): MaybePromise<void>;
  /** After every sink has finished: for what tells of the whole run. The sink then reports eos when it resolves. */
  report?(summary: PipelineSummary): MaybePromise<void>;
}

/** An element with one sink pad and one src pad. */
export interface TransformHooks<In, Out> {
  /** Size of the slab that the framework takes from the output pool for each buffer; waiting for it is backpressure. */
  readonly outputBytes?: number;
  /** What buffers are counted as that it makes nothing of. Default: `filtered`. */
  readonly dropCause?: string;
  transform(buffer: In, output: Slab): MaybePromise<Out | readonly Out[] | undefined>;
}

/** A transform that takes several buffers at once; its queue forms the batches. */
export interface BatchHooks<In, Out> {
  /**
   * One result per buffer, in order.
   *
   * @param slots Places in the batch: more than there are buffers only where the graph wants batches of certain sizes.
   */
  transformBatch(buffers: readonly In[], slots: number): MaybePromise<readonly (Out | undefined)[]>;
  /** How long a buffer is, where they differ in that; in any unit, which is that of `lengthBuckets`. */
  lengthOf?(buffer: In): number;
  /**
   * What a buffer that holds several items can be taken apart into: when a run on it has failed, its parts are tried one after the
   * other, so that only the item is lost that is at fault. Undefined for a single item. Gives new buffers.
   */
  parts?(buffer: In): readonly In[] | undefined;
}

/** An element that joins, holds or spreads: one hook per sink pad; it sends with `context.push`. Request pads share a hook under their template's name. */
export interface ChainHooks<Pads extends PadTemplates> {
  chain: { [Name in SinkNames<Pads>]: (buffer: PadBuffer<Pads, Name>, pad: string) => Flow };
  /** Time passed on a sink pad without data: nothing earlier than `until` will come. Without this hook the gap ends here. */
  gap?(pad: string, until: Microseconds, event: GapEvent): Flow;
  /** As of a sink. Whoever holds buffers back passes it on with `context.event`, behind them; without this hook it goes on at once. */
  event?(pad: string, event: SourceEvent): Flow;
  /** A sink pad has ended. When all have, the framework drains and ends the src pads. */
  ended?(pad: string): void;
  /**
   * A source has ended at every sink pad that it came by, and others go on. Whoever holds buffers back calls `pass` once the last of
   * them has left. Without this hook, those downstream are told at once.
   */
  sourceEnd?(pad: string, pass: () => Flow, event: SourceEndEvent): Flow;
}

type InOf<Pads extends PadTemplates> = PadBuffer<Pads, SinkNames<Pads>>;
type OutOf<Pads extends PadTemplates> = PadBuffer<Pads, SrcNames<Pads>>;

export type HooksOf<Pads extends PadTemplates, Props = never> = CommonHooks<Props> &
  ([SinkNames<Pads>] extends [never]
    ? SourceHooks<OutOf<Pads>>
    : [SrcNames<Pads>] extends [never]
      ? SinkHooks<InOf<Pads>>
      : TransformHooks<InOf<Pads>, OutOf<Pads>> | BatchHooks<InOf<Pads>, OutOf<Pads>> | ChainHooks<Pads>);

/** Hooks with their pads' types forgotten: what the runtime calls. */
export type AnyHooks = CommonHooks &
  Partial<SourceHooks<StreamBuffer>> &
  Partial<SinkHooks<StreamBuffer>> &
  Partial<TransformHooks<StreamBuffer, StreamBuffer>> &
  Partial<BatchHooks<StreamBuffer, StreamBuffer>> & {
    chain?: Record<string, (buffer: StreamBuffer, pad: string) => Flow>;
    gap?(pad: string, until: Microseconds, event: GapEvent): Flow;
    ended?(pad: string): void;
    sourceEnd?(pad: string, pass: () => Flow, event: SourceEndEvent): Flow;
  };

/** How an element's pads depend on one another. Left out, pads of the same media type carry the same caps, others their template's. */
export interface Negotiation<Props, Resource> {
  /**
   * Finds out what the src pads give for fixed caps on the sink pads, where somebody else has to be asked; called before `srcCaps`, for
   * which it keeps the answer in the resource.
   */
  survey?(query: {
    props: Props;
    resource: Resource;
    sink: Readonly<Record<string, FixedCaps>>;
    /** What downstream of each src pad takes. */
    allowed: Readonly<Record<string, Caps>>;
    context: ElementContext;
  }): Promise<void>;
  /** What a sink pad takes, given what downstream of each src pad allows. `resource` is missing while a graph is only checked. */
  sinkCaps?(query: { props: Props; resource: Resource | undefined; pad: string; allowed: Readonly<Record<string, Caps>> }): Caps;
  /** What a src pad can give, the preferred first, given fixed caps on the sink pads. What downstream does not allow is cut away. */
  srcCaps?(query: {
    props: Props;
    resource: Resource | undefined;
    pad: string;
    sink: Readonly<Record<string, FixedCaps>>;
    allowed: Caps;
  }): Caps;
  /** Settles what is still open of a src pad's caps; left out, the first alternative and the smallest numbers. */
  fixate?(query: { props: Props; candidates: readonly FixedCaps[]; sink: Readonly<Record<string, FixedCaps>> }): FixedCaps;
  /** Props that would make a field of the src caps what downstream wants; for messages. */
  suggest?(field: string, wanted: unknown): Readonly<Record<string, unknown>> | undefined;
}

export interface Latency {
  /** How long it has to be allowed for each buffer: the longest that its work and its waiting may take; infinite where that has no end. */
  readonly min: Microseconds;
  /** How long it may stay; undefined: as long as it likes. */
  readonly max: Microseconds | undefined;
}

/** What the graph has an element's latency follow from, beside its props. */
export interface LatencyContext {
  /** Whether what comes to it cannot be held back, so that no wait may be without an end. */
  readonly isLive: boolean;
  /** How many buffers the graph lets into one batch. */
  readonly maxBatch: number;
}

export interface OpenContext<Props> {
  readonly props: Props;
  readonly context: ElementContext;
}

export interface CreateContext<Props, Pads extends PadTemplates, Resource> {
  readonly props: Props;
  /** What `open` gave. */
  readonly resource: Resource;
  /** The negotiated caps of each linked pad. */
  readonly caps: { readonly [Name in keyof Pads]: FixedCaps } & Readonly<Record<string, FixedCaps>>;
  readonly context: ElementContext;
}

export interface CheckQuery<Props> {
  readonly props: Props;
  /** What relative paths of inputs are relative to. */
  readonly baseFolder: string;
  /** The sink pads that are linked; missing where that is not known yet. */
  readonly inputs?: readonly string[] | undefined;
  /** Whether to look also at what takes long and is looked at again when the element is opened: the checksum of a model. */
  readonly thorough?: boolean | undefined;
}

/** Files that are read as they come into a folder. */
export interface WatchedFiles {
  /** Absolute, or relative to the folder of inputs. */
  readonly folder: string;
  /** Whether a file counts, by its path relative to the folder, with `/` between its parts. */
  takes(path: string): boolean;
}

export interface ElementFiles {
  /** Absolute, or relative to the folder of inputs. */
  readonly reads?: readonly string[] | undefined;
  /** Absolute, or relative to the folder of outputs. */
  readonly writes?: readonly string[] | undefined;
  /** The same of files whose names are made while it runs: names like theirs. Of these only is asked whether another element watches for them. */
  readonly writesLike?: readonly string[] | undefined;
  readonly watches?: readonly WatchedFiles[] | undefined;
  /** Whether the folders of what it writes are made where they are missing. */
  readonly makesFolders?: boolean | undefined;
}

/** What is said of an element beside its props and its hooks. */
export interface ElementContract<Props, Pads extends PadTemplates, Resource> {
  /** Kebab-case; the `type` in a graph and the name of its file. */
  readonly name: string;
  /** What it is, the general first: `Source/Video/File`. */
  readonly klass: string;
  /** One sentence. */
  readonly summary: string;
  /** A launch string that shows it at work. */
  readonly example: string;
  readonly pads: Pads;
  readonly negotiate?: Negotiation<Props, Resource>;
  latency?(props: Props, graph: LatencyContext): Latency;
  /** How many buffers may be inside its asynchronous hook at once; results stay in order. Default 1. */
  inFlight?(props: Props, budget: { cores: number }): number;
  /** How many buffers it may hold back beside those in its queues and at work in it: what the pools before it have to spare. Default: 0. */
  holds?(props: Props): number;
  /**
   * Its sink pads have a queue even when the graph asks for none; a function says which, and what the graph asks for goes before it.
   * Default: those of asynchronous elements and of joins.
   */
  readonly queued?: boolean | ((props: Props) => Partial<QueueOptions>);
  /** A source whose streams are those of others, which it says itself with `context.event`: where each begins and ends. */
  readonly announces?: boolean;
  /** A source that cannot be held back. */
  readonly live?: boolean | ((props: Props) => boolean);
  /**
   * What it gives follows from its props, its inputs and the pipeline's clock alone, in this thread: a source or a model that says
   * so can be simulated.
   */
  readonly deterministic?: boolean;
  /** Takes each buffer when its time has come by the clock, unless the graph says otherwise. Default: as soon as there is one. */
  readonly sync?: SyncChoice | ((props: Props) => SyncChoice);
  /**
   * What it makes of a buffer depends on that buffer alone, so that one that nobody downstream needs any more may be left out before
   * it. Default: not so, and everything reaches it.
   */
  readonly memoryless?: boolean;
  /**
   * What its hooks hold back lies in what `open` gave, and hooks that are made anew go on with it: nothing has to leave when links
   * are added to a running element, or taken from it. Default: not so, and it is drained before.
   */
  readonly holdsInResource?: boolean;
  /**
   * Keeps buffers beyond the `chain` hooks that they come to. Each is in flight until the element says what became of it, with
   * `context.finished` or `context.discarded`, once and for every buffer; a hook that throws has not taken its own. Default: not
   * so, and a buffer is handled when its hook comes back.
   */
  readonly holdsBack?: boolean;
  /**
   * A clock that the whole graph may go by, that of a sound card, say, of what `open` gave; undefined where it has none now. The same
   * one as long as it is open.
   */
  providesClock?(resource: Resource): Clock | undefined;
  /** Why it cannot run in a worker thread, as the rest of a sentence; left out where it can. */
  readonly needsMainThread?: string;
  /** What can be said against the props without opening anything: a file that is not there. Paths are relative to the element. */
  check?(query: CheckQuery<Props>): readonly Issue[] | Promise<readonly Issue[]>;
  /** The files that its prop `path` names, so that what speaks against them is known before anything is opened. */
  files?(props: Props): ElementFiles;
  /** Makes what outlives a change of caps: a model, a device, a file. */
  open?(context: OpenContext<Props>): MaybePromise<Resource>;
  /** Gives back what `open` made. */
  close?(resource: Resource): MaybePromise<void>;
}

export interface ElementDefinition<Props = never, Pads extends PadTemplates = PadTemplates, Resource = unknown>
  extends ElementContract<Props, Pads, Resource> {
  /** Set for what stands for an element that is in another thread: its hooks are called there. */
  readonly isDouble?: boolean;
  readonly props: z.ZodObject;
  /** Makes what does not outlive a change of caps. */
  create(context: CreateContext<Props, Pads, Resource>): MaybePromise<AnyHooks>;
}

/** A definition with its types forgotten: what registry and runtime hold. */
// biome-ignore lint/suspicious/noExplicitAny: the one place where the types of all elements meet
export type AnyElementDefinition = ElementDefinition<any, PadTemplates, any>;

/** Declares an element; gives its hooks the types that its pads and props imply. */
export function defineElement<Shape extends z.ZodObject, const Pads extends PadTemplates, Resource = undefined>(
  definition: ElementContract<z.output<Shape>, Pads, Resource> & {
    readonly props: Shape;
    create(context: CreateContext<z.output<Shape>, Pads, Resource>): MaybePromise<HooksOf<Pads, z.output<Shape>>>;
  },
): ElementDefinition<z.output<Shape>, Pads, Resource> & { readonly props: Shape } {
  return definition as never;
}
