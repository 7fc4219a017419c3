// Opens a model with the stock binding, trying one execution provider after another.
import type { InferenceSession as Stock } from 'onnxruntime-node';
import type { ModelSource, ProviderOutcome, ProviderReport, SessionOptions } from '../backend.ts';
import { modelName } from '../check-model.ts';
import { isModelFault, openFault } from '../fault-codes.ts';
import { InferenceError } from '../inference-error.ts';
import { type CheckedWish, checkWishes } from '../provider-table.ts';
import { providerUnavailable } from '../provider-unavailable.ts';
import { defaultConfig } from '../session-defaults.ts';
import type { StockLibrary, StockSession } from './stock-library.ts';

const FATAL_ONLY = 4;

/** @throws InferenceError `inference/provider-unavailable`, `inference/unknown-option`, or whatever is wrong with the model. */
export async function createStockSession(
  library: StockLibrary,
  model: ModelSource,
  options: SessionOptions,
): Promise<{ session: StockSession; provider: ProviderReport }> {
  const wishes = checkWishes(options.providers ?? ['cpu']).map((wish) => ({ wish, provider: stockProvider(wish) }));
  const built = library.listSupportedBackends().map(({ name }) => name);
  const tried: ProviderOutcome[] = [];
  for (const { wish, provider } of wishes) {
    if (!built.includes(wish.name)) {
      tried.push({ name: wish.name, outcome: `onnxruntime-node was built without it; it has ${built.join(', ')}` });
    } else {
      const session = await attempt(library, model, { ...stockOptions(options), executionProviders: [provider] });
      if (typeof session !== 'string') {
        tried.push({ name: wish.name, outcome: 'ran' });
        return { session, provider: { ran: wish.name, tried } };
      }
      const error = openFault(modelName(model), session);
      if (wish.name === 'cpu' || isModelFault(error)) throw error;
      tried.push({ name: wish.name, outcome: session });
    }
    if (options.requireProvider === true) break;
  }
  throw providerUnavailable(modelName(model), tried, options.requireProvider === true && wishes.length > 1);
}

/** The session, or what the library says is wrong. */
async function attempt(library: StockLibrary, model: ModelSource, options: Stock.SessionOptions): Promise<StockSession | string> {
  try {
    const { InferenceSession } = library;
    // The binding takes no shared memory.
    return 'path' in model
      ? await InferenceSession.create(model.path, options)
      : await InferenceSession.create(new Uint8Array(model.bytes), options);
  } catch (error) {
    return (error as Error).message;
  }
}

/** A provider as the stock binding wants it; it takes no options but the device, and drops all others in silence. */
function stockProvider({ name, options }: CheckedWish): Stock.ExecutionProviderConfig {
  if (name === 'webgpu') return { name, ...options } as Stock.ExecutionProviderConfig;
  const { device_id: device, ...others } = options;
  const [lost] = Object.keys(others);
  if (lost !== undefined) {
    throw new InferenceError(
      'inference/unknown-option',
      `The backend onnxruntime-node passes no option ${lost} to ${name}; use the backend onnxruntime`,
    );
  }
  return (device === undefined ? name : { name, deviceId: Number(device) }) as Stock.ExecutionProviderConfig;
}

function stockOptions(options: SessionOptions): Stock.SessionOptions {
  const { intraOpThreads = 1, interOpThreads = 1, graphOptimization = 'all', profilePrefix, config } = options;
  return {
    intraOpNumThreads: intraOpThreads,
    interOpNumThreads: interOpThreads,
    executionMode: interOpThreads > 1 ? 'parallel' : 'sequential',
    graphOptimizationLevel: graphOptimization,
    logSeverityLevel: FATAL_ONLY,
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
    extra: { ...defaultConfig(options), ...config },
  };
}
