import assert from 'node:assert/strict';
import { SampleClock } from '../../../src/media/live-sound/sample-clock.ts';
import { SampleTimes } from '../../../src/media/live-sound/sample-times.ts';
import { seededRandom } from '../../../src/media/test-picture/seeded-random.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

const SECOND = 1_000_000;
const CHUNK = 20_000;

describe('clock of a sound device', () => {
  /** A device that is off by `ppm`, whose stretches come up to `jitter` late, and its clock. */
  const device = (ppm: number, jitter = 0) => {
    const reference = new ManualClock(7 * SECOND);
    const samples = new SampleTimes();
    const clock = new SampleClock(reference);
    const random = seededRandom(1);
    let plugged = reference.now();
    let count = 0;
    const times: number[] = [];
    /** Lets so much time pass, by the machine's clock, with the device at work or without it. */
    const pass = (span: number, isThere = true): void => {
      const until = reference.now() + span;
      for (; isThere; ) {
        const came = plugged + (count + 1) * CHUNK * (1 - ppm / 1e6) + random() * jitter;
        if (came > until) break;
        reference.advanceTo(Math.max(reference.now(), Math.round(came)));
        samples.came(count++ * CHUNK, CHUNK, reference.now());
        clock.follow(samples);
        times.push(clock.now());
      }
      reference.advanceTo(until);
      times.push(clock.now());
    };
    /** The device is there again, and counts from 0. */
    const plug = (): void => {
      clock.restart(samples);
      samples.restart();
      plugged = reference.now();
      count = 0;
    };
    return { reference, clock, samples, times, pass, plug };
  };

  const rising = (times: readonly number[]): boolean => times.every((time, index) => index === 0 || time >= times[index - 1]!);

  it('stands where the other clock stands at first, and goes as it does', () => {
    const { clock, reference, pass } = device(0);
    assert.equal(clock.now(), reference.now());
    pass(5 * SECOND, false);
    assert.equal(clock.now(), reference.now());
  });

  for (const ppm of [120, -120, 400]) {
    it(`goes as samples of a device come that is off by ${ppm} millionths, late by up to 15 ms`, () => {
      const { clock, reference, times, pass } = device(ppm, 15_000);
      // Until its speed is known, and what it was off before is made up for.
      pass(120 * SECOND);
      const [time, other] = [clock.now(), reference.now()];
      pass(60 * SECOND);
      const found = ((clock.now() - time) / (reference.now() - other) - 1) * 1e6;
      assert.ok(Math.abs(found - ppm) < 10, `${found} ppm`);
      assert.ok(rising(times));
      // All that was counted is there: nothing adds up over the hours.
      const off = clock.now() - (7 * SECOND + 180 * SECOND * (1 + ppm / 1e6));
      assert.ok(Math.abs(off) < 200, `${off} µs`);
    });
  }

  it('goes on as fast while the device is away, and without a jump when it is there again', () => {
    const { clock, reference, times, pass, plug } = device(200);
    pass(60 * SECOND);
    const [time, other] = [clock.now(), reference.now()];
    pass(100 * SECOND, false);
    const away = ((clock.now() - time) / (reference.now() - other) - 1) * 1e6;
    assert.ok(Math.abs(away - 200) < 5, `${away} ppm`);
    const before = clock.now();
    plug();
    assert.equal(clock.now(), before);
    pass(60 * SECOND);
    const after = ((clock.now() - before) / (60 * SECOND) - 1) * 1e6;
    assert.ok(Math.abs(after - 200) < 5, `${after} ppm`);
    assert.ok(rising(times));
  });

  it('hurries no longer than it takes to make up for an error, whether or not the device is still heard', () => {
    const { clock, reference, pass } = device(400);
    // Its speed has just become known, and what it was off before is being made up for.
    pass(10 * SECOND);
    pass(20 * SECOND, false);
    const [time, other] = [clock.now(), reference.now()];
    pass(100 * SECOND, false);
    const found = ((clock.now() - time) / (reference.now() - other) - 1) * 1e6;
    assert.ok(Math.abs(found - 400) < 5, `${found} ppm`);
  });

  it('is not led astray by what comes first, which is late', () => {
    const reference = new ManualClock(0);
    const samples = new SampleTimes();
    const clock = new SampleClock(reference);
    reference.advanceTo(10 * SECOND);
    clock.restart(samples);
    for (let index = 0; index < 500; index++) {
      reference.advanceTo(10 * SECOND + (index + 1) * CHUNK + Math.max(0, 45_000 - index * CHUNK));
      samples.came(index * CHUNK, CHUNK, reference.now());
      clock.follow(samples);
      assert.ok(Math.abs(clock.now() - reference.now()) <= 1, `${clock.now() - reference.now()} µs`);
    }
  });

  it('does not hurry after what the device has lost', () => {
    const { clock, reference, samples } = device(0);
    let most = 0;
    for (let index = 0; index < 3000; index++) {
      // 400 ms were lost after 20 s.
      reference.advanceTo(7 * SECOND + (index + 1) * CHUNK + (index < 1000 ? 0 : 400_000));
      samples.came(index * CHUNK, CHUNK, reference.now());
      clock.follow(samples);
      most = Math.max(most, Math.abs(clock.now() - reference.now()));
    }
    // As much as half a thousandth makes of the two seconds before it was found out.
    assert.ok(most <= 2000, `${most} µs`);
  });

  it('calls back at its own time, whatever its speed turns out to be', () => {
    const { clock, pass } = device(400);
    const called: number[] = [];
    const due = clock.now() + 100 * SECOND;
    const early: number[] = [];
    clock.schedule(due, () => called.push(clock.now()));
    const cancel = clock.schedule(due, () => called.push(-1));
    cancel();
    for (let time = clock.now(); time < due; time += 77_777) {
      clock.schedule(time, () => early.push(clock.now() - time));
    }
    pass(99 * SECOND);
    assert.deepEqual(called, []);
    pass(SECOND);
    assert.equal(called.length, 1);
    assert.ok(called[0]! >= due && called[0]! <= due + 2, `${called[0]! - due}`);
    assert.ok(early.length > 1200 && early.every((by) => by >= 0 && by <= 2), String(early.filter((by) => by < 0 || by > 2)));
    pass(10 * SECOND);
    assert.equal(called.length, 1, 'once');
  });
});
