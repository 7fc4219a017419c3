// The kernels over an arena: WebAssembly with SIMD, instantiated once per thread, or plain TypeScript where the engine has no SIMD.
import { readFileSync } from 'node:fs';
import type { Arena } from './arena.ts';
import type { DrawKernels } from './draw-kernels.ts';
import { writePasses } from './pass-memory.ts';
import { type FrameToTensorJob, fullJob } from './picture-job.ts';
import { passesOf } from './picture-pass.ts';
import type { PointKernels } from './point-kernels.ts';
import { type ScalarKernels, scalarKernels } from './scalar-kernels.ts';
import type { ScanKernels } from './scan-kernels.ts';
import type { TensorKernels } from './tensor-kernels.ts';
import { hasSimd, Instance, Module } from './web-assembly.ts';

export type { FrameToTensorJob } from './picture-job.ts';

/** What the module exports. */
interface SimdKernels extends DrawKernels, TensorKernels, ScanKernels, PointKernels {
  copyBytes(source: number, target: number, bytes: number): void;
  picture(pass: number, source: number, target: number): void;
}

/** A job with its tables worked out, for any number of frames. Belongs to the thread that made it. */
export interface PicturePlan {
  /** Carries the frame at `source` over to the picture at `target`, both in bytes from the arena's start. */
  run(source: number, target: number): void;
  /** Gives the tables back. */
  close(): void;
}

export interface Kernels extends DrawKernels, TensorKernels {
  /** Works out a job's tables. @throws RangeError when rectangles do not fit or planes are missing. */
  plan(job: FrameToTensorJob): PicturePlan;
  /** Copies bytes within the arena; the two may overlap. */
  copy(source: number, target: number, bytes: number): void;
}

let simd: { readonly module: object | undefined } | undefined;
const loaded = new WeakMap<Arena, SimdKernels | ScalarKernels>();
const instances = new WeakMap<Arena, Kernels>();

/** What the module exports, over an arena, for this thread; for files that give a group of kernels its types. */
export function kernelExports<T extends Partial<SimdKernels>>(arena: Arena): T {
  return load(arena) as unknown as T;
}

/** The kernels of this thread over an arena. */
export function kernelsFor(arena: Arena): Kernels {
  let kernels = instances.get(arena);
  if (kernels === undefined) {
    const found = load(arena);
    kernels = { ...found, copy: found.copyBytes, plan: 'picture' in found ? simdPlans(arena, found) : scalarPlans(found) };
    instances.set(arena, kernels);
  }
  return kernels;
}

function load(arena: Arena): SimdKernels | ScalarKernels {
  let kernels = loaded.get(arena);
  if (kernels === undefined) {
    simd ??= { module: compile() };
    const { module } = simd;
    kernels = module === undefined ? scalarKernels(arena) : instantiate(module, arena);
    loaded.set(arena, kernels);
  }
  return kernels;
}

function compile(): object | undefined {
  if (hasSimd()) return new Module(readFileSync(new URL('../../kernels/kernels.wasm', import.meta.url)));
  process.emitWarning('This engine has no WebAssembly SIMD: what works on pictures runs in plain JavaScript, many times slower');
  return undefined;
}

function instantiate(module: object, { memory }: Arena): SimdKernels {
  return new Instance(module, { env: { memory } }).exports as unknown as SimdKernels;
}

function simdPlans(arena: Arena, { picture }: SimdKernels): Kernels['plan'] {
  return (job) => {
    const { slab, passes } = writePasses(arena, passesOf(fullJob(job)));
    const run = (source: number, target: number): void => {
      for (const pass of passes) picture(pass, source, target);
    };
    return closable(run, () => slab.release());
  };
}

function scalarPlans({ scalarPicture }: ScalarKernels): Kernels['plan'] {
  return (job) => closable(scalarPicture(fullJob(job)), () => {});
}

function closable(run: PicturePlan['run'], end: () => void): PicturePlan {
  let closed = false;
  return {
    run: (source, target) => {
      if (closed) throw new TypeError('Cannot run a plan that is closed');
      run(source, target);
    },
    close: () => {
      if (closed) return;
      closed = true;
      end();
    },
  };
}
