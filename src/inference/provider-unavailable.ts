import type { ProviderOutcome } from './backend.ts';
import { InferenceError } from './inference-error.ts';

/** The error for a wish list of which nothing came; `more` says that there were wishes which requireProvider forbade. */
export function providerUnavailable(model: string, tried: readonly ProviderOutcome[], more: boolean): InferenceError {
  const outcomes = tried.map(({ name, outcome }) => `${name}: ${outcome}`).join('; ');
  const remedy = more
    ? 'requireProvider admits no other; install what is missing, or leave requireProvider out'
    : 'install what is missing, or add cpu to the providers';
  return new InferenceError('inference/provider-unavailable', `No execution provider can run the model ${model}: ${outcomes}; ${remedy}`);
}
