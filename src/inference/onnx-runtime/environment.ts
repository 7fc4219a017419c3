import { type OnnxRuntime, onnxRuntime } from './api.ts';
import { NativeBlock } from './native-block.ts';
import { check } from './status.ts';

/** What every session of a thread shares. */
export interface Environment {
  readonly runtime: OnnxRuntime;
  readonly handle: bigint;
  /** The library's description of ordinary memory. */
  readonly memoryInfo: bigint;
}

// Faults reach us as statuses with their full text; whatever the library prints besides only repeats them.
const FATAL_ONLY = 4;

let shared: Environment | undefined;

/** The environment, made on first use. @throws InferenceError `inference/library-missing`, `inference/library-version`. */
export function environment(): Environment {
  if (shared !== undefined) return shared;
  const runtime = onnxRuntime();
  const out = new NativeBlock(runtime, 8);
  check(runtime, runtime.api.createEnv(FATAL_ONLY, 'leat', out.words));
  const handle = out.words[0]!;
  check(runtime, runtime.api.createCpuMemoryInfo(0, 0, out.words));
  shared = { runtime, handle, memoryInfo: out.words[0]! };
  return shared;
}

/** The providers that the library was built with, by its own names. */
export function builtInProviders({ runtime }: Environment): string[] {
  const out = new NativeBlock(runtime, 16);
  check(runtime, runtime.api.getAvailableProviders(out.at(0), out.at(1)));
  const list = out.words[0]!;
  const count = Number(BigInt.asUintN(32, out.words[1]!));
  const names = runtime.pointers(list, count).map((address) => runtime.text(address));
  check(runtime, runtime.api.releaseAvailableProviders(list, count));
  return names;
}
