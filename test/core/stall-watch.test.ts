import assert from 'node:assert/strict';
import { sinkPad, srcPad } from '../../src/core/pad-template.ts';
import { tee } from '../../src/elements/flow/tee.ts';
import { settled, testPipeline } from '../support/test-pipeline.ts';
import { countingSource, FILTER_PADS, filter, notingSink, testMedia, tinyElement } from '../support/tiny-element.ts';

describe('stall watch', () => {
  const hanging = filter('hanging', (buffer) => buffer, {
    create: ({ context: { signal } }) => ({
      transform: (buffer) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(buffer))),
    }),
  });

  it('reports an element that hangs, and who waits for it', async () => {
    const { pipeline, clock, heard, assertClean } = testPipeline(
      [countingSource('source', { count: 20, slabBytes: 64 }), hanging, notingSink('sink', [])],
      {
        links: ['source ! hanging ! sink'],
        elements: { hanging: { queue: { maxBuffers: 2 } } },
      },
      { stallMs: 1000 },
    );
    const run = assert.rejects(pipeline.run());
    await settled();
    clock.advanceBy(900_000);
    assert.deepEqual(heard('warning'), []);
    clock.advanceBy(600_000);
    assert.deepEqual(
      heard('warning').map(({ code, element, text }) => [code, element, text]),
      [
        [
          'pipeline/no-progress',
          'hanging',
          'hanging made no progress for 1.00 s with a buffer to work on: source waits for hanging to make room in its queue of 2; a hook of hanging has not come back',
        ],
      ],
    );
    clock.advanceBy(5_000_000);
    assert.equal(heard('warning').length, 1, 'once is enough');
    pipeline.abort();
    await run;
    assertClean();
  });

  it('names the circle of a deadlock', async () => {
    const gather = tinyElement('gather', {
      pads: FILTER_PADS,
      // Gives nothing before it has four.
      create: ({ context }) => {
        let seen = 0;
        return { chain: { sink: (buffer) => (++seen % 4 === 0 ? context.push('src', buffer.retain()) : 'ok') } };
      },
    });
    const join = tinyElement('join', {
      pads: { a: sinkPad(testMedia), b: sinkPad(testMedia), src: srcPad(testMedia) },
      create: ({ context: { signal } }) => ({
        chain: { a: () => new Promise((resolve) => signal.addEventListener('abort', () => resolve('ok'))), b: () => 'ok' },
      }),
    });
    const { pipeline, clock, heard, assertClean } = testPipeline(
      [countingSource('source', { count: 20, slabBytes: 64 }), { ...tee, name: 'tee' }, gather, join, notingSink('sink', [])],
      { links: ['source ! tee', 'tee ! join.a', 'tee ! gather ! join.b', 'join ! sink'], elements: { join: { queue: { maxBuffers: 1 } } } },
      { stallMs: 1000 },
    );
    const run = assert.rejects(pipeline.run());
    await settled();
    clock.advanceBy(2_000_000);
    assert.deepEqual(
      heard('warning').map(({ code, text }) => [code, text]),
      [
        [
          'pipeline/deadlock',
          'The graph is deadlocked: tee waits for join to make room in its queue of 1, join waits for gather to give it something, gather waits for tee to give it something; a larger queue on one of the branches lets it go on',
        ],
      ],
    );
    pipeline.abort();
    await run;
    assertClean();
  });

  it('says nothing of a graph that moves, however slowly, or that waits for its source', async () => {
    const give: (() => void)[] = [];
    const source = countingSource('source', { count: 3, before: () => new Promise<void>((resolve) => give.push(resolve)) });
    const { pipeline, clock, heard } = testPipeline(
      [source, notingSink('sink', [])],
      {
        links: ['source ! sink'],
        elements: { sink: { queue: {} } },
      },
      { stallMs: 1000 },
    );
    const run = pipeline.run();
    for (let turn = 0; turn < 3; turn++) {
      await settled();
      clock.advanceBy(3_000_000);
      give.shift()!();
    }
    await run;
    assert.deepEqual(heard('warning'), []);
    assert.equal(clock.next, undefined);
  });
});
