// Faults of several elements at once, some of them in worker threads: each costs what its element says, and the first that costs the
// pipeline is the one that is told.
import assert from 'node:assert/strict';
import { probe, type Seen, stepsOf } from '../../support/probe.ts';
import { settled, testPipeline, until } from '../../support/test-pipeline.ts';
import { threadedElements } from '../../support/threaded-elements.ts';
import { countingSource, filter } from '../../support/tiny-element.ts';

const skip = { onError: 'skip' };
const restart = { onError: 'restart', restart: { firstDelayMs: 1 } };

/** Two branches of ten, one with an element in a thread; both fail on their fourth, and the one out here when the other has. */
function together(threaded: Record<string, unknown>, here: Record<string, unknown>) {
  const seen: Seen[][] = [[], []];
  const gate = { isOpen: false };
  const opened = async (): Promise<void> => {
    while (!gate.isOpen) await new Promise(setImmediate);
  };
  const here1 = filter('here', async (buffer) => {
    if (buffer.sequence !== 3) return buffer;
    await opened();
    throw new RangeError('bad luck');
  });
  const test = testPipeline(
    [
      countingSource('one', { count: 10, slabBytes: 64 }),
      countingSource('two', { count: 10, slabBytes: 64 }),
      here1,
      probe('left', seen[0]!),
      probe('right', seen[1]!),
    ],
    {
      links: ['one ! there ! left', 'two ! here ! right'],
      elements: { there: { thread: 'a', ...threaded }, here },
    },
    { threaded: threadedElements },
  );
  test.pipeline.bus.on('*', (message) => {
    if (message.type === 'quarantine' || message.type === 'error' || (message.type === 'warning' && message.code === 'element/restarting'))
      gate.isOpen = true;
  });
  const run = test.pipeline.run().then(
    () => undefined,
    (error: Error & { code: string; element: string }) => error,
  );
  return { ...test, seen, gate, run };
}

async function toEnd(test: ReturnType<typeof together>): Promise<void> {
  let isOver = false;
  void test.run.then(() => {
    isOver = true;
  });
  await until(() => {
    test.clock.advanceBy(1_000);
    return isOver;
  });
}

describe('faults in a thread and out of it at once', function () {
  this.timeout(60_000);

  it('cost what each says', async () => {
    for (const policy of [skip, restart]) {
      const test = together({ type: 'faulty', ...policy }, policy);
      await toEnd(test);
      assert.equal(await test.run, undefined);
      for (const one of test.seen) assert.deepEqual(stepsOf(one), ['0', '1', '2', '-3', '4', '5', '6', '7', '8', '9']);
      test.assertClean();
    }
  });

  it('take the pipeline down once, by the first of them', async () => {
    const test = together({ type: 'faulty' }, {});
    await toEnd(test);
    assert.deepEqual([(await test.run)?.element, test.heard('error').length], ['there', 1]);
    await settled();
    test.assertClean();
  });

  it('of which one is the end of the thread are counted all the same', async () => {
    for (const here of [skip, restart]) {
      const test = together({ type: 'deadly', props: { at: [3] }, ...restart }, here);
      await toEnd(test);
      assert.equal(await test.run, undefined);
      assert.deepEqual(stepsOf(test.seen[1]!), ['0', '1', '2', '-3', '4', '5', '6', '7', '8', '9']);
      const { elements } = test.pipeline.summary();
      const there = elements.find(({ name }) => name === 'there')!;
      assert.equal(there.handled + (there.dropped['crashed'] ?? 0), 10);
      test.assertClean();
    }
  });
});
