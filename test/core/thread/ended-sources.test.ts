// Threads that die when sources in them have come to their end already.
import assert from 'node:assert/strict';
import type { PipelineSummary } from '../../../src/core/counts/summary.ts';
import { type TestPipeline, testPipeline, until } from '../../support/test-pipeline.ts';
import { threadedElements } from '../../support/threaded-elements.ts';
import { countingSource, notingSink } from '../../support/tiny-element.ts';

const RESTART = { thread: 'a', onError: 'restart', restart: { firstDelayMs: 1, maxDelayMs: 1, maxAttempts: null } };

/** Lets time go on until something has come true in the thread, which may wait for it. */
async function whileTimeGoesOn({ clock }: TestPipeline, condition: () => boolean): Promise<void> {
  await until(() => {
    if (clock.next !== undefined && clock.next <= clock.now() + 1000) clock.advanceTo(clock.next);
    return condition();
  });
}

/** Lets time go on until the run has ended. */
async function ended(test: TestPipeline, running: Promise<PipelineSummary>): Promise<PipelineSummary> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  running.then(over, over);
  await whileTimeGoesOn(test, () => isOver);
  return running;
}

const codes = (test: TestPipeline): string[] => test.heard('warning').map(({ code }) => code);

async function end(test: TestPipeline): Promise<void> {
  await until(() => test.arena.statistics.slabsInUse === 0);
  test.assertClean();
}

describe('sources in a thread that dies when they have ended', function () {
  this.timeout(120_000);

  it('do not begin anew with those that go on', async () => {
    const [short, long]: number[][] = [[], []];
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const test = testPipeline(
      [notingSink('toShort', short!), notingSink('toLong', long!)],
      {
        elements: {
          three: { type: 'three', ...RESTART },
          rounds: { type: 'rounds', ...RESTART, props: { shared, rounds: 40, fails: [], dies: [2, 5] } },
        },
        links: ['three ! toShort', 'rounds ! toLong'],
      },
      { threaded: threadedElements },
    );
    const running = test.pipeline.run();
    await until(() => test.heard('eos').some(({ element }) => element === 'toShort'));
    for (const [deaths, round] of [2, 5].entries()) {
      shared[0] = round;
      await whileTimeGoesOn(test, () => shared[1] === deaths + 2);
    }
    // Whoever began anew would have had its turn by the end of these.
    shared[0] = 40;
    const { elements } = await ended(test, running);
    assert.deepEqual(short, [0, 1, 2]);
    assert.ok(long!.length >= 34);
    const { produced, received } = elements.find(({ name }) => name === 'three')!;
    assert.deepEqual([received, produced, test.heard('info').length], [3, 3, 1]);
    assert.deepEqual(codes(test), ['element/restarting', 'element/restarting']);
    await end(test);
  });

  it('have what is left of the graph end, where what was behind them had not heard of it', async () => {
    const lost: number[] = [];
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const test = testPipeline(
      [notingSink('toLost', lost), notingSink('toLong', [])],
      {
        elements: {
          three: { type: 'three', ...RESTART },
          swallow: { type: 'swallow', ...RESTART },
          rounds: { type: 'rounds', ...RESTART, props: { shared, rounds: 8, fails: [], dies: [2] } },
        },
        links: ['three ! swallow ! toLost', 'rounds ! toLong'],
      },
      { threaded: threadedElements },
    );
    const running = test.pipeline.run();
    await until(() => test.heard('info').length === 1);
    shared[0] = 2;
    await whileTimeGoesOn(test, () => shared[1] === 2);
    shared[0] = 8;
    const { elements } = await ended(test, running);
    assert.deepEqual(lost, []);
    assert.equal(test.heard('info').length, 1);
    const { received, handled, dropped } = elements.find(({ name }) => name === 'swallow')!;
    assert.deepEqual([handled, dropped], [0, received === 0 ? {} : { crashed: received }]);
    await end(test);
  });

  it('are not what a thread is started anew for, which says that it has died', async () => {
    const lost: number[] = [];
    const [shared, gate] = [new Int32Array(new SharedArrayBuffer(8)), { isOpen: false }];
    const test = testPipeline(
      [
        countingSource('other', { count: 5, before: () => until(() => gate.isOpen) }),
        notingSink('toLost', lost),
        notingSink('toOther', []),
      ],
      {
        elements: { three: { type: 'three', ...RESTART }, crash: { type: 'lateCrash', ...RESTART, props: { shared } } },
        links: ['three ! crash ! toLost', 'other ! toOther'],
      },
      { threaded: threadedElements },
    );
    const running = test.pipeline.run();
    await until(() => test.heard('info').length === 1);
    shared[0] = 1;
    await until(() => test.heard('eos').some(({ element }) => element === 'toLost'));
    gate.isOpen = true;
    await ended(test, running);
    assert.deepEqual([codes(test), lost], [['thread/crashed'], []]);
    assert.match(test.heard('warning')[0]!.text, /out of the blue; nothing more is to come of it, and it is not started anew$/);
    await end(test);
  });

  it('do not keep what comes into the thread from elsewhere from going on', async () => {
    const came: number[] = [];
    const gate = { isOpen: false };
    const test = testPipeline(
      [
        countingSource('other', { count: 8, slabBytes: 64, before: () => until(() => gate.isOpen) }),
        notingSink('toOther', came),
        notingSink('toThree', []),
      ],
      {
        elements: { three: { type: 'three', ...RESTART }, deadly: { type: 'deadly', ...RESTART, props: { at: [2] } } },
        links: ['three ! toThree', 'other ! deadly ! toOther'],
      },
      { threaded: threadedElements },
    );
    const running = test.pipeline.run();
    await until(() => test.heard('eos').some(({ element }) => element === 'toThree'));
    gate.isOpen = true;
    await whileTimeGoesOn(test, () => test.heard('eos').length === 2);
    await ended(test, running);
    // Of what was on its way when the thread died no more than the crossing holds is lost.
    assert.deepEqual(came.slice(0, 2), [0, 1]);
    assert.deepEqual(codes(test), ['element/restarting']);
    assert.equal(test.heard('info').length, 1);
    await end(test);
  });
});
