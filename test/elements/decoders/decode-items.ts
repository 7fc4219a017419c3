// Runs a decoder on tensors that a test has, one buffer per item of a batch.

import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import type { BufferInit } from '../../../src/core/stream/buffer.ts';
import type { Manifest } from '../../../src/inference/manifest.ts';
import type { Geometry } from '../../../src/media/geometry.ts';
import type { TensorSet } from '../../../src/media/tensor/tensor-set.ts';
import { bytesOfDtype, type Dtype } from '../../../src/memory/dtype.ts';
import { probe, type Seen, scriptedSource } from '../../support/probe.ts';
import { type TestPipeline, testPipeline } from '../../support/test-pipeline.ts';

/** An output of a whole batch; `data` is base64, or a typed array. */
export interface BatchOutput {
  readonly role?: string;
  readonly axes?: readonly string[];
  readonly dtype: Dtype;
  /** Without the batch axis. */
  readonly shape: readonly number[];
  readonly data: string | Uint8Array;
}

export interface DecodeTask {
  readonly element: AnyElementDefinition;
  readonly outputs: Readonly<Record<string, BatchOutput>>;
  readonly items: number;
  readonly decoder?: Manifest['decoder'] | undefined;
  readonly labels?: readonly string[] | undefined;
  /** Size of the picture that the model saw. */
  readonly picture?: readonly [width: number, height: number] | undefined;
  readonly geometry?: Geometry | undefined;
  readonly props?: Readonly<Record<string, unknown>> | undefined;
  /** Leaves the sizes of the outputs open in the manifest. */
  readonly open?: boolean | undefined;
  /** The items that are decoded, in order; all unless given. */
  readonly order?: readonly number[] | undefined;
  /** Called before an item is sent. */
  before?(index: number, pipeline: TestPipeline): void;
}

export interface Decoded<V> extends TestPipeline {
  /** Runs the graph; the values that came out. */
  run(): Promise<V[]>;
}

export function decodeItems<V>({ element, ...task }: DecodeTask): Decoded<V> {
  const { outputs, items, decoder, labels, picture = [64, 48], geometry, open = false } = task;
  const script: Partial<BufferInit>[] = [];
  const seen: Seen[] = [];
  const model = {
    manifestVersion: 1,
    name: 'model',
    file: 'model.onnx',
    inputs: {
      images: {
        role: 'image',
        dtype: 'float32',
        axes: ['batch', 'channel', 'height', 'width'],
        shape: ['batch', 3, picture[1], picture[0]],
      },
    },
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, { role = 'tensor', dtype, shape, axes = [] }]) => [
        name,
        { role, dtype, axes, shape: ['batch', ...shape.map((size, axis) => (open ? `axis${axis}` : size))] },
      ]),
    ),
    ...(decoder === undefined ? {} : { decoder }),
    ...(labels === undefined ? {} : { labels }),
  };
  // A buffer takes its slabs over when it is sent, not before.
  const send = (index: number): void => {
    for (const { slab } of batch) slab.retain();
    task.before?.(index, pipeline);
  };
  const caps = { media: 'tensors', fields: {}, info: { model } };
  const elements = { [element.name]: { props: { ...task.props } } };
  const definitions = [scriptedSource('source', script, { caps, before: send }), element, probe('probe', seen)];
  const pipeline = testPipeline(definitions, { elements, links: [`source ! ${element.name} ! probe`] });
  const { arena } = pipeline;
  const batch = Object.entries(outputs).map(([name, { dtype, shape, data }]) => {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : data;
    const slab = arena.allocate(bytes.length);
    arena.bytes(slab.offset, bytes.length).set(bytes);
    return { name, dtype, shape, slab, itemBytes: shape.reduce((product, size) => product * size, bytesOfDtype(dtype)) };
  });
  for (const item of task.order ?? Array.from({ length: items }, (_, index) => index)) {
    const value: Record<string, TensorSet[string]> = {};
    for (const { name, dtype, shape, slab, itemBytes } of batch) value[name] = { dtype, shape, slab, offset: item * itemBytes };
    script.push({ value, slabs: batch.map(({ slab }) => slab), meta: geometry === undefined ? {} : { geometry } });
  }
  return {
    ...pipeline,
    run: async () => {
      try {
        await pipeline.pipeline.run();
      } finally {
        for (const { slab } of batch) slab.release();
      }
      return seen.flatMap((one) => (one.type === 'buffer' ? [one.buffer.value as V] : []));
    },
  };
}

/** Bytes of numbers as float32. */
export function floats(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
