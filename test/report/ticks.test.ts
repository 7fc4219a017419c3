import assert from 'node:assert/strict';
import { formatCount, formatMilliseconds, formatMoment, formatSpan, threeDigits } from '../../src/report/format-quantity.ts';
import { logTicks, niceStep, scaleFromZero, timeTicks } from '../../src/report/ticks.ts';

const labels = (ticks: readonly { readonly label: string }[]): string => ticks.map(({ label }) => label).join(' | ');

describe('ticks', () => {
  it('stand at 1, 2 or 5 times a power of ten', () => {
    assert.deepEqual(
      [1, 7, 23, 40, 1000, 0.03].map((range) => niceStep(range, 5)),
      [0.2, 2, 5, 10, 200, 0.01],
    );
  });

  it('reach from 0 to no less than the largest value', () => {
    assert.deepEqual([scaleFromZero(8.4).end, labels(scaleFromZero(8.4).ticks)], [10, '0 | 2 | 4 | 6 | 8 | 10']);
    assert.deepEqual([scaleFromZero(0.9).end, labels(scaleFromZero(0.9).ticks)], [1, '0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0']);
    assert.equal(labels(scaleFromZero(4200).ticks), '0 | 1 000 | 2 000 | 3 000 | 4 000 | 5 000');
    assert.equal(labels(scaleFromZero(2, { whole: true }).ticks), '0 | 1 | 2');
    assert.equal(labels(scaleFromZero(0).ticks), '0');
  });

  it('of time are round in the units that people use', () => {
    assert.equal(labels(timeTicks(0, 12e6)), '0 s | 2 s | 4 s | 6 s | 8 s | 10 s | 12 s');
    assert.equal(labels(timeTicks(0, 0.9e6)), '0 s | 0.2 s | 0.4 s | 0.6 s | 0.8 s');
    assert.equal(labels(timeTicks(0, 300e6)), '0:00 | 1:00 | 2:00 | 3:00 | 4:00 | 5:00');
    assert.equal(labels(timeTicks(0, 5 * 3600e6)), '0:00 | 1:00:00 | 2:00:00 | 3:00:00 | 4:00:00 | 5:00:00');
    assert.equal(labels(timeTicks(0, 100 * 86_400e6)), 'day 0 | day 20 | day 40 | day 60 | day 80 | day 100');
  });

  it('of time begin within the axis where it does not begin at 0', () => {
    const ticks = timeTicks(3.5e6, 13.5e6);
    assert.equal(labels(ticks), '4 s | 6 s | 8 s | 10 s | 12 s');
    assert.ok(Math.abs(ticks[0]!.at - 0.05) < 1e-9);
  });

  it('of a logarithmic axis are as far apart as their ratios', () => {
    const ticks = logTicks(10, 1000, String);
    assert.equal(labels(ticks), '10 | 20 | 50 | 100 | 200 | 500 | 1000');
    assert.ok(Math.abs(ticks[3]!.at - 0.5) < 1e-9);
  });
});

describe('format-quantity', () => {
  it('shows three digits that count and a unit', () => {
    const spans = [0, 12, 999, 1000, 12_345, 999_400, 1.5e6, 99.9e6, 200e6, 7_260e6];
    assert.deepEqual(spans.map(formatSpan), [
      '0 µs',
      '12 µs',
      '999 µs',
      '1.00 ms',
      '12.3 ms',
      '999 ms',
      '1.50 s',
      '99.9 s',
      '3 min 20 s',
      '2 h 1 min',
    ]);
    assert.deepEqual([0, 12, 340, 1234, 45_678, 2e6].map(formatMilliseconds), ['0', '0.012', '0.34', '1.23', '45.7', '2 000']);
    assert.deepEqual([1, 1234, 1234567].map(formatCount), ['1', '1 234', '1 234 567']);
    assert.deepEqual([0, 0.0123, 1, 67.25, 123.4, 1234].map(threeDigits), ['0', '0.0123', '1.00', '67.3', '123', '1 234']);
  });

  it('shows moments as a clock does', () => {
    assert.deepEqual([0, 7.54e6, 59.96e6, 750e6, 3723e6].map(formatMoment), ['0:00.0', '0:07.5', '1:00.0', '12:30.0', '1:02:03.0']);
  });
});
