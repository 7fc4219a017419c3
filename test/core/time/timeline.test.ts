import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Timeline } from '../../../src/core/time/timeline.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

function begun(start = 5000): { clock: ManualClock; timeline: Timeline } {
  const clock = new ManualClock(start);
  const timeline = new Timeline(clock);
  timeline.begin();
  return { clock, timeline };
}

describe('timeline', () => {
  it('counts running time from where it begins', () => {
    const { clock, timeline } = begun();
    assert.equal(timeline.now, 0);
    clock.advanceBy(70);
    assert.equal(timeline.now, 70);
  });

  it('stands still before it has begun', () => {
    const clock = new ManualClock(5000);
    const timeline = new Timeline(clock);
    clock.advanceBy(10);
    assert.equal(timeline.now, 0);
    assert.equal(timeline.isPaused, true);
  });

  it('stands still in a pause, and goes on from there', () => {
    const { clock, timeline } = begun();
    clock.advanceBy(70);
    timeline.pause();
    clock.advanceBy(1000);
    assert.equal(timeline.now, 70);
    timeline.play();
    clock.advanceBy(5);
    assert.equal(timeline.now, 75);
  });

  it('lets nobody by in a pause, not even whose time has come', async () => {
    const { clock, timeline } = begun();
    clock.advanceBy(70);
    timeline.pause();
    let passed = 0;
    const waits = [50, 70].map((time) => timeline.until(time, new AbortController().signal).then((reached) => (passed += Number(reached))));
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    assert.equal(passed, 0);
    timeline.play();
    clock.advanceBy(0);
    await Promise.all(waits);
    assert.equal(passed, 2);
  });

  it('calls back at running times, later by the pauses', () => {
    const { clock, timeline } = begun();
    const called: number[] = [];
    for (const time of [10, 30, 50]) timeline.schedule(time, () => called.push(clock.now()));
    const cancel = timeline.schedule(40, () => called.push(-1));
    clock.advanceBy(20);
    timeline.pause();
    clock.advanceBy(1000);
    assert.deepEqual(called, [5010]);
    assert.equal(clock.next, undefined, 'nobody waits for the clock in a pause');
    timeline.play();
    cancel();
    clock.advanceBy(100);
    assert.deepEqual(called, [5010, 6030, 6050]);
  });

  it('wakes who waits for the end of a pause', () => {
    const { timeline } = begun();
    timeline.pause();
    let calls = 0;
    timeline.whenPlayed(() => calls++);
    timeline.pause();
    assert.equal(calls, 0);
    timeline.play();
    timeline.pause();
    timeline.play();
    assert.equal(calls, 1);
  });

  it('lets go who waits when its signal is aborted', async () => {
    const { clock, timeline } = begun();
    const abortion = new AbortController();
    const [soon, never] = [timeline.until(10, abortion.signal), timeline.until(20, abortion.signal)];
    clock.advanceBy(10);
    abortion.abort();
    assert.deepEqual(await Promise.all([soon, never, timeline.until(0, abortion.signal)]), [true, false, false]);
    assert.equal(clock.next, undefined);
  });

  it('follows another one', () => {
    const { clock, timeline } = begun();
    timeline.latency = 40;
    const other = new Timeline(clock);
    other.follow(timeline.state);
    clock.advanceBy(30);
    assert.deepEqual([other.now, other.latency], [30, 40]);
    timeline.pause();
    other.follow(timeline.state);
    clock.advanceBy(30);
    assert.deepEqual(other.state, timeline.state);
    assert.equal(other.now, 30);
  });

  it('never goes back, and leaves out exactly the pauses', () => {
    const step = fc.oneof(fc.constant('pause' as const), fc.constant('play' as const), fc.nat(1000));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { clock, timeline } = begun();
        let expected = 0;
        for (const one of steps) {
          if (one === 'pause') timeline.pause();
          else if (one === 'play') timeline.play();
          else {
            if (!timeline.isPaused) expected += one;
            clock.advanceBy(one);
          }
          assert.equal(timeline.now, expected);
        }
      }),
    );
  });
});
