// How to test an element of one's own: what goes in, what comes out, and that nothing is lost on the way.
import assert from 'node:assert/strict';
import { testElement } from 'leat/testing';
import { scoreFilter } from './score-filter.ts';

const found = (score: number) => ({ box: [0, 0, 9, 9], score, classId: 0, label: 'circle' });
const caps = { sink: { media: 'detections', fields: {} } };

const test = await testElement(scoreFilter, { props: { threshold: 0.6 }, caps });
await test.push({ pts: 0, value: { width: 320, height: 240, items: [found(0.9), found(0.59)] } });
await test.push({ pts: 40_000, value: { width: 320, height: 240, items: [] } });

const scores = test.buffers().map(({ value }) => (value as { items: { score: number }[] }).items.map(({ score }) => score));
assert.deepEqual(scores, [[0.9], []]);
// Asserts that every buffer has been accounted for and that every slab is back.
await test.end();
console.log('score-filter does as it should');
