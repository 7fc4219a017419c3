import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LatencyBins } from '../../src/report/latency-bins.ts';

describe('latency-bins', () => {
  it('are empty without samples', () => assert.deepEqual(new LatencyBins().bins, []));

  it('hold every sample in a bin that it belongs to', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6e10 }), { minLength: 1, maxLength: 50 }), (samples) => {
        const bins = new LatencyBins();
        for (const sample of samples) bins.add(sample);
        const found = bins.bins;
        assert.ok(found.length <= 60);
        for (const [index, { from, to, count }] of found.entries()) {
          const within = samples.filter((sample) => Math.max(1, sample) >= from - 1e-6 * from && Math.max(1, sample) < to * (1 + 1e-6));
          assert.ok(count <= within.length);
          if (index > 0) assert.ok(Math.abs(from - found[index - 1]!.to) < 1e-6 * from);
        }
        assert.equal(
          found.reduce((sum, { count }) => sum + count, 0),
          samples.length,
        );
      }),
    );
  });

  it('grow by no more than 6 % where the samples are close together', () => {
    const bins = new LatencyBins();
    for (const sample of [20_000, 21_000, 30_000]) bins.add(sample);
    for (const { from, to } of bins.bins) assert.ok(to / from < 1.06);
  });
});
