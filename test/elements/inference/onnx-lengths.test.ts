import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { caps } from '../../../src/core/caps/caps.ts';
import type { ElementSummary } from '../../../src/core/counts/statistics.ts';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { streamDemux } from '../../../src/elements/flow/stream-demux.ts';
import { streamMux } from '../../../src/elements/flow/stream-mux.ts';
import { onnxInference } from '../../../src/elements/inference/onnx-inference.ts';
import { tensor, tensors } from '../../../src/media/media-types.ts';
import type { TensorSet } from '../../../src/media/tensor/tensor-set.ts';
import { model, node, valueInfo } from '../../../src/onnx/build-model.ts';
import { writeModel } from '../../../src/onnx/write-model.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

interface Outputs {
  readonly y: readonly number[];
  readonly mean: readonly number[];
}

const folder = fileURLToPath(new URL('../../references/lengths/', import.meta.url));
const { features, items } = JSON.parse(readFileSync(`${folder}truth.json`, 'utf8')) as {
  readonly features: number;
  readonly items: readonly ({ readonly x: readonly number[] } & Readonly<Record<'attention' | 'plain', Outputs>>)[];
};
const lengthOf = (item: number): number => items[item]!.x.length / features;

/** The three models, how they are told of lengths, and what items give by themselves. */
const MODELS = [
  { name: 'masked', lengthInput: { name: 'mask', as: 'mask' }, truth: 'attention', outputs: ['y', 'mean'] },
  { name: 'segments', lengthInput: { name: 'segments', as: 'segments' }, truth: 'attention', outputs: ['y'] },
  { name: 'offsets', lengthInput: { name: 'offsets', as: 'offsets' }, truth: 'plain', outputs: ['y', 'mean'] },
] as const;

/** A source of items of different lengths, by their numbers in the list of truths. */
function itemSource(name: string, numbers: readonly number[], shape: (number | string)[] = ['length', features]): AnyElementDefinition {
  return tinyElement(name, {
    pads: { src: srcPad(tensor()) },
    negotiate: { srcCaps: () => caps('tensor', { dtype: 'float32', shape }) },
    create: ({ context: { arena }, caps: { src } }) => {
      let index = 0;
      return {
        produce: () => {
          const number = numbers[index];
          if (number === undefined) return undefined;
          const { x } = items[number]!;
          const slab = arena.allocate(x.length * 4);
          arena.view('float32', slab.offset, x.length).set(x);
          return new StreamBuffer({ caps: src!, pts: index++ * 10_000, duration: 10_000, slabs: [slab], bytes: x.length * 4 });
        },
      };
    },
  });
}

type Given = Readonly<Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>>;

function outputSink(name: string, given: Given[]): AnyElementDefinition {
  return tinyElement(name, {
    pads: { sink: sinkPad(tensors()) },
    create: ({ context: { arena } }) => ({
      render: ({ value }) => {
        const outputs = Object.entries(value as TensorSet).map(([output, { dtype, shape, slab, offset }]) => {
          const count = shape.reduce((product, size) => product * size, 1);
          return [output, { shape, values: Array.from(arena.view(dtype, slab.offset + offset, count) as ArrayLike<number>) }] as const;
        });
        given.push(Object.fromEntries(outputs));
      },
    }),
  });
}

/** Single precision against double, over sums of a dozen products and a softmax. */
const TOLERANCE = 1e-4;

function assertAlone(given: Given, number: number, { truth, outputs }: (typeof MODELS)[number]): void {
  assert.deepEqual(Object.keys(given).sort(), [...outputs].sort());
  for (const output of outputs) {
    const { shape, values } = given[output]!;
    const wanted = items[number]![truth][output];
    assert.deepEqual(shape, output === 'y' ? [lengthOf(number), 3] : [3]);
    for (const [index, value] of values.entries()) {
      assert.ok(Math.abs(value - wanted[index]!) < TOLERANCE, `${output}[${index}] of item ${number}: ${value} against ${wanted[index]}`);
    }
  }
}

const compositions = fc.array(fc.nat({ max: items.length - 1 }), { minLength: 1, maxLength: 14 });

describe('onnx-inference with items of different lengths', () => {
  const at = temporaryFolder();

  const run = async (
    numbers: readonly number[],
    props: object,
    batch: object,
    shape?: (number | string)[],
  ): Promise<[Given[], ElementSummary]> => {
    const given: Given[] = [];
    const test = testPipeline([itemSource('items', numbers, shape), onnxInference, outputSink('out', given)], {
      elements: { 'onnx-inference': { props, batch } },
      links: ['items ! onnx-inference ! out'],
    } as never);
    const { elements } = await test.pipeline.run();
    await test.pipeline.close();
    test.assertClean();
    return [given, elements.find(({ name }) => name === 'onnx-inference')!];
  };

  for (const one of MODELS) {
    const props = { model: `${folder}${one.name}.onnx`, lengthInput: one.lengthInput };

    it(`gives each item what it gives alone, in any company, by ${one.lengthInput.as}`, async function () {
      this.timeout(30_000);
      const given = fc.record({
        numbers: compositions,
        maxSize: fc.integer({ min: 1, max: 8 }),
        lengthBuckets: fc.constantFrom<number[]>([], [4], [2, 5, 9]),
      });
      await fc.assert(
        fc.asyncProperty(given, async ({ numbers, maxSize, lengthBuckets }) => {
          const [results] = await run(numbers, props, { maxSize, maxWaitMs: null, lengthBuckets });
          assert.equal(results.length, numbers.length);
          for (const [index, number] of numbers.entries()) assertAlone(results[index]!, number, one);
        }),
        { numRuns: 25, seed: 1 },
      );
    });

    it(`does the same with batches of a stream-mux, by ${one.lengthInput.as}`, async function () {
      this.timeout(30_000);
      await fc.assert(
        fc.asyncProperty(fc.array(compositions, { minLength: 2, maxLength: 3 }), async (streams) => {
          const given = streams.map((): Given[] => []);
          const test = testPipeline(
            [
              ...streams.map((numbers, index) => itemSource(`items-${index}`, numbers)),
              streamMux,
              onnxInference,
              streamDemux,
              ...given.map((results, index) => outputSink(`out-${index}`, results)),
            ],
            {
              elements: { 'onnx-inference': { props }, 'stream-mux': { props: { maxSize: 5, maxWaitMs: null, idleMs: 0 } } },
              links: [
                ...streams.map((_, index) => `items-${index} ! stream-mux.sink_${index}`),
                'stream-mux ! onnx-inference ! stream-demux',
                ...streams.map((_, index) => `stream-demux.src_${index} ! out-${index}`),
              ],
            } as never,
          );
          await test.pipeline.run();
          await test.pipeline.close();
          test.assertClean();
          for (const [stream, numbers] of streams.entries()) {
            assert.equal(given[stream]!.length, numbers.length);
            for (const [index, number] of numbers.entries()) assertAlone(given[stream]![index]!, number, one);
          }
        }),
        { numRuns: 10, seed: 2 },
      );
    });
  }

  describe('waste', () => {
    // Lengths 1, 2, 3, 5, 8, 13 in batches of three.
    const numbers = [0, 1, 2, 3, 4, 5];

    it('is the part of what was computed that was padding', async () => {
      const [, { batches }] = await run(
        numbers,
        { model: `${folder}masked.onnx`, lengthInput: MODELS[0].lengthInput },
        { maxSize: 3, maxWaitMs: null },
      );
      assert.equal(batches.waste, 1 - (1 + 2 + 3 + 5 + 8 + 13) / (3 * 3 + 3 * 13));
    });

    it('counts places without an item', async () => {
      const batch = { maxSize: 4, maxWaitMs: null, preferredSizes: [4], strict: true };
      const [, { batches }] = await run(numbers.slice(0, 5), { model: `${folder}masked.onnx`, lengthInput: MODELS[0].lengthInput }, batch);
      assert.equal(batches.waste, 1 - (1 + 2 + 3 + 5 + 8) / (4 * 5 + 4 * 8));
    });

    it('is less with buckets, and none where items lie one behind the other', async () => {
      const [, buckets] = await run(
        numbers,
        { model: `${folder}masked.onnx`, lengthInput: MODELS[0].lengthInput },
        { maxSize: 3, maxWaitMs: null, lengthBuckets: [3, 8] },
      );
      assert.equal(buckets.batches.waste, 1 - (1 + 2 + 3 + 5 + 8 + 13) / (3 * 3 + 2 * 8 + 13));
      const [, packed] = await run(
        numbers,
        { model: `${folder}segments.onnx`, lengthInput: MODELS[1].lengthInput },
        { maxSize: 3, maxWaitMs: null },
      );
      assert.equal(packed.batches.waste, 0);
    });
  });

  describe('negotiation', () => {
    it('takes the input for lengths from the manifest by its role', async () => {
      copyFileSync(`${folder}masked.onnx`, at('masked.onnx'));
      const inputs = {
        x: { dtype: 'float32', axes: ['batch', 'time', 'feature'], shape: ['N', 'L', features] },
        mask: { role: 'mask', dtype: 'int64', axes: ['batch', 'time'], shape: ['N', 'L'] },
      };
      const outputs = {
        y: { dtype: 'float32', axes: ['batch', 'time', 'feature'], shape: ['N', 'L', 3] },
        mean: { dtype: 'float32', axes: ['batch', 'feature'], shape: ['N', 3] },
      };
      writeFileSync(at('model.json'), JSON.stringify({ manifestVersion: 1, name: 'masked', file: 'masked.onnx', inputs, outputs }));
      const [given] = await run([4, 1], { model: at() }, { maxSize: 2, maxWaitMs: null });
      assertAlone(given[0]!, 4, MODELS[0]);
      assertAlone(given[1]!, 1, MODELS[0]);
    });

    it('takes streams whose items are all of one length, too', async () => {
      const props = { model: `${folder}masked.onnx`, lengthInput: MODELS[0].lengthInput };
      const [given] = await run([1, 11, 1], props, { maxSize: 2, maxWaitMs: null }, [2, features]);
      for (const [index, number] of [1, 11, 1].entries()) assertAlone(given[index]!, number, MODELS[0]);
    });
  });

  describe('errors', () => {
    const refuses = async (props: object, code: string, message: RegExp): Promise<void> => {
      await assert.rejects(run([1], props, {}), (error: Error & { code?: string }) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
        return true;
      });
    };

    it('refuses a mask that is not of the axes batch and length', () =>
      refuses(
        { model: `${folder}segments.onnx`, lengthInput: { name: 'segments', as: 'mask' } },
        'inference/unclear-lengths',
        /Cannot feed x \(T×4\) items of different lengths by segments \(\[?T\]?\): a mask has two axes/,
      ));

    it('refuses outputs in which the elements of an item do not lie together', async () => {
      const turned = model({
        nodes: [
          node('Cast', ['mask'], ['m'], { to: 1 }),
          node('Unsqueeze', ['m', 'axis'], ['column']),
          node('Mul', ['x', 'column'], ['kept']),
          node('Transpose', ['kept'], ['y'], { perm: [0, 2, 1] }),
        ],
        inputs: [valueInfo('x', 'float32', ['N', 'L', features]), valueInfo('mask', 'int64', ['N', 'L'])],
        outputs: [valueInfo('y', 'float32', ['N', features, 'L'])],
        initializers: [{ name: 'axis', dims: [1], dataType: 7, int64Data: [2] } as never],
      });
      writeFileSync(at('turned.onnx'), writeModel(turned));
      await refuses(
        { model: at('turned.onnx'), lengthInput: MODELS[0].lengthInput },
        'inference/unclear-lengths',
        /the output y \(N×4×L\): its axis L would have to be the outermost of an item/,
      );
    });
  });
});
