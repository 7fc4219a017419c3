// What the pool's tests do in other threads.
import { parentPort, workerData } from 'node:worker_threads';
import { Arena } from '../../src/memory/arena.ts';
import { Pool } from '../../src/memory/pool.ts';
import type { Slab } from '../../src/memory/slab.ts';

const arena = Arena.attach(workerData.arena);

/** Holds up to eight slabs of many sizes, each filled with this thread's own mark. */
function churn({ rounds, mark }: { rounds: number; mark: number }): { spoiled: number } {
  const held: { slab: Slab; length: number }[] = [];
  let spoiled = 0;
  const drop = (): void => {
    const { slab, length } = held.shift()!;
    if (!arena.bytes(slab.offset, length).every((byte) => byte === mark)) spoiled++;
    slab.release();
  };
  for (let round = 0; round < rounds; round++) {
    const length = 1 + ((round * 7919) % 3000);
    const slab = arena.allocate(length);
    arena.bytes(slab.offset, length).fill(mark);
    held.push({ slab, length });
    if (held.length > 8) drop();
  }
  while (held.length > 0) drop();
  return { spoiled };
}

/** Takes slabs of a pool that has fewer of them than there are threads. */
async function share({ rounds, mark }: { rounds: number; mark: number }): Promise<{ spoiled: number }> {
  const pool = Pool.attach(arena, workerData.pool);
  let spoiled = 0;
  for (let round = 0; round < rounds; round++) {
    const slab = await pool.acquire();
    arena.bytes(slab.offset, 300).fill(mark);
    const extra = pool.tryAcquire();
    extra?.release();
    if (!arena.bytes(slab.offset, 300).every((byte) => byte === mark)) spoiled++;
    slab.release();
  }
  pool.close();
  return { spoiled };
}

function hold({ rounds, offset }: { rounds: number; offset: number }): void {
  const slab = arena.slabAt(offset);
  for (let round = 0; round < rounds; round++) slab.retain().release();
}

switch (workerData.task) {
  case 'release':
    arena.slabAt(workerData.offset).release();
    parentPort!.postMessage('released');
    break;
  case 'churn':
    parentPort!.postMessage(churn(workerData));
    break;
  case 'share':
    parentPort!.postMessage(await share(workerData));
    break;
  case 'hold':
    parentPort!.postMessage(hold(workerData));
    break;
}
