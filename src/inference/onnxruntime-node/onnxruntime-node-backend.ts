// The stock binding of ONNX Runtime in a worker: the portable fallback, where calling the library itself is impossible or
// not wanted. It copies tensors, runs one at a time, and cannot end a run early: a cancelled run goes on to its end and its
// result is dropped.

import type { Arena } from '../../memory/arena.ts';
import { startWorker } from '../../threads/start-worker.ts';
import type { InferenceBackend, InferenceSession, ModelSource, SessionOptions } from '../backend.ts';
import { checkOptions, checkSource } from '../check-model.ts';
import { checkFreeDimensions } from '../free-dimensions.ts';
import { InferenceError } from '../inference-error.ts';
import { checkWishes } from '../provider-table.ts';
import { loadStockLibrary } from './stock-library.ts';
import type { Opened, Reply, Request, WorkerData } from './worker-protocol.ts';
import { WorkerSession } from './worker-session.ts';

export const onnxruntimeNodeBackend: InferenceBackend = {
  name: 'onnxruntime-node',
  mostRuns: 1,

  async version() {
    return `onnxruntime-node ${(await loadStockLibrary()).env.versions.node ?? 'of an unknown version'}`;
  },

  async providers() {
    return (await loadStockLibrary()).listSupportedBackends().map(({ name }) => name);
  },

  async open(model: ModelSource, options: SessionOptions, arena: Arena): Promise<InferenceSession> {
    checkOptions(options);
    checkWishes(options.providers ?? ['cpu']);
    await checkSource(model);
    await checkFreeDimensions(model, options.freeDimensions);
    const data: WorkerData = { arena: arena.handle, model, options: plain(options) };
    const worker = startWorker(import.meta.url, './session-worker', { workerData: data });
    const opened = await new Promise<Opened>((resolve, reject) => {
      worker.once('message', (reply: Reply) => {
        if (reply.type === 'opened') {
          resolve(reply);
          return;
        }
        worker.postMessage({ type: 'close' } satisfies Request);
        reject(reply.type === 'failed' ? InferenceError.revive(reply) : new Error(`Unexpected ${reply.type}`));
      });
      worker.once('error', reject);
      worker.once('exit', () => reject(new InferenceError('inference/worker-died', 'The worker that opens the model ended')));
    });
    return new WorkerSession(worker, opened, arena, options.freeDimensions);
  },
};

/** The options that mean something to the worker; whatever else the caller's object holds may not survive the way there. */
function plain(options: SessionOptions): SessionOptions {
  const { providers, requireProvider, intraOpThreads, interOpThreads, graphOptimization, config, profilePrefix } = options;
  return { providers, requireProvider, intraOpThreads, interOpThreads, graphOptimization, config, profilePrefix };
}
