import assert from 'node:assert/strict';
import type { OverloadRecord } from '../../src/core/overload-summary.ts';
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
    assert.match(overloadTable({ taken: [], counts: {}, steps: [] }).text, /No step had to be taken/);
  });

  it('has every step up and down, with what led to it, as text', () => {
    const down: OverloadRecord = { ...up, direction: 'down', measure: 'waiting', measured: 12, at: 4_000_000 };
    const { text } = overloadTable({ taken: [], counts: { 'thin <all>': 1 }, steps: [up, down] });
    assert.match(text, /Steps were taken once; all were undone/);
    assert.match(text, /1\.50? s[\s\S]*thin &lt;all&gt;[\s\S]*taken[\s\S]*level 86 %[\s\S]*undone[\s\S]*waiting 12\.?0* ms/u);
    assert.ok(!text.includes('<all>'));
  });

  it('names the steps that are in force at the end', () => {
    assert.match(overloadTable({ taken: ['thin'], counts: { thin: 2 }, steps: [up] }).text, /taken 2 times; in force at the end: thin/);
  });
});
