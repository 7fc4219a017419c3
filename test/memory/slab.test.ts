import assert from 'node:assert/strict';
import { Arena } from '../../src/memory/arena.ts';

describe('slab', () => {
  it('is free when its last holder releases it, and not before', () => {
    const arena = Arena.create();
    const slab = arena.allocate(100);
    assert.equal(slab.retain(), slab);
    assert.equal(slab.references, 2);
    slab.release();
    assert.equal(arena.statistics.slabsInUse, 1);
    slab.release();
    assert.deepEqual([slab.references, arena.statistics.slabsInUse], [0, 0]);
  });

  it('says so when it is released once too often, and stays free', () => {
    const arena = Arena.create();
    const slab = arena.allocate(100);
    slab.release();
    for (let i = 0; i < 2; i++) {
      assert.throws(() => slab.release(), {
        name: 'MemoryError',
        code: 'memory/released',
        message: `Cannot release the slab at ${slab.offset}: it has no holder left`,
      });
    }
    // Had the second release put it into the free list again, two owners would now share it.
    const [one, other] = [arena.allocate(100), arena.allocate(100)];
    assert.notEqual(one.offset, other.offset);
    one.release();
    other.release();
    assert.equal(arena.statistics.slabsInUse, 0);
  });

  it('cannot be retained after its release', () => {
    const arena = Arena.create();
    const slab = arena.allocate(100);
    slab.release();
    assert.throws(() => slab.retain(), { code: 'memory/released', message: /^Cannot retain the slab at \d+/ });
    assert.equal(slab.references, 0);
  });

  it('is counted together by all its handles', () => {
    const arena = Arena.create();
    const slab = arena.allocate(5000);
    const handle = arena.slabAt(slab.offset);
    assert.equal(handle.bytes, slab.bytes);
    handle.retain();
    assert.equal(slab.references, 2);
    slab.release();
    handle.release();
    assert.equal(arena.statistics.slabsInUse, 0);
  });
});
