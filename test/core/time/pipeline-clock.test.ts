import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PipelineClock } from '../../../src/core/time/pipeline-clock.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

describe('pipeline clock', () => {
  it('goes as its master goes, and stands still in pauses', () => {
    const master = new ManualClock(5000);
    const clock = new PipelineClock(master);
    master.advanceBy(70);
    assert.equal(clock.now(), 5070);
    clock.pause();
    master.advanceBy(1000);
    assert.deepEqual([clock.now(), clock.isPaused], [5070, true]);
    clock.play();
    master.advanceBy(5);
    assert.deepEqual([clock.now(), clock.isPaused], [5075, false]);
  });

  it('calls back later by the pauses, and never in one', () => {
    const master = new ManualClock(0);
    const clock = new PipelineClock(master);
    const called: number[] = [];
    for (const time of [10, 30, 50]) clock.schedule(time, () => called.push(master.now()));
    const cancel = clock.schedule(40, () => called.push(-1));
    master.advanceBy(20);
    clock.pause();
    clock.schedule(45, () => called.push(master.now()));
    master.advanceBy(1000);
    assert.deepEqual(called, [10]);
    assert.equal(master.next, undefined, 'nobody waits for the master in a pause');
    cancel();
    clock.play();
    master.advanceBy(100);
    assert.deepEqual(called, [10, 1030, 1045, 1050]);
  });

  it('keeps what is in the background there', () => {
    const master = new ManualClock(0);
    const clock = new PipelineClock(master);
    clock.schedule(10, () => {}, 'background');
    assert.equal(master.next, undefined);
    clock.pause();
    clock.play();
    assert.equal(master.next, undefined);
  });

  it('goes on from where it was when another master takes over, with whoever waits', () => {
    const [first, second] = [new ManualClock(1000), new ManualClock(777_000)];
    const clock = new PipelineClock(first);
    const called: number[] = [];
    clock.schedule(1050, () => called.push(clock.now()));
    first.advanceBy(20);
    clock.use(second);
    assert.equal(clock.now(), 1020);
    first.advanceBy(500);
    assert.deepEqual([clock.now(), called, first.next], [1020, [], undefined]);
    second.advanceBy(40);
    assert.deepEqual([clock.now(), called], [1060, [1050]]);
  });

  it('follows one in another thread by a clock that both can read', () => {
    const machine = new ManualClock(900_000);
    const master = new ManualClock(10);
    const clock = new PipelineClock(master);
    const other = new PipelineClock(machine, clock.stateAgainst(machine.now()));
    for (const one of [master, machine]) one.advanceBy(30);
    assert.equal(other.now(), 40);
    clock.pause();
    other.follow(clock.stateAgainst(machine.now()));
    for (const one of [master, machine]) one.advanceBy(30);
    assert.equal(other.now(), 40);
    clock.play();
    other.follow(clock.stateAgainst(machine.now()));
    for (const one of [master, machine]) one.advanceBy(5);
    assert.equal(other.now(), 45);
  });

  it('never goes back and never jumps, whatever takes over and however masters go', () => {
    const step = fc.oneof(
      fc.constantFrom('pause' as const, 'play' as const, 'use' as const),
      fc.record({ master: fc.nat(2), by: fc.nat(1000) }),
      fc.record({ shift: fc.integer({ min: -50, max: 50 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const masters = [0, 5_000_000, 70].map((start) => new ManualClock(start));
        const clock = new PipelineClock(masters[0]!);
        let current = 0;
        let last = clock.now();
        let owed: number[] = [];
        for (const [index, one] of steps.entries()) {
          const due = clock.now() + (index % 7) * 100;
          owed.push(due);
          clock.schedule(due, () => {
            assert.ok(clock.now() >= due, 'nobody is called early');
            assert.ok(!clock.isPaused, 'nobody is called in a pause');
            owed = owed.filter((other) => other !== due);
          });
          if (one === 'pause') clock.pause();
          else if (one === 'play') clock.play();
          else if (one === 'use') {
            const before = clock.now();
            current = (current + 1) % 3;
            clock.use(masters[current]!);
            assert.equal(clock.now(), before);
          } else if ('by' in one) {
            masters[one.master]!.advanceBy(one.by);
            if (one.master !== current || clock.isPaused) assert.equal(clock.now(), last, 'only the master counts');
          } else {
            const { shift, stoodAt } = clock.stateAgainst(masters[current]!.now());
            clock.follow({ shift: shift + one.shift, stoodAt });
          }
          assert.ok(clock.now() >= last, 'it never goes back');
          last = clock.now();
        }
        clock.play();
        masters[current]!.advanceBy(10_000);
        assert.deepEqual(owed, [], 'everybody is called in the end');
      }),
      { seed: 20261, numRuns: 400 },
    );
  });
});
