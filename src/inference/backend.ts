// What the rest of the program knows about running models. A backend opens models, a session runs one; tensors lie in the
// arena before and after. Elements know this file and never which library stands behind it.
import type { Arena } from '../memory/arena.ts';
import type { Dtype } from '../memory/dtype.ts';
import type { Slab } from '../memory/slab.ts';
import type { OnnxDtype } from '../onnx/element-type.ts';

/** Everything a model may declare; only a {@link Dtype} can cross into the arena. */
export type TensorDtype = OnnxDtype | 'sequence' | 'map' | 'optional' | 'opaque' | 'sparse';

/** What a model says about one of its inputs or outputs. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: TensorDtype;
  /** Outermost first: a size, a symbol such as `batch`, or `?` where the model leaves it open without a name. */
  readonly shape: readonly (number | string)[];
  /** The model gives no shape at all, not even a rank; `shape` is then empty. */
  readonly unranked?: boolean;
}

/** A tensor in the arena, packed, outermost axis first. */
export interface TensorRef {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly slab: Slab;
  /** Bytes from the slab's start to the first element. */
  readonly offset?: number;
}

/** Where a model comes from. */
export type ModelSource = { readonly path: string } | { readonly bytes: Uint8Array; readonly name?: string };

export type ProviderOptionValue = string | number | boolean;

/** An execution provider to try, with its options as key and value. */
export type ProviderWish = string | { readonly name: string; readonly options?: Readonly<Record<string, ProviderOptionValue>> };

export interface SessionOptions {
  /** In order of preference; the first that can run the model does. Default `['cpu']`. */
  readonly providers?: readonly ProviderWish[] | undefined;
  /** Fails rather than run on any provider but the first. Default false. */
  readonly requireProvider?: boolean | undefined;
  /** Threads inside one run, the calling one included. Default 1: several runs in flight use the cores better. */
  readonly intraOpThreads?: number | undefined;
  /** Threads for independent branches of the graph; above 1 the graph runs in parallel mode. Default 1. */
  readonly interOpThreads?: number | undefined;
  /** How far the library rewrites the graph before the first run. Default `all`. */
  readonly graphOptimization?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all' | undefined;
  /** Values for named dimensions that the model leaves open. A tensor that contradicts one is refused. */
  readonly freeDimensions?: Readonly<Record<string, number>> | undefined;
  /** Further session options of the library, as key and value. They win over our defaults. */
  readonly config?: Readonly<Record<string, string>> | undefined;
  /** Where the library writes its own profile: `<prefix>_<time>.json`, complete once the session is closed. */
  readonly profilePrefix?: string | undefined;
}

/** What became of one wish. */
export interface ProviderOutcome {
  readonly name: string;
  /** `ran`, or why it does not. */
  readonly outcome: string;
}

export interface ProviderReport {
  /** The provider that runs the model. */
  readonly ran: string;
  /** Every wish that was looked at, in order; the last one ran. */
  readonly tried: readonly ProviderOutcome[];
  /** How many of the model's nodes each provider has, where the library tells. */
  readonly nodes?: Readonly<Record<string, number>>;
}

export interface SessionStatistics {
  readonly runs: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly inFlight: number;
  /** The most runs that were in flight at once. */
  readonly mostInFlight: number;
  /** Outputs the library wrote straight into the arena. */
  readonly outputsInPlace: number;
  /** Outputs copied into the arena, because their shape was not known before the run. */
  readonly outputsCopied: number;
  /** Runs done twice, because an output's shape turned out to depend on the data. */
  readonly runsRepeated: number;
}

export interface RunOptions {
  /** Ends the run as early as the backend can; the promise then rejects with `inference/cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** The outputs to compute; all by default. */
  readonly outputs?: readonly string[] | undefined;
}

export type TensorMap = ReadonlyMap<string, TensorRef> | Readonly<Record<string, TensorRef>>;

/** A model, ready to run. Any number of runs may be in flight at once. */
export interface InferenceSession {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** The model's own notes: producer, graph name, and whatever its maker added. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly provider: ProviderReport;
  readonly statistics: SessionStatistics;
  /**
   * Runs the model. The inputs' slabs are held while the run is in flight and have to stay unwritten; the outputs lie in fresh
   * slabs with one reference each, which the caller releases.
   *
   * @throws InferenceError `inference/wrong-shape`, `inference/wrong-dtype`, `inference/missing-input`, `inference/cancelled` …
   */
  run(inputs: TensorMap, options?: RunOptions): Promise<Record<string, TensorRef>>;
  /** Takes no more runs, waits for those in flight, and frees the model. Any number of calls. */
  close(): Promise<void>;
}

export interface InferenceBackend {
  readonly name: string;
  /** How many runs can be computed at once; more of them wait for one another. */
  readonly mostRuns: number;
  /** Which version of the library it is. @throws InferenceError `inference/library-missing`, `inference/library-version`. */
  version(): Promise<string>;
  /** The execution providers that the library was built with; whether one works here shows only when a model is opened. */
  providers(): Promise<readonly string[]>;
  /**
   * Loads a model without blocking the event loop.
   *
   * @throws InferenceError `inference/model-not-found`, `inference/model-corrupt`, `inference/provider-unavailable` …
   */
  open(model: ModelSource, options: SessionOptions, arena: Arena): Promise<InferenceSession>;
}
