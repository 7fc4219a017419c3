import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../src/memory/arena.ts';
import type { DrawKernels } from '../../src/memory/draw-kernels.ts';
import { kernelsFor } from '../../src/memory/kernels.ts';
import { scalarDraw } from '../../src/memory/scalar-draw.ts';
import { noise } from './picture-case.ts';

const arena = Arena.create();
const kernels = kernelsFor(arena);
const scalar = scalarDraw(arena);
const STRIDE = 320;
const ROWS = 34;

/** What both leave of the same plane, of which the drawing is but a part. */
function both(draw: (kernels: DrawKernels, target: number, coverage: number) => void): [found: Uint8Array, wanted: Uint8Array] {
  const coverage = arena.allocate(STRIDE * ROWS);
  noise(arena.bytes(coverage.offset, STRIDE * ROWS), 5);
  // Glyphs are mostly empty or full.
  const map = arena.bytes(coverage.offset, STRIDE * ROWS);
  for (let i = 0; i < map.length; i++) map[i] = map[i]! < 80 ? 0 : map[i]! > 170 ? 255 : map[i]!;
  const results = [kernels, scalar].map((one) => {
    const plane = arena.allocate(STRIDE * ROWS);
    const bytes = noise(arena.bytes(plane.offset, STRIDE * ROWS));
    draw(one, plane.offset, coverage.offset);
    plane.release();
    return bytes.slice();
  });
  coverage.release();
  return results as [Uint8Array, Uint8Array];
}

const shape = {
  x: fc.integer({ min: 0, max: 20 }),
  y: fc.integer({ min: 0, max: 3 }),
  width: fc.integer({ min: 0, max: 60 }),
  height: fc.integer({ min: 0, max: 28 }),
  channels: fc.integer({ min: 1, max: 4 }),
  colour: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  alpha: fc.integer({ min: 0, max: 256 }),
};

describe('draw kernels', () => {
  afterEach(() => assert.equal(arena.statistics.slabsInUse, 0));

  it('blend rectangles exactly as defined, and nothing around them', () => {
    fc.assert(
      fc.property(fc.record(shape), ({ x, y, width, height, channels, colour, alpha }) => {
        const [found, wanted] = both((one, target) => {
          one.blendRectangle(target + y * STRIDE + x * channels, STRIDE, width, height, channels, colour, alpha);
        });
        assert.deepEqual(found, wanted);
      }),
      { numRuns: 300 },
    );
  });

  it('blend through coverage exactly as defined', () => {
    fc.assert(
      fc.property(fc.record(shape), ({ x, y, width, height, channels, colour, alpha }) => {
        const [found, wanted] = both((one, target, coverage) => {
          const to = target + y * STRIDE + x * channels;
          one.blendCoverage(to, STRIDE, coverage + x, STRIDE, width, height, channels, colour, alpha);
        });
        assert.deepEqual(found, wanted);
      }),
      { numRuns: 300 },
    );
  });

  it('blend chroma through the mean coverage of its four pixels, exactly as defined', () => {
    const odd = fc.integer({ min: 0, max: 1 });
    fc.assert(
      fc.property(fc.record({ ...shape, dx: odd, dy: odd }), ({ x, y, width, height, dx, dy, channels, colour, alpha }) => {
        const [found, wanted] = both((one, target, coverage) => {
          const to = target + y * STRIDE + x * channels;
          one.blendChromaCoverage(to, STRIDE, coverage + x, STRIDE, width, height, dx, dy, channels, colour, alpha);
        });
        assert.deepEqual(found, wanted);
      }),
      { numRuns: 300 },
    );
  });

  it('leave a plane as it is with an alpha of 0, and cover it with 256', () => {
    const slab = arena.allocate(64);
    const bytes = arena.bytes(slab.offset, 64).fill(17);
    kernels.blendRectangle(slab.offset, 64, 21, 1, 3, 0xc0b0a0, 0);
    assert.ok(bytes.every((byte) => byte === 17));
    kernels.blendRectangle(slab.offset, 64, 21, 1, 3, 0xc0b0a0, 256);
    assert.deepEqual([...bytes.subarray(0, 6)], [0xa0, 0xb0, 0xc0, 0xa0, 0xb0, 0xc0]);
    assert.equal(bytes[63], 17);
    slab.release();
  });

  it('meet half way with an alpha of 128, whatever the colours', () => {
    const slab = arena.allocate(256);
    const bytes = arena.bytes(slab.offset, 256);
    for (const colour of [0, 1, 127, 254, 255]) {
      for (let i = 0; i < 256; i++) bytes[i] = i;
      kernels.blendRectangle(slab.offset, 256, 256, 1, 1, colour, 128);
      assert.deepEqual(
        [...bytes],
        Array.from({ length: 256 }, (_, i) => Math.round((i + colour) / 2)),
      );
    }
    slab.release();
  });
});
