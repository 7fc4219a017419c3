// Sets that are joined of streams from several threads, or are taken by one: the same as without any.
import assert from 'node:assert/strict';
import { anyMedia, sinkPad } from '../../../src/core/element/pad-template.ts';
import { joiningElements } from '../../support/joining-elements.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { SINK_PADS, tinyElement } from '../../support/tiny-element.ts';

const STEPS = [10, 25, 40, 7];

/** What leaves a settled join of four unlike streams, with so many threads for the streams, and what takes the sets in `taker`. */
async function setsWith(threads: number, taker?: string): Promise<string[]> {
  const seen: string[] = [];
  const sink = tinyElement('sink', {
    pads: { ...SINK_PADS, sink: sinkPad(anyMedia()) },
    create: () => ({
      render: ({ value }) => {
        seen.push(value as string);
      },
    }),
  });
  const threadOf = (index: number) => (threads === 0 ? {} : { thread: `thread ${index % threads}` });
  // Eight elements, so that there is work for as many threads.
  const elements = Object.fromEntries(
    STEPS.flatMap((step, index) => [
      [`steps${index}`, { type: 'steps', props: { step, count: 30 }, ...threadOf(2 * index) }],
      [`pass${index}`, { type: 'identity', ...threadOf(2 * index + 1) }],
    ]),
  );
  const inputs = [{ name: 'a' }, { name: 'b', toleranceMs: 0.005 }, { name: 'c', onMissing: 'last', maxAgeMs: 0.05 }, { name: 'd' }];
  const test = testPipeline(
    [sink],
    {
      elements: {
        ...elements,
        join: { type: 'join', props: { inputs } },
        write: { type: 'write', ...(taker === undefined ? {} : { thread: taker }) },
      },
      links: [...STEPS.map((_, index) => `steps${index} ! pass${index} ! join.sink_${index}`), 'join ! write ! sink'],
    },
    { threaded: joiningElements },
  );
  await test.pipeline.run();
  test.assertClean();
  return seen;
}

describe('settled joins and threads', function () {
  this.timeout(60_000);

  it('give the same sets with 1, 2 and 8 threads, and in a thread that takes whole sets, as without any', async () => {
    const plain = await setsWith(0);
    assert.ok(plain.length > 60);
    assert.deepEqual(await setsWith(1), plain, 'one thread');
    assert.deepEqual(await setsWith(2, 'thread 0'), plain, 'two threads, one of which takes whole sets');
    assert.deepEqual(await setsWith(8), plain, 'eight threads');
  });
});
