import assert from 'node:assert/strict';
import type { OverloadRecord } from '../../src/core/overload/overload-summary.ts';
import { overloadTable } from '../../src/report/overload-table.ts';

const up: OverloadRecord = {
  element: 'line',
  measure: 'level',
  step: 'thin <all>',
  changes: 'thin.every=3',
  threshold: 0.8,
  direction: 'up',
  measured: 0.86,
  at: 1_500_000,
};

describe('overload table', () => {
  it('says that no step had to be taken', () => {
    assert.match(overloadTable({ taken: [], counts: {}, steps: [] }, 0).text, /No step had to be taken/);
  });

  it('has every step up and down, with what led to it, as text', () => {
    const down: OverloadRecord = { ...up, direction: 'down', measure: 'waiting', measured: 12, threshold: 4, at: 4_000_000 };
    const { text } = overloadTable({ taken: [], counts: { 'thin <all>': 1 }, steps: [up, down] }, 8_000_000);
    assert.match(text, /Steps were taken once; all were undone/);
    const table = text.slice(text.indexOf('<tbody>'));
    assert.match(table, /1\.50? s[\s\S]*taken[\s\S]*thin &lt;all&gt;[\s\S]*level of line 86 %, above 80 %[\s\S]*thin\.every=3/u);
    assert.match(table, /4\.00? s[\s\S]*undone[\s\S]*waiting of line 12\.?0* ms, at most 4\.?0* ms/u);
    assert.ok(!text.includes('<all>'));
  });

  it('draws each step for as long as it was in force, and says why', () => {
    const down: OverloadRecord = { ...up, direction: 'down', measured: 0.1, threshold: 0.3, at: 3_500_000 };
    const other: OverloadRecord = { ...up, step: 'lighter', at: 6_000_000 };
    const { text } = overloadTable({ taken: ['lighter'], counts: { 'thin <all>': 1, lighter: 1 }, steps: [up, down, other] }, 10_000_000);
    const bars = [...text.matchAll(/<rect class="step" x="([\d.]+)%" y="\d+" width="([\d.]+)%"/g)].map(([, x, width]) => [
      Number(x),
      Number(width),
    ]);
    assert.deepEqual(bars, [
      [15, 20],
      [60, 40],
    ]);
    assert.match(text, /taken after 0:01\.5: level of line 86 %, above 80 %\nundone after 0:03\.5: level of line 10 %, at most 30 %/);
    assert.match(text, /in force at the end/);
  });

  it('says of a step that an edit has undone that it was that', () => {
    const { text } = overloadTable(
      { taken: [], counts: { 'thin <all>': 1 }, steps: [up, { ...up, direction: 'down', because: 'edit', at: 2e6 }] },
      3e6,
    );
    assert.match(text.slice(text.indexOf('<tbody>')), /undone[\s\S]*the graph was changed/);
  });

  it('names the steps that are in force at the end', () => {
    assert.match(
      overloadTable({ taken: ['thin'], counts: { thin: 2 }, steps: [up] }, 2e6).text,
      /taken 2 times; in force at the end: thin/,
    );
  });
});
