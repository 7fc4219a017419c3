import assert from 'node:assert/strict';
import { queue } from '../../../src/elements/flow/queue.ts';
import { probe, type Seen, scriptedSource, stepsOf } from '../../support/probe.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';

const script = (count: number) => Array.from({ length: count }, () => ({}));

/** A source of ten buffers, a queue, and a sink that waits until it is let go on. */
function slowly(props: Record<string, unknown>, more: Record<string, unknown> = {}) {
  const seen: Seen[] = [];
  let isOpen = false;
  let release = (): void => {};
  const hold = (): void | Promise<void> => (isOpen ? undefined : new Promise((resolve) => (release = resolve)));
  const made: number[] = [];
  const test = testPipeline(
    [scriptedSource('source', script(10), { slabBytes: 64, before: (index) => void made.push(index) }), queue, probe('sink', seen, hold)],
    { elements: { queue: { props, ...more } }, links: ['source ! queue ! sink'] },
  );
  return {
    ...test,
    seen,
    made,
    letGo: () => {
      isOpen = true;
      release();
    },
  };
}

describe('queue element', () => {
  describe('props', () => {
    it('have to leave one limit', () => {
      assert.throws(() => slowly({ maxBuffers: 0 }), { name: 'GraphError', message: /maxBuffers, maxBytes and maxTimeMs cannot all be 0/ });
      assert.doesNotThrow(() => slowly({ maxBuffers: 0, maxBytes: 100 }));
    });

    it('give way to what the graph says of the element', async () => {
      const { pipeline, made, letGo } = slowly({ maxBuffers: 2 }, { queue: { maxBuffers: 4 } });
      const run = pipeline.run();
      await settled();
      assert.equal(made.length, 6, 'one at the sink, four in the queue, one that waits');
      letGo();
      await run;
    });
  });

  describe('data', () => {
    it('hands on everything, in order', async () => {
      const { pipeline, seen, letGo, assertClean } = slowly({});
      letGo();
      await pipeline.run();
      assert.deepEqual(
        stepsOf(seen),
        script(10).map((_, index) => `${index}`),
      );
      assertClean();
    });
  });

  describe('backpressure', () => {
    it('lets its sender go on until it is full', async () => {
      const { pipeline, seen, made, letGo, assertClean } = slowly({ maxBuffers: 3 });
      const run = pipeline.run();
      await settled();
      assert.equal(seen.length, 1);
      assert.equal(made.length, 5, 'one at the sink, three in the queue, one that waits');
      letGo();
      await run;
      assert.equal(seen.length, 10);
      assertClean();
    });

    it('drops the oldest and marks what follows, where it is told to', async () => {
      const { pipeline, seen, letGo, assertClean } = slowly({ maxBuffers: 3, onFull: 'dropOldest' });
      const run = pipeline.run();
      await settled();
      letGo();
      const { elements } = await run;
      assert.deepEqual(stepsOf(seen), ['0', '7', '8', '9']);
      assert.deepEqual(
        seen.map((one) => one.type === 'buffer' && one.discont),
        [false, true, false, false],
      );
      assert.deepEqual(elements.find(({ name }) => name === 'queue')!.dropped, { overflow: 6 });
      assertClean();
    });
  });
});
