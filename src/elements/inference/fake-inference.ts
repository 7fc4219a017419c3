// Stands in for a model: takes tensors, gives tensors, and takes as long as it is told to, by the pipeline's clock.
//
// sink: tensor, any dtype and shape. src: tensors, the declared outputs per item; their bytes follow from the item's own bytes
// alone, so that an item's result is the same in every batch. A run of a batch takes `serviceMs` as drawn once, and
// `perItemMs` for each of its items; `parallel` runs may be under way at once. Batches that a stream-mux has made go in and come
// out as such, each in one run. Errors: `inference/declared-failure` for as many runs as `failureRate` asks for. What is drawn
// follows from `seed` and the run's number.
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { caps, type FixedCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import { chosenFallback, lacksFallback, NO_FALLBACK } from '../../inference/fallback-choice.ts';
import { InferenceError } from '../../inference/inference-error.ts';
import { batches, itemOrBatchCaps, mappedCaps, type StreamBatch, slabsOf } from '../../media/batch.ts';
import { halvesOf } from '../../media/batch-halves.ts';
import { eitherOf, tensor, tensors } from '../../media/media-types.ts';
import type { TensorSet } from '../../media/tensor/tensor-set.ts';
import { seededRandom } from '../../media/test-picture/seeded-random.ts';
import { bytesOfDtype, DTYPES } from '../../memory/dtype.ts';
import type { Slab } from '../../memory/slab.ts';

const milliseconds = z.number().min(0);

const props = z
  .strictObject({
    serviceMs: z
      .union([
        milliseconds,
        z.strictObject({
          min: milliseconds.meta({ description: 'The least, in milliseconds.' }),
          max: milliseconds.meta({ description: 'The most; any time between the two is as likely as any other.' }),
        }),
        z.strictObject({
          min: milliseconds.default(0).meta({ description: 'The least, in milliseconds.' }),
          mean: milliseconds.meta({ description: 'The mean of an exponential distribution above it.' }),
        }),
      ])
      .default(2)
      .meta({ description: 'How long a run takes, in milliseconds: always, between two bounds, or with a long tail.' }),
    perItemMs: milliseconds.default(0).meta({ description: 'How much longer it takes for each item of its batch, in milliseconds.' }),
    failureRate: z.number().min(0).max(1).default(0).meta({ description: 'How many of the runs fail: 0 none, 1 all.' }),
    parallel: z.int().min(1).default(1).meta({ description: 'How many runs may be under way at once.' }),
    outputs: z
      .record(
        z.string(),
        z.strictObject({
          shape: z.array(z.int().min(1)).meta({ description: 'Without the batch axis, outermost first.' }),
          dtype: z.enum(DTYPES).default('float32').meta({ description: 'Type of the elements.' }),
        }),
      )
      .default({ output: { shape: [16], dtype: 'float32' } })
      .meta({ description: 'The tensors that each item comes to, by name.' }),
    fallback: z
      .strictObject({
        serviceMs: milliseconds.default(1).meta({ description: 'How long a run of it takes, in milliseconds.' }),
        perItemMs: milliseconds.default(0).meta({ description: 'How much longer it takes for each item, in milliseconds.' }),
      })
      .optional()
      .meta({ description: 'A lighter model for when it is too much; `meta.model` then says who made a result: `main` or `fallback`.' }),
    useFallback: z.boolean().default(false).meta({ description: 'Runs the fallback. May be changed while the graph runs.' }),
    seed: z.int().min(0).default(1).meta({ description: 'Times and failures follow from it.' }),
  })
  .refine((value) => !lacksFallback(value), { message: NO_FALLBACK, path: ['useFallback'] });

export const fakeInference = defineElement({
  name: 'fake-inference',
  klass: 'Inference/Test',
  summary: 'Takes the time of a model and gives tensors of the right shape.',
  example: 'fake-source media=tensor sizeBytes=64 count=100 ! fake-inference serviceMs=0 ! fake-sink',
  props,
  pads: { sink: sinkPad(eitherOf(tensor(), batches())), src: srcPad(eitherOf(tensors(), batches())) },
  deterministic: true,
  inFlight: ({ parallel }) => parallel,
  queued: true,
  latency: ({ serviceMs, perItemMs }, { maxBatch }) => ({
    min: Math.round((longestOf(serviceMs) + perItemMs * maxBatch) * 1000),
    max: undefined,
  }),
  negotiate: {
    sinkCaps: ({ allowed }) => itemOrBatchCaps(tensor().caps, allowed['src']),
    srcCaps: ({ sink }) => {
      const fed = sink['sink']!;
      const given = (): FixedCaps => caps('tensors')[0];
      return [fed.media === 'batch' ? mappedCaps(fed, given) : given()];
    },
  },
  create: ({ props, caps: { sink, src }, context }) => {
    const { serviceMs, perItemMs, failureRate, outputs, seed, fallback } = props;
    let { useFallback } = props;
    const { arena, clock, signal } = context;
    const views = layOut(outputs);
    const bytes = views.reduce((sum, view) => sum + view.bytes, 0);
    // One for all results, since memory that comes and goes with each costs more than what is in it.
    const floats = new Float32Array(BLOCK_BYTES / 4);
    const blockBytes = new Uint8Array(floats.buffer);
    let runs = 0;

    const drawn = (random: () => number): number => {
      if (typeof serviceMs === 'number') return serviceMs;
      if ('max' in serviceMs) return serviceMs.min + random() * Math.max(0, serviceMs.max - serviceMs.min);
      return serviceMs.min - Math.log(1 - random()) * serviceMs.mean;
    };

    const after = (span: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const cancelled = (): void => {
          cancel();
          reject(new InferenceError('inference/cancelled', 'The run was cancelled'));
        };
        const cancel = clock.schedule(clock.now() + span, () => {
          signal.removeEventListener('abort', cancelled);
          resolve();
        });
        signal.addEventListener('abort', cancelled, { once: true });
      });

    /** A block of bytes that follows from the input is repeated over the outputs, by copies that double. */
    const outputsOf = (buffer: Item): { slabs: Slab[]; bytes: number; value: TensorSet } => {
      const [first] = buffer.slabs;
      const input = first === undefined ? NOTHING : arena.bytes(first.offset, buffer.bytes);
      const random = seededRandom(crc32(input));
      const slab = arena.allocate(bytes);
      const out = arena.bytes(slab.offset, bytes);
      const block = Math.min(bytes, BLOCK_BYTES);
      for (let index = 0; index < floats.length; index++) floats[index] = random();
      out.set(block === BLOCK_BYTES ? blockBytes : blockBytes.subarray(0, block));
      for (let filled = block; filled < bytes; filled *= 2) out.copyWithin(filled, 0, Math.min(filled, bytes - filled));
      const value = Object.fromEntries(views.map(({ name, dtype, shape, offset }) => [name, { dtype, shape, slab, offset }]));
      return { slabs: [slab], bytes, value };
    };

    const isBatch = sink.media === 'batch';
    const countOf = ({ value }: StreamBuffer): number => (isBatch ? (value as StreamBatch).slots.length : 1);
    return {
      ...(isBatch ? { parts: halvesOf } : {}),
      transformBatch: async (buffers) => {
        const run = runs++;
        const random = seededRandom(seed * 65_537 + run);
        const fails = random() < failureRate;
        if (signal.aborted) throw new InferenceError('inference/cancelled', 'The run was cancelled');
        const model = useFallback ? 'fallback' : 'main';
        const [once, each] = useFallback ? [fallback!.serviceMs, fallback!.perItemMs] : [drawn(random), perItemMs];
        const span = Math.round((once + each * buffers.reduce((sum, buffer) => sum + countOf(buffer), 0)) * 1000);
        if (span > 0) await after(span);
        if (fails) throw new InferenceError('inference/declared-failure', `Run ${run} fails, as failureRate asks`);
        const made = ({ meta }: Item) => (fallback === undefined ? undefined : { meta: { ...meta, model } });
        return buffers.map((buffer) => {
          if (!isBatch) return buffer.derive({ caps: src, ...outputsOf(buffer), ...made(buffer) });
          const { slots, places } = buffer.value as StreamBatch;
          const done = slots.map((slot) => {
            const { slabs, bytes, value } = outputsOf(slot);
            return { ...slot, slabs, bytes, value, ...made(slot) };
          });
          return buffer.derive({ caps: src, slabs: slabsOf(done), value: { slots: done, places } });
        });
      },
      update: (next) => {
        useFallback = chosenFallback(context.name, props, next);
      },
    };
  },
});

/** What a result follows from. */
type Item = Pick<StreamBuffer, 'slabs' | 'bytes' | 'meta'>;

const NOTHING = new Uint8Array(0);
const BLOCK_BYTES = 256;

/** How long a run may take; with a long tail, which has no end, what it takes on the average. */
function longestOf(serviceMs: z.output<typeof props>['serviceMs']): number {
  if (typeof serviceMs === 'number') return serviceMs;
  return 'max' in serviceMs ? Math.max(serviceMs.min, serviceMs.max) : serviceMs.min + serviceMs.mean;
}

/** Where the outputs lie in an item's slab, one behind the other, each where its elements may begin. */
function layOut(
  outputs: z.output<typeof props>['outputs'],
): { name: string; dtype: (typeof DTYPES)[number]; shape: number[]; offset: number; bytes: number }[] {
  let offset = 0;
  return Object.entries(outputs).map(([name, { shape, dtype }]) => {
    const own = shape.reduce((product, size) => product * size, bytesOfDtype(dtype));
    const view = { name, dtype, shape, offset, bytes: Math.ceil(own / 8) * 8 };
    offset += view.bytes;
    return view;
  });
}
