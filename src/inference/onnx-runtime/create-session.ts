// Loads a model with the first execution provider of a wish list that can run it. The library itself gives up at the first
// provider that is missing, and runs on the processor without a word where a provider takes none of the nodes; hence all this.
import { nativeCalls } from '../../threads/native-calls.ts';
import type { ModelSource, ProviderOutcome, ProviderReport, SessionOptions } from '../backend.ts';
import { modelName } from '../check-model.ts';
import { isModelFault, openFault } from '../fault-codes.ts';
import { type CheckedWish, canonical, checkWishes } from '../provider-table.ts';
import { providerUnavailable } from '../provider-unavailable.ts';
import type { Pointer } from './api.ts';
import { appendProvider } from './append-provider.ts';
import { builtInProviders, type Environment } from './environment.ts';
import { nodesByProvider, RECORD_ASSIGNMENT } from './graph-assignment.ts';
import { NativeBlock, nativePath } from './native-block.ts';
import { createSessionOptions } from './session-options.ts';
import { faultOf } from './status.ts';

export interface CreatedSession {
  readonly handle: bigint;
  readonly provider: ProviderReport;
}

type Attempt = { readonly handle: bigint; readonly nodes: Record<string, number> | undefined } | { readonly failure: string };

/**
 * Tries the wishes one by one.
 *
 * @throws InferenceError `inference/unknown-provider`, `inference/unknown-option`, `inference/provider-unavailable` with what
 *   became of each wish, or whatever is wrong with the model.
 */
export async function createSession(environment: Environment, model: ModelSource, options: SessionOptions): Promise<CreatedSession> {
  const wishes = checkWishes(options.providers ?? ['cpu']);
  const built = builtInProviders(environment).map(canonical);
  const tried: ProviderOutcome[] = [];
  for (const [index, wish] of wishes.entries()) {
    const attempt: Attempt = built.includes(wish.name)
      ? await tryWish(
          environment,
          model,
          options,
          wish,
          wishes.slice(index + 1).filter(({ name }) => built.includes(name)),
        )
      : { failure: `ONNX Runtime ${environment.runtime.version} was built without it; it has ${built.join(', ')}` };
    if ('handle' in attempt) {
      tried.push({ name: wish.name, outcome: 'ran' });
      return {
        handle: attempt.handle,
        provider: { ran: wish.name, tried, ...(attempt.nodes === undefined ? {} : { nodes: attempt.nodes }) },
      };
    }
    tried.push({ name: wish.name, outcome: attempt.failure });
    if (options.requireProvider === true) break;
  }
  throw providerUnavailable(modelName(model), tried, options.requireProvider === true && wishes.length > 1);
}

/** One wish, with those after it for the nodes that it leaves. */
async function tryWish(
  environment: Environment,
  model: ModelSource,
  options: SessionOptions,
  wish: CheckedWish,
  others: readonly CheckedWish[],
): Promise<Attempt> {
  const { runtime } = environment;
  const accelerated = wish.name !== 'cpu';
  const config = accelerated ? { [RECORD_ASSIGNMENT]: '1', ...options.config } : (options.config ?? {});
  const sessionOptions = createSessionOptions(runtime, { ...options, config });
  try {
    const missing = await appendProvider(runtime, sessionOptions, wish);
    if (missing !== undefined) return { failure: missing.text };
    for (const other of others) await appendProvider(runtime, sessionOptions, other);
    const made = await load(environment, model, sessionOptions);
    if (typeof made === 'string') {
      const error = openFault(modelName(model), made);
      if (!accelerated || isModelFault(error)) throw error;
      return { failure: made };
    }
    const nodes = config[RECORD_ASSIGNMENT] === '1' ? nodesByProvider(runtime, made) : undefined;
    if (nodes !== undefined && nodes[wish.name] === undefined) {
      runtime.api.releaseSession(made);
      return { failure: "it takes none of the model's nodes" };
    }
    return { handle: made, nodes };
  } finally {
    runtime.api.releaseSessionOptions(sessionOptions);
  }
}

/** The session's handle, or what the library says is wrong. */
async function load({ runtime, handle: env }: Environment, model: ModelSource, sessionOptions: bigint): Promise<bigint | string> {
  const { api } = runtime;
  const out = new NativeBlock(runtime, 8);
  const source = 'path' in model ? nativePath(runtime, model.path) : new NativeBlock(runtime, model.bytes.length);
  if ('bytes' in model) source.bytes.set(model.bytes);
  const status = await nativeCalls.run<Pointer>((done) => {
    if ('path' in model) api.createSession.async(env, source.address, sessionOptions, out.address, done);
    else api.createSessionFromArray.async(env, source.address, model.bytes.length, sessionOptions, out.address, done);
  });
  // Read after the call, so that what native code was given is still alive in it.
  const fault = source.bytes.length > 0 ? faultOf(runtime, status ?? null) : undefined;
  return fault === undefined ? out.words[0]! : fault.text;
}
