import type { SessionOptions } from '../backend.ts';
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

/**
 * Threads that wait for work spin for 200 µs and then sleep. The library's own default burns more than twice the processor
 * time at 30 frames a second for no better latency; with one thread there is nobody to wait for.
 */
function defaultConfig({ intraOpThreads = 1, interOpThreads = 1 }: SessionOptions): Record<string, string> {
  return {
    ...(intraOpThreads === 1 ? { 'session.intra_op.allow_spinning': '0' } : { 'session.intra_op.spin_duration_us': '200' }),
    ...(interOpThreads === 1 ? { 'session.inter_op.allow_spinning': '0' } : {}),
  };
}
