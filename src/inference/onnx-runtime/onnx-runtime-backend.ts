// ONNX Runtime through its C interface: the library that onnxruntime-node ships, or the one that the environment names.
import type { Arena } from '../../memory/arena.ts';
import { nativeCalls } from '../../threads/native-calls.ts';
import type { InferenceBackend, InferenceSession, ModelSource, SessionOptions } from '../backend.ts';
import { checkOptions, checkSource, checkTypes, modelName } from '../check-model.ts';
import { checkFreeDimensions } from '../free-dimensions.ts';
import { canonical } from '../provider-table.ts';
import { createSession } from './create-session.ts';
import { builtInProviders, environment } from './environment.ts';
import { OnnxRuntimeSession } from './onnx-runtime-session.ts';
import { readSignature } from './signature.ts';

export const onnxRuntimeBackend: InferenceBackend = {
  name: 'onnxruntime',
  mostRuns: nativeCalls.limit,

  async version() {
    return `ONNX Runtime ${environment().runtime.version}`;
  },

  async providers() {
    return builtInProviders(environment()).map(canonical);
  },

  async open(model: ModelSource, options: SessionOptions, arena: Arena): Promise<InferenceSession> {
    const shared = environment();
    checkOptions(options);
    await checkSource(model);
    await checkFreeDimensions(model, options.freeDimensions);
    const { handle, provider } = await createSession(shared, model, options);
    try {
      const signature = readSignature(shared.runtime, handle);
      checkTypes(modelName(model), signature);
      return new OnnxRuntimeSession({
        ...signature,
        ...shared,
        arena,
        session: handle,
        provider,
        freeDimensions: options.freeDimensions ?? {},
      });
    } catch (error) {
      shared.runtime.api.releaseSession(handle);
      throw error;
    }
  },
};
