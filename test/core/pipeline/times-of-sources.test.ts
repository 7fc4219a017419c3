// What a source says of the time of its buffers, before anybody compares it with that of others.
import assert from 'node:assert/strict';
import { join } from '../../../src/elements/fusion/join.ts';
import { probe, type Seen, scriptedSource, stepsOf } from '../../support/probe.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { notingSink } from '../../support/tiny-element.ts';

describe('times of sources', () => {
  const script = [{}, { pts: Number.NaN }, { pts: Number.POSITIVE_INFINITY }, { duration: Number.NaN }, {}];

  it('that are none are faults of theirs', async () => {
    for (const [index, text] of [
      [1, 'pts NaN and duration 10000'],
      [2, 'pts Infinity and duration 10000'],
      [3, 'pts 0 and duration NaN'],
    ] as const) {
      const test = testPipeline([scriptedSource('source', [script[index]!], { slabBytes: 64 }), notingSink('sink', [])], {
        links: ['source ! sink'],
      });
      await assert.rejects(test.pipeline.run(), {
        code: 'element/wrong-output',
        element: 'source',
        message: `source: produce gave a buffer with ${text}; expected whole microseconds`,
      });
      test.assertClean();
    }
  });

  it('that are none cost those buffers alone where faults are skipped, and no join behind it stands still', async () => {
    const seen: Seen[] = [];
    const test = testPipeline([scriptedSource('source', script, { slabBytes: 64 }), probe('sink', seen), join], {
      elements: { source: { onError: 'skip' } },
      links: ['source ! join', 'join ! sink'],
    });
    await test.pipeline.run();
    assert.deepEqual(stepsOf(seen), ['0', '4']);
    assert.deepEqual(test.pipeline.summary().elements.find(({ name }) => name === 'source')!.dropped, { error: 3 });
    test.assertClean();
  });
});
