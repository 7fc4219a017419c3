import assert from 'node:assert/strict';
import fc from 'fast-check';
import { resample } from '../../../src/elements/flow/resample.ts';
import { testElement } from '../../../src/testing/test-element.ts';
import { testCaps } from '../../support/make-buffer.ts';

interface Given {
  readonly pts: number;
  readonly duration?: number;
}

/** What comes of buffers at times in milliseconds: `time:index` for each point, `-time` for a gap. */
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
    out = test.out().flatMap((one) => {
      if (one.type === 'gap') return [`-${one.pts / 1000}`];
      if (one.type !== 'buffer') return [];
      return [`${one.buffer.pts / 1000}:${one.buffer.value}${marks && one.buffer.discont ? '!' : ''}`];
    });
  });
  return { out, latencies, dropped: summary.elements.find(({ name }) => name === 'resample')!.dropped };
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

    it('leaves a gap where buffers are too far apart, and marks what follows', async () => {
      const { out } = await resampled({ rate: 100, maxGapMs: 20 }, [{ pts: 0 }, { pts: 10 }, { pts: 50 }, { pts: 60 }], true);
      assert.deepEqual(out, ['0:0', '10:1', '-20', '-30', '-40', '50:2!', '60:3']);
    });
  });

  describe('timing', () => {
    it('says of a gap that comes what is settled by it, and passes on what is said before the first buffer', async () => {
      const test = await testElement(resample, { props: { rate: 10, maxGapMs: 250 }, caps: { sink: testCaps } });
      await test.gap(0, 200_000);
      await test.push({ pts: 200_000 });
      await test.gap(200_000, 150_000);
      await test.gap(350_000, 250_000);
      await test.settled();
      const told = () =>
        test
          .out()
          .flatMap((one) => (one.type === 'gap' ? [`-${one.pts / 1000}`] : one.type === 'buffer' ? [`${one.buffer.pts / 1000}`] : []));
      assert.deepEqual(told(), ['-0', '200', '-300', '-400', '-500']);
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
          const points = out.map((one) => Number(one.replace('-', '').split(':')[0]));
          const step = 1000 / rate;
          for (const [index, one] of points.entries())
            assert.ok(index === 0 || Math.abs(one - points[index - 1]! - step) < 1e-6, out.join(' '));
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
