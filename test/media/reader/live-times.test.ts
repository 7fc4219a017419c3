import assert from 'node:assert/strict';
import { LiveTimes } from '../../../src/media/reader/live-times.ts';

describe('times of a live input', () => {
  const SECOND = 1_000_000;
  const FRAME = 40_000;

  it('begin now, whatever the sender counts from', () => {
    const times = new LiveTimes();
    assert.equal(times.at(90_000_000, 5 * SECOND), 5 * SECOND);
    assert.equal(times.at(90_000_000 + FRAME, 5 * SECOND + FRAME), 5 * SECOND + FRAME);
  });

  it('keep the distances of the sender, however unevenly frames come', () => {
    const times = new LiveTimes();
    const late = [0, 13_000, 2000, 39_000, 0, 7000];
    const found = late.map((by, index) => times.at(index * FRAME, SECOND + index * FRAME + by));
    assert.deepEqual(
      found,
      late.map((_, index) => SECOND + index * FRAME),
    );
  });

  it('are never later than now: a first frame that was held up does not hold up all others', () => {
    const times = new LiveTimes();
    times.at(0, SECOND + 300_000);
    let most = 0;
    for (let index = 1; index < 20; index++) {
      const now = SECOND + index * FRAME;
      most = Math.max(most, times.at(index * FRAME, Math.max(now, SECOND + 300_000)) - Math.max(now, SECOND + 300_000));
    }
    assert.equal(most, 0);
  });

  it('never fall back', () => {
    const times = new LiveTimes();
    let before = -1;
    for (let index = 0; index < 200; index++) {
      const now = times.at(index * FRAME, index * FRAME + ((index * 7919) % 60_000));
      assert.ok(now >= before);
      before = now;
    }
  });

  for (const ppm of [50, -50, 300, -300]) {
    it(`follow a sender whose clock is off by ${ppm} millionths, for a day`, () => {
      const times = new LiveTimes();
      const period = 5 * SECOND;
      let worst = 0;
      for (let index = 0; index < 86_400 / 5; index++) {
        const now = index * period;
        worst = Math.max(worst, Math.abs(times.at(Math.round(now * (1 + ppm / 1e6)), now) - now));
      }
      assert.ok(worst < 10_000, `${worst} us`);
    });
  }

  for (const [jump, told] of [
    [3600 * SECOND, 3600 * SECOND],
    [-3600 * SECOND, -3600 * SECOND],
    [-SECOND / 2, 0],
  ] as const) {
    it(`go on where a sender sets its clock by ${jump / SECOND} s`, () => {
      const times = new LiveTimes();
      const found: number[] = [];
      const jumps: number[] = [];
      for (let index = 0; index < 20; index++) {
        const own = index * FRAME + (index < 10 ? 0 : jump);
        found.push(times.at(own, SECOND + index * FRAME));
        jumps.push(times.jumped);
      }
      assert.deepEqual(
        found,
        found.map((_, index) => SECOND + index * FRAME),
      );
      assert.deepEqual(
        jumps.map((by) => Math.round(by / SECOND)),
        found.map((_, index) => (index === 10 ? told / SECOND : 0)),
      );
    });
  }

  it('tell of no jump where what had waited is taken at once, nor where the clock of the arrivals is set', () => {
    const times = new LiveTimes();
    const arrivals = [0, 2, 4, 6, 8 - 3600, 10 - 3600].map((at) => at * SECOND);
    const found = arrivals.map((arrivedAt, index) => {
      const now = Math.max(5, 2 * index) * SECOND;
      return [times.at(2 * index * SECOND, now, arrivedAt), times.jumped];
    });
    assert.deepEqual(
      found,
      [5, 5, 5, 6, 8, 10].map((at) => [at * SECOND, 0]),
    );
  });

  it('begin anew with a sender that counts anew', () => {
    const times = new LiveTimes();
    times.at(700, SECOND);
    times.restart();
    assert.equal(times.at(0, 3 * SECOND), 3 * SECOND);
  });
});
