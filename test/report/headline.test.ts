import assert from 'node:assert/strict';
import { headline } from '../../src/report/headline.ts';
import type { Report } from '../../src/report/report.ts';

const age = (p50: number, count = 3) => ({ count, mean: p50, p50, p95: p50, p99: 2 * p50, max: 2 * p50 });
const element = (name: string, produced: number, its: object) => ({ name, type: 'fake-sink', produced, age: its, notes: {} });

const textOf = (elements: readonly object[], latency: object): string => {
  const report = { summary: { runTime: 1e6, elements }, frames: 3, streamSpan: 0, hasDetections: false, latency: { summary: latency } };
  return headline(report as unknown as Report)
    .text.replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
};

describe('headline', () => {
  it('gives the latency of the sink that data take longest to reach, and names it', () => {
    const elements = [
      element('model', 3, age(190_000)),
      element('results', 0, age(176_000)),
      element('preview', 0, age(20_000)),
      element('idle', 0, age(0, 0)),
      { ...element('report', 0, age(118)), type: 'report-sink' },
    ];
    assert.match(textOf(elements, age(118)), / Latency 176 ms to results, p99 352 ms /);
  });

  it('gives that of the report where nothing takes longer, and none where nothing came', () => {
    assert.match(textOf([element('preview', 0, age(118))], age(20_000)), / Latency 20\.0 ms to this report, p99 40\.0 ms /);
    assert.doesNotMatch(textOf([], age(0, 0)), /Latency/);
  });
});
