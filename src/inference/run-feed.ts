import type { Slab } from '../memory/slab.ts';
import type { TensorRef } from './backend.ts';
import type { OutputShare } from './divide-outputs.ts';

/** What a run needs of an item. */
export interface FedItem {
  readonly slabs: readonly Slab[];
  readonly bytes: number;
}

/** A run on several items: what goes in, with a reference to each slab, and what each item gets of what comes out. */
export interface FedRun {
  readonly inputs: Readonly<Record<string, TensorRef>>;
  /** How much of the fed input is of items, and how much there is with padding; in elements of the axis in which items differ. */
  readonly padding?: { readonly useful: number; readonly all: number };
  divide(outputs: Readonly<Record<string, TensorRef>>): OutputShare[];
}

/** Puts items into a run with room for `places` of them, or for as many more as the model wants. */
export type RunFeed = (items: readonly FedItem[], places: number) => FedRun;
