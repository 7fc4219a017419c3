// The kernels over an arena: WebAssembly with SIMD, instantiated once per thread.
import { readFileSync } from 'node:fs';
import type { Arena } from './arena.ts';
import { writePasses } from './pass-memory.ts';
import { type FrameToTensorJob, fullJob } from './picture-job.ts';
import { passesOf } from './picture-pass.ts';
import { Instance, Module } from './web-assembly.ts';

export type { FrameToTensorJob } from './picture-job.ts';

/** What the module exports. */
interface Exports {
  picture(pass: number, source: number, target: number): void;
}

/** A job with its tables worked out, for any number of frames. Belongs to the thread that made it. */
export interface PicturePlan {
  /** Carries the frame at `source` over to the picture at `target`, both in bytes from the arena's start. */
  run(source: number, target: number): void;
  /** Gives the tables back. */
  close(): void;
}

export interface Kernels {
  /** Works out a job's tables. @throws RangeError when rectangles do not fit or planes are missing. */
  plan(job: FrameToTensorJob): PicturePlan;
  /** Copies bytes within the arena; the two may overlap. */
  copy(source: number, target: number, bytes: number): void;
}

let compiled: object | undefined;
const modules = new WeakMap<Arena, object>();
const instances = new WeakMap<Arena, Kernels>();

/** What the module exports, over an arena, for this thread; for files that give a group of kernels its types. */
export function kernelExports<T>(arena: Arena): T {
  let exports = modules.get(arena);
  if (exports === undefined) {
    compiled ??= new Module(readFileSync(new URL('../../kernels/kernels.wasm', import.meta.url)));
    exports = new Instance(compiled, { env: { memory: arena.memory } }).exports;
    modules.set(arena, exports);
  }
  return exports as T;
}

/** The kernels of this thread over an arena. */
export function kernelsFor(arena: Arena): Kernels {
  let kernels = instances.get(arena);
  if (kernels === undefined) {
    kernels = makeKernels(arena, kernelExports<Exports>(arena));
    instances.set(arena, kernels);
  }
  return kernels;
}

function makeKernels(arena: Arena, { picture }: Exports): Kernels {
  return {
    plan: (job) => {
      const { slab, passes } = writePasses(arena, passesOf(fullJob(job)));
      let closed = false;
      return {
        run: (source, target) => {
          if (closed) throw new TypeError('The plan is closed');
          for (const pass of passes) picture(pass, source, target);
        },
        close: () => {
          if (closed) return;
          closed = true;
          slab.release();
        },
      };
    },
    copy: (source, target, bytes) => {
      arena.bytes(target, bytes).set(arena.bytes(source, bytes));
    },
  };
}
