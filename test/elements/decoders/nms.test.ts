import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { BufferInit } from '../../../src/core/stream/buffer.ts';
import { nms } from '../../../src/elements/decoders/nms.ts';
import type { Detection, DetectionSet } from '../../../src/media/detection/detections.ts';
import { intersectionOverUnion } from '../../../src/media/detection/intersection.ts';
import { SUPPRESSION_METHODS, suppress } from '../../../src/media/detection/suppression.ts';
import { probe, type Seen, scriptedSource } from '../../support/probe.ts';
import { type TestPipeline, testPipeline } from '../../support/test-pipeline.ts';

type Row = readonly [left: number, top: number, right: number, bottom: number, score: number, classId: number];

interface Case {
  readonly props: Readonly<Record<string, unknown>>;
  readonly items: readonly Row[];
  readonly expected: readonly Row[];
}

const cases = JSON.parse(readFileSync(new URL('../../references/decoders/nms.json', import.meta.url), 'utf8')) as readonly Case[];

const labels = ['cat', 'dog', 'cow', 'hen'];
const detectionOf = ([left, top, right, bottom, score, classId]: Row): Detection => ({
  box: [left, top, right, bottom],
  score,
  classId,
  label: labels[classId]!,
});
const setOf = (items: readonly Detection[]): DetectionSet => ({ width: 640, height: 480, items });

describe('nms', () => {
  const run = async (
    sets: readonly DetectionSet[],
    props: Record<string, unknown> = {},
    more: { model?: object; before?(index: number, test: TestPipeline): void } = {},
  ) => {
    const seen: Seen[] = [];
    const script = sets.map((value): Partial<BufferInit> => ({ value }));
    const caps = { media: 'detections', fields: {}, info: { model: more.model ?? { labels } } };
    const source = scriptedSource('source', script, { caps, before: (index) => more.before?.(index, test) });
    const test = testPipeline([source, nms, probe('probe', seen)], { elements: { nms: { props } }, links: ['source ! nms ! probe'] });
    await test.pipeline.run();
    test.assertClean();
    return seen.map((one) => (one.type === 'buffer' ? (one.buffer.value as DetectionSet) : assert.fail('a gap')));
  };

  const box = (left: number, score: number, classId = 0, width = 100): Detection =>
    detectionOf([left, 0, left + width, 100, score, classId]);

  describe('data', () => {
    for (const { props, items, expected } of cases) {
      it(`does as the reference does: ${JSON.stringify(props)}`, async () => {
        const [found] = await run([setOf(items.map(detectionOf))], props);
        assert.equal(found!.items.length, expected.length);
        for (const [index, { box, score, classId, label }] of found!.items.entries()) {
          const row = expected[index]!;
          assert.deepEqual([classId, label], [row[5], labels[row[5]]]);
          assert.ok(
            [...box, score].every((value, at) => Math.abs(value - row[at]!) < 1e-4),
            `${box} ${score} for ${row}`,
          );
        }
      });
    }

    it('keeps a survivor as it was, its identity included, and the size of the frame', async () => {
      const best = { ...box(0, 0.9), id: 7 };
      assert.deepEqual(await run([setOf([box(10, 0.5), best])]), [setOf([best])]);
      assert.deepEqual(await run([setOf([])]), [setOf([])]);
    });

    it('keeps boxes whose overlap is the threshold itself', async () => {
      const halves = [box(0, 0.9), box(0, 0.8, 0, 50)];
      assert.equal((await run([setOf(halves)], { iouThreshold: 0.5 }))[0]!.items.length, 2);
      assert.equal((await run([setOf(halves)], { iouThreshold: 0.4999 }))[0]!.items.length, 1);
    });
  });

  describe('props', () => {
    const pair = [box(0, 0.9), box(30, 0.8)];

    it('take the overlap from the manifest, and put their own over it', async () => {
      const model = { labels, decoder: { type: 'yolov8', iouThreshold: 0.6 } };
      assert.equal((await run([setOf(pair)]))[0]!.items.length, 1);
      assert.equal((await run([setOf(pair)], {}, { model }))[0]!.items.length, 2);
      assert.equal((await run([setOf(pair)], { iouThreshold: 0.3 }, { model }))[0]!.items.length, 1);
    });

    it('name classes by label or number', async () => {
      for (const name of ['dog', '1', 'class 1']) {
        const sets = await run([setOf([...pair, box(300, 0.9, 1), box(330, 0.8, 1)])], { classThresholds: { [name]: 0.7 } });
        assert.deepEqual(
          sets[0]!.items.map(({ classId }) => classId),
          [0, 1, 1],
          name,
        );
      }
    });

    it('change from the next buffer on', async () => {
      const sets = await run(
        [setOf(pair), setOf(pair)],
        {},
        {
          before: (index, { pipeline }) => {
            if (index === 1) pipeline.setProps('nms', { iouThreshold: 0.7 });
          },
        },
      );
      assert.deepEqual(
        sets.map(({ items }) => items.length),
        [1, 2],
      );
    });
  });

  describe('laws', () => {
    // Few distinct numbers, so that boxes touch, coincide and tie.
    const coordinate = fc.integer({ min: 0, max: 12 });
    const side = fc.integer({ min: 1, max: 8 });
    const detection = fc
      .tuple(coordinate, coordinate, side, side, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 2 }))
      .map(([x, y, w, h, score, classId]) => detectionOf([x, y, x + w, y + h, score / 10, classId]));
    const list = fc.array(detection, { maxLength: 25 });
    const threshold = fc.constantFrom(0, 0.2, 0.45, 0.7, 1);
    const rules = (iouThreshold: number, agnostic: boolean, method: (typeof SUPPRESSION_METHODS)[number] = 'hard') => ({
      method,
      agnostic,
      thresholdOf: () => iouThreshold,
      sigma: 0.5,
      minScore: 0.05,
      fusedScore: 'max' as const,
    });
    const always = <T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>) => fc.assert(property, { numRuns: 300 });

    it('leaves no two of a class that overlap above the threshold', () => {
      always(
        fc.property(list, threshold, fc.boolean(), (items, iou, agnostic) => {
          const left = suppress(items, rules(iou, agnostic));
          for (const [index, a] of left.entries()) {
            for (const b of left.slice(index + 1)) {
              if (agnostic || a.classId === b.classId) assert.ok(intersectionOverUnion(a.box, b.box) <= iou);
            }
          }
        }),
      );
    });

    it('drops nothing without a survivor at least as certain that overlaps it', () => {
      always(
        fc.property(list, threshold, fc.boolean(), (items, iou, agnostic) => {
          const left = suppress(items, rules(iou, agnostic));
          for (const item of items) {
            const hasReason = left.some(
              (other) =>
                (agnostic || other.classId === item.classId) &&
                other.score >= item.score &&
                intersectionOverUnion(other.box, item.box) > iou,
            );
            assert.ok(hasReason || left.includes(item));
          }
        }),
      );
    });

    it('changes nothing the second time', () => {
      always(
        fc.property(list, threshold, fc.boolean(), (items, iou, agnostic) => {
          const once = suppress(items, rules(iou, agnostic));
          assert.deepEqual(suppress(once, rules(iou, agnostic)), once);
        }),
      );
    });

    it('gives the same whatever the order of its input, by every method', () => {
      const shuffled = list.chain((items) => fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })));
      always(
        fc.property(
          shuffled,
          threshold,
          fc.boolean(),
          fc.constantFrom(...SUPPRESSION_METHODS),
          ([items, turned], iou, agnostic, method) => {
            assert.deepEqual(suppress(turned, rules(iou, agnostic, method)), suppress(items, rules(iou, agnostic, method)));
          },
        ),
      );
    });

    it('gives a part of its input; soft methods with scores that are no higher', () => {
      always(
        fc.property(
          list,
          threshold,
          fc.boolean(),
          fc.constantFrom('hard' as const, 'linear' as const, 'gaussian' as const),
          (items, iou, agnostic, method) => {
            const rest = [...items];
            for (const { score, ...kept } of suppress(items, rules(iou, agnostic, method))) {
              const at = rest.findIndex((item) => {
                const { score: before, ...same } = item;
                return JSON.stringify(same) === JSON.stringify(kept) && (method === 'hard' ? before === score : before >= score);
              });
              assert.ok(at >= 0);
              rest.splice(at, 1);
            }
          },
        ),
      );
    });

    it('weighted: puts each box within the bounds of what it was put together from', () => {
      always(
        fc.property(list, threshold, (items, iou) => {
          const left = suppress(items, rules(iou, false, 'weighted'));
          assert.ok(left.length <= items.length && (left.length > 0 || items.length === 0));
          for (const { box, classId } of left) {
            const same = items.filter((item) => item.classId === classId);
            for (let at = 0; at < 4; at++) {
              const values = same.map((item) => item.box[at]!);
              assert.ok(box[at]! >= Math.min(...values) - 1e-9 && box[at]! <= Math.max(...values) + 1e-9);
            }
          }
        }),
      );
    });
  });

  describe('errors', () => {
    it('refuses a class that the model does not have', async () => {
      await assert.rejects(run([], { classThresholds: { cta: 0.5 } }), {
        code: 'decoder/unknown-class',
        element: 'nms',
        message: /did you mean cat\?/,
      });
    });
  });
});
