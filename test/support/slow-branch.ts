import assert from 'node:assert/strict';
import type { AnyElementDefinition } from '../../src/core/element/define-element.ts';
import { probe, type Seen } from './probe.ts';
import { settled, type TestPipeline } from './test-pipeline.ts';

/** A graph that gives three buffers to each of two branches. */
export interface SlowBranch extends TestPipeline {
  readonly slow: readonly Seen[];
  readonly fast: readonly Seen[];
}

/** Asserts that no branch gets ahead of one that takes its time. @param graph Is given how the slow branch's sink is made. */
export async function assertWaitsForSlowest(
  graph: (slow: (name: string, seen: Seen[]) => AnyElementDefinition) => SlowBranch,
): Promise<void> {
  let release = (): void => {};
  const hold = (): Promise<void> => new Promise((resolve) => (release = resolve));
  const { pipeline, slow, fast, assertClean } = graph((name, seen) => probe(name, seen, hold));
  const run = pipeline.run();
  await settled();
  assert.deepEqual([slow.length, fast.length], [1, 1]);
  for (let index = 0; index < 3; index++) {
    release();
    await settled();
  }
  await run;
  assert.deepEqual([slow.length, fast.length], [3, 3]);
  assertClean();
}
