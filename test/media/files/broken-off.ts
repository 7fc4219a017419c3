// A file cut wherever it may be: none of its beginnings may be taken for the whole, and reading one leaves nothing behind.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Arena } from '../../../src/memory/arena.ts';

export interface BrokenOff {
  /** The whole file. */
  readonly whole: string;
  /** Where its beginnings are put. */
  readonly path: string;
  readonly arena: Arena;
  read(path: string): Promise<unknown>;
  /** From this length on it may count as whole. Default: all of it. */
  readonly enough?: number | undefined;
  /** How much longer each beginning is than the one before. */
  readonly step: number;
}

export async function refusesBeginnings({ whole, path, arena, read, enough = Number.POSITIVE_INFINITY, step }: BrokenOff): Promise<void> {
  const bytes = readFileSync(whole);
  for (let length = 1; length < Math.min(enough, bytes.length); length += step) {
    writeFileSync(path, bytes.subarray(0, length));
    await assert.rejects(read(path), (error: { code: string; message: string }) => {
      assert.ok(['media/corrupt', 'media/truncated', 'media/not-media'].includes(error.code), `${length}: ${error.message}`);
      return true;
    });
    assert.equal(arena.statistics.slabsInUse, 0);
  }
}
