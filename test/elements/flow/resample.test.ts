import assert from 'node:assert/strict';
import fc from 'fast-check';
import { resample } from '../../../src/elements/flow/resample.ts';
import type { Caught } from '../../../src/testing/catcher.ts';
import { testElement } from '../../../src/testing/test-element.ts';
import { testCaps } from '../../support/make-buffer.ts';

interface Given {
  readonly pts: number;
  readonly duration?: number;
}

/** What comes of buffers at times in milliseconds: `time:index` for each point, `-from..until` for a gap. */
async function resampled(props: { rate: number; maxGapMs?: number }, script: readonly Given[], marks = false) {
  const test = await testElement(resample, { props, caps: { sink: testCaps } });
  const latencies: number[] = [];
  for (const [index, { pts, duration }] of script.entries()) {
    const before = test.buffers().length;
    const length = duration === undefined ? {} : { duration: duration * 1000 };
    await test.push({ pts: pts * 1000, ...length, value: index, payload: new Uint8Array(8) });
    await test.settled();
    // The buffer came at its own time.
    for (const made of test.buffers().slice(before)) latencies.push(pts * 1000 - made.pts);
  }
  let out: string[] = [];
  const summary = await test.end(() => {
    out = test.out().flatMap((one) => textOf(one, marks));
  });
  return { out, latencies, dropped: summary.elements.find(({ name }) => name === 'resample')!.dropped };
}

function textOf(one: Caught, marks: boolean): string[] {
  if (one.type === 'gap') return [`-${one.pts / 1000}..${one.until / 1000}`];
  if (one.type !== 'buffer') return [];
  return [`${one.buffer.pts / 1000}:${one.buffer.value}${marks && one.buffer.discont ? '!' : ''}`];
}

describe('resample', () => {
  describe('props', () => {
    it('refuses a rate of nothing', async () => {
      await assert.rejects(resampled({ rate: 0 }, []), { name: 'GraphError' });
    });
  });

  describe('data', () => {
    it('gives each point of the grid the nearest buffer, and counts those that stand for none', async () => {
      const { out, dropped } = await resampled(
        { rate: 10 },
        [0, 30, 60, 90, 120, 150, 180, 210].map((pts) => ({ pts })),
      );
      assert.deepEqual(out, ['0:0', '100:3', '200:7']);
      assert.deepEqual(dropped, { resampled: 5 });
    });

    it('lets a buffer stand for several points', async () => {
      const { out } = await resampled({ rate: 100, maxGapMs: 50 }, [{ pts: 0 }, { pts: 40 }]);
      assert.deepEqual(out, ['0:0', '10:0', '20:0', '30:1', '40:1']);
    });

    it('settles at once what a buffer covers that says how long it lasts', async () => {
      const { out } = await resampled({ rate: 100, maxGapMs: 50 }, [{ pts: 0, duration: 40 }]);
      assert.deepEqual(out, ['0:0', '10:0', '20:0']);
    });

    it('leaves one gap where buffers are too far apart, and marks what follows', async () => {
      const { out } = await resampled({ rate: 100, maxGapMs: 20 }, [{ pts: 0 }, { pts: 10 }, { pts: 50 }, { pts: 60 }], true);
      assert.deepEqual(out, ['0:0', '10:1', '-20..50', '50:2!', '60:3']);
    });
  });

  describe('backpressure', () => {
    it('makes the points that a buffer stands for as downstream takes them, and lets go of the rest when it is aborted', async () => {
      const test = await testElement(resample, { props: { rate: 1000, maxGapMs: 3.6e6 }, caps: { sink: testCaps } });
      const unblock = test.block();
      void test.push({ pts: 0, payload: new Uint8Array(8) });
      await test.settled();
      void test.push({ pts: 3_600_000_000, payload: new Uint8Array(8) });
      await test.settled();
      assert.equal(test.buffers().length, 1);
      assert.equal(test.arena.statistics.slabsInUse, 2);
      unblock();
      await test.settled();
      // The catcher takes a thousand; 3.6 million would be left.
      assert.ok(test.buffers().length <= 1000);
      await test.close();
    });
  });

  describe('timing', () => {
    it('works at the largest times there are', async () => {
      const test = await testElement(resample, { props: { rate: 30 }, caps: { sink: testCaps } });
      const last = Number.MAX_SAFE_INTEGER;
      for (const pts of [0, last - 100_000, last - 66_666, last - 33_333, last]) await test.push({ pts });
      await test.settled();
      const points = test.out().flatMap((one) => (one.type === 'buffer' ? [one.buffer.pts] : []));
      assert.equal(points[0], 0);
      assert.ok(points.length >= 4 && points.every((one, index) => index === 0 || one > points[index - 1]!), points.join(' '));
      await test.end();
    });

    it('says of a gap that comes what is settled by it, and passes on what is said before the first buffer', async () => {
      const test = await testElement(resample, { props: { rate: 10, maxGapMs: 250 }, caps: { sink: testCaps } });
      await test.gap(0, 200_000);
      await test.push({ pts: 200_000, value: 0 });
      await test.gap(200_000, 150_000);
      await test.gap(350_000, 250_000);
      await test.settled();
      const told = () => test.out().flatMap((one) => textOf(one, true));
      assert.deepEqual(told(), ['-0..200', '200:0', '-300..600']);
      await test.gap(600_000, 3_600_000_000);
      await test.gap(3_600_600_000, 3_600_000_000);
      // The second of these lies between two points, and there is nothing to tell.
      await test.gap(7_200_600_000, 10_000);
      await test.gap(7_200_610_000, 10_000);
      await test.settled();
      assert.deepEqual(told().slice(3), ['-600..3600600', '-3600600..7200600', '-7200600..7200700']);
      await test.push({ pts: 7_200_700_000, value: 0 });
      await test.settled();
      assert.deepEqual(told().slice(6), ['7200700:0!']);
      await test.end();
    });

    it('gives every point once, in order, nearer to no other buffer, and no later than it says', async () => {
      const script = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 25 });
      await fc.assert(
        fc.asyncProperty(script, fc.constantFrom(10, 25, 40), async (gaps, rate) => {
          let at = 0;
          const given = gaps.map((gap) => {
            at += gap;
            return { pts: at };
          });
          const { out, latencies } = await resampled({ rate, maxGapMs: 50 }, given);
          const points = out.map((one) => Number.parseFloat(one.replace('-', '')));
          const ends = out.map((one) => (one.startsWith('-') ? Number(one.split('..')[1]) : undefined));
          const step = 1000 / rate;
          for (const [index, one] of points.entries())
            assert.ok(index === 0 || Math.abs(one - (ends[index - 1] ?? points[index - 1]! + step)) < 1e-6, out.join(' '));
          for (const one of out.filter((text) => !text.startsWith('-'))) {
            const [time, index] = one.split(':').map(Number) as [number, number];
            const nearest = Math.min(...given.map(({ pts }) => Math.abs(pts - time)));
            assert.equal(Math.abs(given[index]!.pts - time), nearest, one);
          }
          const { min } = resample.latency!({ rate, maxGapMs: 50 }, { isLive: true, maxBatch: 1 });
          for (const one of latencies) assert.ok(one <= min, `${one} µs`);
        }),
        { numRuns: 60 },
      );
    });
  });
});
