import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../src/memory/arena.ts';
import { fromFloat16, toFloat16 } from '../../src/memory/float16.ts';
import { kernelsFor } from '../../src/memory/kernels.ts';
import { scalarTensor } from '../../src/memory/scalar-tensor.ts';
import { noise } from './picture-case.ts';

const arena = Arena.create();
const kernels = kernelsFor(arena);
const scalar = scalarTensor(arena);
const GUARD = 64;

type Run = (tensor: typeof scalar, source: number, target: number) => void;

/** What both write for the same input, as bytes, watched on either side. */
function both(input: Uint8Array, outputBytes: number, run: Run): [found: Uint8Array, wanted: Uint8Array] {
  const source = arena.allocate(input.length);
  arena.bytes(source.offset, input.length).set(input);
  const results = [kernels, scalar].map((tensor) => {
    const target = arena.allocate(outputBytes + 2 * GUARD);
    const all = arena.bytes(target.offset, outputBytes + 2 * GUARD).fill(0xa5);
    run(tensor, source.offset, target.offset + GUARD);
    for (const edge of [all.subarray(0, GUARD), all.subarray(GUARD + outputBytes)]) assert.ok(edge.every((byte) => byte === 0xa5));
    target.release();
    return all.slice(GUARD, GUARD + outputBytes);
  });
  source.release();
  return results as [Uint8Array, Uint8Array];
}

const bytesOf = (values: ArrayLike<number>): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const floatsOf = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.buffer);
const counts = fc.integer({ min: 0, max: 70 });
const number = fc.double({ min: -300, max: 300, noNaN: true });

describe('tensor kernels', () => {
  afterEach(() => assert.equal(arena.statistics.slabsInUse, 0));

  it('bring bytes to normalised float32, exactly as float32 arithmetic does', () => {
    fc.assert(
      fc.property(counts, number, number, (count, mean, scale) => {
        const [found, wanted] = both(noise(new Uint8Array(count)), count * 4, (tensor, source, target) =>
          tensor.bytesToFloats(source, target, count, mean, scale),
        );
        assert.deepEqual(floatsOf(found), floatsOf(wanted));
      }),
    );
  });

  it('normalise as (x − mean) × scale, in this order', () => {
    const [found] = both(Uint8Array.of(0, 100, 255), 12, (tensor, source, target) => tensor.bytesToFloats(source, target, 3, 100, 0.5));
    assert.deepEqual([...floatsOf(found)], [-50, 0, 77.5]);
  });

  it('normalise float32, in place too', () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 40 }), number, number, (values, mean, scale) => {
        const [found, wanted] = both(bytesOf(values), values.length * 4, (tensor, source, target) => {
          tensor.normaliseFloats(source, target, values.length, mean, scale);
        });
        assert.deepEqual(floatsOf(found), floatsOf(wanted));
        const slab = arena.allocate(values.length * 4);
        const view = arena.view('float32', slab.offset, values.length);
        view.set(values);
        kernels.normaliseFloats(slab.offset, slab.offset, values.length, mean, scale);
        assert.deepEqual(new Float32Array(view), floatsOf(wanted));
        slab.release();
      }),
    );
  });

  it('blend two rows of float32 by a weight', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { maxLength: 20 }), fc.float({ min: 0, max: 1, noNaN: true }), (pairs, weight) => {
        const count = pairs.length;
        const values = [...pairs.map(([a]) => a), ...pairs.map(([, b]) => b)];
        const [found, wanted] = both(bytesOf(values), count * 4, (tensor, source, target) => {
          tensor.blendFloats(source, source + count * 4, target, count, weight);
        });
        assert.deepEqual(floatsOf(found), floatsOf(wanted));
      }),
    );
    const [found] = both(bytesOf([0, 10, 20, 4]), 8, (tensor, source, target) => tensor.blendFloats(source, source + 8, target, 2, 0.25));
    assert.deepEqual([...floatsOf(found)], [5, 8.5]);
  });

  it('measure the mean, the smallest and the largest', () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 20 }), (values) => {
        const slab = arena.allocate(values.length * 4);
        arena.view('float32', slab.offset, values.length).set(values);
        const found = [0, 1, 2].map((what) => kernels.measureFloats(what, slab.offset, values.length));
        assert.deepEqual(
          found,
          [0, 1, 2].map((what) => scalar.measureFloats(what, slab.offset, values.length)),
        );
        assert.deepEqual(found.slice(1), [Math.min(...values.map(Math.fround)), Math.max(...values.map(Math.fround))]);
        slab.release();
      }),
    );
  });

  it('bring every float16 to float32 and back', () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const [floats, wanted] = both(new Uint8Array(halves.buffer), 65536 * 4, (tensor, source, target) =>
      tensor.halvesToFloats(source, target, 65536),
    );
    // One by one: arrays are compared byte by byte, and NaN has many bytes.
    assert.deepEqual([...floatsOf(floats)], [...floatsOf(wanted)]);
    const [back] = both(floats, 65536 * 2, (tensor, source, target) => tensor.floatsToHalves(source, target, 65536));
    const round = new Uint16Array(back.buffer);
    for (const half of halves) {
      // All kinds of NaN become the same quiet one.
      const isNumber = (half & 0x7fff) <= 0x7c00;
      assert.equal(round[half], isNumber ? half : (half & 0x8000) | 0x7e00, `float16 ${half.toString(16)}`);
    }
  });

  it('round to the nearest float16, ties to even, as single values do', () => {
    // The smallest numbers, the smallest normal ones, the largest and what lies beyond, on both sides of every tie.
    const edges = [
      0,
      2 ** -25,
      2 ** -24,
      1.5 * 2 ** -24,
      2 ** -14,
      1,
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      2048.5,
      65504,
      65519.99,
      65520,
      65536,
      3e38,
    ];
    const near = edges.flatMap((value) => [value, value * (1 + 2 ** -23), value * (1 - 2 ** -23), -value]);
    const values = Float32Array.from([...near, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
    const [found] = both(bytesOf(values), values.length * 2, (tensor, source, target) =>
      tensor.floatsToHalves(source, target, values.length),
    );
    assert.deepEqual([...new Uint16Array(found.buffer)], Array.from(values, toFloat16));
    // By hand, from IEEE 754-2019 §3.4.
    assert.deepEqual(
      [1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 65504, 65520, 2 ** -24, 2 ** -25].map(toFloat16),
      [0x3c00, 0x3c00, 0x3c02, 0x7bff, 0x7c00, 1, 0],
    );
    assert.deepEqual([0x3c00, 0xc000, 0x7bff, 1, 0xfc00].map(fromFloat16), [1, -2, 65504, 2 ** -24, Number.NEGATIVE_INFINITY]);
  });

  it('turn CHW to HWC and back, in every element size, and lose nothing', () => {
    const cases = fc.record({ size: fc.constantFrom(1, 2, 4), channels: fc.integer({ min: 1, max: 5 }), pixels: counts });
    fc.assert(
      fc.property(cases, ({ size, channels, pixels }) => {
        const bytes = size * channels * pixels;
        const input = noise(new Uint8Array(bytes));
        const [packed, wanted] = both(input, bytes, (tensor, source, target) => tensor.interleave(size, source, target, channels, pixels));
        assert.deepEqual(packed, wanted);
        const [planar, wantedPlanar] = both(packed, bytes, (tensor, source, target) =>
          tensor.separate(size, source, target, channels, pixels),
        );
        assert.deepEqual(planar, wantedPlanar);
        assert.deepEqual(planar, input);
      }),
      { numRuns: 300 },
    );
  });

  it('put the channels of a pixel side by side', () => {
    const [packed] = both(Uint8Array.of(1, 2, 10, 20, 100, 200), 6, (tensor, source, target) => tensor.interleave(1, source, target, 3, 2));
    assert.deepEqual([...packed], [1, 10, 100, 2, 20, 200]);
  });

  it('copy bytes, overlapping ones too', () => {
    const slab = arena.allocate(300);
    for (const [from, to] of [
      [0, 7],
      [7, 0],
      [0, 150],
    ] as const) {
      const bytes = noise(arena.bytes(slab.offset, 300));
      const wanted = bytes.slice(from, from + 101);
      kernels.copy(slab.offset + from, slab.offset + to, 101);
      assert.deepEqual(bytes.slice(to, to + 101), wanted);
    }
    slab.release();
  });

  it('copy runs of bytes at regular distances, and leave what lies between them', () => {
    const sizes = fc.record({
      bytes: fc.integer({ min: 1, max: 9 }),
      count: fc.integer({ min: 0, max: 9 }),
      apart: fc.integer({ min: 0, max: 7 }),
    });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 7 }), ({ bytes, count, apart }, targetApart) => {
        const input = noise(new Uint8Array(Math.max(1, (bytes + apart) * count)));
        const [found, wanted] = both(input, Math.max(1, (bytes + targetApart) * count), (tensor, source, target) =>
          tensor.copyRuns(source, bytes + apart, target, bytes + targetApart, bytes, count),
        );
        assert.deepEqual(found, wanted);
        for (let run = 0; run < count; run++) {
          const from = run * (bytes + apart);
          assert.deepEqual(found.slice(run * (bytes + targetApart)).slice(0, bytes), input.slice(from, from + bytes));
        }
      }),
    );
  });
});
