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

    it('are complained of one by one where they are no limits at all', () => {
      assert.throws(() => slowly({ maxBuffers: -1 }), { name: 'GraphError', message: /\/elements\/queue\/props\/maxBuffers/ });
    });

    it('have to leave a minimum that can be reached, in the graph as in the element', async () => {
      assert.throws(() => slowly({ minBuffers: 20 }), {
        name: 'GraphError',
        message: /cannot fill up to minBuffers 20: its maxBuffers is 16/,
      });
      const { pipeline } = slowly({}, { queue: { minBuffers: 20 } });
      await assert.rejects(pipeline.open(), { name: 'GraphError', message: /\/elements\/queue\/queue/ });
      await pipeline.close();
    });

    it('can be changed while the graph runs', async () => {
      const { pipeline, seen, made, letGo, assertClean } = slowly({ maxBuffers: 2 });
      const run = pipeline.run();
      await settled();
      assert.equal(made.length, 4, 'one at the sink, two in the queue, one that waits');
      pipeline.setProps('queue', { onFull: 'dropOldest' });
      await settled();
      assert.equal(made.length, 10, 'nobody waits any more');
      letGo();
      await run;
      assert.deepEqual(stepsOf(seen), ['0', '8', '9']);
      assertClean();
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

  describe('timing', () => {
    it('holds buffers back until its minimum is inside', async () => {
      let goOn = (): void => {};
      const seen: Seen[] = [];
      const before = (index: number) => (index === 3 ? new Promise<void>((resolve) => (goOn = resolve)) : undefined);
      const { pipeline, assertClean } = testPipeline(
        [scriptedSource('source', script(5), { before: before as never }), queue, probe('sink', seen)],
        { elements: { queue: { props: { minBuffers: 4 } } }, links: ['source ! queue ! sink'] },
      );
      const run = pipeline.run();
      await settled();
      assert.deepEqual(stepsOf(seen), []);
      goOn();
      await run;
      assert.deepEqual(stepsOf(seen), ['0', '1', '2', '3', '4']);
      assertClean();
    });

    it('adds its minimum of time to the latency', async () => {
      const { pipeline } = slowly({ minTimeMs: 40 });
      await pipeline.open();
      assert.equal(pipeline.latency?.min, 40_000);
      await pipeline.close();
    });
  });

  describe('messages', () => {
    it('say that it is full, or empty, with its levels and once a second at most', async () => {
      const { pipeline, heard, letGo } = slowly({ maxBuffers: 3, onFull: 'dropOldest' });
      const run = pipeline.run();
      await settled();
      assert.deepEqual(heard('overrun'), [{ type: 'overrun', element: 'queue', pad: 'sink', buffers: 3, bytes: 768, time: 20_000 }]);
      letGo();
      const { elements } = await run;
      const [found] = elements.find(({ name }) => name === 'queue')!.queues;
      assert.deepEqual([found!.overruns, found!.highWater, found!.highWaterBytes], [6, 3, 768]);
    });

    it('say that its reader has run it dry', async () => {
      let goOn = (): void => {};
      const before = (index: number) => (index === 2 ? new Promise<void>((resolve) => (goOn = resolve)) : undefined);
      const { pipeline, heard } = testPipeline(
        [scriptedSource('source', script(4), { before: before as never }), queue, probe('sink', [])],
        {
          links: ['source ! queue ! sink'],
        },
      );
      const run = pipeline.run();
      await settled();
      assert.equal(heard('underrun').length, 1);
      goOn();
      await run;
      assert.equal(heard('underrun').length, 1, 'the second within the second');
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
