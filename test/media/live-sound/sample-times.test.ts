import assert from 'node:assert/strict';
import { SampleTimes } from '../../../src/media/live-sound/sample-times.ts';

const SECOND = 1_000_000;
const CHUNK = 20_000;

describe('times of samples', () => {
  /** Lets stretches come, each so much later than it ended. */
  const coming = (count: number, late: (index: number) => number, samples = new SampleTimes(), first = 0) => {
    const lost: [number, number][] = [];
    for (let index = first; index < first + count; index++) {
      const stretch = samples.came(index * CHUNK, CHUNK, SECOND + (index + 1) * CHUNK + late(index));
      if (stretch.lost === 0) continue;
      lost.push([index, stretch.lost]);
      assert.equal(stretch.begin, index * CHUNK + stretch.lost, 'it stands behind what was lost');
    }
    return { samples, lost };
  };

  it('are those at which they were heard, however late some came', () => {
    const { samples, lost } = coming(500, (index) => (index % 7) * 5000);
    assert.deepEqual(lost, []);
    assert.equal(samples.timeOf(100 * CHUNK), SECOND + 100 * CHUNK);
    assert.equal(samples.positionAt(SECOND + 100 * CHUNK), 100 * CHUNK);
  });

  it('take what comes late for good to come behind something that was lost', () => {
    // 300 ms of samples never came after the 100th stretch.
    const { samples, lost } = coming(400, (index) => (index < 100 ? 0 : 300_000 + (index % 3) * 2000));
    assert.deepEqual(lost, [[200, 300_000]]);
    const { begin } = samples.came(400 * CHUNK, CHUNK, SECOND + 401 * CHUNK + 300_000);
    assert.equal(begin, 400 * CHUNK + 300_000);
    assert.ok(Math.abs(samples.timeOf(begin) - (SECOND + begin)) < 1);
  });

  it('take more than a few long stretches to believe that', () => {
    const samples = new SampleTimes();
    const lost: number[] = [];
    for (let index = 0; index < 40; index++) {
      const at = SECOND + (index + 1) * 500_000 + (index < 10 ? 0 : 300_000);
      if (samples.came(index * 500_000, 500_000, at).lost > 0) lost.push(index);
    }
    assert.deepEqual(lost, [29]);
  });

  it('know that somebody was only busy who makes up for it', () => {
    // What ends within 3 seconds of a standstill comes at their end, all at once.
    const { lost } = coming(500, (index) => (index >= 100 && index < 250 ? (250 - index) * CHUNK : 0));
    assert.deepEqual(lost, []);
  });

  it('begin anew with a device that counts anew', () => {
    const { samples } = coming(400, (index) => (index < 100 ? 0 : 300_000));
    samples.restart();
    const { begin, end, lost } = samples.came(0, CHUNK, 77 * SECOND);
    assert.deepEqual([begin, end, lost, samples.timeOf(CHUNK)], [0, CHUNK, 0, 77 * SECOND]);
  });
});
