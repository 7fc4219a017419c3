// Laws that hold for whatever comes, and the rules of what stands in for what is missing.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { JOIN_POLICIES, Join, type JoinPolicyName } from '../../../src/core/join/join.ts';
import type { JoinInputOptions } from '../../../src/core/join/join-input.ts';
import { byTime, defaults, endOf, type Item, play, type Step, textOf } from '../../support/join-script.ts';

/** Fixed, so that a failure is the same for everybody; fast-check prints it with the failing case. */
const SEED = 20_261_125;
function check<T>(property: fc.IProperty<T>, runs = 400): void {
  fc.assert(property, { seed: SEED, numRuns: runs });
}

/** One input: what it says in order, buffers and gaps, ending with its end. */
function stream(input: number): fc.Arbitrary<Step[]> {
  const word = fc.record({ step: fc.integer({ min: 0, max: 40 }), isGap: fc.boolean() });
  return fc.array(word, { maxLength: 14 }).map((words) => {
    let time = 0;
    const said = words.map(({ step, isGap }): Step => {
      time += step;
      return isGap ? { input, gap: time } : { input, pts: time };
    });
    return [...said, { input, end: true }];
  });
}

const inputOptions: fc.Arbitrary<JoinInputOptions> = fc.oneof(
  fc.record({
    required: fc.constant(false),
    tolerance: fc.integer({ min: 0, max: 30 }),
    maxAge: fc.constantFrom(20, 80, Number.POSITIVE_INFINITY),
    onMissing: fc.constantFrom('last', 'null', 'interpolate'),
  }),
  fc.record({
    required: fc.constant(true),
    tolerance: fc.integer({ min: 0, max: 30 }),
    maxAge: fc.constantFrom(20, 80, Number.POSITIVE_INFINITY),
    onMissing: fc.constantFrom('last', 'skip', 'interpolate'),
  }),
);

const scene = fc.integer({ min: 1, max: 4 }).chain((count) =>
  fc.record({
    inputs: fc.array(inputOptions, { minLength: count, maxLength: count }),
    streams: fc.tuple(...Array.from({ length: count }, (_, input) => stream(input))),
    orders: fc.array(fc.array(fc.nat(3), { maxLength: 80 }), { minLength: 2, maxLength: 2 }),
  }),
);

/** One of the orders in which several streams may come together. */
function interleave(streams: readonly (readonly Step[])[], choices: readonly number[]): Step[] {
  const left = streams.map((one) => [...one]);
  const all: Step[] = [];
  for (let turn = 0; left.some((one) => one.length > 0); turn++) {
    const open = left.filter((one) => one.length > 0);
    all.push(open[(choices[turn] ?? 0) % open.length]!.shift()!);
  }
  return all;
}

describe('join', () => {
  describe('settled', () => {
    it('gives the same sets and loses the same things in whatever order inputs come together', () => {
      check(
        fc.property(scene, ({ inputs, streams, orders }) => {
          const [one, other] = orders.map((order) => play({ policy: 'settled', inputs }, interleave(streams, order)));
          assert.deepEqual(one, other);
        }),
        1000,
      );
    });

    it('fires at every time at which something came, once', () => {
      check(
        fc.property(scene, ({ streams, orders }) => {
          const times = streams.map((steps) => [...new Set(steps.flatMap((step) => ('pts' in step ? [step.pts] : [])))]);
          const script = interleave(
            times.map((own, input) => [...own.map((pts) => ({ input, pts })), { input, end: true as const }]),
            orders[0]!,
          );
          const { sets } = play({ policy: 'settled', inputs: times.map(() => ({ tolerance: 0 })) }, script);
          assert.deepEqual(
            sets.map((set) => Number.parseInt(set, 10)),
            [...new Set(times.flat())].sort((a, b) => a - b),
          );
        }),
      );
    });

    it('waits for a bound beyond the time, not at it', () => {
      const exact = { tolerance: 0 };
      const script: Step[] = [
        { input: 0, pts: 10 },
        { input: 1, gap: 10 },
      ];
      assert.deepEqual(play({ policy: 'settled', inputs: [exact, exact] }, script).sets, []);
      assert.deepEqual(play({ policy: 'settled', inputs: [exact, exact] }, [...script, { input: 1, pts: 10 }]).sets, ['10(10,10)']);
      assert.deepEqual(play({ policy: 'settled', inputs: [exact, exact] }, [...script, { input: 1, gap: 11 }]).sets, ['10(10,-)']);
      assert.deepEqual(play({ policy: 'settled', inputs: [exact, exact] }, [...script, ...endOf(1)]).sets, ['10(10,-)']);
    });

    it('takes into a set what lies within the tolerance behind its time', () => {
      const { sets } = play({ policy: 'settled', inputs: [{ tolerance: 0 }, { tolerance: 5 }] }, [
        ...byTime([0, 20], [4, 26]),
        ...endOf(0, 1),
      ]);
      assert.deepEqual(sets, ['0(0,4)', '20(20,-)', '26(-,26)']);
    });
  });

  for (const policy of JOIN_POLICIES) {
    describe(policy, () => {
      const some = fc.record({ scene, base: fc.nat(3) });

      it('accounts for everything that came: it was in a set, or it is counted', () => {
        check(
          fc.property(some, ({ scene: { inputs, streams, orders }, base }) => {
            const script = interleave(streams, orders[0]!);
            const { came, used, lost, held } = account(policy, base % inputs.length, inputs, script);
            assert.deepEqual([...used, ...lost].sort(compare), came.sort(compare));
            assert.equal(held, 0);
          }),
        );
      });

      it('never goes back in time, and keeps the order of each input', () => {
        check(
          fc.property(some, ({ scene: { inputs, streams, orders }, base }) => {
            const { sets } = account(policy, base % inputs.length, inputs, interleave(streams, orders[0]!));
            for (const [index, set] of sets.entries()) {
              const before = sets[index - 1];
              if (before === undefined) continue;
              assert.ok(set.pts >= before.pts, `${before.pts} before ${set.pts}`);
              for (const input of inputs.keys()) {
                const [now, then] = [set.members[input]?.item, before.members[input]?.item];
                if (now !== undefined && then !== undefined) assert.ok(now.pts >= then.pts);
              }
            }
          }),
        );
      });

      it('holds nothing back once every input has ended', () => {
        check(
          fc.property(some, ({ scene: { inputs, streams, orders }, base }) => {
            const { isOver, waiting } = account(policy, base % inputs.length, inputs, interleave(streams, orders[0]!));
            assert.ok(isOver);
            // What the pace-setter of `base` can no longer pair is left over.
            if (policy !== 'base') assert.equal(waiting, 0);
          }),
        );
      });

      it('says truly that nothing earlier than its bound will leave', () => {
        check(
          fc.property(some, ({ scene: { inputs, streams, orders }, base }) => {
            const { violations } = account(policy, base % inputs.length, inputs, interleave(streams, orders[0]!));
            assert.deepEqual(violations, []);
          }),
        );
      });

      it('gives a set on every force while something waits', () => {
        check(
          fc.property(some, ({ scene: { inputs, streams, orders }, base }) => {
            const join = makeJoin(policy, base % inputs.length, inputs);
            for (const step of interleave(streams, orders[0]!)) feed(join, step);
            while (join.next() !== undefined) {}
            let last = Number.NEGATIVE_INFINITY;
            while (join.waitingSince !== undefined) {
              const set = join.force();
              assert.ok(set !== undefined && set.pts >= last);
              last = set.pts;
            }
          }),
        );
      });
    });
  }

  describe('what stands in', () => {
    const exact = { tolerance: 0 };

    it('holds the last until it is too old, and marks it as standing in', () => {
      const inputs = [exact, { ...exact, onMissing: 'last' as const, maxAge: 20 }];
      const { sets } = play({ policy: 'settled', inputs }, [...byTime([0, 10, 20, 30], [0]), ...endOf(0, 1)]);
      assert.deepEqual(sets, ['0(0,0)', '10(10,0*)', '20(20,0*)', '30(30,-)']);
    });

    it('interpolates between the one before and the one after, and waits for the latter', () => {
      const inputs = [exact, { ...exact, onMissing: 'interpolate' as const, maxAge: 40 }];
      const script = byTime([0, 10, 30], [0, 40]);
      assert.deepEqual(play({ policy: 'settled', inputs }, script.slice(0, -1)).sets, ['0(0,0)']);
      const { sets } = play({ policy: 'settled', inputs }, [...script, ...endOf(0, 1)]);
      assert.deepEqual(sets, ['0(0,0)', '10(10,0~40@0.25*)', '30(30,0~40@0.75*)', '40(-,40)']);
    });

    it('does not wait for a next one that would be too far from the last', () => {
      const inputs = [exact, { ...exact, onMissing: 'interpolate' as const, maxAge: 40 }];
      const { sets } = play({ policy: 'settled', inputs }, [...byTime([0, 10], [0]), { input: 1, gap: 41 }]);
      assert.deepEqual(sets, ['0(0,0)', '10(10,-)']);
    });

    it('skips a set that lacks what is required, and says so', () => {
      const inputs = [exact, { ...exact, required: true, onMissing: 'skip' as const }];
      const { sets, lost } = play({ policy: 'settled', inputs }, [...byTime([0, 10, 20], [0, 20]), ...endOf(0, 1)]);
      assert.deepEqual(sets, ['0(0,0)', '|10(10,-)', '20(20,20)']);
      assert.deepEqual(lost, { unmatched: 1 });
    });

    it('interpolates nothing from one epoch to the next', () => {
      const inputs = [exact, { ...exact, onMissing: 'interpolate' as const }];
      const next: Step[] = [{ input: 1, pts: 20, epoch: 1 }, ...endOf(0, 1)];
      const { sets } = play({ policy: 'settled', inputs }, [...byTime([0, 10], [0]), ...next]);
      assert.deepEqual(sets, ['0(0,0)', '10(10,-)', '20(-,20)']);
    });
  });

  describe('what is near', () => {
    for (const policy of ['base', 'slowest'] as const) {
      it(`with ${policy} lies within the tolerance, before or after`, () => {
        const inputs = [{ tolerance: 5 }, { tolerance: 5 }];
        const { sets } = play({ policy, inputs }, [...byTime([100, 200, 300, 400], [94, 195, 305, 406]), ...endOf(0, 1)]);
        const paired = sets.map((set) => set.slice(set.indexOf('('))).filter((members) => !members.includes('-'));
        assert.deepEqual(paired, ['(200,195)', '(300,305)']);
      });
    }
  });

  describe('to the microsecond', () => {
    it('latest gives what is just as old as it may be, and nothing older', () => {
      const inputs = [{}, { maxAge: 10 }];
      assert.deepEqual(play({ policy: 'latest', inputs }, byTime([10, 11], [0])).sets, ['10(10,0)', '11(11,-)']);
    });

    it('base is not over while what an ended input gave last is just near enough to what may come', () => {
      const join = makeJoin('base', 0, [defaults, { ...defaults, required: true, onMissing: 'skip', tolerance: 10 }]);
      const text = (): string | undefined => {
        const set = join.next();
        return set === undefined ? undefined : textOf(set);
      };
      join.push(1, { input: 1, pts: 10 }, 0);
      join.end(1);
      join.push(0, { input: 0, pts: 10 }, 0);
      assert.equal(text(), '10(10,10)');
      join.gap(0, 20);
      assert.deepEqual([text(), join.isOver], [undefined, false]);
      join.push(0, { input: 0, pts: 20 }, 0);
      assert.deepEqual([join.isOver, text()], [false, '20(20,10)']);
      join.gap(0, 21);
      assert.deepEqual([text(), join.isOver], [undefined, true]);
    });

    it('slowest is not over while what an ended input gave last has still to be in a set', () => {
      const join = makeJoin('slowest', 0, [{ ...defaults, required: true, onMissing: 'skip' }, defaults, defaults]);
      join.push(0, { input: 0, pts: 10 }, 0);
      join.push(2, { input: 2, pts: 11 }, 0);
      join.push(1, { input: 1, pts: 12 }, 0);
      join.end(0);
      assert.deepEqual([join.next(), join.isOver], [undefined, false], 'the third may have something nearer to 12 than 11');
      join.push(2, { input: 2, pts: 13 }, 0);
      assert.equal(textOf(join.next()!), '12(10,12,13)');
      assert.deepEqual([join.next(), join.isOver], [undefined, true]);
    });

    it('arrival waits while a gap ends where the others are, since something may begin there', () => {
      const script: Step[] = [
        { input: 0, pts: 10 },
        { input: 1, gap: 10 },
        { input: 1, pts: 10 },
        { input: 0, pts: 20 },
        { input: 1, gap: 21 },
      ];
      assert.deepEqual(play({ policy: 'arrival', inputs: [{}, {}] }, script).sets, ['10(10,10)', '20(20,-)']);
    });
  });

  describe('who is waited for', () => {
    it('is named, and since when', () => {
      const join = makeJoin('settled', 0, [defaults, defaults, defaults]);
      join.push(0, { input: 0, pts: 10 }, 700);
      join.push(1, { input: 1, pts: 30 }, 600);
      assert.equal(join.next(), undefined);
      assert.deepEqual(
        join.awaited.map(({ index }) => index),
        [2],
      );
      assert.equal(join.waitingSince, 700);
    });

    it('loses what it brings too late', () => {
      const join = makeJoin('settled', 0, [
        { ...defaults, tolerance: 0 },
        { ...defaults, tolerance: 0 },
      ]);
      join.push(0, { input: 0, pts: 10 });
      assert.equal(textOf(join.force()!), '10(10,-)');
      join.push(1, { input: 1, pts: 10 });
      assert.equal(join.inputs[1]!.waiting, 0);
    });
  });
});

function makeJoin(
  policy: JoinPolicyName,
  base: number,
  inputs: readonly JoinInputOptions[],
  letGo: (item: Item, why: string) => void = () => {},
): Join<Item> {
  return new Join<Item>({ policy, base, inputs }, (item, _input, why) => letGo(item, why));
}

function feed(join: Join<Item>, step: Step): void {
  if ('pts' in step) join.push(step.input, step);
  else if ('gap' in step) join.gap(step.input, step.gap);
  else join.end(step.input);
}

function account(policy: JoinPolicyName, base: number, inputs: readonly JoinInputOptions[], script: readonly Step[]) {
  const inSets = new Set<Item>();
  const gone: Item[] = [];
  const used: Item[] = [];
  const violations: string[] = [];
  const sets: NonNullable<ReturnType<Join<Item>['next']>>[] = [];
  const join = makeJoin(policy, base, inputs, (item, why) => (why === 'used' ? used : gone).push(item));
  let bound = Number.NEGATIVE_INFINITY;
  for (const step of script) {
    feed(join, step);
    for (let set = join.next(); set !== undefined; set = join.next()) {
      sets.push(set);
      if (set.pts < bound) violations.push(`${set.pts} after a bound of ${bound}`);
      if (!set.isSkipped) for (const member of set.members) if (member !== undefined) inSets.add(member.item);
    }
    bound = Math.max(bound, join.bound);
  }
  const { isOver } = join;
  const waiting = join.inputs.reduce((sum, input) => sum + input.waiting, 0);
  join.clear();
  // Nothing is both: what was let go as used was in a set.
  for (const item of used)
    if (!inSets.has(item) && !sets.some(({ members }) => members.some((member) => member?.next === item)))
      violations.push('used in no set');
  for (const item of gone) if (inSets.has(item)) violations.push('lost and in a set');
  const held = join.inputs.filter(({ last, head }) => last !== undefined || head !== undefined).length;
  return { sets, came: script.filter((step): step is Item => 'pts' in step), used, lost: gone, held, isOver, waiting, violations };
}

function compare(a: Item, b: Item): number {
  return a.input - b.input || a.pts - b.pts;
}
