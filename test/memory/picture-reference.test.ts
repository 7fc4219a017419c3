// The picture kernel against OpenCV: see test/references/memory/make.py.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { frameLayout, type VideoFormat } from '../../src/media/frame-layout.ts';
import { Arena } from '../../src/memory/arena.ts';
import { type FrameToTensorJob, kernelsFor } from '../../src/memory/kernels.ts';
import { written } from './picture-case.ts';

interface Stretch {
  readonly offset: number;
  readonly bytes: number;
}

interface Case {
  readonly what: string;
  readonly format: VideoFormat;
  readonly size: readonly [number, number];
  readonly crop: readonly [number, number, number, number] | null;
  readonly target: readonly [number, number];
  readonly interpolation: 'bilinear' | 'nearest' | 'area';
  readonly to?: 'GRAY' | 'luma';
  readonly source: Stretch;
  readonly result: Stretch;
}

const folder = new URL('../references/memory/', import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8')) as { cases: readonly Case[] };
const data = readFileSync(new URL('data.bin', folder));
const arena = Arena.create();

/** Puts a frame whose rows lie one behind the other where the layout wants them. */
function putFrame({ format, size: [width, height], source }: Case) {
  const layout = frameLayout(format, width, height);
  const slab = arena.allocate(layout.bytes);
  let from = source.offset;
  for (const { offset, stride, rows, rowBytes } of layout.planes) {
    for (let y = 0; y < rows; y++, from += rowBytes) {
      arena.bytes(slab.offset + offset + y * stride, rowBytes).set(data.subarray(from, from + rowBytes));
    }
  }
  return { layout, slab };
}

/** What the kernel makes of a case, packed. */
function made(one: Case): number[] {
  const { layout, slab } = putFrame(one);
  const [width, height] = one.target;
  const tensor = { kind: 'tensor', width, height, dtype: 'float32', layout: 'HWC' } as const;
  const frame = frameLayout('I420', width, height);
  const job: FrameToTensorJob = {
    source: layout,
    target: one.to === 'luma' ? { kind: 'frame', ...frame } : { ...tensor, order: one.to ?? (one.format === 'GRAY8' ? 'GRAY' : 'RGB') },
    interpolation: one.interpolation,
    ...(one.crop && { crop: { x: one.crop[0], y: one.crop[1], width: one.crop[2], height: one.crop[3] } }),
  };
  const plan = kernelsFor(arena).plan(job);
  const values = written(arena, job, (to) => plan.run(slab.offset, to));
  plan.close();
  slab.release();
  if (one.to !== 'luma') return values;
  return Array.from({ length: height }, (_, y) => values.slice(y * frame.planes[0]!.stride, y * frame.planes[0]!.stride + width)).flat();
}

/**
 * How far results may lie apart. Scaling: our weights have 14 bits, which moves a value by 255 / 2^15 along each axis; areas have
 * weights in float32, OpenCV's too. Nearest takes pixels as they are. Conversion: OpenCV rounds to bytes, which is half a step, and
 * its factors for YUV have three decimals (2.018 for 2.0172), which is up to 0.2 more; where we round too, ties may part.
 */
function tolerance({ what, interpolation, to }: Case): number {
  if (to === 'luma') return 1;
  if (to === 'GRAY') return 0.51;
  if (what.endsWith(' to RGB')) return 0.7;
  return { nearest: 0, bilinear: 0.02, area: 0.001 }[interpolation];
}

describe('picture kernel against OpenCV', () => {
  afterEach(() => assert.equal(arena.statistics.slabsInUse, 0));

  it('has cases for every way of scaling', () => {
    for (const way of ['bilinear', 'nearest', 'area']) assert.ok(cases.filter(({ interpolation }) => interpolation === way).length >= 6);
  });

  for (const one of cases) {
    it(`agrees on ${one.what}`, () => {
      const { offset, bytes } = one.result;
      const wanted = new Float32Array(data.buffer.slice(data.byteOffset + offset, data.byteOffset + offset + bytes));
      const found = made(one);
      assert.equal(found.length, wanted.length);
      const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0);
      assert.ok(worst <= tolerance(one), `${worst} apart, ${tolerance(one)} allowed`);
    });
  }
});
