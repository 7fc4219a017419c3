import type { InferenceBackend } from './backend.ts';
import { InferenceError } from './inference-error.ts';

export type BackendWish = 'auto' | 'onnxruntime' | 'onnxruntime-node';

export interface ChosenBackend {
  readonly backend: InferenceBackend;
  /** Why it is not the backend that `auto` prefers; undefined where it is. */
  readonly instead: string | undefined;
}

const LOADERS = {
  onnxruntime: async () => (await import('./onnx-runtime/onnx-runtime-backend.ts')).onnxRuntimeBackend,
  'onnxruntime-node': async () => (await import('./onnxruntime-node/onnxruntime-node-backend.ts')).onnxruntimeNodeBackend,
};

/**
 * The backend that runs models. `auto` calls the library itself, and takes the stock binding only where the library, or what
 * calls it, does not load.
 *
 * @throws InferenceError `inference/library-missing`, `inference/library-version` for a backend that was asked for by name.
 */
export async function chooseBackend(wish: BackendWish, loaders: Readonly<typeof LOADERS> = LOADERS): Promise<ChosenBackend> {
  if (wish !== 'auto') return { backend: await loaded(loaders[wish]), instead: undefined };
  try {
    return { backend: await loaded(loaders.onnxruntime), instead: undefined };
  } catch (error) {
    if (!(error instanceof InferenceError)) throw error;
    return { backend: await loaded(loaders['onnxruntime-node']), instead: error.message };
  }
}

/** A backend whose library has shown that it loads. */
async function loaded(load: () => Promise<InferenceBackend>): Promise<InferenceBackend> {
  const backend = await load();
  await backend.providers();
  return backend;
}
