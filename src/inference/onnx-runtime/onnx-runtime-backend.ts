// ONNX Runtime through its C interface.
import type { Arena } from '../../memory/arena.ts';
import type { InferenceBackend, InferenceSession, ModelSource, SessionOptions } from '../backend.ts';
import { InferenceError } from '../inference-error.ts';
import { type OnnxRuntime, onnxRuntime } from './api.ts';
import { NativeBlock, nativePath } from './native-block.ts';
import { OnnxRuntimeSession } from './onnx-runtime-session.ts';
import { createSessionOptions } from './session-options.ts';
import { readSignature } from './signature.ts';
import { check, faultOf } from './status.ts';

interface Environment {
  readonly runtime: OnnxRuntime;
  readonly handle: bigint;
  readonly memoryInfo: bigint;
}

// The library wants one environment a process and reports faults through statuses; what it would print besides is a repetition.
const FATAL_ONLY = 4;

let environment: Environment | undefined;

function environmentOf(): Environment {
  if (environment !== undefined) return environment;
  const runtime = onnxRuntime();
  const out = new NativeBlock(runtime, 8);
  check(runtime, runtime.api.createEnv(FATAL_ONLY, 'leat', out.words));
  const handle = out.words[0]!;
  check(runtime, runtime.api.createCpuMemoryInfo(0, 0, out.words));
  environment = { runtime, handle, memoryInfo: out.words[0]! };
  return environment;
}

export const onnxRuntimeBackend: InferenceBackend = {
  name: 'onnxruntime',

  providers() {
    const { runtime } = environmentOf();
    const out = new NativeBlock(runtime, 16);
    check(runtime, runtime.api.getAvailableProviders(out.words, out.words.subarray(1)));
    const [list, count] = [out.words[0]!, Number(out.words[1]!)];
    const names = runtime.pointers(list, count).map((address) => runtime.text(address));
    check(runtime, runtime.api.releaseAvailableProviders(list, count));
    return names;
  },

  async open(model: ModelSource, options: SessionOptions, arena: Arena): Promise<InferenceSession> {
    const { runtime, handle: env, memoryInfo } = environmentOf();
    const { api } = runtime;
    const sessionOptions = createSessionOptions(runtime, options);
    const out = new NativeBlock(runtime, 8);
    try {
      const path = 'path' in model ? nativePath(runtime, model.path) : undefined;
      const bytes = 'bytes' in model ? shared(runtime, model.bytes) : undefined;
      const status = await new Promise<bigint | null>((resolve, reject) => {
        const done = (error: Error | null, result: bigint | null) => (error === null ? resolve(result) : reject(error));
        if (path !== undefined) api.createSession.async(env, path.address, sessionOptions, out.address, done);
        else api.createSessionFromArray.async(env, bytes!.address, bytes!.bytes.length, sessionOptions, out.address, done);
      });
      const fault = faultOf(runtime, status);
      if (fault !== undefined) throw new InferenceError('inference/model-corrupt', fault.text);
    } finally {
      api.releaseSessionOptions(sessionOptions);
    }
    const handle = out.words[0]!;
    return new OnnxRuntimeSession({
      ...readSignature(runtime, handle),
      runtime,
      arena,
      handle,
      memoryInfo,
      provider: { ran: 'cpu', tried: [{ name: 'cpu', outcome: 'ran' }] },
      keep: undefined,
    });
  },
};

function shared(runtime: OnnxRuntime, bytes: Uint8Array): NativeBlock {
  const block = new NativeBlock(runtime, bytes.length);
  block.bytes.set(bytes);
  return block;
}
