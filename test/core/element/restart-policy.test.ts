import assert from 'node:assert/strict';
import { RestartPolicy, restartFlawOf, restartOptions } from '../../../src/core/element/restart-policy.ts';
import { seededRandom } from '../../../src/media/test-picture/seeded-random.ts';

describe('restart policy', () => {
  it('doubles the delay with each attempt up to the longest, half of it by chance', () => {
    const options = { firstDelayMs: 100, maxDelayMs: 1000, maxAttempts: null, windowMs: 60_000 };
    for (const [chance, part] of [
      [0, 0.5],
      [0.5, 0.75],
      [1 - 1e-9, 1],
    ] as const) {
      const policy = new RestartPolicy(options, () => chance);
      const delays = Array.from({ length: 6 }, () => policy.next(0)!);
      assert.deepEqual(
        delays,
        [100, 200, 400, 800, 1000, 1000].map((ms) => Math.round(ms * 1000 * part)),
      );
    }
  });

  it('allows so many attempts in a window that moves on, and begins with short delays again', () => {
    const policy = new RestartPolicy({ firstDelayMs: 10, maxAttempts: 3, windowMs: 1000 }, () => 0);
    for (const now of [0, 100_000, 200_000]) assert.notEqual(policy.next(now), undefined);
    assert.equal(policy.next(999_999), undefined);
    assert.equal(policy.next(1_000_000), 20_000, 'one has left the window, two have not');
    assert.equal(policy.next(9_000_000), 5_000);
    assert.equal(policy.count, 1);
  });

  it('goes on for ever where it is told to, with delays that are numbers', () => {
    const policy = new RestartPolicy({ firstDelayMs: 0, maxAttempts: null }, () => 1);
    for (let attempt = 0; attempt < 2000; attempt++) assert.equal(policy.next(attempt), 0);
  });

  it('takes no numbers that are beyond all delays', () => {
    for (const restart of [
      { maxAttempts: 2 ** 53 - 1 },
      { firstDelayMs: 1e300 },
      { maxDelayMs: Infinity },
      { windowMs: 1e306 },
      { windowMs: Number.NaN },
    ])
      assert.equal(restartOptions.safeParse(restart).success, false);
  });

  it('brings elements back apart that failed together', () => {
    const random = seededRandom(5);
    const delays = Array.from({ length: 50 }, () => new RestartPolicy({}, random).next(0)!);
    assert.ok(new Set(delays).size > 45);
    assert.ok(delays.every((delay) => delay >= 50_000 && delay <= 100_000));
  });

  it('is refused where it would never give up, though it seems to', () => {
    assert.equal(restartFlawOf({}), undefined);
    assert.equal(restartFlawOf({ maxAttempts: null, windowMs: 0 }), undefined);
    assert.equal(
      restartFlawOf({ maxAttempts: 100 }),
      'An element would never be given up: 100 attempts with such delays do not fall into a window of 60000 ms; raise windowMs, or say so with maxAttempts null',
    );
    assert.notEqual(restartFlawOf({ windowMs: 0 }), undefined);
    const many = { firstDelayMs: 0, maxAttempts: 10_000 };
    assert.equal(restartFlawOf(many), undefined);
    assert.notEqual(restartFlawOf({ ...many, firstDelayMs: 12, maxDelayMs: 12 }), undefined);
  });
});
