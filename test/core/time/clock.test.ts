import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { SystemClock } from '../../../src/core/time/clock.ts';

describe('SystemClock', () => {
  it('calls each once, the earliest first, and those of one time in the order in which they were made', async () => {
    const clock = new SystemClock();
    const now = clock.now();
    const called: string[] = [];
    await new Promise<void>((resolve) => {
      clock.schedule(now + 6000, () => resolve());
      for (const [name, time] of Object.entries({ c: 3000, a: 1000, d: 3000, b: 2000, e: 3000 })) {
        clock.schedule(now + time, () => called.push(name));
      }
    });
    assert.deepEqual(called, ['a', 'b', 'c', 'd', 'e']);
  });

  it('calls at the time or after it, never before', async () => {
    const clock = new SystemClock();
    const start = clock.now();
    const early = await Promise.all(
      [100, 900, 1000, 1700, 2500, 4999].map(
        (span) => new Promise<boolean>((resolve) => clock.schedule(start + span, () => resolve(clock.now() < start + span))),
      ),
    );
    assert.deepEqual(new Set(early), new Set([false]));
  });

  it('does not call what was cancelled, be it by one that is called at the same time', async () => {
    const clock = new SystemClock();
    const now = clock.now();
    const called: number[] = [];
    await new Promise<void>((resolve) => {
      const cancels = Array.from({ length: 50 }, (_, index) => clock.schedule(now, () => called.push(index)));
      clock.schedule(now - 1, () => {
        for (const [index, cancel] of cancels.entries()) if (index % 3 !== 0) cancel();
      });
      clock.schedule(now + 1000, () => resolve());
    });
    assert.deepEqual(
      called,
      Array.from({ length: 17 }, (_, index) => index * 3),
    );
  });

  it('lets the event loop go round when what is called is always due again', async () => {
    const clock = new SystemClock();
    let again = 0;
    let isOver = false;
    const repeat = (): void => {
      again++;
      if (!isOver) clock.schedule(clock.now(), repeat);
    };
    repeat();
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    isOver = true;
    assert.ok(again < 100, `${again} calls`);
  });

  it('calls the others though one of them throws', async () => {
    const clock = new SystemClock();
    const now = clock.now();
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    try {
      const thrown = new Promise<unknown>((resolve) => process.once('uncaughtException', resolve));
      clock.schedule(now, () => {
        throw new Error('on purpose');
      });
      await new Promise<void>((resolve) => clock.schedule(now, resolve));
      assert.equal(((await thrown) as Error).message, 'on purpose');
    } finally {
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
  });

  it('keeps the program going for what matters alone, whichever comes first', () => {
    const clock = new SystemClock();
    const keepsGoing = (): boolean => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length > before;
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const far = clock.now() + 1e9;
    const cancels = [clock.schedule(far, () => {}, 'background')];
    assert.equal(keepsGoing(), false);
    const cancel = clock.schedule(far + 1, () => {});
    assert.equal(keepsGoing(), true);
    cancel();
    assert.equal(keepsGoing(), false);
    cancels.push(clock.schedule(far - 1, () => {}, 'background'));
    assert.equal(keepsGoing(), false);
    for (const one of cancels) one();
  });

  it('waits for what is due in centuries, without a timer that goes off at once', async () => {
    const clock = new SystemClock();
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    for (const time of [2 ** 41, 2 ** 53, 1e300, Infinity]) {
      const cancel = clock.schedule(time, () => assert.fail('it is not due'));
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      cancel();
    }
    process.off('warning', note);
    assert.deepEqual(warnings, []);
  });
});
