import assert from 'node:assert/strict';
import { EarliestLine } from '../../../src/media/live-sound/earliest-line.ts';
import { seededRandom } from '../../../src/media/test-picture/seeded-random.ts';

const SECOND = 1_000_000;
const CHUNK = 20_000;

describe('line of what is heard of late', () => {
  /** Stretches of sound of a device that is slower by `ppm`, each heard of up to `jitter` late. */
  const heard = (ppm: number, jitter: number, seconds: number, seed = 1): EarliestLine => {
    const random = seededRandom(seed);
    const line = new EarliestLine();
    for (let x = CHUNK; x <= seconds * SECOND; x += CHUNK) line.add(x, 5 * SECOND + x * (1 + ppm / 1e6) + random() ** 3 * jitter);
    return line;
  };

  it('is not known before there is a point', () => {
    const line = new EarliestLine();
    assert.equal(line.isKnown, false);
    line.add(0, 70);
    assert.deepEqual([line.isKnown, line.at(1000), line.positionAt(1070)], [true, 1070, 1000]);
  });

  for (const ppm of [0, 150, -150, 800]) {
    it(`finds how fast a device is that is off by ${ppm} millionths, through delays of up to 30 ms`, () => {
      const line = heard(ppm, 30_000, 60);
      assert.ok(Math.abs((line.slope - 1) * 1e6 - ppm) < 5, `${(line.slope - 1) * 1e6} ppm`);
      const truth = 5 * SECOND + 60 * SECOND * (1 + ppm / 1e6);
      assert.ok(Math.abs(line.at(60 * SECOND) - truth) < 100, `${line.at(60 * SECOND) - truth} µs`);
    });
  }

  it('is never later than any point, but for the little that its slope is off', () => {
    const random = seededRandom(3);
    const line = new EarliestLine();
    for (let x = 0; x < 100 * SECOND; x += CHUNK) {
      const y = x * 1.0002 + random() * 9000;
      line.add(x, y);
      assert.ok(line.at(x) <= y + 1e-3);
    }
  });

  it('follows a device whose speed changes with its heat, within a minute', () => {
    const line = new EarliestLine();
    let y = 0;
    for (let x = 0; x < 200 * SECOND; x += CHUNK) {
      y += CHUNK * (x < 100 * SECOND ? 1.0001 : 0.9999);
      line.add(x, y);
    }
    assert.ok(Math.abs(line.slope - 0.9999) < 2e-6, String(line.slope));
  });

  it('believes in no device that is off by more than a thousandth', () => {
    assert.equal(heard(20_000, 0, 30).slope, 1.001);
  });

  it('begins anew where a device does, as fast as before', () => {
    const line = heard(150, 0, 60);
    const { slope } = line;
    line.restart();
    assert.equal(line.isKnown, false);
    line.add(0, 90 * SECOND);
    assert.deepEqual([line.slope, line.at(0)], [slope, 90 * SECOND]);
    for (let x = CHUNK; x <= 30 * SECOND; x += CHUNK) line.add(x, 90 * SECOND + x * 0.9997);
    assert.ok(Math.abs(line.slope - 0.9997) < 1e-6, 'another device');
    assert.ok(Math.abs(line.at(30 * SECOND) - (90 + 30 * 0.9997) * SECOND) < 10);
  });
});
