import assert from 'node:assert/strict';
import { SeamlessTimes } from '../../../src/media/live-sound/seamless-times.ts';

const CHUNK = 20_000;

describe('times of stretches of sound', () => {
  const at = (times: SeamlessTimes, index: number, due: number) => times.at({ begin: index * CHUNK, end: (index + 1) * CHUNK }, due);

  it('begin where they are due, and end where the next one begins', () => {
    const times = new SeamlessTimes();
    const found = [0, 1, 2].map((index) => at(times, index, 500_000 + index * CHUNK));
    assert.deepEqual(found, [
      { pts: 500_000, duration: CHUNK, gap: 0 },
      { pts: 520_000, duration: CHUNK, gap: 0 },
      { pts: 540_000, duration: CHUNK, gap: 0 },
    ]);
  });

  for (const ppm of [300, -300]) {
    it(`keep within a millisecond of a clock that is off by ${ppm} millionths, without a seam`, () => {
      const times = new SeamlessTimes();
      let end: number | undefined;
      for (let index = 0; index < 180_000; index++) {
        const due = 1_000_000 + index * CHUNK * (1 + ppm / 1e6);
        const { pts, duration, gap } = at(times, index, due);
        assert.ok(end === undefined || (pts === end && gap === 0), 'a seam');
        assert.ok(Math.abs(pts - due) < 1000, `${pts - due} µs`);
        end = pts + duration;
      }
    });
  }

  it('make up for a first one that came late, little by little, and never go back', () => {
    const times = new SeamlessTimes();
    let end = at(times, 0, 40_000).pts + CHUNK;
    let last = 0;
    for (let index = 1; index < 500; index++) {
      const { pts, duration } = at(times, index, index * CHUNK);
      if (index === 1) end = pts;
      assert.equal(pts, end);
      end = pts + duration;
      last = pts - index * CHUNK;
    }
    assert.ok(Math.abs(last) < 1000, `${last} µs`);
  });

  it('leave out what was lost', () => {
    const times = new SeamlessTimes();
    at(times, 0, 0);
    assert.deepEqual(at(times, 11, 11 * CHUNK), { pts: 11 * CHUNK, duration: CHUNK, gap: 10 * CHUNK });
  });

  it('take up behind a pause, in which the device counted and the graph did not', () => {
    const times = new SeamlessTimes();
    at(times, 0, 0);
    at(times, 1, CHUNK);
    assert.deepEqual(at(times, 1000, 50_000), { pts: 50_000, duration: CHUNK, gap: 10_000 });
    // No earlier than what is there already.
    assert.equal(at(times, 2000, 60_000).pts, 70_000);
  });

  it('are never before the beginning', () => {
    assert.equal(at(new SeamlessTimes(), 0, -15_000).pts, 0);
  });

  it('begin anew with a device that counts anew, no earlier than what there was', () => {
    const times = new SeamlessTimes();
    at(times, 50, 1_000_000);
    times.restart();
    assert.deepEqual(at(times, 0, 3_000_000), { pts: 3_000_000, duration: CHUNK, gap: 1_980_000 });
    times.restart();
    // Even where it would do to go on.
    assert.equal(at(times, 1, 3_030_000).pts, 3_030_000);
  });
});
