import type { SessionOptions } from '../backend.ts';
import { defaultConfig } from '../session-defaults.ts';
import type { OnnxRuntime } from './api.ts';
import { NativeBlock, nativePath } from './native-block.ts';
import { check } from './status.ts';

const LEVELS = { disabled: 0, basic: 1, extended: 2, layout: 3, all: 99 } as const;
const PARALLEL = 1;

/** Makes the library's options object for a session; the caller releases it. */
export function createSessionOptions(runtime: OnnxRuntime, options: SessionOptions): bigint {
  const { api } = runtime;
  const out = new NativeBlock(runtime, 8);
  check(runtime, api.createSessionOptions(out.words));
  const handle = out.words[0]!;
  try {
    const { intraOpThreads = 1, interOpThreads = 1, graphOptimization = 'all', profilePrefix } = options;
    check(runtime, api.setIntraOpNumThreads(handle, intraOpThreads));
    check(runtime, api.setInterOpNumThreads(handle, interOpThreads));
    if (interOpThreads > 1) check(runtime, api.setSessionExecutionMode(handle, PARALLEL));
    check(runtime, api.setSessionGraphOptimizationLevel(handle, LEVELS[graphOptimization]));
    if (profilePrefix !== undefined) check(runtime, api.enableProfiling(handle, nativePath(runtime, profilePrefix).address));
    for (const [name, size] of Object.entries(options.freeDimensions ?? {})) {
      check(runtime, api.addFreeDimensionOverrideByName(handle, name, size));
    }
    for (const [key, value] of Object.entries({ ...defaultConfig(options), ...options.config })) {
      check(runtime, api.addSessionConfigEntry(handle, key, value));
    }
    return handle;
  } catch (error) {
    api.releaseSessionOptions(handle);
    throw error;
  }
}
