import assert from 'node:assert/strict';
import { EditedPipeline } from './edited-pipeline.ts';

const SLOW = {
  elements: {
    line: { type: 'queue', props: { maxBuffers: 4 } },
    work: { type: 'slow', props: { serviceMs: 200 } },
    sink: { type: 'collector' },
  },
};

describe('steps against overload in a graph that is edited', () => {
  it('are suspended while an element that they watch is away, and are in force again when it is back', async () => {
    const branch = { elements: SLOW.elements, links: ['t ! line ! work ! sink'] };
    const test = new EditedPipeline({
      elements: { a: { type: 'ticker' }, valve: { type: 'valve' }, t: { type: 'tee' }, other: { type: 'collector' }, ...SLOW.elements },
      links: ['a ! valve ! t ! other', ...branch.links],
      overload: [
        {
          name: 'shut',
          when: { element: 'line', measure: 'level', above: 0.5, windowMs: 100, dwellMs: 100_000 },
          do: { valve: { open: false } },
        },
      ],
    });
    await test.advance(600);
    assert.deepEqual(test.pipeline.summary().overload!.taken, ['shut']);
    await test.while(test.pipeline.remove(Object.keys(SLOW.elements), { drain: false }));
    assert.deepEqual(test.pipeline.summary().overload!.taken, []);
    const before = test.gotBy('other')['a/0']!.length;
    await test.advance(100);
    assert.ok(test.gotBy('other')['a/0']!.length > before, 'the valve is open again');
    await test.while(test.pipeline.add(branch));
    await test.advance(600);
    const { taken, counts } = test.pipeline.summary().overload!;
    assert.deepEqual([taken, counts], [['shut'], { shut: 2 }]);
    assert.deepEqual(
      test.heard('warning').map(({ code }) => code),
      [],
    );
    await test.end();
  });
});
