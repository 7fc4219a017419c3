// Whether a model can stand in for another while a graph runs: whoever prepares its input and whoever reads its outputs must not
// notice more than that the results are others.
import { isDeepStrictEqual } from 'node:util';
import type { FedInput } from './fed-input.ts';
import type { OpenedModel } from './open-model.ts';

declare module '../core/stream/buffer.ts' {
  interface BufferMeta {
    /** The name of the model that made it, where an element has two. */
    readonly model?: string;
  }
}

/** A model, and the one input of it that is fed. */
export interface FedModel {
  readonly model: OpenedModel;
  readonly input: FedInput;
}

/** What keeps a fallback from standing in for a model; undefined where nothing does. */
export function fallbackFlaw(main: FedModel, fallback: FedModel): string | undefined {
  const [one, other] = [usesOf(main), usesOf(fallback)];
  const differs = Object.keys(one).find((key) => !isDeepStrictEqual(one[key], other[key]));
  if (differs === undefined) return undefined;
  const text = (value: unknown): string => JSON.stringify(value) ?? 'none';
  return `Cannot have ${fallback.model.manifest.name} stand in for ${main.model.manifest.name}: its ${differs} is ${text(other[differs])} instead of ${text(one[differs])}`;
}

/** What others see of a model, by the names of messages. */
function usesOf({ model: { manifest }, input }: FedModel): Record<string, unknown> {
  const { name, dtype, shape, batch, lengths } = input;
  const { preprocess, role } = manifest.inputs[name]!;
  const outputs = Object.fromEntries(
    Object.entries(manifest.outputs).map(([key, output]) => [key, [output.role, output.dtype, ...output.shape]]),
  );
  const { decoder, labels, labelsFile } = manifest;
  return {
    'input shape': [dtype, ...shape],
    batch,
    'input for lengths': lengths && [lengths.role, lengths.axis],
    role,
    preprocess,
    outputs,
    decoder,
    labels: labels ?? labelsFile,
  };
}
