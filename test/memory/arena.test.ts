import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../src/memory/arena.ts';
import type { Slab } from '../../src/memory/slab.ts';

const PAGE = 65536;

describe('arena', () => {
  describe('allocating', () => {
    it('gives 64-byte aligned slabs that never overlap, whatever is asked for and released', () => {
      const step = fc.record({ bytes: fc.integer({ min: 0, max: 40_000 }), release: fc.double({ min: 0, max: 1, noNaN: true }) });
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const arena = Arena.create();
          const held: { slab: Slab; bytes: number; mark: number }[] = [];
          for (const [mark, { bytes, release }] of steps.entries()) {
            const slab = arena.allocate(bytes);
            assert.equal(slab.offset % 64, 0);
            assert.ok(slab.bytes >= bytes && slab.references === 1);
            arena.bytes(slab.offset, slab.bytes).fill(mark);
            held.push({ slab, bytes, mark });
            if (release < 0.5) held.splice(Math.floor(release * 2 * held.length), 1)[0]!.slab.release();
            // A slab that overlapped another would have overwritten its mark.
            for (const one of held) assert.ok(arena.bytes(one.slab.offset, one.slab.bytes).every((byte) => byte === one.mark));
          }
          assert.equal(arena.statistics.slabsInUse, held.length);
          for (const { slab } of held) slab.release();
          assert.equal(arena.statistics.slabsInUse, 0);
        }),
        { numRuns: 20 },
      );
    });

    it('uses a released slab again for the same size, and cuts none', () => {
      const arena = Arena.create();
      arena.allocate(3_000_000).release();
      const { bytesCut, slabsMade } = arena.statistics;
      for (let i = 0; i < 100; i++) arena.allocate(3_000_000 - i).release();
      assert.deepEqual(arena.statistics, { slabsInUse: 0, slabsMade, bytesCut, bytesMaximum: 2 ** 31 });
      assert.equal(slabsMade, 1);
    });

    it('grows when it must, and old views stay valid', () => {
      const arena = Arena.create({ initialBytes: 3 * PAGE });
      const first = arena.allocate(1000);
      const view = arena.view('float32', first.offset, 250);
      view[7] = 1.5;
      const before = arena.memory.buffer.byteLength;
      const large = arena.allocate(10_000_000);
      assert.ok(arena.memory.buffer.byteLength > before);
      view[8] = 2.5;
      assert.deepEqual([...arena.view('float32', first.offset, 9).subarray(7)], [1.5, 2.5]);
      arena.bytes(large.offset + large.bytes - 1, 1)[0] = 3;
      for (const slab of [first, large]) slab.release();
      assert.equal(arena.statistics.slabsInUse, 0);
    });

    it('leaves room behind the last slab, so that a vector may be read there', () => {
      // Slabs of 320 bytes with their headers would fill five pages to the last byte.
      const arena = Arena.create({ maximumBytes: 7 * PAGE, initialBytes: 3 * PAGE });
      const slabs: Slab[] = [];
      assert.throws(
        () => {
          for (;;) slabs.push(arena.allocate(1));
        },
        { code: 'memory/arena-full' },
      );
      const end = Math.max(...slabs.map(({ offset, bytes }) => offset + bytes));
      assert.ok(end + 64 <= arena.memory.buffer.byteLength);
    });
  });

  describe('limits', () => {
    it('says what was asked, what there is and what to do when it is full, and goes on working', () => {
      const arena = Arena.create({ maximumBytes: 16 * PAGE });
      const slab = arena.allocate(500_000);
      assert.throws(() => arena.allocate(600_000), {
        code: 'memory/arena-full',
        message: /^Cannot allocate 600000 bytes: \d+ of the arena's 1048576 bytes are cut already; raise the arena's limit/,
      });
      arena.allocate(1000).release();
      slab.release();
      assert.equal(arena.statistics.slabsInUse, 0);
    });

    for (const bytes of [2 ** 31, 2 ** 32 - 1, 2 ** 32 + 300, 2 ** 40]) {
      it(`refuses ${bytes} bytes of an arena of 2 GiB`, () => {
        assert.throws(() => Arena.create().allocate(bytes), { code: 'memory/arena-full' });
      });
    }

    for (const bytes of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      it(`refuses ${bytes} as a size`, () => {
        assert.throws(() => Arena.create().allocate(bytes), RangeError);
      });
    }

    it('gives slabs beyond 2 GiB, where addresses no longer fit a signed word', () => {
      // Pages are committed on first touch, so that this takes hardly any memory.
      const arena = Arena.create({ maximumBytes: 2 ** 32 });
      const low = arena.allocate(2 ** 31);
      const high = arena.allocate(1000);
      assert.ok(high.offset > 2 ** 31);
      arena.bytes(high.offset, 1000).fill(7);
      assert.equal(high.retain().references, 2);
      high.release();
      high.release();
      const again = arena.allocate(1000);
      assert.equal(again.offset, high.offset);
      again.release();
      low.release();
      assert.equal(arena.statistics.slabsInUse, 0);
    });
  });

  describe('views', () => {
    const arena = Arena.create({ initialBytes: 3 * PAGE });

    it('refuses what reaches beyond the memory, before it and after it', () => {
      const { byteLength } = arena.memory.buffer;
      for (const [offset, count] of [
        [byteLength - 4, 2],
        [-4, 1],
        [byteLength + 4, 0],
      ] as const) {
        assert.throws(() => arena.view('float32', offset, count), { code: 'memory/out-of-bounds', message: /ends at \d+$/ });
      }
      assert.equal(arena.view('float32', byteLength - 4, 1).length, 1);
    });

    it('shows every element type over the same bytes', () => {
      const slab = arena.allocate(64);
      arena.view('float32', slab.offset, 1)[0] = 1;
      assert.equal(arena.view('uint32', slab.offset, 1)[0], 0x3f800000);
      assert.equal(arena.view('float16', slab.offset, 2)[1], 0x3f80);
      assert.deepEqual([...arena.view('uint8', slab.offset, 4)], [0, 0, 0x80, 0x3f]);
      assert.equal(arena.view('int64', slab.offset, 1).length, 1);
      assert.equal(arena.view('float64', slab.offset, 8).byteLength, 64);
      slab.release();
    });
  });

  it('is the same arena wherever it is attached', () => {
    const arena = Arena.create();
    const other = Arena.attach(arena.handle);
    const slab = arena.allocate(100);
    other.bytes(slab.offset, 1)[0] = 42;
    assert.equal(arena.bytes(slab.offset, 1)[0], 42);
    other.slabAt(slab.offset).release();
    assert.equal(arena.statistics.slabsInUse, 0);
    assert.throws(() => slab.release(), { code: 'memory/released' });
  });
});
