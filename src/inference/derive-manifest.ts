import { basename, extname } from 'node:path';
import { isArenaDtype } from './arena-dtype.ts';
import type { InferenceSession, TensorInfo } from './backend.ts';
import { InferenceError } from './inference-error.ts';
import type { Manifest, ManifestInput, ManifestOutput } from './manifest.ts';

/**
 * A manifest for a bare ONNX file, as far as the model speaks for itself: names, types and shapes, and that an input of four
 * axes with 1, 3 or 4 channels is a picture. What it cannot know (normalisation, decoder, labels) has to come from props.
 */
export function deriveManifest(path: string, { inputs, outputs }: Pick<InferenceSession, 'inputs' | 'outputs'>): Manifest {
  return {
    manifestVersion: 1,
    name: basename(path, extname(path)),
    file: basename(path),
    inputs: Object.fromEntries(inputs.map((info) => [info.name, deriveInput(info)])),
    outputs: Object.fromEntries(outputs.map((info) => [info.name, { ...deriveOutput(info), axes: outputAxes(info, inputs[0]) }])),
  };
}

function deriveInput(info: TensorInfo): ManifestInput {
  const channelAxis = info.shape.length === 4 ? [1, 3].find((axis) => [1, 3, 4].includes(info.shape[axis] as number)) : undefined;
  if (channelAxis === undefined) return { ...deriveOutput(info) };
  const axes = channelAxis === 1 ? ['batch', 'channel', 'height', 'width'] : ['batch', 'height', 'width', 'channel'];
  return { ...deriveOutput(info), role: 'image', axes };
}

function deriveOutput({ name, dtype, shape }: TensorInfo): ManifestOutput {
  if (!isArenaDtype(dtype)) {
    throw new InferenceError('inference/unsupported-type', `${name} is ${dtype}, which no tensor of ours can hold`);
  }
  return { role: 'tensor', dtype, axes: [], shape: shape.map((size, axis) => (size === '?' ? `axis${axis}` : size)) };
}

/** Nothing is said of an output that begins like the first input, which then is the batch axis; the axes of others have bare names. */
function outputAxes({ shape }: TensorInfo, input: TensorInfo | undefined): string[] {
  return shape[0] === input?.shape[0] ? [] : shape.map((_, axis) => `axis${axis}`);
}
