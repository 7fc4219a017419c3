import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { coresOf, ThreadBudget } from '../../src/threads/thread-budget.ts';

describe('thread budget', () => {
  it('says who has what, largest first, and how much is too much', () => {
    const budget = new ThreadBudget(4);
    budget.claim('decoder', 1);
    const model = budget.claim('model', 2);
    assert.equal(budget.free, 1);
    budget.claim('encoder', 3);
    assert.equal(budget.free, 0);
    assert.deepEqual(budget.report(), {
      cores: 4,
      claimed: 6,
      over: 2,
      claims: [
        { name: 'encoder', threads: 3 },
        { name: 'model', threads: 2 },
        { name: 'decoder', threads: 1 },
      ],
    });
    model.release();
    model.release();
    assert.deepEqual({ claimed: budget.report().claimed, free: budget.free }, { claimed: 4, free: 0 });
  });

  it('plans one thread in each of as many runs as there are cores, and one that waits', () => {
    const budget = new ThreadBudget(8);
    assert.deepEqual(budget.plan(), { inFlight: 9, intraOpThreads: 1 });
    assert.deepEqual(budget.plan({ intraOpThreads: 3 }), { inFlight: 2, intraOpThreads: 3 });
    assert.deepEqual(budget.plan({ intraOpThreads: 16 }), { inFlight: 1, intraOpThreads: 16 });
  });

  it('plans more threads in each run where there cannot be as many runs as cores', () => {
    assert.deepEqual(new ThreadBudget(16).plan({ mostRuns: 3 }), { inFlight: 3, intraOpThreads: 5 });
    assert.deepEqual(new ThreadBudget(2).plan({ mostRuns: 3 }), { inFlight: 3, intraOpThreads: 1 });
    assert.deepEqual(new ThreadBudget(8).plan({ mostRuns: 1 }), { inFlight: 1, intraOpThreads: 8 });
    assert.deepEqual(new ThreadBudget(8).plan({ mostRuns: 3, intraOpThreads: 1 }), { inFlight: 3, intraOpThreads: 1 });
    assert.deepEqual(new ThreadBudget(8).plan({ mostRuns: 1, accelerator: true }), { inFlight: 1, intraOpThreads: 8 });
  });

  it('plans two runs on an accelerator, whatever the processor has', () => {
    assert.deepEqual(new ThreadBudget(1).plan({ accelerator: true }), { inFlight: 2, intraOpThreads: 1 });
    assert.deepEqual(new ThreadBudget(32).plan({ accelerator: true }), { inFlight: 2, intraOpThreads: 1 });
  });

  it('takes the cores from the environment, or from the system', () => {
    assert.equal(coresOf({ LEAT_THREADS: '3' }), 3);
    assert.equal(coresOf({ LEAT_THREADS: '' }), availableParallelism());
    assert.equal(coresOf({}), availableParallelism());
    for (const wrong of ['0', '-1', '1.5', 'all'])
      assert.throws(() => coresOf({ LEAT_THREADS: wrong }), { name: 'RangeError', message: /LEAT_THREADS/ });
  });

  it('refuses numbers that make no sense', () => {
    for (const wrong of [0, -1, 1.5, Number.NaN]) assert.throws(() => new ThreadBudget(wrong), RangeError);
    for (const wrong of [-1, 0.5]) assert.throws(() => new ThreadBudget(2).claim('x', wrong), RangeError);
  });
});
