// Jobs for the picture kernel, drawn at random, and a place to run them in where every byte around the target is watched.
import fc from 'fast-check';
import { frameLayout, type VIDEO_FORMATS } from '../../src/media/frame-layout.ts';
import type { Arena } from '../../src/memory/arena.ts';
import { bytesOfDtype } from '../../src/memory/dtype.ts';
import { fromFloat16 } from '../../src/memory/float16.ts';
import type { FrameTarget, FrameToTensorJob, PictureRectangle, TensorTarget } from '../../src/memory/picture-job.ts';

const GUARD = 64;
const MARK = 0xa5;
const share = fc.double({ min: 0, max: 1, noNaN: true });
const small = fc.integer({ min: 1, max: 9 });
const middling = fc.noBias(fc.integer({ min: 1, max: 70 }));
// Large enough that pixels of a small target lie far apart in it: kernels read those in another way.
const large = fc.noBias(fc.integer({ min: 60, max: 150 }));
const sourceSize = fc.oneof(small, middling, large, large);
const targetSize = fc.oneof(small, middling, fc.noBias(fc.integer({ min: 4, max: 30 })));
const colour = { matrix: fc.constantFrom('bt601' as const, 'bt709' as const), range: fc.constantFrom('limited' as const, 'full' as const) };

/** A job of random sizes, places, crops and colours for each source and target that the two arbitraries give. */
export function jobs(
  source: fc.Arbitrary<(typeof VIDEO_FORMATS)[number]>,
  target: fc.Arbitrary<TargetKind>,
): fc.Arbitrary<FrameToTensorJob> {
  const shape = fc.record({
    source,
    target,
    sourceColour: fc.record(colour),
    targetColour: fc.option(fc.record(colour), { nil: {}, freq: 1 }),
  });
  const sizes = fc.record({
    sw: sourceSize,
    sh: sourceSize,
    tw: targetSize,
    th: targetSize,
    place: fc.option(fc.tuple(share, share, share, share), { nil: undefined }),
  });
  const rest = fc.record({
    crop: fc.oneof(fc.constant(undefined), fc.constant('same' as const), fc.tuple(share, share, share, share)),
    pad: fc.integer({ min: 0, max: 255 }),
    mean: fc.option(fc.array(fc.double({ min: 0, max: 255, noNaN: true }), { minLength: 3, maxLength: 3 }), { nil: undefined }),
    scale: fc.option(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }), { nil: undefined }),
    interpolation: fc.constantFrom('bilinear' as const, 'nearest' as const, 'area' as const),
  });
  return fc.tuple(shape, sizes, rest).map(([shape, { sw, sh, tw, th, place }, { crop, mean, scale, ...rest }]) => {
    const to = place === undefined ? undefined : wholePart(place, tw, th);
    const { width = tw, height = th } = to ?? {};
    const isTensor = 'dtype' in shape.target;
    return {
      source: { ...frameLayout(shape.source, sw, sh), ...shape.sourceColour },
      target: targetOf(shape.target, tw, th, shape.targetColour),
      ...(to && { place: to }),
      ...(Array.isArray(crop) && { crop: part(crop as Shares, sw, sh) }),
      // Nothing is scaled: bytes may go as they are.
      ...(crop === 'same' && width <= sw && height <= sh && { crop: { x: sw - width, y: (sh - height) >> 1, width, height } }),
      ...(isTensor && mean && { mean }),
      ...(isTensor && scale && { scale }),
      ...rest,
    };
  });
}

export type TargetKind = { readonly format: (typeof VIDEO_FORMATS)[number] } | Pick<TensorTarget, 'dtype' | 'layout' | 'order'>;
type Shares = readonly [number, number, number, number];

function part([x, y, w, h]: Shares, width: number, height: number): PictureRectangle {
  const [pw, ph] = [Math.max(0.2, w * width), Math.max(0.2, h * height)];
  return { x: x * (width - pw), y: y * (height - ph), width: pw, height: ph };
}

function wholePart([x, y, w, h]: Shares, width: number, height: number): PictureRectangle {
  const [pw, ph] = [Math.max(1, Math.floor(w * width)), Math.max(1, Math.floor(h * height))];
  return { x: Math.floor(x * (width - pw)), y: Math.floor(y * (height - ph)), width: pw, height: ph };
}

function targetOf(kind: TargetKind, width: number, height: number, colour: object): TensorTarget | FrameTarget {
  if ('dtype' in kind) return { kind: 'tensor', width, height, ...kind };
  return { kind: 'frame', ...frameLayout(kind.format, width, height), ...colour };
}

/** Bytes of a job's target. */
export function targetBytes({ target }: FrameToTensorJob): number {
  if (target.kind === 'frame') return frameLayout(target.format, target.width, target.height).bytes;
  return target.width * target.height * (target.order === 'GRAY' ? 1 : 3) * bytesOfDtype(target.dtype);
}

/** What a run writes, as numbers. @throws Error when a byte before or behind the target has changed. */
export function written(arena: Arena, job: FrameToTensorJob, run: (target: number) => void): number[] {
  const bytes = targetBytes(job);
  const dtype = job.target.kind === 'tensor' ? job.target.dtype : 'uint8';
  const slab = arena.allocate(bytes + 2 * GUARD);
  try {
    const all = arena.bytes(slab.offset, bytes + 2 * GUARD).fill(MARK);
    run(slab.offset + GUARD);
    for (let i = 0; i < GUARD; i++) {
      if (all[i] !== MARK || all[GUARD + bytes + i] !== MARK) throw new Error(`Something was written ${i} bytes outside the target`);
    }
    const values = Array.from(arena.view(dtype, slab.offset + GUARD, bytes / bytesOfDtype(dtype)));
    return dtype === 'float16' ? values.map(fromFloat16) : values;
  } finally {
    slab.release();
  }
}

/** Bytes without a pattern, the same each time (xorshift32). */
export function noise(bytes: Uint8Array, seed = 1): Uint8Array {
  let state = seed | 1;
  for (let i = 0; i < bytes.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
