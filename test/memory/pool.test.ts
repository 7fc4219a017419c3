import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Arena } from '../../src/memory/arena.ts';
import { Pool } from '../../src/memory/pool.ts';
import { PoolField } from '../../src/memory/pool-word.ts';
import { startWorker } from '../../src/threads/start-worker.ts';

const makePool = (limit: number, slabBytes = 1000, arena = Arena.create()) => {
  const pool = Pool.create(arena, { name: 'frames', slabBytes, limit });
  const end = (): void => {
    pool.assertAllReturned();
    pool.close();
    assert.equal(arena.statistics.slabsInUse, 0);
  };
  return { arena, pool, end };
};

describe('pool', () => {
  describe('limit', () => {
    it('gives as many slabs as it may and no more, until one comes back', () => {
      const { pool, end } = makePool(2);
      const [a, b] = [pool.tryAcquire()!, pool.tryAcquire()!];
      assert.ok(a.bytes >= 1000 && b.bytes >= 1000);
      assert.equal(pool.tryAcquire(), undefined);
      assert.deepEqual([pool.inUse, pool.highWater], [2, 2]);
      a.release();
      const c = pool.tryAcquire()!;
      assert.equal(c.offset, a.offset);
      c.release();
      b.release();
      assert.deepEqual([pool.inUse, pool.highWater], [0, 2]);
      end();
    });

    it('counts a slab until its last holder releases it', () => {
      const { pool, end } = makePool(1);
      const slab = pool.tryAcquire()!.retain();
      slab.release();
      assert.equal(pool.tryAcquire(), undefined);
      slab.release();
      assert.equal(pool.inUse, 0);
      end();
    });

    for (const limit of [0, -1, Number.NaN]) {
      it(`refuses ${limit} as its limit`, () => {
        const arena = Arena.create();
        assert.throws(() => Pool.create(arena, { name: 'frames', slabBytes: 10, limit }), {
          name: 'RangeError',
          message: `Pool frames: the limit must be at least 1, found ${limit}`,
        });
        assert.equal(arena.statistics.slabsInUse, 0);
      });
    }
  });

  describe('waiting', () => {
    it('gives a slab at once where there is room', () => {
      const { pool, end } = makePool(1);
      const slab = pool.acquire();
      assert.ok(!(slab instanceof Promise));
      slab.release();
      end();
    });

    it('serves those who wait in the order of asking, and lets nobody overtake them', async () => {
      const { pool, end } = makePool(1);
      const first = await pool.acquire();
      const order: number[] = [];
      const waiters = [1, 2, 3].map(async (number) => {
        const slab = await pool.acquire();
        order.push(number);
        slab.release();
      });
      first.release();
      const last = await pool.acquire();
      await Promise.all(waiters);
      assert.deepEqual(order, [1, 2, 3]);
      last.release();
      end();
    });

    it('serves those who wait when the limit grows, and never shrinks', async () => {
      const { pool, end } = makePool(1);
      const first = await pool.acquire();
      const waiting = pool.acquire();
      pool.grow(2);
      (await waiting).release();
      pool.grow(1);
      assert.equal(pool.limit, 2);
      first.release();
      end();
    });

    it('listens once for all who wait, however often it has been waited for', async () => {
      const { arena, pool, end } = makePool(1);
      let slab = await pool.acquire();
      for (let i = 0; i < 200; i++) {
        const next = pool.acquire();
        assert.ok(next instanceof Promise);
        slab.release();
        slab = await next;
      }
      const last = pool.acquire();
      // Lets all that has been told come through.
      for (let i = 0; i < 3; i++) await new Promise(setImmediate);
      assert.equal(Atomics.notify(arena.words, pool.handle.address / 4 + PoolField.released), 1);
      slab.release();
      (await last).release();
      end();
    });

    it('tells the waiter, and not whoever released, when the arena is full', async () => {
      const { arena, pool, end } = makePool(1, 1000, Arena.create({ maximumBytes: 10 * 65536 }));
      const greedy = Pool.attach(arena, { ...pool.handle, slabBytes: 2_000_000 });
      const slab = await pool.acquire();
      const waiting = greedy.acquire();
      slab.release();
      await assert.rejects(Promise.resolve(waiting), { code: 'memory/arena-full' });
      greedy.close();
      end();
    });
  });

  describe('threads', () => {
    const inThread = async (data: object): Promise<unknown> => {
      const worker = startWorker(import.meta.url, './memory-thread', { workerData: data });
      const [answer] = await once(worker, 'message');
      await once(worker, 'exit');
      return answer;
    };

    it('wakes a waiter here when a slab is released there, even after the memory has grown', async () => {
      const { arena, pool, end } = makePool(1);
      const slab = pool.tryAcquire()!;
      const waiting = pool.acquire();
      assert.ok(waiting instanceof Promise);
      arena.allocate(20_000_000).release();
      const answer = inThread({ task: 'release', arena: arena.handle, offset: slab.offset });
      const mine = await waiting;
      assert.equal(mine.offset, slab.offset);
      mine.release();
      assert.equal(await answer, 'released');
      end();
    });

    it('never gives more than its limit, whoever asks', async () => {
      const { arena, pool, end } = makePool(3, 300);
      const answers = await Promise.all(
        [1, 2, 3, 4].map((mark) => inThread({ task: 'share', arena: arena.handle, pool: pool.handle, rounds: 1500, mark })),
      );
      for (const answer of answers) assert.deepEqual(answer, { spoiled: 0 });
      assert.equal(pool.highWater, 3);
      end();
    });

    it('shares one arena: no slab is given to two threads, and none is lost', async () => {
      const arena = Arena.create({ initialBytes: 3 * 65536 });
      const answers = await Promise.all([1, 2, 3, 4].map((mark) => inThread({ task: 'churn', arena: arena.handle, rounds: 2000, mark })));
      for (const answer of answers) assert.deepEqual(answer, { spoiled: 0 });
      assert.equal(arena.statistics.slabsInUse, 0);
    });

    it('counts one slab’s holders in all threads together', async () => {
      const arena = Arena.create();
      const slab = arena.allocate(100);
      await Promise.all([1, 2, 3].map(() => inThread({ task: 'hold', arena: arena.handle, offset: slab.offset, rounds: 10_000 })));
      assert.equal(slab.references, 1);
      slab.release();
      assert.equal(arena.statistics.slabsInUse, 0);
    });
  });

  describe('end', () => {
    it('turns everybody away when it is closed', async () => {
      const { arena, pool } = makePool(1);
      const slab = await pool.acquire();
      const waiting = [pool.acquire(), pool.acquire()];
      pool.close();
      pool.close();
      for (const one of waiting) {
        await assert.rejects(Promise.resolve(one), {
          code: 'memory/pool-closed',
          message: 'Cannot take a slab from frames: the pool is closed',
        });
      }
      assert.throws(() => pool.tryAcquire(), { code: 'memory/pool-closed' });
      slab.release();
      assert.equal(arena.statistics.slabsInUse, 0);
    });

    it('lets slabs outlive it, and leaves nothing behind after the last', () => {
      const { arena, pool } = makePool(2);
      const [a, b] = [pool.tryAcquire()!, pool.tryAcquire()!];
      pool.close();
      arena.bytes(a.offset, 1000).fill(1);
      a.release();
      // The pool’s own word and the slab that is out.
      assert.equal(arena.statistics.slabsInUse, 2);
      b.release();
      assert.equal(arena.statistics.slabsInUse, 0);
    });

    it('says who leaked, and how much', () => {
      const { arena, pool, end } = makePool(4);
      const slabs = [pool.tryAcquire()!, pool.tryAcquire()!];
      assert.throws(() => pool.assertAllReturned(), { code: 'memory/leak', message: 'Pool frames still has 2 of 4 slabs out' });
      for (const slab of slabs) slab.release();
      assert.equal(arena.statistics.slabsInUse, 1);
      end();
    });
  });
});
