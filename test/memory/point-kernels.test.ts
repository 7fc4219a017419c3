import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../src/memory/arena.ts';
import { kernelExports } from '../../src/memory/kernels.ts';
import { BIG_ENDIAN, NUMBER_KINDS, type PointKernels } from '../../src/memory/point-kernels.ts';
import { scalarPoints } from '../../src/memory/scalar-points.ts';

const arena = Arena.create();
const both = [kernelExports<PointKernels>(arena), scalarPoints(arena)] as const;
const GUARD = 64;

/** What each of the two makes of the same bytes: its result, what it wrote, with nothing touched on either side, and where it stopped. */
function run(
  input: Uint8Array,
  plan: readonly number[],
  outputBytes: number,
  work: (points: PointKernels, source: number, plan: number, target: number, out: number) => unknown,
) {
  const slabs = [input.length, plan.length * 4, outputBytes + 2 * GUARD, 4].map((bytes) => arena.allocate(bytes)) as [
    ReturnType<Arena['allocate']>,
    ReturnType<Arena['allocate']>,
    ReturnType<Arena['allocate']>,
    ReturnType<Arena['allocate']>,
  ];
  const [source, planSlab, target, out] = slabs;
  arena.view('int32', planSlab.offset, plan.length).set(plan);
  const results = both.map((points) => {
    arena.bytes(source.offset, input.length).set(input);
    const all = arena.bytes(target.offset, outputBytes + 2 * GUARD).fill(0xa5);
    const result = work(points, source.offset, planSlab.offset, target.offset + GUARD, out.offset);
    for (const edge of [all.subarray(0, GUARD), all.subarray(GUARD + outputBytes)]) assert.ok(edge.every((byte) => byte === 0xa5));
    return { result, written: all.slice(GUARD, GUARD + outputBytes), stoppedAt: arena.view('int32', out.offset, 1)[0] };
  });
  for (const slab of slabs) slab.release();
  return results as [(typeof results)[0], (typeof results)[0]];
}

const floatsOf = (bytes: Uint8Array): number[] => [...new Float32Array(bytes.buffer)];

describe('point kernels', () => {
  afterEach(() => assert.equal(arena.statistics.slabsInUse, 0));

  describe('gatherFloats', () => {
    for (const [index, kind] of NUMBER_KINDS.entries()) {
      for (const order of [0, BIG_ENDIAN]) {
        it(`brings ${kind}${order === 0 ? '' : ', highest byte first,'} from any place to float32`, () => {
          fc.assert(
            fc.property(
              fc.uint8Array({ minLength: 40, maxLength: 90 }),
              fc.nat(7),
              fc.integer({ min: 8, max: 11 }),
              (bytes, from, step) => {
                const count = Math.floor((bytes.length - from - 8) / step);
                const plan = [from, step, index + (bytesOf(kind) === 1 ? 0 : order)];
                const [found, wanted] = run(bytes, plan, count * 4, (points, source, at, target) =>
                  points.gatherFloats(source, at, 1, count, target),
                );
                // What is not a number has many ways to be written.
                assert.deepEqual(floatsOf(found.written), floatsOf(wanted.written));
              },
            ),
            { numRuns: 40 },
          );
        });
      }
    }

    it('interleaves columns that lie one after the other, as arithmetic says', () => {
      const columns = new Uint8Array(24);
      new DataView(columns.buffer).setFloat32(0, 1.5, true);
      new DataView(columns.buffer).setFloat32(4, -2, true);
      columns.set([7, 255], 8);
      new DataView(columns.buffer).setInt16(10, -300);
      new DataView(columns.buffer).setInt16(12, 12);
      const plan = [10, 2, NUMBER_KINDS.indexOf('int16') + BIG_ENDIAN, 0, 4, 0, 8, 1, NUMBER_KINDS.indexOf('uint8')];
      const [{ written }] = run(columns, plan, 24, (points, source, at, target) => points.gatherFloats(source, at, 3, 2, target));
      assert.deepEqual(floatsOf(written), [-300, 1.5, 7, 12, -2, 255]);
    });
  });

  describe('keepFinite', () => {
    it('takes rows without a place out and keeps the others in order', () => {
      const rows = [
        1,
        2,
        3,
        Number.NaN,
        Number.NaN,
        2,
        3,
        4,
        5,
        Number.POSITIVE_INFINITY,
        6,
        7,
        8,
        9,
        10,
        11,
        12,
        13,
        Number.NEGATIVE_INFINITY,
        0,
      ];
      const slab = arena.allocate(80);
      for (const points of both) {
        const view = arena.view('float32', slab.offset, 20);
        view.set(rows);
        assert.equal(points.keepFinite(slab.offset, 5, 4, 3), 2);
        assert.deepEqual([...view.subarray(0, 8)], [1, 2, 3, Number.NaN, 8, 9, 10, 11]);
      }
      slab.release();
    });
  });

  describe('expandLzf', () => {
    const expand = (input: readonly number[], room: number) =>
      run(Uint8Array.from(input), [], room, (points, source, _plan, target) => points.expandLzf(source, input.length, target, room));

    it('copies runs and what has been before, that which it is just writing, too', () => {
      // Three letters as they are, then seven from three back, then two as they are.
      for (const { result, written } of expand([2, 97, 98, 99, (5 << 5) | 0, 2, 1, 120, 121], 12)) {
        assert.equal(result, 12);
        assert.equal(Buffer.from(written).toString(), 'abcabcabcaxy');
      }
    });

    it('takes lengths beyond 8 from a byte of its own', () => {
      for (const { result, written } of expand([0, 97, 7 << 5, 200, 0], 210)) {
        assert.equal(result, 210);
        assert.ok(written.every((byte) => byte === 97));
      }
    });

    it('never writes beyond its room nor reads beyond its input, whatever it is given', () => {
      fc.assert(
        fc.property(fc.array(fc.nat(255), { maxLength: 40 }), fc.nat(64), (input, room) => {
          const [found, wanted] = expand(input, room);
          assert.equal(found.result, wanted.result);
          if (found.result !== -1) assert.deepEqual(found.written, wanted.written);
        }),
        { numRuns: 500 },
      );
    });
  });

  describe('readNumbers', () => {
    const read = (text: string, plan: readonly number[], columns: number, rows: number) => {
      const bytes = Buffer.from(text, 'latin1');
      return run(bytes, plan, rows * columns * 4, (points, source, at, target, out) =>
        points.readNumbers(source, bytes.length, plan.length, at, columns, rows, target, out),
      );
    };

    it('reads every way to write a number, and takes those columns that are wanted', () => {
      const text = '\n1 2.5\t-.25 +4.\r\n  1e3 -1.5E-2 nan 0\n\n-inf Infinity 123456789012345678901234567890 1e-400';
      for (const { result, written, stoppedAt } of read(text, [1, 0, -1, 2], 3, 3)) {
        assert.equal(result, 3);
        assert.deepEqual(floatsOf(written), [
          2.5,
          1,
          4,
          Math.fround(-1.5e-2),
          1000,
          0,
          Number.POSITIVE_INFINITY,
          Number.NEGATIVE_INFINITY,
          0,
        ]);
        assert.equal(stoppedAt, text.length);
      }
    });

    for (const [text, rows, at] of [
      ['1 2\n3 x\n', 1, 6],
      ['1 2\n3\n4 5', 1, 5],
      ['1 2 3\n', 0, 4],
      ['1 2\n', 1, 4],
      ['1 2\n1.2.3 4', 1, 4],
      ['1 2\n1e 4', 1, 4],
      ['1 2\n. 4', 1, 4],
      ['1 2\n- 4', 1, 4],
      ['1 2\n0x10 4', 1, 4],
      ['1 2\nnano 4', 1, 4],
    ] as const) {
      it(`stops at the fault in ${JSON.stringify(text)}`, () => {
        for (const { result, stoppedAt } of read(text, [0, 1], 2, 2)) assert.deepEqual([result, stoppedAt], [rows, at]);
      });
    }

    it('gives the float32 nearest to what JavaScript reads, for all that float32 and float64 are written as', () => {
      const numbers = fc.oneof(fc.float({ noNaN: true }), fc.double({ noNaN: true }), fc.integer());
      fc.assert(
        fc.property(fc.array(numbers, { minLength: 1, maxLength: 20 }), (values) => {
          const [found, wanted] = read(values.map(String).join('\n'), [0], 1, values.length);
          assert.equal(found.result, values.length);
          const [ours, theirs] = [new Int32Array(found.written.buffer), new Int32Array(wanted.written.buffer)];
          // A value halfway between two float32 may fall to the other side where its float64 is off by one in the last place.
          for (const [i, bits] of ours.entries()) assert.ok(Math.abs(bits - theirs[i]!) <= 1 || bits === theirs[i], String(values[i]));
        }),
      );
    });
  });
});

function bytesOf(kind: string): number {
  return Number(/\d+$/.exec(kind)![0]) / 8;
}
