// What every backend checks of a model before and after it is loaded.
import { stat } from 'node:fs/promises';
import { isArenaDtype } from './arena-dtype.ts';
import type { InferenceSession, ModelSource, SessionOptions } from './backend.ts';
import { InferenceError } from './inference-error.ts';

/** What to call a model in messages. */
export function modelName(model: ModelSource): string {
  return 'path' in model ? model.path : (model.name ?? `of ${model.bytes.length} bytes`);
}

/** @throws InferenceError `inference/model-not-found`, `inference/model-corrupt` for an empty one. */
export async function checkSource(model: ModelSource): Promise<void> {
  const name = modelName(model);
  if ('bytes' in model) {
    if (model.bytes.length === 0) throw new InferenceError('inference/model-corrupt', `Cannot open the model ${name}: it is empty`);
    return;
  }
  const found = await stat(model.path).catch(() => undefined);
  if (found === undefined) throw new InferenceError('inference/model-not-found', `Cannot open the model ${name}: there is no such file`);
  if (!found.isFile()) throw new InferenceError('inference/model-not-found', `Cannot open the model ${name}: it is not a file`);
  if (found.size === 0) throw new InferenceError('inference/model-corrupt', `Cannot open the model ${name}: the file is empty`);
}

/** @throws RangeError where a number is none the library could take. */
export function checkOptions({ intraOpThreads = 1, interOpThreads = 1, freeDimensions = {} }: SessionOptions): void {
  for (const [name, value] of Object.entries({ intraOpThreads, interOpThreads })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} must be a whole number of at least 1, found ${value}`);
  }
  for (const [name, value] of Object.entries(freeDimensions)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`freeDimensions.${name} must be a whole number of at least 1, found ${value}`);
    }
  }
}

/** Refuses models whose tensors cannot cross into the arena. @throws InferenceError `inference/unsupported-type`. */
export function checkTypes(model: string, { inputs, outputs }: Pick<InferenceSession, 'inputs' | 'outputs'>): void {
  for (const [role, infos] of [
    ['input', inputs],
    ['output', outputs],
  ] as const) {
    for (const { name, dtype } of infos) {
      if (!isArenaDtype(dtype)) {
        throw new InferenceError(
          'inference/unsupported-type',
          `Cannot use the model ${model}: its ${role} ${name} is ${dtype}; ${adviceFor(dtype, role)}`,
        );
      }
    }
  }
}

function adviceFor(dtype: string, role: string): string {
  if (dtype === 'sequence' || dtype === 'map' || dtype === 'optional')
    return 'export the model with plain tensors (for a classifier from scikit-learn: zipmap off)';
  if (dtype === 'string') return 'export the model with numbers in place of texts';
  return role === 'output' ? 'end the model with a Cast to float32 or int8' : 'begin the model with a Cast from float32 or int8';
}
