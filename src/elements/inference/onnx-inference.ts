// Runs an ONNX model on what comes in, truly asynchronously: several runs in flight, results in order.
//
// sink: tensor, dtype and shape of the model's one input without its batch axis; the caps carry the preprocessing that the
// model's manifest asks for, so that a letterbox before it needs no props. src: tensors, every output of the model per item;
// the caps carry the manifest, so that a decoder behind it needs none either. Inputs and outputs stay in the arena; a batch
// of one is not copied.
//
// With `batch` in the graph the model's batch axis has to be open. Errors: those of opening a model (`inference/…`), and
// `inference/fixed-batch` where the graph asks for batches of a model that takes one size only.
import { resolve } from 'node:path';
import { z } from 'zod';
import type { StreamBuffer } from '../../core/buffer.ts';
import { type Caps, caps } from '../../core/caps.ts';
import { defineElement } from '../../core/define-element.ts';
import { sinkPad, srcPad } from '../../core/pad-template.ts';
import type { TensorRef } from '../../inference/backend.ts';
import { InferenceError } from '../../inference/inference-error.ts';
import { type OpenedModel, openModel } from '../../inference/open-model.ts';
import { tensor, tensors } from '../../media/media-types.ts';
import type { TensorSet } from '../../media/tensor-set.ts';
import { bytesOfDtype, type Dtype } from '../../memory/dtype.ts';
import { kernelsFor } from '../../memory/kernels.ts';
import type { Slab } from '../../memory/slab.ts';

const option = z.union([z.string(), z.number(), z.boolean()]);

const props = z.strictObject({
  model: z
    .string()
    .min(1)
    .meta({ description: 'A model.json, a folder with one, or a bare .onnx file; relative paths are relative to the graph.' }),
  providers: z
    .array(z.union([z.string(), z.strictObject({ name: z.string(), options: z.record(z.string(), option).default({}) })]))
    .min(1)
    .default(['cpu'])
    .meta({ description: 'Execution providers in order of preference; the first that can run the model does.' }),
  requireProvider: z.boolean().default(false).meta({ description: 'Fails rather than run on any provider but the first.' }),
  backend: z.enum(['auto', 'onnxruntime', 'onnxruntime-node']).default('auto').meta({ description: 'The library that runs the model.' }),
  threads: z.int().min(1).optional().meta({ description: 'Threads inside one run. Default: one, with several runs in flight instead.' }),
  freeDimensions: z
    .record(z.string(), z.int().min(1))
    .default({})
    .meta({ description: 'Values for named dimensions that the model leaves open.' }),
  config: z.record(z.string(), z.string()).default({}).meta({ description: 'Further session options of the library, as key and value.' }),
  profile: z.string().optional().meta({ description: "Prefix of the library's own profile file." }),
  warmUpRuns: z.int().min(0).default(1).meta({ description: 'Runs on empty input before the element is ready.' }),
});

/** The one input that buffers feed, as the caps of the sink pad. */
function inputCaps({ manifest }: OpenedModel): Caps {
  const [name, input] = Object.entries(manifest.inputs)[0]!;
  const [, ...item] = input.shape;
  const shape = item.map((dimension) => (typeof dimension === 'number' ? dimension : { min: 1, max: 16384 }));
  const picture = input.role === 'image' ? { layout: input.axes.indexOf('channel') === 1 ? 'CHW' : 'HWC' } : {};
  return caps('tensor', { dtype: input.dtype, ...picture, shape }, { preprocess: input.preprocess, input: name });
}

export const onnxInference = defineElement({
  name: 'onnx-inference',
  klass: 'Inference/ONNX',
  summary: 'Runs an ONNX model.',
  example: 'video-test-source ! letterbox ! onnx-inference model=models/shapes ! detection-decoder ! fake-sink',
  props,
  pads: { sink: sinkPad(tensor()), src: srcPad(tensors()) },
  inFlight: (_props, { cores }) => cores,
  queued: true,
  open: ({ props, context }) =>
    openModel(resolve(context.baseFolder, props.model), {
      arena: context.arena,
      budget: context.budget,
      owner: context.name,
      backend: props.backend,
      providers: props.providers,
      requireProvider: props.requireProvider,
      intraOpThreads: props.threads,
      freeDimensions: props.freeDimensions,
      config: props.config,
      profilePrefix: props.profile,
      progress: (text) => context.progress(text),
    }),
  close: (model) => model.close(),
  negotiate: {
    sinkCaps: ({ resource }) => (resource === undefined ? tensor().caps : inputCaps(resource)),
    srcCaps: ({ resource, sink }) => caps('tensors', {}, { model: resource?.manifest, input: sink['sink'] }),
  },
  create: async ({ props, resource: model, caps: { sink, src }, context }) => {
    const { arena, signal } = context;
    const { session } = model;
    const name = Object.keys(model.manifest.inputs)[0]!;
    const dtype = sink.fields['dtype'] as Dtype;
    const shape = sink.fields['shape'] as readonly number[];
    const itemBytes = shape.reduce((product, dimension) => product * dimension, bytesOfDtype(dtype));
    await model.warmUp(new Map([[name, [1, ...shape]]]), props.warmUpRuns);
    context.post('provider', session.provider.ran);

    /** The items one behind the other; a single one lies where it lies. */
    const gather = (buffers: readonly StreamBuffer[]): Slab => {
      if (buffers.length === 1) return buffers[0]!.slab.retain();
      const slab = arena.allocate(itemBytes * buffers.length);
      const kernels = kernelsFor(arena);
      for (const [index, buffer] of buffers.entries()) kernels.copy(buffer.slab.offset, slab.offset + index * itemBytes, itemBytes);
      return slab;
    };

    return {
      transformBatch: async (buffers) => {
        const slab = gather(buffers);
        try {
          const outputs = await session.run({ [name]: { dtype, shape: [buffers.length, ...shape], slab } }, { signal });
          try {
            return buffers.map((buffer, index) => itemOf(buffer, outputs, index, buffers.length, src));
          } finally {
            for (const output of Object.values(outputs)) output.slab.release();
          }
        } finally {
          slab.release();
        }
      },
    };
  },
});

/** The part of a run's outputs that belongs to one item. */
function itemOf(
  buffer: StreamBuffer,
  outputs: Readonly<Record<string, TensorRef>>,
  index: number,
  count: number,
  src: StreamBuffer['caps'],
): StreamBuffer<TensorSet> {
  const value: Record<string, TensorSet[string]> = {};
  const slabs: Slab[] = [];
  let bytes = 0;
  for (const [name, { dtype, shape, slab, offset = 0 }] of Object.entries(outputs)) {
    if (shape[0] !== count) {
      throw new InferenceError(
        'inference/not-per-item',
        `Output ${name} has the shape ${shape.join('×')} for a batch of ${count}: it has no batch axis to divide`,
      );
    }
    const item = shape.slice(1);
    const itemBytes = item.reduce((product, dimension) => product * dimension, bytesOfDtype(dtype));
    value[name] = { dtype, shape: item, slab, offset: offset + index * itemBytes };
    slabs.push(slab.retain());
    bytes += itemBytes;
  }
  return buffer.derive({ caps: src, slabs, value, bytes });
}
