// Several sources that come by the same inputs of a join are each joined as if they were alone.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { caps } from '../../../src/core/caps/caps.ts';
import { JOIN_POLICIES } from '../../../src/core/join/join.ts';
import type { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { join } from '../../../src/elements/fusion/join.ts';
import type { JoinedSet } from '../../../src/media/joined.ts';
import { type ElementTest, testElement } from '../../../src/testing/test-element.ts';

const [plain] = caps('test');
const both = { sink_0: plain, sink_1: plain };
const SOURCES = ['a', 'b', 'c'];

interface Step {
  readonly source: string;
  readonly pad: string;
  readonly by: number;
  readonly isGap: boolean;
  readonly raises: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  source: fc.constantFrom(...SOURCES),
  pad: fc.constantFrom('sink_0', 'sink_1'),
  by: fc.integer({ min: 0, max: 3 }),
  isGap: fc.nat(4).map((one) => one === 0),
  raises: fc.nat(15).map((one) => one === 0),
});

/** The sets of each source, as `epoch time(part, part)`. */
function setsOf(test: ElementTest): Record<string, string[]> {
  const sets: Record<string, string[]> = {};
  for (const { source, epoch, pts, value } of test.buffers() as readonly StreamBuffer<JoinedSet>[]) {
    const parts = Object.values(value.parts).map((part) => (part === null ? '-' : `${part.source} ${part.epoch} ${part.pts}`));
    sets[source] = [...(sets[source] ?? []), `${epoch} ${pts}(${parts.join(', ')})`];
  }
  return sets;
}

/** One input hears of a source, that of it which comes at some times, and of its end. */
async function clip(test: ElementTest, source: string, ...times: readonly number[]): Promise<void> {
  await test.event({ type: 'stream-start', source, epoch: 0 }, 'sink_0');
  for (const pts of times) await test.push({ pts, source }, 'sink_0');
  await test.event({ type: 'source-end', source, epoch: 0 }, 'sink_0');
}

/** Both inputs hear of sources. */
async function begin(test: ElementTest, ...sources: readonly string[]): Promise<void> {
  for (const source of sources) for (const pad of Object.keys(both)) await test.event({ type: 'stream-start', source, epoch: 0 }, pad);
}

async function run(policy: (typeof JOIN_POLICIES)[number], steps: readonly Step[]): Promise<Record<string, string[]>> {
  const test = await testElement(join, { props: { policy, bySource: true }, caps: both });
  const at = new Map<string, number>();
  const epochs = new Map<string, number>();
  for (const { source, pad, by, isGap, raises } of steps) {
    const key = `${source} ${pad}`;
    const pts = (at.get(key) ?? 0) + by;
    at.set(key, pts);
    const epoch = (epochs.get(key) ?? 0) + (raises ? 1 : 0);
    epochs.set(key, epoch);
    if (isGap && epoch === 0) await test.gap(pts, 1, pad, source);
    else await test.push({ pts, source, epoch }, pad);
  }
  let sets: Record<string, string[]> = {};
  await test.end(() => {
    sets = setsOf(test);
  });
  return sets;
}

describe('join by source', function () {
  this.timeout(20_000);

  for (const policy of JOIN_POLICIES) {
    it(`gives of each of several sources what it gives of that source alone: ${policy}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const together = await run(policy, steps);
          for (const source of SOURCES) {
            const alone = await run(
              policy,
              steps.filter((one) => one.source === source),
            );
            assert.deepEqual(together[source] ?? [], alone[source] ?? [], source);
          }
        }),
        { numRuns: 20, seed: 5 },
      );
    });
  }

  it('mixes nothing of two sources, or of two epochs of one, at the same time', async () => {
    const test = await testElement(join, { props: { bySource: true }, caps: both });
    await test.push({ pts: 10, source: 'a' }, 'sink_0');
    await test.push({ pts: 10, source: 'b' }, 'sink_1');
    await test.push({ pts: 10, source: 'a', epoch: 1 }, 'sink_1');
    await test.push({ pts: 10, source: 'b' }, 'sink_0');
    assert.deepEqual(setsOf(test), { b: ['0 10(b 0 10, b 0 10)'], a: ['0 10(a 0 10, -)'] });
    await test.end(() => assert.deepEqual(setsOf(test).a, ['0 10(a 0 10, -)', '1 10(-, a 1 10)']));
  });

  it('takes more of a source after another has ended at an input', async () => {
    const test = await testElement(join, { props: { bySource: true, policy: 'base', inputs: [{ required: true }] }, caps: both });
    await test.push({ pts: 0, source: 'a' }, 'sink_0');
    await test.push({ pts: 0, source: 'a', epoch: 1 }, 'sink_0');
    await test.push({ pts: 0, source: 'b' }, 'sink_1');
    await test.push({ pts: 0, source: 'b' }, 'sink_0');
    await test.push({ pts: 1, source: 'b' }, 'sink_1');
    await test.end(() => assert.deepEqual(setsOf(test).b, ['0 0(b 0 0, b 0 0)']));
  });

  it('takes it as settled what a source gives at an input once it has ended there', async () => {
    const test = await testElement(join, { props: { bySource: true }, caps: both });
    await begin(test, 'a', 'b');
    await test.push({ pts: 0, source: 'a' }, 'sink_1');
    await test.push({ pts: 10, source: 'a' }, 'sink_1');
    await test.push({ pts: 0, source: 'a' }, 'sink_0');
    assert.deepEqual(setsOf(test), { a: ['0 0(a 0 0, a 0 0)'] });
    await test.event({ type: 'source-end', source: 'a', epoch: 0 }, 'sink_0');
    assert.deepEqual(setsOf(test).a, ['0 0(a 0 0, a 0 0)', '0 10(-, a 0 10)']);
    await test.push({ pts: 30, source: 'a' }, 'sink_1');
    assert.deepEqual(test.sourceEnds(), []);
    await test.event({ type: 'source-end', source: 'a', epoch: 0 }, 'sink_1');
    assert.deepEqual(test.sourceEnds(), [{ source: 'a', epoch: 0, behind: 3 }]);
    await test.end();
  });

  it('waits for what an input has not heard of yet when a source ends at another', async () => {
    const test = await testElement(join, { props: { bySource: true }, caps: both });
    await begin(test, 'b');
    await test.event({ type: 'stream-start', source: 'a', epoch: 0 }, 'sink_0');
    await test.push({ pts: 0, source: 'a' }, 'sink_0');
    await test.event({ type: 'source-end', source: 'a', epoch: 0 }, 'sink_0');
    assert.deepEqual([setsOf(test), test.sourceEnds()], [{}, []]);
    await test.event({ type: 'stream-start', source: 'a', epoch: 0 }, 'sink_1');
    await test.push({ pts: 0, source: 'a' }, 'sink_1');
    await test.event({ type: 'source-end', source: 'a', epoch: 0 }, 'sink_1');
    assert.deepEqual(setsOf(test), { a: ['0 0(a 0 0, a 0 0)'] });
    assert.deepEqual(test.sourceEnds(), [{ source: 'a', epoch: 0, behind: 1 }]);
    await test.end();
  });

  it('waits for the other inputs to end when a source has come by one only', async () => {
    const test = await testElement(join, { props: { bySource: true }, caps: both });
    await begin(test, 'b');
    await test.event({ type: 'stream-start', source: 'a', epoch: 0 }, 'sink_0');
    await test.push({ pts: 0, source: 'a' }, 'sink_0');
    await test.event({ type: 'source-end', source: 'a', epoch: 0 }, 'sink_0');
    await test.eos('sink_1');
    assert.deepEqual(setsOf(test).a, ['0 0(a 0 0, -)']);
    await test.end(() =>
      assert.deepEqual(
        test.sourceEnds().find(({ source }) => source === 'a'),
        { source: 'a', epoch: 0, behind: 1 },
      ),
    );
  });

  it('lets nothing of a new epoch overtake what is left of the one before', async () => {
    const test = await testElement(join, { props: { bySource: true }, caps: both });
    const unblock = test.block();
    for (const pts of [0, 10, 20]) await test.push({ pts, source: 'a' }, 'sink_0');
    const sent = [test.push({ pts: 30, source: 'a', epoch: 1 }, 'sink_0'), test.push({ pts: 30, source: 'a', epoch: 1 }, 'sink_1')];
    sent.push(test.push({ pts: 40, source: 'a', epoch: 1 }, 'sink_0'), test.push({ pts: 40, source: 'a', epoch: 1 }, 'sink_1'));
    await test.settled();
    unblock();
    await Promise.all(sent);
    await test.end(() =>
      assert.deepEqual(setsOf(test).a, [
        '0 0(a 0 0, -)',
        '0 10(a 0 10, -)',
        '0 20(a 0 20, -)',
        '1 30(a 1 30, a 1 30)',
        '1 40(a 1 40, a 1 40)',
      ]),
    );
  });

  it('hears by a gap, too, that an input has gone on to another epoch', async () => {
    const test = await testElement(join, { props: { bySource: true }, caps: both });
    await test.push({ pts: 0, source: 'a' }, 'sink_0');
    await test.gap(10, 10, 'sink_1', 'a', 1);
    assert.deepEqual(setsOf(test), { a: ['0 0(a 0 0, -)'] });
    await test.end();
  });

  describe('without bySource', () => {
    const ends = (test: ElementTest): string[] =>
      test.sourceEnds().flatMap(({ source, behind }) => (source.startsWith('feed') ? [] : [`${source} behind ${behind}`]));

    it('are told to have ended behind the last set that may hold something new of them, and before what came later', async () => {
      for (const policy of JOIN_POLICIES) {
        const test = await testElement(join, { props: { policy, base: 'sink_0' }, caps: both });
        await clip(test, 'a', 0, 10);
        await clip(test, 'b', 20);
        // Of what came before all were heard of, latest keeps the last alone.
        assert.deepEqual(ends(test), policy === 'latest' ? ['a behind 0'] : [], policy);
        await test.gap(0, 5, 'sink_1', 'mic');
        await test.push({ pts: 10, source: 'mic' }, 'sink_1');
        await test.gap(10, 5, 'sink_1', 'mic');
        await test.settled();
        const [ofA, ofB] = ['a', 'b'].map((source) =>
          test.buffers().findLastIndex(({ value }) => Object.values((value as JoinedSet).parts).some((part) => part?.source === source)),
        );
        // What latest holds on to for later sets is nothing new.
        if (policy === 'latest') assert.deepEqual(ends(test), ['a behind 0', 'b behind 1']);
        else
          for (const { source, behind } of test.sourceEnds())
            assert.ok(behind > (source === 'a' ? ofA! : ofB!), `${policy}: ${ends(test)}`);
        if (policy === 'settled') assert.deepEqual(ends(test), ['a behind 2']);
        await test.push({ pts: 30, source: 'mic' }, 'sink_1');
        await test.settled();
        if (policy === 'settled') assert.deepEqual(ends(test), ['a behind 2', 'b behind 3']);
        await test.end(() =>
          assert.deepEqual(
            test
              .sourceEnds()
              .map(({ source }) => source)
              .slice(0, 2),
            ['a', 'b'],
          ),
        );
      }
    });

    it('are told to have ended at once where nothing waits, and at the end of all where it waits for ever', async () => {
      const test = await testElement(join, { props: { policy: 'settled' }, caps: both });
      await clip(test, 'a');
      assert.deepEqual(ends(test), ['a behind 0']);
      await clip(test, 'b', 10);
      assert.deepEqual(ends(test), ['a behind 0']);
      await test.end(() => assert.deepEqual(ends(test).slice(0, 2), ['a behind 0', 'b behind 1']));
    });

    it('are told to have ended behind a set that downstream has not taken yet', async () => {
      const test = await testElement(join, { props: { policy: 'settled' }, caps: both });
      const unblock = test.block();
      await test.gap(0, 100, 'sink_1', 'mic');
      void test.push({ pts: 0, source: 'a' }, 'sink_0');
      void test.push({ pts: 1, source: 'a' }, 'sink_0');
      await test.settled();
      await test.event({ type: 'source-end', source: 'a', epoch: 0 }, 'sink_0');
      assert.deepEqual(ends(test), []);
      unblock();
      await test.settled();
      assert.deepEqual(ends(test), ['a behind 2']);
      await test.end();
    });

    it('begin anew behind their end, and end once more', async () => {
      const test = await testElement(join, { caps: both });
      await clip(test, 'a', 0);
      await test.event({ type: 'stream-start', source: 'a', epoch: 1 }, 'sink_0');
      await test.push({ pts: 10, source: 'a', epoch: 1 }, 'sink_0');
      // Another waits for longer, which is no concern of theirs.
      await test.push({ pts: 1000, source: 'mic' }, 'sink_1');
      assert.deepEqual(ends(test), ['a behind 1']);
      await test.settled();
      await test.push({ pts: 20, source: 'a', epoch: 1 }, 'sink_0');
      await test.end(() => {
        const own = test.sourceEnds().filter(({ source }) => source === 'a');
        assert.deepEqual(own, [
          { source: 'a', epoch: 0, behind: 1 },
          { source: 'a', epoch: 1, behind: 4 },
        ]);
      });
    });

    it('hold nothing back once a required input has ended', async () => {
      const test = await testElement(join, { props: { inputs: [{}, { required: true }] }, caps: both });
      await test.eos('sink_1');
      await clip(test, 'a', 0);
      await test.settled();
      assert.deepEqual(ends(test), ['a behind 0']);
      await test.end();
    });
  });
});
