import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OverloadLadder, type Rung } from '../../../src/core/overload/overload-ladder.ts';

const LOOK = 100_000;

interface Step {
  readonly at: number;
  readonly rung: number;
  readonly direction: 'up' | 'down';
}

/** A queue of a quarter of a second of work that is filled at `load` times what its reader can do; each rung taken divides the load. */
function plant(rungs: readonly { readonly divides: number; readonly dwellMs?: number; readonly fails?: boolean }[]) {
  let [now, fill, load] = [0, 0, 0];
  const taken: number[] = [];
  const steps: Step[] = [];
  const most: number[] = [];
  const means = { sum: 0, count: 0 };
  const ladder = new OverloadLadder(
    rungs.map(({ dwellMs = 5000, fails = false }, index): Rung => {
      return {
        when: { above: 0.8, below: 0.3, windowMs: 1000, dwellMs },
        read: () => ({ ...means }),
        take: () => {
          if (fails) return false;
          taken.push(index);
          steps.push({ at: now, rung: index, direction: 'up' });
          return true;
        },
        undo: () => {
          assert.equal(taken.pop(), index, 'undone in reverse order');
          steps.push({ at: now, rung: index, direction: 'down' });
        },
      };
    }),
  );
  /** Lets the queue work for a while under a load. */
  const run = (seconds: number, next: number): void => {
    load = next;
    for (let left = seconds * 1e6; left > 0; left -= LOOK) {
      now += LOOK;
      const divided = taken.reduce((rest, index) => rest / rungs[index]!.divides, load);
      fill = Math.min(1, Math.max(0, fill + 4 * (divided - 1) * (LOOK / 1e6)));
      means.sum += fill;
      means.count++;
      ladder.look(now);
      most.push(ladder.level);
    }
  };
  return { ladder, steps, run, taken, most };
}

describe('overload ladder', () => {
  it('climbs while it is too much, and descends in reverse order when it is not', () => {
    const { run, steps, ladder } = plant([{ divides: 2 }, { divides: 2 }, { divides: 2 }]);
    run(6, 3);
    assert.equal(ladder.level, 2, 'a load of 3 needs two halvings');
    run(60, 0.2);
    assert.deepEqual(
      steps.map(({ rung, direction }) => `${direction} ${rung}`),
      ['up 0', 'up 1', 'down 1', 'down 0'],
    );
  });

  it('does nothing between the two thresholds', () => {
    const { run, ladder, steps } = plant([{ divides: 2 }]);
    run(0.1, 2);
    run(600, 1);
    assert.deepEqual([ladder.level, steps], [0, []], 'neither, and as much leaves as comes');
  });

  it('keeps a step while what is measured lies between the two', () => {
    let measured = 0.9;
    let [sum, count, now] = [0, 0, 0];
    const read = () => ({ sum, count });
    const rung = { when: { above: 0.8, below: 0.3, windowMs: 1000, dwellMs: 0 }, read, take: () => true, undo: () => {} };
    const ladder = new OverloadLadder([rung]);
    const levelAfter = (seconds: number, value: number): number => {
      measured = value;
      for (let left = seconds * 10; left > 0; left--) {
        now += LOOK;
        sum += measured;
        count++;
        ladder.look(now);
      }
      return ladder.level;
    };
    assert.deepEqual([levelAfter(3, 0.9), levelAfter(60, 0.7), levelAfter(60, 0.31), levelAfter(3, 0.29)], [1, 1, 1, 0]);
  });

  it('waits for a whole window before its first step', () => {
    const { run, steps } = plant([{ divides: 2 }]);
    run(0.9, 100);
    assert.deepEqual(steps, []);
    run(0.3, 100);
    assert.equal(steps.length, 1);
  });

  it('keeps a step for as long as it dwells', () => {
    const { run, steps } = plant([{ divides: 10, dwellMs: 20_000 }]);
    run(5, 2);
    run(60, 0);
    assert.deepEqual(
      steps.map(({ direction }) => direction),
      ['up', 'down'],
    );
    assert.ok(steps[1]!.at - steps[0]!.at >= 20e6);
  });

  it('passes over a step that cannot be taken', () => {
    const { run, steps } = plant([{ divides: 2 }, { divides: 2, fails: true }, { divides: 2 }]);
    run(6, 3);
    assert.deepEqual(
      steps.map(({ rung }) => rung),
      [0, 2],
    );
  });

  it('undoes everything when it is told to', () => {
    const { run, ladder, taken } = plant([{ divides: 2 }, { divides: 2 }]);
    run(30, 3);
    ladder.undoAll();
    assert.deepEqual([ladder.level, taken], [0, []]);
  });

  it('tries less and less often whether a step can be spared, while it cannot', () => {
    const { run, steps } = plant([{ divides: 4, dwellMs: 1000 }]);
    run(600, 2);
    const kept = steps.flatMap(({ at, direction }, index) => (direction === 'down' ? [at - steps[index - 1]!.at] : []));
    for (const [index, span] of kept.slice(0, 5).entries()) {
      assert.ok(span >= 1e6 * 2 ** Math.min(index, 4), `${index}: ${span}`);
    }
    assert.ok(kept.every((span, index) => index < 4 || span >= 16e6));
    assert.ok(Math.max(...kept) < 20e6, `and once in ${Math.max(...kept) / 1e6} s at least`);
    assert.ok(steps.length < 2 * (600 / 16 + 6), `${steps.length} steps in ten minutes`);
  });

  describe('laws', () => {
    const rungs = fc.array(
      fc.record({ divides: fc.double({ min: 1.1, max: 8, noNaN: true }), dwellMs: fc.integer({ min: 0, max: 8000 }) }),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    const loads = fc.array(fc.record({ seconds: fc.integer({ min: 1, max: 40 }), load: fc.double({ min: 0, max: 6, noNaN: true }) }), {
      minLength: 1,
      maxLength: 8,
    });

    it('takes rungs in order and undoes them in reverse, a window apart at least, each kept for its dwell', () => {
      fc.assert(
        fc.property(rungs, loads, (chosen, phases) => {
          const { run, steps } = plant(chosen);
          for (const { seconds, load } of phases) run(seconds, load);
          const stack: Step[] = [];
          for (const [index, step] of steps.entries()) {
            if (index > 0) assert.ok(step.at - steps[index - 1]!.at >= 1e6, 'a whole window between two steps');
            if (step.direction === 'up') {
              assert.equal(step.rung, stack.length, 'the next rung');
              stack.push(step);
            } else {
              const up = stack.pop()!;
              assert.equal(step.rung, up.rung);
              assert.ok(step.at - up.at >= chosen[step.rung]!.dwellMs! * 1000, 'kept for its dwell');
            }
          }
        }),
        { numRuns: 1000, seed: 32 },
      );
    });

    it('never flaps, whatever is measured: steps are a window apart, and each stays for its dwell, which doubles when it comes back soon', () => {
      const readings = fc.array(fc.record({ looks: fc.integer({ min: 1, max: 40 }), value: fc.double({ min: 0, max: 1, noNaN: true }) }), {
        minLength: 1,
        maxLength: 60,
      });
      fc.assert(
        fc.property(rungs, readings, fc.integer({ min: 20, max: 400 }), (chosen, curve, everyMs) => {
          const steps: Step[] = [];
          const means = { sum: 0, count: 0 };
          let now = 0;
          const ladder = new OverloadLadder(
            chosen.map(
              ({ dwellMs }, rung): Rung => ({
                when: { above: 0.6, below: 0.4, windowMs: 500, dwellMs },
                read: () => ({ ...means }),
                take: () => steps.push({ at: now, rung, direction: 'up' }) > 0,
                undo: () => void steps.push({ at: now, rung, direction: 'down' }),
              }),
            ),
          );
          for (const { looks, value } of curve) {
            for (let left = looks; left > 0; left--) {
              now += everyMs * 1000;
              means.sum += value;
              means.count++;
              ladder.look(now);
            }
          }
          for (const [index, step] of steps.entries())
            if (index > 0) assert.ok(step.at - steps[index - 1]!.at >= 500_000, 'a window apart');
          for (const [rung, { dwellMs }] of chosen.entries()) {
            const own = steps.filter((step) => step.rung === rung);
            let patience = 1;
            for (const [index, { at, direction }] of own.entries()) {
              assert.equal(direction, index % 2 === 0 ? 'up' : 'down');
              if (index % 2 === 1) assert.ok(at - own[index - 1]!.at >= dwellMs * 1000 * patience, 'kept for its dwell');
              else if (index > 0) patience = at - own[index - 1]!.at <= 2 * dwellMs * 1000 * patience ? Math.min(16, 2 * patience) : 1;
            }
            assert.ok(own.length <= 2 + (2 * now) / (dwellMs * 1000 + 500_000), `${own.length} steps`);
          }
        }),
        { numRuns: 500, seed: 31 },
      );
    });

    it('stands where the load fits, or on its last rung, once a load lasts', () => {
      fc.assert(
        fc.property(rungs, fc.double({ min: 1.2, max: 6, noNaN: true }), (chosen, load) => {
          const { run, ladder, most } = plant(chosen);
          run(5 + 3 * chosen.length, load);
          const rest = (level: number): number => chosen.slice(0, level).reduce((left, { divides }) => left / divides, load);
          const highest = Math.max(...most);
          assert.ok(highest === chosen.length || rest(highest) <= 1.2, `${highest} rungs leave ${rest(highest)}`);
          run(16 * 8 * chosen.length + 60, 0);
          assert.equal(ladder.level, 0, 'and at the bottom once the load is gone');
        }),
        { numRuns: 300, seed: 33 },
      );
    });

    it('does not flap under a load that does not change: a rung goes and comes at most once in its longest stay', () => {
      fc.assert(
        fc.property(rungs, fc.double({ min: 0, max: 6, noNaN: true }), (chosen, load) => {
          const dwelling = chosen.map((rung) => ({ ...rung, dwellMs: rung.dwellMs + 1000 }));
          const { run, steps } = plant(dwelling);
          run(900, load);
          for (const [index, { dwellMs }] of dwelling.entries()) {
            const ups = steps.filter(({ rung, direction }) => rung === index && direction === 'up').length;
            // The first few while its patience grows, then one in each longest stay.
            assert.ok(ups <= 6 + 900e3 / (16 * dwellMs) || upsWithRest(steps, index, dwellMs), `rung ${index}: ${ups} times`);
          }
        }),
        { numRuns: 200, seed: 34 },
      );
    });
  });
});

/** Whether each time that a rung came back soon it had been kept longer than the last time, until its longest. */
function upsWithRest(steps: readonly Step[], rung: number, dwellMs: number): boolean {
  const own = steps.filter((step) => step.rung === rung);
  let patience = 1;
  for (let index = 2; index < own.length; index += 2) {
    const away = own[index]!.at - own[index - 1]!.at;
    patience = away <= 2 * dwellMs * 1000 * patience ? Math.min(16, 2 * patience) : 1;
    const kept = own[index + 1] === undefined ? Number.POSITIVE_INFINITY : own[index + 1]!.at - own[index]!.at;
    if (kept < dwellMs * 1000 * patience) return false;
  }
  return true;
}
