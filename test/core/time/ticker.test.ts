import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TICK_POLICIES, Ticker, type TickPolicy } from '../../../src/core/time/ticker.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

interface Tick {
  readonly index: number;
  readonly at: number;
}

/** The ticks of a ticker whose work takes as long as said, over and over. */
function run(policy: TickPolicy, { rate, work, start, ticks }: { rate: number; work: readonly number[]; start: number; ticks: number }) {
  const clock = new ManualClock(start);
  const ticker = new Ticker(policy, start);
  const timeOf = (index: number): number => Math.round((index * 1e6) / rate);
  const made: Tick[] = [];
  let next = 0;
  let missed = 0;
  while (made.length < ticks) {
    const index = ticker.next(next, clock.now(), rate);
    missed += index - next;
    clock.advanceTo(Math.max(clock.now(), ticker.due(timeOf(index))));
    ticker.ticked(timeOf(index), clock.now());
    made.push({ index, at: clock.now() - start });
    next = index + 1;
    clock.advanceBy(work[(made.length - 1) % work.length]!);
  }
  return { made, missed, timeOf, ticker };
}

const scene = fc.record({
  rate: fc.double({ min: 0.5, max: 500, noNaN: true }),
  work: fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 12 }),
  start: fc.integer({ min: 0, max: 10 ** 12 }),
  ticks: fc.constant(60),
});

describe('ticker', () => {
  it('has ticks at their times where nothing is late, without any drift, whatever the policy', () => {
    for (const policy of TICK_POLICIES) {
      const { made, missed } = run(policy, { rate: 29.97, work: [1000], start: 77, ticks: 3000 });
      assert.deepEqual(
        made.map(({ at }) => at),
        made.map((_, index) => Math.round((index * 1e6) / 29.97)),
      );
      assert.equal(missed, 0);
    }
  });

  it('misses no tick that is late by no more than the tolerance', () => {
    const ticker = new Ticker('skipMissed', 7000);
    const nextAt = (now: number, tolerance?: number): number => ticker.next(3, 7000 + now, 100, tolerance);
    assert.deepEqual([nextAt(39_999), nextAt(40_000)], [3, 4]);
    assert.deepEqual([nextAt(44_999, 5000), nextAt(45_000, 5000)], [3, 4]);
  });

  it('tells after a stall of three and a half periods what each policy is', () => {
    const ticks = (policy: TickPolicy): number[][] =>
      run(policy, { rate: 100, work: [35_000, 0, 0, 0, 0, 0, 0], start: 0, ticks: 6 }).made.map(({ index, at }) => [index, at / 1000]);
    assert.deepEqual(ticks('catchUp'), [
      [0, 0],
      [1, 35],
      [2, 35],
      [3, 35],
      [4, 40],
      [5, 50],
    ]);
    assert.deepEqual(ticks('skipMissed'), [
      [0, 0],
      [3, 35],
      [4, 40],
      [5, 50],
      [6, 60],
      [7, 70],
    ]);
    assert.deepEqual(ticks('minimumGap'), [
      [0, 0],
      [1, 35],
      [2, 45],
      [3, 55],
      [4, 65],
      [5, 75],
    ]);
  });

  it('never ticks early, and misses no tick where it catches up: each is as late as the work before it made it', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const { made, missed, timeOf } = run('catchUp', one);
        assert.equal(missed, 0);
        let free = 0;
        for (const [number, { index, at }] of made.entries()) {
          assert.equal(index, number);
          assert.equal(at, Math.max(timeOf(index), free));
          free = at + one.work[number % one.work.length]!;
        }
      }),
      { seed: 71, numRuns: 300 },
    );
  });

  it('is never late by a whole period where it skips, keeps to the grid, and misses only what is over', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const { made, missed, timeOf } = run('skipMissed', one);
        assert.equal(missed, made.at(-1)!.index + 1 - made.length);
        for (const [number, { index, at }] of made.entries()) {
          assert.ok(at >= timeOf(index) - 1 && at <= timeOf(index + 1) + 1, `tick ${index} at ${at}`);
          const before = made[number - 1];
          if (before === undefined) continue;
          const free = before.at + one.work[(number - 1) % one.work.length]!;
          if (index > before.index + 1) assert.ok(timeOf(index) <= free + 1, 'what it missed was over, and so was the time of the next');
        }
      }),
      { seed: 72, numRuns: 300 },
    );
  });

  it('never has two ticks closer than their times are where it keeps a gap, and never makes up for what was late', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const { made, missed, timeOf, ticker } = run('minimumGap', one);
        assert.equal(missed, 0);
        let slip = 0;
        for (const [number, { index, at }] of made.entries()) {
          assert.ok(at - timeOf(index) >= slip, 'lateness only grows');
          slip = at - timeOf(index);
          if (number > 0) assert.ok(at - made[number - 1]!.at >= timeOf(index) - timeOf(index - 1));
        }
        assert.equal(ticker.slip, slip);
      }),
      { seed: 73, numRuns: 300 },
    );
  });
});
