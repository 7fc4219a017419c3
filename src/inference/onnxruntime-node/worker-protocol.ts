// What a session and its worker say to each other. Tensors are named by where they lie in the arena both share.

import type { ArenaHandle } from '../../memory/arena.ts';
import type { Dtype } from '../../memory/dtype.ts';
import type { ModelSource, ProviderReport, SessionOptions, TensorInfo } from '../backend.ts';

/** What the worker is started with. */
export interface WorkerData {
  readonly arena: ArenaHandle;
  readonly model: ModelSource;
  readonly options: SessionOptions;
}

/** A tensor at a place in the arena. */
export interface PlacedTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Bytes from the arena's start. */
  readonly address: number;
}

export type Request =
  | { readonly type: 'run'; readonly inputs: readonly PlacedTensor[]; readonly outputs: readonly string[] }
  | { readonly type: 'close' };

export interface Opened {
  readonly type: 'opened';
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly provider: ProviderReport;
}

export type Reply =
  | Opened
  /** Each output lies at the start of a slab of its own, whose one reference goes with the message. */
  | { readonly type: 'ran'; readonly outputs: readonly PlacedTensor[] }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
