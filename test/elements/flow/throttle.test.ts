import assert from 'node:assert/strict';
import fc from 'fast-check';
import { throttle } from '../../../src/elements/flow/throttle.ts';
import { probe, type Seen, scriptedSource, stepsOf } from '../../support/probe.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { filter } from '../../support/tiny-element.ts';

async function throttled(intervalMs: number, script: Parameters<typeof scriptedSource>[1], memoryless?: boolean) {
  const seen: Seen[] = [];
  const worked: number[] = [];
  const work = filter(
    'work',
    (buffer) => {
      worked.push(buffer.pts / 10_000);
      return buffer;
    },
    { memoryless: memoryless ?? false },
  );
  const { pipeline, assertClean } = testPipeline(
    [scriptedSource('source', script, { slabBytes: 64 }), work, throttle, probe('sink', seen)],
    {
      elements: { throttle: { props: { intervalMs } } },
      links: ['source ! work ! throttle ! sink'],
    },
  );
  const { elements } = await pipeline.run();
  assertClean();
  return { seen, worked, dropped: (element: string) => elements.find(({ name }) => name === element)!.dropped };
}

const script = (count: number) => Array.from({ length: count }, () => ({}));

describe('throttle', () => {
  describe('data', () => {
    it('passes none for a while after each that passes, and sends gaps', async () => {
      const { seen, dropped } = await throttled(25, script(7));
      assert.deepEqual(stepsOf(seen), ['0', '-1', '-2', '3', '-4', '-5', '6']);
      assert.deepEqual(dropped('throttle'), { throttled: 4 });
    });

    it('keeps the interval for every source and epoch by itself', async () => {
      const { seen } = await throttled(
        25,
        ['a', 'b', 'a', 'a', 'b'].map((source) => ({ source })),
      );
      const passed = seen.filter(({ type }) => type === 'buffer').map(({ source, pts }) => `${source}${pts / 10_000}`);
      assert.deepEqual(passed, ['a0', 'b1', 'a3', 'b4']);
    });

    it('has upstream leave out the work on what will not pass, where that changes nothing else', async () => {
      const forgetful = await throttled(25, script(7), true);
      assert.deepEqual(stepsOf(forgetful.seen), ['0', '-1', '-2', '3', '-4', '-5', '6']);
      assert.deepEqual(forgetful.worked, [0, 3, 6]);
      assert.deepEqual([forgetful.dropped('source'), forgetful.dropped('throttle')], [{ skipped: 4 }, {}]);
      const other = await throttled(25, script(7), false);
      assert.deepEqual(other.worked, [0, 1, 2, 3, 4, 5, 6], 'who remembers what it saw sees everything');
    });

    it('leaves out nothing of another epoch for what it has said of one', async () => {
      const epochs = [0, 0, 1, 1, 1].map((epoch) => ({ epoch }));
      const { seen, worked, dropped } = await throttled(25, epochs, true);
      assert.deepEqual(stepsOf(seen), ['0', '-1', '2', '-3', '-4']);
      assert.deepEqual(worked, [0, 2]);
      assert.deepEqual(dropped('source'), { skipped: 3 });
    });

    it('never lets two pass that are closer than the interval, nor holds one off that is not', async () => {
      const times = fc.array(fc.nat(100), { minLength: 1, maxLength: 30 });
      await fc.assert(
        fc.asyncProperty(times, fc.integer({ min: 0, max: 200 }), async (gaps, interval) => {
          let at = 0;
          const pts = gaps.map((gap) => {
            at += gap * 1000;
            return at;
          });
          const expected: number[] = [];
          for (const one of pts) if (expected.length === 0 || one - expected.at(-1)! >= interval * 1000) expected.push(one);
          const { seen } = await throttled(
            interval,
            pts.map((one) => ({ pts: one })),
          );
          assert.deepEqual(
            seen.flatMap((one) => (one.type === 'buffer' ? [one.pts] : [])),
            expected,
          );
        }),
        { numRuns: 40 },
      );
    });
  });
});
