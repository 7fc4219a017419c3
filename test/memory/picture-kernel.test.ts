import assert from 'node:assert/strict';
import fc from 'fast-check';
import { frameLayout, VIDEO_FORMATS } from '../../src/media/frame-layout.ts';
import { Arena } from '../../src/memory/arena.ts';
import { bytesOfDtype } from '../../src/memory/dtype.ts';
import { type FrameToTensorJob, kernelsFor } from '../../src/memory/kernels.ts';
import { fullJob } from '../../src/memory/picture-job.ts';
import { scalarPicture } from '../../src/memory/scalar-picture.ts';
import { jobs, noise, type TargetKind, written } from './picture-case.ts';

const arena = Arena.create();
const kernels = kernelsFor(arena);

// Kernels calculate in float32 with values up to 255 times a scale of at most 1, in sums of some dozens: that is good for 1e-3.
// float16 adds a rounding of 2^-11 of the value, and bytes are equal but where the exact result lies within 1e-3 of a half.
const CLOSE = 1e-3;
const isClose = {
  float32: (found: number, exact: number) => Math.abs(found - exact) <= CLOSE,
  float16: (found: number, exact: number) => Math.abs(found - exact) <= CLOSE + Math.abs(exact) * 2 ** -11,
  uint8: (found: number, exact: number) => Math.abs(found - Math.min(255, Math.max(0, exact))) <= 0.5 + CLOSE,
};

/** The definition's values before they are rounded to the target's type. Bytes that lie between rows stay as they are found. */
function exact(job: FrameToTensorJob, source: number, found: readonly number[]): number[] {
  const values = [...found];
  const size = job.target.kind === 'tensor' ? bytesOfDtype(job.target.dtype) : 1;
  scalarPicture(arena, fullJob(job), (at, value) => {
    values[at / size] = value;
  })(source, 0);
  return values;
}

function check(job: FrameToTensorJob): void {
  const { bytes } = frameLayout(job.source.format, job.source.width, job.source.height);
  const slab = arena.allocate(bytes);
  noise(arena.bytes(slab.offset, bytes));
  const plan = kernels.plan(job);
  try {
    const found = written(arena, job, (to) => plan.run(slab.offset, to));
    const wanted = exact(job, slab.offset, found);
    assert.equal(wanted.length, found.length);
    const near = isClose[job.target.kind === 'tensor' ? job.target.dtype : 'uint8'];
    const wrong = found.findIndex((value, i) => !near(value, wanted[i]!));
    if (wrong >= 0) assert.fail(`element ${wrong} is ${found[wrong]}, should be ${wanted[wrong]}`);
  } finally {
    plan.close();
    slab.release();
  }
}

const prove = (source: (typeof VIDEO_FORMATS)[number], target: TargetKind, numRuns: number): void => {
  fc.assert(fc.property(jobs(fc.constant(source), fc.constant(target)), check), { numRuns });
};

describe('picture kernel', () => {
  afterEach(() => assert.equal(arena.statistics.slabsInUse, 0));

  // Each pair is a property of its own, so that none is left to chance.
  for (const source of VIDEO_FORMATS) {
    for (const dtype of ['float32', 'float16', 'uint8'] as const) {
      it(`makes ${dtype} tensors from ${source} as defined, in every layout and order`, () => {
        for (const layout of ['CHW', 'HWC'] as const) {
          for (const order of ['RGB', 'BGR', 'GRAY'] as const) prove(source, { dtype, layout, order }, 12);
        }
      });
    }

    it(`makes frames of every format from ${source} as defined`, () => {
      for (const format of VIDEO_FORMATS) prove(source, { format }, 25);
    });
  }

  // Kernels have ways of their own for neighbours within one vector and beyond, in luma and in chroma, and for whole rows.
  for (const format of VIDEO_FORMATS) {
    it(`reads pixels of ${format} however far apart they lie`, () => {
      const targets = [{ dtype: 'float32', layout: 'CHW', order: 'RGB' }, { format: 'NV12' }, { format: 'I420' }] as const;
      for (const interpolation of ['bilinear', 'nearest', 'area'] as const) {
        for (const width of [3, 4, 7, 11, 14, 15, 16, 26, 28, 30, 31, 32, 33, 34, 37, 50, 75, 151]) {
          for (const height of [10, 24]) {
            for (const kind of targets) {
              const target =
                'format' in kind
                  ? ({ kind: 'frame', ...frameLayout(kind.format, width, height) } as const)
                  : { kind: 'tensor' as const, width, height, ...kind };
              check({ source: frameLayout(format, 150, 24), target, interpolation });
            }
          }
        }
      }
    });
  }

  it('copies bytes as they are where nothing is scaled or converted', () => {
    for (const format of VIDEO_FORMATS) {
      for (const interpolation of ['bilinear', 'nearest', 'area'] as const) {
        const layout = frameLayout(format, 37, 21);
        const job = { source: layout, target: { kind: 'frame', ...layout }, interpolation } as const;
        const slab = arena.allocate(layout.bytes);
        const bytes = noise(arena.bytes(slab.offset, layout.bytes));
        const plan = kernels.plan(job);
        const found = written(arena, job, (to) => plan.run(slab.offset, to));
        for (const { offset, stride, rows, rowBytes } of layout.planes) {
          for (let y = 0; y < rows; y++) {
            const at = offset + y * stride;
            assert.deepEqual(found.slice(at, at + rowBytes), [...bytes.subarray(at, at + rowBytes)], `${format} row ${y}`);
          }
        }
        plan.close();
        slab.release();
      }
    }
  });

  it('leaves the bytes between rows and planes as they were', () => {
    for (const format of VIDEO_FORMATS) {
      const source = frameLayout('I420', 64, 64);
      const target = frameLayout(format, 21, 13);
      const job = { source, target: { kind: 'frame', ...target }, place: { x: 3, y: 2, width: 11, height: 7 } } as const;
      const slab = arena.allocate(source.bytes);
      const plan = kernels.plan(job);
      const found = written(arena, job, (to) => plan.run(slab.offset, to));
      for (const { offset, stride, rows, rowBytes } of target.planes) {
        for (let y = 0; y < rows; y++) {
          const gap = found.slice(offset + y * stride + rowBytes, offset + (y + 1) * stride);
          assert.ok(
            gap.every((byte) => byte === 0xa5),
            `${format} row ${y}`,
          );
        }
      }
      plan.close();
      slab.release();
    }
  });

  it('never looks outside the crop', () => {
    for (const format of VIDEO_FORMATS) {
      for (const interpolation of ['bilinear', 'nearest', 'area'] as const) {
        const layout = frameLayout(format, 40, 40);
        const slab = arena.allocate(layout.bytes);
        const target = { kind: 'tensor', width: 23, height: 9, dtype: 'float32', layout: 'CHW', order: 'RGB' } as const;
        const job = { source: layout, crop: { x: 10, y: 12, width: 14, height: 16 }, target, interpolation } as const;
        const plan = kernels.plan(job);
        const runs = [1, 2].map((seed) => {
          noise(arena.bytes(slab.offset, layout.bytes), seed);
          for (const [p, { offset, stride }] of layout.planes.entries()) {
            const [step, shift] = [{ RGB: 3, BGR: 3, RGBA: 4 }[format as 'RGB'] ?? 1, p > 0 ? 1 : 0];
            const unit = format === 'NV12' && p === 1 ? 2 : step;
            for (let y = 12 >> shift; y < 28 >> shift; y++)
              arena.bytes(slab.offset + offset + y * stride + (10 >> shift) * unit, (14 >> shift) * unit).fill(99);
          }
          return written(arena, job, (to) => plan.run(slab.offset, to));
        });
        assert.deepEqual(runs[0], runs[1], `${format} ${interpolation}`);
        plan.close();
        slab.release();
      }
    }
  });

  describe('jobs', () => {
    const source = frameLayout('I420', 64, 48);
    const target = { kind: 'tensor', width: 32, height: 32, dtype: 'float32', layout: 'CHW', order: 'RGB' } as const;
    const cases: [string, Partial<FrameToTensorJob>, RegExp][] = [
      ['a crop outside the source', { crop: { x: 60, y: 0, width: 8, height: 8 } }, /^crop must lie inside 64×48, found 8×8 at \(60, 0\)$/],
      ['an empty crop', { crop: { x: 0, y: 0, width: 0, height: 8 } }, /^crop must lie inside/],
      ['a crop that is no number', { crop: { x: Number.NaN, y: 0, width: 8, height: 8 } }, /^crop must lie inside/],
      ['a place outside the target', { place: { x: -1, y: 0, width: 8, height: 8 } }, /^place must lie inside 32×32/],
      ['a place between pixels', { place: { x: 0.5, y: 0, width: 8, height: 8 } }, /^place must be whole pixels, found 0\.5$/],
      ['a pad that is no byte', { pad: 256 }, /^pad must be from 0 to 255, found 256$/],
      ['a mean that is no number', { mean: [Number.NaN] }, /^mean must be finite, found NaN$/],
      ['two scales for three channels', { scale: [1, 2] }, /^scale must have one value or three, found 2$/],
      ['a frame without its planes', { source: { ...source, planes: source.planes.slice(1) } }, /^source: I420 has 3 planes, found 2$/],
      ['a frame without pixels', { source: { ...source, width: 0 } }, /^source must have at least one pixel, found 0×48$/],
    ];
    for (const [what, wrong, message] of cases) {
      it(`refuse ${what}`, () => {
        assert.throws(() => kernels.plan({ source, target, ...wrong }), { name: 'RangeError', message });
      });
    }

    it('cannot run once they are closed, and may be closed twice', () => {
      const plan = kernels.plan({ source, target });
      plan.close();
      plan.close();
      assert.throws(() => plan.run(65536, 65536), { name: 'TypeError', message: 'Cannot run a plan that is closed' });
    });
  });
});
