// Runs an ONNX model on what comes in, truly asynchronously: several runs in flight, results in order.
//
// sink: tensor, dtype and shape of the model's one input without its batch axis; the caps carry the preprocessing that the
// model's manifest asks for, so that a letterbox before it needs no props. src: tensors, every output of the model per item;
// the caps carry the manifest, so that a decoder behind it needs none either. Inputs and outputs stay in the arena; a batch
// of one is not copied.
//
// With `batch` in the graph the model's batch axis has to be open, or of the size of the batches; a batch that is not full
// then runs with zeros in the places that are left. Batches that a stream-mux has made go in and come out as such; one that
// is larger than the model takes is run in parts. Of a batch that fails it tries the halves, and theirs, where faults are borne, so
// that only the item is lost that is at fault. A `fallback` is a lighter model for when it is too much, open and warm from the
// start; from one run to the next it takes over, or hands back, and `meta.model` says which made a result.
//
// Items may differ in length where the model has a second input that tells it of that: a mask for items padded to the longest
// of their run, or offsets or segments for items that lie one behind the other. Their caps have `length` in place of a size.
// Errors: those of opening a model (`inference/…`), `several-inputs`, `fixed-batch` for batches that a model cannot take,
// `unclear-lengths` and `unlike-fallback`.
import { resolve } from 'node:path';
import { z } from 'zod';
import { caps, type FixedCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { BufferMeta, StreamBuffer } from '../../core/stream/buffer.ts';
import { checkModelProps } from '../../inference/check-model-props.ts';
import type { OutputShare } from '../../inference/divide-outputs.ts';
import { chosenFallback, lacksFallback, NO_FALLBACK } from '../../inference/fallback-choice.ts';
import { type FedModel, fallbackFlaw } from '../../inference/fallback-flaw.ts';
import { fedCaps, fedInput, runShape, settledShape } from '../../inference/fed-input.ts';
import { formatProvider } from '../../inference/format-provider.ts';
import { InferenceError } from '../../inference/inference-error.ts';
import { lengthFeed, lengthOfItems } from '../../inference/length-feed.ts';
import { lengthInputProp } from '../../inference/length-input.ts';
import { openModel } from '../../inference/open-model.ts';
import type { RunFeed } from '../../inference/run-feed.ts';
import { uniformFeed } from '../../inference/uniform-feed.ts';
import { type BatchSlot, batches, itemOrBatchCaps, mappedCaps, type StreamBatch, slabsOf } from '../../media/batch.ts';
import { halvesOf } from '../../media/batch-halves.ts';
import { eitherOf, tensor, tensors } from '../../media/media-types.ts';
import type { TensorSet } from '../../media/tensor/tensor-set.ts';
import { bytesOfDtype } from '../../memory/dtype.ts';
import { NativeCalls } from '../../threads/native-calls.ts';
import { ThreadBudget } from '../../threads/thread-budget.ts';

const option = z.union([z.string(), z.number(), z.boolean()]);

const props = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .meta({ description: 'A model.json, a folder with one, or a bare .onnx file; relative paths are relative to the graph.' }),
    providers: z
      .array(
        z.union([
          z.string(),
          z.strictObject({
            name: z.string().meta({ description: 'The provider, such as `cuda`.' }),
            options: z.record(z.string(), option).default({}).meta({ description: 'Options of the provider, as key and value.' }),
          }),
        ]),
      )
      .min(1)
      .default(['cpu'])
      .meta({ description: 'Execution providers in order of preference; the first that can run the model does.' }),
    requireProvider: z.boolean().default(false).meta({ description: 'Fails rather than run on any provider but the first.' }),
    backend: z.enum(['auto', 'onnxruntime', 'onnxruntime-node']).default('auto').meta({ description: 'The library that runs the model.' }),
    threads: z
      .int()
      .min(1)
      .optional()
      .meta({ description: 'Threads inside one run. Default: one, with several runs at once instead, as far as there can be so many.' }),
    freeDimensions: z
      .record(z.string(), z.int().min(1))
      .default({})
      .meta({ description: 'Values for named dimensions that the model leaves open.' }),
    config: z.record(z.string(), z.string()).default({}).meta({ description: 'Further session options of the library, as key and value.' }),
    profile: z.string().optional().meta({ description: "Prefix of the library's own profile file." }),
    fallback: z.string().min(1).optional().meta({
      description: 'A lighter model of the same inputs, outputs and labels, which is kept ready; a path like `model`.',
    }),
    useFallback: z.boolean().default(false).meta({ description: 'Runs the fallback. May be changed while the graph runs.' }),
    lengthInput: lengthInputProp.optional(),
    warmUpRuns: z.int().min(0).default(1).meta({ description: 'Runs on empty input before the element is ready.' }),
  })
  .refine((value) => !lacksFallback(value), { message: NO_FALLBACK, path: ['useFallback'] });

/** What a run needs of an item. */
type Item = Pick<StreamBuffer, 'slabs' | 'bytes' | 'meta'>;
type Share = OutputShare & { readonly meta?: BufferMeta };
type Props = z.output<typeof props>;

export const onnxInference = defineElement({
  name: 'onnx-inference',
  klass: 'Inference/ONNX',
  summary: 'Runs an ONNX model.',
  example: 'video-test-source ! letterbox ! onnx-inference model=models/shapes ! detection-decoder ! fake-sink',
  props,
  pads: { sink: sinkPad(eitherOf(tensor(), batches())), src: srcPad(eitherOf(tensors(), batches())) },
  memoryless: true,
  inFlight: ({ threads = 1 }, { cores }) => new ThreadBudget(cores).plan({ intraOpThreads: threads }).inFlight,
  queued: true,
  check: checkModelProps,
  open: async ({ props, context }) => {
    const main = await openFed(props.model, props, context);
    if (props.fallback === undefined) return { ...main, fallback: undefined };
    try {
      const fallback = await openFed(props.fallback, props, context);
      const flaw = fallbackFlaw(main, fallback);
      if (flaw === undefined) return { ...main, fallback };
      await fallback.model.close();
      throw new InferenceError('inference/unlike-fallback', flaw);
    } catch (error) {
      await main.model.close();
      throw error;
    }
  },
  close: async ({ model, fallback }) => {
    try {
      await fallback?.model.close();
    } finally {
      await model.close();
    }
  },
  negotiate: {
    sinkCaps: ({ resource, allowed }) => {
      const items = resource === undefined ? tensor().caps : fedCaps(resource.input, resource.model);
      return itemOrBatchCaps(items, allowed['src']);
    },
    srcCaps: ({ resource, sink }) => {
      const fed = sink['sink']!;
      const given = (input: FixedCaps): FixedCaps => caps('tensors', {}, { model: resource?.model.manifest, input })[0];
      return [fed.media === 'batch' ? mappedCaps(fed, given) : given(fed)];
    },
  },
  create: async ({ props, resource: { model, input, fallback }, caps: { sink, src }, context }) => {
    const { arena, signal } = context;
    const { session, plan } = model;
    const { lengths } = input;
    let { useFallback } = props;
    const item = sink.fields['shape'] as readonly (number | string)[];
    const feedOf = ({ model: { manifest }, input: own }: FedModel): RunFeed =>
      own.lengths === undefined ? uniformFeed(arena, own, manifest, item as readonly number[]) : lengthFeed(arena, own, own.lengths, item);
    const main = { model, input, feed: feedOf({ model, input }) };
    const spare = fallback === undefined ? undefined : { ...fallback, feed: feedOf(fallback) };
    context.post('provider', formatProvider(session.provider));
    context.post('runs', `${plan.inFlight} at once, ${plan.intraOpThreads === 1 ? '1 thread' : `${plan.intraOpThreads} threads`} each`);
    const turns = new NativeCalls(plan.inFlight);
    /** Items in one run. */
    const most = typeof input.batch === 'number' ? input.batch : input.batch === 'none' ? 1 : Number.POSITIVE_INFINITY;

    /** What the model makes of each item; `places` may be more than there are items. */
    const run = async (items: readonly Item[], places: number, used = useFallback ? (spare ?? main) : main): Promise<Share[]> => {
      const { session, manifest } = used.model;
      const { inputs, padding, divide } = used.feed(items, places);
      if (padding !== undefined && isWarm) context.padded(padding.useful, padding.all);
      try {
        const outputs = await session.run(inputs, { signal });
        try {
          const shares = divide(outputs);
          if (fallback === undefined) return shares;
          return shares.map((share, index) => ({ ...share, meta: { ...items[index]!.meta, model: manifest.name } }));
        } finally {
          for (const output of Object.values(outputs)) output.slab.release();
        }
      } finally {
        for (const { slab } of Object.values(inputs)) slab.release();
      }
    };

    /** On an item of zeros, where sizes are settled only now. */
    let isWarm = false;
    const warmUp = async (used: typeof main): Promise<void> => {
      if (lengths === undefined) {
        await used.model.warmUp({ [used.input.name]: runShape(used.input, 1, item as readonly number[]) }, props.warmUpRuns);
        return;
      }
      const bytes = item.reduce<number>(
        (product, size) => (typeof size === 'number' ? product * size : product),
        bytesOfDtype(input.dtype),
      );
      const slab = arena.allocate(bytes);
      try {
        arena.bytes(slab.offset, bytes).fill(0);
        for (let runs = 0; runs < props.warmUpRuns; runs++) {
          for (const { slabs } of await run([{ slabs: [slab], bytes, meta: {} }], 1, used)) for (const one of slabs) one.release();
        }
      } finally {
        slab.release();
      }
    };

    const runBuffers = async (buffers: readonly StreamBuffer[], places: number): Promise<StreamBuffer<TensorSet>[]> => {
      const shares = await run(buffers, places);
      return shares.map((share, index) => buffers[index]!.derive({ caps: src, ...share }));
    };

    /** A batch that was made upstream, in as many runs as the model needs for it. */
    const runBatch = async (batch: StreamBuffer): Promise<StreamBuffer<StreamBatch>> => {
      const { slots, places } = batch.value as StreamBatch;
      const done: BatchSlot[] = [];
      try {
        for (let from = 0; from < slots.length; from += most) {
          const part = slots.slice(from, from + most);
          const shares = await turns.work(() => run(part, slots.length <= most ? Math.min(places, most) : part.length));
          for (const [index, share] of shares.entries()) done.push({ ...part[index]!, ...share });
        }
      } catch (error) {
        for (const slab of slabsOf(done)) slab.release();
        throw error;
      }
      return batch.derive({ caps: src, slabs: slabsOf(done), value: { slots: done, places } });
    };

    const runBatches = async (buffers: readonly StreamBuffer[]): Promise<StreamBuffer<StreamBatch>[]> => {
      const done: StreamBuffer<StreamBatch>[] = [];
      try {
        for (const buffer of buffers) done.push(await runBatch(buffer));
      } catch (error) {
        for (const buffer of done) buffer.release();
        throw error;
      }
      return done;
    };

    const update = (next: Props): void => {
      useFallback = chosenFallback(context.name, props, next);
    };
    if (settledShape(input) === undefined) for (const one of spare === undefined ? [main] : [main, spare]) await warmUp(one);
    isWarm = true;
    if (sink.media === 'batch') return { transformBatch: runBatches, parts: halvesOf, update };
    return {
      transformBatch: (buffers, places) => turns.work(() => runBuffers(buffers, places)),
      ...(lengths === undefined ? {} : { lengthOf: lengthOfItems(input, lengths, item) }),
      update,
    };
  },
});

/** Opens a model that one stream of tensors feeds, and makes it as fast as it will be. */
async function openFed(path: string, props: Props, context: ElementContext): Promise<FedModel> {
  const model = await openModel(resolve(context.baseFolder, path), {
    arena: context.arena,
    budget: context.budget,
    owner: context.name,
    inFlight: context.inFlight,
    backend: props.backend,
    providers: props.providers,
    requireProvider: props.requireProvider,
    intraOpThreads: props.threads,
    freeDimensions: props.freeDimensions,
    config: props.config,
    profilePrefix: props.profile === undefined ? undefined : resolve(context.outputFolder, props.profile),
    progress: (text) => context.progress(text),
  });
  try {
    const input = fedInput(model, context.maxBatch, props.lengthInput);
    if (model.instead !== undefined) context.warn('inference/other-backend', `Runs on the backend ${model.backend}: ${model.instead}`);
    const shape = settledShape(input);
    if (shape !== undefined) {
      context.progress(`Warming up ${model.path}`);
      await model.warmUp({ [input.name]: runShape(input, 1, shape) }, props.warmUpRuns);
    }
    return { model, input };
  } catch (error) {
    await model.close();
    throw error;
  }
}
