import assert from 'node:assert/strict';
import { Arena } from '../../src/memory/arena.ts';
import { Pool } from '../../src/memory/pool.ts';

describe('a holder that may die', () => {
  const setUp = () => {
    const arena = Arena.create({ maximumBytes: 2 ** 20 });
    const holder = arena.claimHolder();
    return { arena, holder, other: Arena.attach({ ...arena.handle, holder }) };
  };

  it('leaves behind what it held, which is given back, and nothing else', () => {
    const { arena, holder, other } = setUp();
    const mine = arena.allocate(100);
    const shared = arena.allocate(5000);
    other.slabAt(shared.offset).retain();
    for (const bytes of [10, 10, 70_000]) other.allocate(bytes).retain();
    const gone = other.allocate(10);
    gone.release();
    assert.equal(arena.endHolder(holder, true), 4);
    assert.equal(arena.statistics.slabsInUse, 2);
    assert.deepEqual([mine.references, shared.references], [1, 1]);
    mine.release();
    shared.release();
    assert.equal(arena.statistics.slabsInUse, 0);
  });

  it('is not counted for what it has handed over, and is for what it has been given', () => {
    const { arena, holder, other } = setUp();
    const given = other.allocate(10);
    arena.handOver(given.offset, { from: holder, to: 0 });
    const taken = arena.allocate(10);
    arena.handOver(taken.offset, { from: 0, to: holder });
    assert.equal(arena.endHolder(holder, true), 1);
    assert.equal(given.references, 1);
    arena.slabAt(given.offset).release();
    assert.equal(arena.statistics.slabsInUse, 0);
  });

  it('gives slabs of a pool back to the pool, and its own pool ends with the last of its slabs', () => {
    const { arena, holder, other } = setUp();
    const pool = Pool.create(arena, { name: 'ours', slabBytes: 64, limit: 2 });
    const theirs = Pool.attach(other, pool.handle);
    theirs.tryAcquire();
    const own = Pool.create(other, { name: 'own', slabBytes: 64, limit: 2 });
    own.tryAcquire();
    const left = own.tryAcquire()!;
    arena.handOver(left.offset, { from: holder, to: 0 });
    assert.equal(pool.inUse, 1);
    arena.endHolder(holder, true);
    assert.equal(pool.inUse, 0);
    pool.close();
    assert.equal(arena.statistics.slabsInUse, 2, 'the slab, and the word of its pool');
    arena.slabAt(left.offset).release();
    assert.equal(arena.statistics.slabsInUse, 0);
  });

  it('that ends as it should keeps its leaks, which are its own fault', () => {
    const { arena, holder, other } = setUp();
    other.allocate(10);
    assert.equal(arena.endHolder(holder, false), 1);
    assert.equal(arena.statistics.slabsInUse, 1);
    assert.equal(arena.claimHolder(), holder, 'its number is free again');
    assert.equal(arena.endHolder(holder, true), 0, 'and the leak is not counted for who has it next');
  });

  it('is one of twelve; who comes later is not counted', () => {
    const { arena } = setUp();
    const numbers = Array.from({ length: 13 }, () => arena.claimHolder());
    assert.deepEqual(numbers.slice(0, 11), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    assert.deepEqual(numbers.slice(11), [0, 0]);
    assert.equal(arena.endHolder(0, true), 0);
  });
});
