import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { classificationDecoder } from '../../../src/elements/decoders/classification-decoder.ts';
import type { ClassificationSet } from '../../../src/media/detection/classifications.ts';
import { type BatchOutput, type DecodeTask, decodeItems, floats } from './decode-items.ts';

interface Case extends BatchOutput {
  readonly activation: string;
  readonly topK: number;
  readonly scoreThreshold: number;
  /** Of each item: class and score, in order. */
  readonly expected: readonly (readonly (readonly [classId: number, score: number])[])[];
}

const cases = JSON.parse(
  readFileSync(new URL('../../references/decoders/classifications.json', import.meta.url), 'utf8'),
) as readonly Case[];

describe('classification-decoder', () => {
  const decoding = (task: Partial<DecodeTask> & Pick<DecodeTask, 'outputs'>) =>
    decodeItems<ClassificationSet>({ element: classificationDecoder, items: 1, ...task });
  const output = (values: readonly number[], shape: readonly number[] = [values.length], role = 'logits'): BatchOutput => ({
    role,
    dtype: 'float32',
    shape,
    data: floats(values),
  });
  const found = async (values: readonly number[], task: Partial<DecodeTask> = {}) => {
    const [set] = await decoding({ outputs: { out: output(values) }, ...task }).run();
    return set!.items.map(({ label, score }) => `${label} ${score.toFixed(3)}`);
  };

  describe('data', () => {
    for (const { activation, topK, scoreThreshold, expected, ...batch } of cases) {
      it(`decodes as the reference does: ${activation}, ${batch.dtype}`, async () => {
        const decoder = { type: 'classification', activation, topK, scoreThreshold };
        const { run, assertClean } = decoding({ outputs: { out: batch }, items: expected.length, decoder });
        const sets = await run();
        for (const [item, rows] of expected.entries()) {
          const { items } = sets[item]!;
          assert.deepEqual(
            items.map(({ classId, label }) => [classId, label]),
            rows.map(([classId]) => [classId, `class ${classId}`]),
          );
          for (const [index, [, score]] of rows.entries()) assert.ok(Math.abs(items[index]!.score - score) < 1e-4);
        }
        assertClean();
      });
    }

    it('takes the lower of equal classes first', async () => {
      assert.deepEqual(await found([0, 1, 1, 0, 1], { props: { topK: 4, activation: 'sigmoid' } }), [
        'class 1 0.731',
        'class 2 0.731',
        'class 4 0.731',
        'class 0 0.500',
      ]);
    });

    it('reads a number for each class whatever axes of 1 there are around it', async () => {
      const outputs = { out: output([3, 1], [1, 2, 1]) };
      const [set] = await decoding({ outputs, labels: ['cat', 'dog'] }).run();
      assert.deepEqual(
        set!.items.map(({ label }) => label),
        ['cat', 'dog'],
      );
    });

    it('drops numbers that are none, and counts them', async () => {
      const outputs = { out: output([Number.NaN, 1, Number.POSITIVE_INFINITY, 1]) };
      const { run, heard } = decoding({ outputs });
      const [set] = await run();
      assert.deepEqual(set!.items, [
        { classId: 1, label: 'class 1', score: 0.5 },
        { classId: 3, label: 'class 3', score: 0.5 },
      ]);
      assert.deepEqual(
        heard('warning').map(({ code }) => code),
        ['decoder/not-finite'],
      );
      assert.deepEqual(
        heard('element').map(({ value }) => value),
        [2],
      );
    });

    it('gives nothing where every number is none', async () => {
      assert.deepEqual(await found([Number.NaN, Number.NaN]), []);
    });
  });

  describe('props', () => {
    it('go over the manifest', async () => {
      const decoder = { type: 'classification', activation: 'none', topK: 1 };
      const labels = ['cat', 'dog'];
      assert.deepEqual(await found([0.25, 0.75], { decoder, labels }), ['dog 0.750']);
      assert.deepEqual(await found([0.25, 0.75], { decoder, labels, props: { topK: 2, labels: ['a', 'b'] } }), ['b 0.750', 'a 0.250']);
      assert.deepEqual(await found([0.25, 0.75], { decoder, props: { scoreThreshold: 0.8 } }), []);
      assert.deepEqual(await found([0, 0], { decoder, props: { activation: 'softmax' } }), ['class 0 0.500']);
    });

    it('name the output of several', async () => {
      const outputs = { features: output([1, 2, 3], [3], 'embedding'), a: output([0, 9], [2], 'tensor'), b: output([9, 0], [2], 'tensor') };
      const [set] = await decoding({ outputs, props: { output: 'b', topK: 1 } }).run();
      assert.equal(set!.items[0]!.classId, 0);
    });

    it('change while the graph runs', async () => {
      const { run } = decoding({
        outputs: { out: output([1, 2, 3]) },
        order: [0, 0],
        before: (index, { pipeline }) => {
          if (index === 1) pipeline.setProps('classification-decoder', { topK: 1 });
        },
      });
      assert.deepEqual(
        (await run()).map(({ items }) => items.length),
        [3, 1],
      );
    });
  });

  describe('errors', () => {
    const fails = async (code: string, message: RegExp, task: Partial<DecodeTask> = {}) => {
      const { run, assertClean } = decoding({ outputs: { out: output([0, 1]) }, ...task });
      await assert.rejects(run(), { code, element: 'classification-decoder', message });
      assertClean();
    };

    it('refuses what is no list of classes, before and after the first item', async () => {
      const outputs = { out: output([1, 2, 3, 4], [2, 2]) };
      for (const open of [false, true]) await fails('decoder/wrong-shape', /out 2×2 float32: .*all axes but one are 1/, { outputs, open });
    });

    it('refuses another number of labels', async () => {
      await fails('decoder/wrong-shape', /it has 2 classes, but there are 1 labels/, { labels: ['cat'] });
    });

    it('says which outputs there are', async () => {
      const outputs = { a: output([1], [1], 'tensor'), b: output([1], [1], 'tensor') };
      await fails('decoder/missing-output', /Cannot tell which output.*there are a 1 float32, b 1 float32/, { outputs });
      await fails('decoder/missing-output', /no output c; there are out 2 float32/, { props: { output: 'c' } });
    });

    it("refuses a detector's manifest, and settings that make no sense", async () => {
      await fails('decoder/unknown-type', /type yolov8, .*detection-decoder/, { decoder: { type: 'yolov8' } });
      await fails('decoder/bad-params', /topK/, { decoder: { type: 'classification', topK: 0 } });
    });

    it('refuses scores that are no probabilities', async () => {
      await fails('decoder/not-probabilities', /holds the score 4, which is no probability/, {
        outputs: { out: output([1, 4]) },
        props: { activation: 'none' },
      });
    });
  });
});
