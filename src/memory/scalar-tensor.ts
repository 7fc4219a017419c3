// Element types and layouts in plain TypeScript: see scalar-kernels.ts for when, and tensor-kernels.ts for what it does.
import type { Arena } from './arena.ts';
import { fromFloat16, toFloat16 } from './float16.ts';
import type { TensorKernels } from './tensor-kernels.ts';

export function scalarTensor(arena: Arena): TensorKernels {
  const elements = (size: number, at: number, count: number) =>
    arena.view(size === 1 ? 'uint8' : size === 2 ? 'uint16' : 'uint32', at, count);
  const normalise = (values: Uint8Array | Float32Array, target: number, mean: number, scale: number): void => {
    // As the kernels do it: in float32 throughout.
    const [m, s] = [Math.fround(mean), Math.fround(scale)];
    const results = arena.view('float32', target, values.length);
    for (let i = 0; i < values.length; i++) results[i] = Math.fround(values[i]! - m) * s;
  };
  return {
    bytesToFloats: (source, target, count, mean, scale) => normalise(arena.bytes(source, count), target, mean, scale),
    normaliseFloats: (source, target, count, mean, scale) => normalise(arena.view('float32', source, count), target, mean, scale),
    blendFloats: (a, b, target, count, weight) => {
      const [from, to] = [arena.view('float32', a, count), arena.view('float32', b, count)];
      const results = arena.view('float32', target, count);
      const w = Math.fround(weight);
      for (let i = 0; i < count; i++) results[i] = from[i]! + Math.fround(Math.fround(to[i]! - from[i]!) * w);
    },
    measureFloats: (what, source, count) => {
      const values = arena.view('float32', source, count);
      if (what === 0) return values.reduce((sum, value) => sum + value, 0) / count;
      return values.reduce(
        (a, b) => (what === 1 ? Math.min(a, b) : Math.max(a, b)),
        what === 1 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY,
      );
    },
    floatsToHalves: (source, target, count) =>
      arena.view('float16', target, count).set(Array.from(arena.view('float32', source, count), toFloat16)),
    halvesToFloats: (source, target, count) =>
      arena.view('float32', target, count).set(Array.from(arena.view('float16', source, count), fromFloat16)),
    copyRuns: (source, sourceStride, target, targetStride, bytes, count) => {
      for (let i = 0; i < count; i++) arena.bytes(target + i * targetStride, bytes).set(arena.bytes(source + i * sourceStride, bytes));
    },
    interleave: (size, source, target, channels, pixels) => {
      const [from, to] = [elements(size, source, channels * pixels), elements(size, target, channels * pixels)];
      for (let c = 0; c < channels; c++) for (let x = 0; x < pixels; x++) to[x * channels + c] = from[c * pixels + x]!;
    },
    separate: (size, source, target, channels, pixels) => {
      const [from, to] = [elements(size, source, channels * pixels), elements(size, target, channels * pixels)];
      for (let c = 0; c < channels; c++) for (let x = 0; x < pixels; x++) to[c * pixels + x] = from[x * channels + c]!;
    },
  };
}
