// What stands in for the kernels where the engine has no WebAssembly SIMD: the same functions in plain TypeScript, which are also
// what the kernels are tested against. They say what is meant and take many times as long.
import type { Arena } from './arena.ts';
import type { DrawKernels } from './draw-kernels.ts';
import type { FullPictureJob } from './picture-job.ts';
import type { PointKernels } from './point-kernels.ts';
import { scalarDraw } from './scalar-draw.ts';
import { scalarPicture } from './scalar-picture.ts';
import { scalarPoints } from './scalar-points.ts';
import { scalarScores } from './scalar-scores.ts';
import { scalarTensor } from './scalar-tensor.ts';
import type { ScanKernels } from './scan-kernels.ts';
import type { TensorKernels } from './tensor-kernels.ts';

export interface ScalarKernels extends DrawKernels, TensorKernels, ScanKernels, PointKernels {
  copyBytes(source: number, target: number, bytes: number): void;
  scalarPicture(job: FullPictureJob): (source: number, target: number) => void;
}

export function scalarKernels(arena: Arena): ScalarKernels {
  return {
    ...scalarDraw(arena),
    ...scalarTensor(arena),
    ...scalarScores(arena),
    ...scalarPoints(arena),
    copyBytes: (source, target, bytes) => {
      arena.bytes(target, bytes).set(arena.bytes(source, bytes));
    },
    scalarPicture: (job) => scalarPicture(arena, job),
  };
}
