import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { detectionDecoder, detectionDecoderOf } from '../../../src/elements/decoders/detection-decoder.ts';
import type { DetectionSet } from '../../../src/media/detection/detections.ts';
import { defineHead } from '../../../src/media/detection-heads/detection-head.ts';
import { detectionHeads } from '../../../src/media/detection-heads/detection-heads.ts';
import { gridOf, outputOf } from '../../../src/media/detection-heads/head-outputs.ts';
import type { Affine } from '../../../src/media/geometry.ts';
import { type BatchOutput, type DecodeTask, decodeItems, floats } from './decode-items.ts';

type Row = readonly [left: number, top: number, right: number, bottom: number, score: number, classId: number];

interface Case {
  readonly name: string;
  readonly decoder: { readonly type: string };
  readonly labels: number;
  readonly outputs: Readonly<Record<string, BatchOutput>>;
  /** Of each item, in order. */
  readonly expected: readonly (readonly Row[])[];
}

interface Reference {
  readonly picture: readonly [number, number];
  readonly frame: readonly [number, number];
  readonly affine: Affine;
  readonly cases: readonly Case[];
}

const reference = JSON.parse(readFileSync(new URL('../../references/decoders/detections.json', import.meta.url), 'utf8')) as Reference;
const geometry = { frame: { width: reference.frame[0], height: reference.frame[1] }, affine: reference.affine };
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `label ${index}`);

/** float32 throughout, and pixels up to 200; float16 was widened exactly. */
const TOLERANCE = 1e-4;

function assertRows({ items, width, height }: DetectionSet, expected: readonly Row[]): void {
  assert.deepEqual([width, height], reference.frame);
  assert.equal(items.length, expected.length);
  for (const [index, [left, top, right, bottom, score, classId]] of expected.entries()) {
    const { box, ...found } = items[index]!;
    assert.equal(found.classId, classId);
    assert.equal(found.label, `label ${classId}`);
    assert.ok(Math.abs(found.score - score) < TOLERANCE, `score ${found.score} for ${score}`);
    for (const [side, value] of [left, top, right, bottom].entries()) {
      assert.ok(Math.abs(box[side]! - value) < TOLERANCE * Math.max(1, value), `${box} for ${expected[index]}`);
    }
  }
}

describe('detection-decoder', () => {
  const decoding = (task: Partial<DecodeTask> & Pick<DecodeTask, 'outputs'>) =>
    decodeItems<DetectionSet>({ element: detectionDecoder, items: 1, ...task });
  const caseTask = ({ decoder, labels, outputs, expected }: Case) => ({
    outputs,
    items: expected.length,
    decoder,
    labels: names(labels),
    picture: reference.picture,
    geometry,
  });

  /** One output of type yolov8, 6 numbers for each of some anchors, and 2 classes. */
  const small = (anchors: readonly (readonly number[])[]): Record<string, BatchOutput> => ({
    out: {
      role: 'detections',
      axes: ['batch', 'anchor', 'attribute'],
      dtype: 'float32',
      shape: [anchors.length, 6],
      data: floats(anchors.flat()),
    },
  });
  const yolov8 = { type: 'yolov8', scoreThreshold: 0.5 };

  describe('data', () => {
    for (const one of reference.cases) {
      it(`decodes as the reference does: ${one.name}`, async () => {
        const { run, assertClean } = decoding(caseTask(one));
        const sets = await run();
        assert.equal(sets.length, one.expected.length);
        for (const [index, set] of sets.entries()) assertRows(set, one.expected[index]!);
        assertClean();
      });
    }

    it('has a reference for every family', () => {
      assert.deepEqual(
        [...new Set(reference.cases.map(({ decoder }) => decoder.type))].sort(),
        detectionHeads.map(({ type }) => type).sort(),
      );
    });

    it('gives for an item of a batch what it gives for the item alone, in any order', async () => {
      for (const one of reference.cases.filter(({ expected }) => expected.length > 1)) {
        const together = await decoding(caseTask(one)).run();
        const turned = await decoding({ ...caseTask(one), order: [1, 0, 1] }).run();
        assert.deepEqual(turned, [together[1], together[0], together[1]], one.name);
        for (const [item, set] of together.entries()) {
          const alone = Object.entries(one.outputs).map(([name, output]) => {
            const all = Buffer.from(output.data as string, 'base64');
            const size = all.length / one.expected.length;
            return [name, { ...output, data: all.subarray(item * size, (item + 1) * size) }];
          });
          const [single] = await decoding({ ...caseTask(one), outputs: Object.fromEntries(alone), items: 1 }).run();
          assert.deepEqual(single, set, one.name);
        }
      }
    });

    it('reads shapes that are known only from the first item on', async () => {
      const one = reference.cases.find(({ name }) => name === 'yolov8, attributes first')!;
      const sets = await decoding({ ...caseTask(one), open: true }).run();
      assertRows(sets[0]!, one.expected[0]!);
    });

    it('clips boxes to the source frame, and drops those with nothing in it', async () => {
      const anchors = [
        [0, 0, 20, 20, 0.9, 0],
        [64, 48, 1000, 1000, 0.8, 0],
        [-50, 10, 20, 20, 0.7, 0],
        [10, 10, 0, 5, 0.7, 0],
        [10, 10, -4, 5, 0.7, 0],
        [Number.NaN, 10, 4, 5, 0.7, 0],
        [10, 10, Number.POSITIVE_INFINITY, 5, 0.6, 0],
      ];
      const { run } = decoding({ outputs: small(anchors), decoder: yolov8, labels: names(2) });
      const [set] = await run();
      assert.deepEqual(
        set!.items.map(({ box }) => box),
        [
          [0, 0, 10, 10],
          [0, 0, 64, 48],
        ],
      );
    });

    it('puts equal scores in the order of class and position', async () => {
      const anchors = [
        [30, 10, 4, 4, 0, 0.75],
        [30, 10, 4, 4, 0.75, 0],
        [20, 10, 4, 4, 0.75, 0],
        [20, 8, 4, 4, 0.75, 0.75],
        [1, 1, 2, 2, 0, 0.875],
      ];
      const expected = [
        [1, 0],
        [0, 18],
        [0, 18],
        [0, 28],
        [1, 28],
      ];
      for (const turned of [anchors, [...anchors].reverse()]) {
        const [set] = await decoding({ outputs: small(turned), decoder: yolov8, labels: names(2) }).run();
        assert.deepEqual(
          set!.items.map(({ classId, box }) => [classId, box[0]]),
          expected,
        );
        assert.deepEqual(set!.items[1]!.box, [18, 6, 22, 10]);
      }
    });

    it('drops scores that are none, tells of the first, and counts them', async () => {
      const anchors = [
        [10, 10, 4, 4, Number.NaN, 0.6],
        [20, 10, 4, 4, Number.POSITIVE_INFINITY, 0.1],
        [30, 10, 4, 4, 0.9, Number.NEGATIVE_INFINITY],
      ];
      const { run, heard } = decoding({
        outputs: small([...anchors, ...anchors]),
        items: 2,
        decoder: yolov8,
        labels: names(2),
        order: [0, 0],
      });
      const sets = await run();
      for (const { items } of sets)
        assert.deepEqual(
          items.map(({ classId, score }) => [classId, score.toFixed(2)]),
          Array(2)
            .fill([0, '0.90'])
            .concat(Array(2).fill([1, '0.60'])),
        );
      assert.deepEqual(
        heard('warning').map(({ code }) => code),
        ['decoder/not-finite'],
      );
      assert.deepEqual(
        heard('element').map(({ name, value }) => [name, value]),
        [['scoresNotFinite', 12]],
      );
    });

    it('reads lists with nothing in them', async () => {
      const none = new Uint8Array(0);
      const cases: [type: string, outputs: Record<string, BatchOutput>][] = [
        ['yolov10', { out: { role: 'detections', dtype: 'float32', shape: [0, 6], data: none } }],
        [
          'torchvision',
          {
            boxes: { role: 'boxes', dtype: 'float32', shape: [0, 4], data: none },
            classes: { role: 'classes', dtype: 'int64', shape: [0], data: none },
            scores: { role: 'scores', dtype: 'float32', shape: [0], data: none },
          },
        ],
        [
          'onnx-nms',
          {
            chosen: { role: 'classes', dtype: 'int64', shape: [0, 3], data: none },
            boxes: { role: 'boxes', dtype: 'float32', shape: [5, 4], data: floats(Array(20).fill(1)) },
            scores: { role: 'scores', dtype: 'float32', shape: [2, 5], data: floats(Array(10).fill(1)) },
          },
        ],
      ];
      for (const [type, outputs] of cases) {
        const [set] = await decoding({ outputs, decoder: { type }, labels: names(2), open: true }).run();
        assert.deepEqual(set, { width: 64, height: 48, items: [] });
      }
    });

    it('reads a family that a program adds to the table', async () => {
      const centres = defineHead({
        type: 'centres',
        summary: 'Models that give centres of things of one size',
        looks: 'one output, things × 3: centre x, centre y, score',
        params: z.strictObject({ side: z.number().positive().default(32) }),
        plan: ({ outputs, threshold, params: { side } }) => {
          const { output, anchors } = gridOf(outputOf(outputs, 'detections'), { wanted: 3, meaning: 'centre and score' });
          return {
            units: 'pixels',
            read: (tensors, found) => {
              const { values } = tensors.floats(output.name);
              for (let i = 0; i < anchors * 3; i += 3) {
                const [x, y, score] = [values[i]!, values[i + 1]!, values[i + 2]!];
                if (score >= threshold) found(0, score, x - side / 2, y - side / 2, x + side / 2, y + side / 2);
              }
              return 0;
            },
          };
        },
      });
      const element = detectionDecoderOf([...detectionHeads, centres], 'centre-decoder');
      const outputs = {
        out: { role: 'detections', dtype: 'float32', shape: [2, 3], data: floats([20, 20, 0.75, 40, 20, 0.125]) },
      } as const;
      const [set] = await decoding({ element, outputs, decoder: { type: 'centres', side: 8 } }).run();
      assert.deepEqual(set!.items, [{ box: [16, 16, 24, 24], score: 0.75, classId: 0, label: 'class 0' }]);
    });

    it('takes the whole picture for the source frame where nobody scaled it', async () => {
      const [set] = await decoding({ outputs: small([[10, 10, 4, 4, 0.9, 0]]), decoder: yolov8, labels: names(2) }).run();
      assert.deepEqual(set, {
        width: 64,
        height: 48,
        items: [{ box: [8, 8, 12, 12], score: Math.fround(0.9), classId: 0, label: 'label 0' }],
      });
    });
  });

  describe('props', () => {
    const anchors = [
      [10, 10, 4, 4, 0.9, 0],
      [20, 10, 4, 4, 0.6, 0],
      [30, 10, 4, 4, 0, 0.7],
    ];
    const scores = async (props: Record<string, unknown>, more: Partial<DecodeTask> = {}) => {
      const [set] = await decoding({ outputs: small(anchors), decoder: yolov8, labels: ['cat', 'dog'], props, ...more }).run();
      return set!.items.map(({ label, score }) => `${label} ${score.toFixed(1)}`);
    };

    it('put a threshold, a limit, classes and labels over those of the manifest', async () => {
      assert.deepEqual(await scores({}), ['cat 0.9', 'dog 0.7', 'cat 0.6']);
      assert.deepEqual(await scores({ scoreThreshold: 0.65 }), ['cat 0.9', 'dog 0.7']);
      assert.deepEqual(await scores({ maxDetections: 1 }), ['cat 0.9']);
      assert.deepEqual(await scores({ classes: ['dog'] }), ['dog 0.7']);
      assert.deepEqual(await scores({ classes: [0] }), ['cat 0.9', 'cat 0.6']);
      assert.deepEqual(await scores({ labels: ['a', 'b'] }), ['a 0.9', 'b 0.7', 'a 0.6']);
      assert.deepEqual(await scores({}, { decoder: { ...yolov8, classes: ['dog'], maxDetections: 1 } }), ['dog 0.7']);
    });

    it('say all where the manifest says nothing, and name classes by their numbers', async () => {
      const props = { type: 'yolov8', scoreThreshold: 0.8 };
      assert.deepEqual(await scores(props, { decoder: undefined, labels: undefined }), ['class 0 0.9']);
    });

    it('give params of the family over those of the manifest', async () => {
      const tiny = small([[0.5, 0.5, 0.5, 0.5, 0.9, 0]]);
      const props = { params: { units: 'normalised' } };
      const [set] = await decoding({ outputs: tiny, decoder: { ...yolov8, units: 'pixels' }, labels: names(2), props }).run();
      assert.deepEqual(set!.items[0]!.box, [16, 12, 48, 36]);
    });

    it('change while the graph runs', async () => {
      const { run } = decoding({
        outputs: small(anchors),
        decoder: yolov8,
        labels: names(2),
        order: [0, 0],
        before: (index, { pipeline }) => {
          if (index === 1) pipeline.setProps('detection-decoder', { scoreThreshold: 0.8 });
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
      const { run, assertClean } = decoding({ outputs: small([[10, 10, 4, 4, 0.9, 0]]), decoder: yolov8, labels: names(2), ...task });
      await assert.rejects(run(), { code, element: 'detection-decoder', message });
      assertClean();
    };
    const shaped = (shape: readonly number[], dtype: 'float32' | 'int8' = 'float32', role = 'detections'): Record<string, BatchOutput> => ({
      out: { role, dtype, shape, data: new Uint8Array(shape.reduce((product, size) => product * size, dtype === 'int8' ? 1 : 4)) },
    });

    it('says which types there are where nobody names one', async () => {
      await fails('decoder/no-type', /its manifest has no decoder.*types are yolov8, yolov5/, { decoder: undefined });
    });

    it('suggests the type that was meant', async () => {
      await fails('decoder/unknown-type', /no detection decoder of the type yolo8; did you mean yolov8\?/, { decoder: { type: 'yolo8' } });
    });

    it('refuses unknown and wrong params of the family', async () => {
      await fails('decoder/bad-params', /Cannot decode as yolov8: .*"unit"/, { decoder: { ...yolov8, unit: 'pixels' } });
      await fails('decoder/bad-params', /extraAttributes/, { props: { params: { extraAttributes: -1 } } });
      await fails('decoder/bad-params', /priors/, { decoder: { type: 'ssd' } });
      await fails('decoder/bad-params', /scoreThreshold/, { decoder: { ...yolov8, scoreThreshold: 3 } });
    });

    it('says what was found, what the family looks like, and which type would fit', async () => {
      const outputs = shaped([3549, 85]);
      const expected =
        /Cannot decode as yolov8: out 3549×85 float32 has no axis of 84, which is 4 \+ 80 classes\. The family looks like this: one output, \(4 \+ classes\) × anchors .*; the type yolov5 or yolov7 or yolox would fit/;
      await fails('decoder/wrong-shape', expected, { outputs, labels: names(80), picture: [416, 416] });
      await fails('decoder/wrong-shape', expected, { outputs, labels: names(80), picture: [416, 416], open: true });
      await fails('decoder/wrong-shape', /the type yolov10 or pp-yoloe would fit/, { outputs: shaped([300, 6]), labels: names(80) });
      await fails('decoder/wrong-shape', /no other type fits either/, { outputs: shaped([7, 7, 7]), labels: names(80) });
    });

    it('says how many anchors a picture has', async () => {
      const task = { outputs: shaped([3549, 85]), labels: names(80), decoder: { type: 'yolox' }, picture: [640, 640] as const };
      await fails('decoder/wrong-shape', /has 3549 anchors, but a picture of 640×640 has 8400 cells at the strides 8, 16, 32/, task);
    });

    it('says which role is missing, and which outputs there are', async () => {
      const expected = /no output has the role boxes; there are out 10×4 float32 \(role scores\)/;
      await fails('decoder/wrong-shape', expected, { outputs: shaped([10, 4], 'float32', 'scores'), decoder: { type: 'torchvision' } });
    });

    it('refuses quantised outputs', async () => {
      await fails('decoder/unsupported-dtype', /out: it is int8.*DequantizeLinear/, { outputs: shaped([6, 20], 'int8') });
    });

    it('refuses scores that are no probabilities', async () => {
      await fails('decoder/not-probabilities', /holds the score 7\.5, which is no probability/, {
        outputs: small([[10, 10, 4, 4, 7.5, 0]]),
      });
    });

    it('refuses classes that the model does not have', async () => {
      const labels = ['cat', 'dog'];
      await fails('decoder/unknown-class', /no class dgo; did you mean dog\?/, { labels, props: { classes: ['dgo'] } });
      await fails('decoder/unknown-class', /no class 2; there are 2 classes: cat, dog/, { labels, props: { classes: [2] } });
      await fails('decoder/unknown-class', /has no labels/, { labels: undefined, props: { classes: ['dog'] } });
    });
  });
});
