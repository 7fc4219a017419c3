import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Batch, Batcher } from '../../../src/core/batch/batcher.ts';
import { type BatchOptions, batchOptions, longestWaitMs } from '../../../src/core/queue/queue-options.ts';

interface Item {
  readonly source: string;
  readonly number: number;
  readonly at: number;
  readonly shape: number;
  readonly length: number;
}

const ms = 1000;
const options = (some: Partial<BatchOptions>): BatchOptions => batchOptions.parse(some);
const item = (source: string, number: number, at = 0): Item => ({ source, number, at, shape: 0, length: 0 });

function feed(batcher: Batcher<Item>, ...items: readonly Item[]): void {
  for (const one of items) batcher.add(one, { ...one });
}

function drain(batcher: Batcher<Item>, now: number): Batch<Item>[] {
  const batches: Batch<Item>[] = [];
  for (let batch = batcher.take(now); batch !== undefined; batch = batcher.take(now)) batches.push(batch);
  return batches;
}

const shown = (batches: readonly Batch<Item>[]): string[] =>
  batches.map(({ items, cause }) => `${cause} ${items.map(({ source, number }) => `${source}${number}`).join(' ')}`);

/** So many of each source, by arrival in turns, all at once. */
const each = (sources: string, count: number, at = 0): Item[] =>
  Array.from({ length: count }, (_, number) => [...sources].map((source) => item(source, number, at))).flat();

describe('batcher', () => {
  describe('of one source', () => {
    it('gives a batch when it is full', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 3, maxWaitMs: null }));
      feed(batcher, ...each('a', 2));
      assert.deepEqual(drain(batcher, 1e9), []);
      assert.equal(batcher.wakeAt, undefined);
      feed(batcher, ...each('a', 5));
      assert.deepEqual(shown(drain(batcher, 1e9)), ['full a0 a1 a0', 'full a1 a2 a3']);
      assert.equal(batcher.waiting, 1);
    });

    it('gives what there is when the oldest has waited long enough, whenever others came', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 8, maxWaitMs: 5 }));
      feed(batcher, item('a', 0, 100), item('a', 1, 4000));
      assert.equal(batcher.wakeAt, 5100);
      assert.deepEqual(drain(batcher, 5099), []);
      const [batch] = drain(batcher, 5100);
      assert.deepEqual([batch!.cause, batch!.items.length, batch!.waited], ['deadline', 2, 5000]);
    });

    it('never waits with 0', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 8, maxWaitMs: 0 }));
      feed(batcher, item('a', 0, 7));
      assert.deepEqual(shown(drain(batcher, 7)), ['deadline a0']);
    });

    it('gives what is left when it is closed, and says why', () => {
      for (const cause of ['eos', 'flush'] as const) {
        const batcher = new Batcher<Item>(options({ maxSize: 2, maxWaitMs: null }));
        feed(batcher, ...each('a', 3));
        batcher.close(cause);
        feed(batcher, item('a', 3));
        assert.deepEqual(shown(drain(batcher, 0)), ['full a0 a1', `${cause} a2`]);
        assert.equal(batcher.waiting, 1);
      }
    });

    it('ends a batch where an item of another shape follows', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 3, maxWaitMs: null }));
      feed(batcher, item('a', 0), item('a', 1), { ...item('a', 2), shape: 1 }, { ...item('a', 3), shape: 0 });
      assert.deepEqual(shown(drain(batcher, 0)), ['shape a0 a1', 'shape a2']);
    });

    it('forgets everything when it is cleared, and gives it back', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 9, maxWaitMs: 1 }));
      feed(batcher, ...each('ab', 2), { ...item('a', 2), shape: 1 });
      assert.equal(batcher.clear().length, 5);
      assert.deepEqual([batcher.waiting, batcher.waitingOf('a'), batcher.wakeAt, drain(batcher, 1e9).length], [0, 0, undefined, 0]);
    });
  });

  describe('with preferred sizes', () => {
    const preferring = (some: Partial<BatchOptions>) =>
      new Batcher<Item>(options({ maxSize: 8, maxWaitMs: 5, preferredSizes: [2, 4], ...some }));

    it('gives the largest of them that it has, at once', () => {
      const batcher = preferring({});
      feed(batcher, ...each('a', 7));
      assert.deepEqual(
        drain(batcher, 0).map(({ cause, items }) => `${cause} ${items.length}`),
        ['preferred 4', 'preferred 2'],
      );
    });

    it('says of the largest there can be that it is full', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 4, preferredSizes: [2, 4], maxWaitMs: null }));
      feed(batcher, ...each('a', 6));
      assert.deepEqual(shown(drain(batcher, 0)), ['full a0 a1 a2 a3', 'preferred a4 a5']);
    });

    it('gives any size when time is up, since they are hints', () => {
      const batcher = preferring({ preferredSizes: [4] });
      feed(batcher, ...each('a', 3));
      assert.deepEqual(
        drain(batcher, 5 * ms).map(({ cause, items, slots }) => [cause, items.length, slots]),
        [['deadline', 3, 3]],
      );
    });

    it('keeps places free up to the next of them where they are strict', () => {
      const batcher = preferring({ preferredSizes: [4, 8], strict: true });
      feed(batcher, ...each('a', 3));
      assert.deepEqual(
        drain(batcher, 5 * ms).map(({ items, slots }) => [items.length, slots]),
        [[3, 4]],
      );
    });
  });

  describe('of several sources', () => {
    it('takes one of each in turn, and remembers whose turn it is', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 4, maxWaitMs: null }));
      feed(batcher, ...each('abc', 4));
      assert.deepEqual(shown(drain(batcher, 0)), ['full a0 b0 c0 a1', 'full b1 c1 a2 b2', 'full c2 a3 b3 c3']);
    });

    it('takes no more of one than its limit, though nobody else waits', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 4, maxWaitMs: 1, maxPerSource: 2 }));
      feed(batcher, ...each('a', 5), item('b', 0));
      assert.deepEqual(shown(drain(batcher, ms)), ['deadline a0 b0 a1', 'deadline a2 a3', 'deadline a4']);
    });

    it('remembers whose turn it is when one of them is forgotten', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 1, maxWaitMs: 0 }));
      feed(batcher, item('a', 0), ...each('bcd', 2));
      batcher.take(0);
      batcher.take(0);
      batcher.removeSource('a');
      assert.deepEqual(shown(drain(batcher, 0)), ['full c0', 'full d0', 'full b1', 'full c1', 'full d1']);
    });

    it('takes those of a larger priority first', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 2, maxWaitMs: 0, priorities: { b: 1 } }));
      feed(batcher, ...each('ab', 3));
      assert.deepEqual(shown(drain(batcher, 0)), ['full b0 b1', 'full b2 a0', 'full a1 a2']);
    });

    it('keeps a share of the places for those of lower priority', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 2, maxWaitMs: 0, priorities: { c: 1 }, fairShare: 0.25 }));
      feed(batcher, ...each('c', 40), ...each('ab', 20));
      const first = Array.from({ length: 20 }, () => batcher.take(0)!.items.map(({ source }) => source)).flat();
      const count = (source: string) => first.filter((one) => one === source).length;
      assert.deepEqual([count('a'), count('b'), count('c')], [5, 5, 30]);
    });

    it('gives a batch as soon as every declared source has given something', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 8, maxWaitMs: 40 }));
      for (const name of 'abc') batcher.addSource(name, 0);
      feed(batcher, item('a', 0), item('b', 0), item('a', 1));
      assert.deepEqual(drain(batcher, 0), []);
      feed(batcher, item('c', 0));
      assert.deepEqual(shown(drain(batcher, 0)), ['full a0 b0 c0 a1']);
    });

    it('waits no more for one that has ended, and for none once all have', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 8, maxWaitMs: null }));
      for (const name of 'abc') batcher.addSource(name, 0);
      feed(batcher, item('a', 0), item('b', 0));
      assert.deepEqual(drain(batcher, 0), []);
      batcher.endSource('c');
      assert.deepEqual(shown(drain(batcher, 0)), ['full a0 b0']);
      feed(batcher, item('a', 1));
      batcher.endSource('a');
      assert.deepEqual(drain(batcher, 0), []);
      batcher.endSource('b');
      assert.deepEqual(shown(drain(batcher, 0)), ['eos a1']);
    });

    it('waits no more for one that is silent, asks to be woken for that, and waits again once it speaks', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 8, maxWaitMs: null }));
      for (const name of 'ab') batcher.addSource(name, 0, { idleMs: 10 });
      feed(batcher, item('a', 0, 9 * ms));
      assert.deepEqual(drain(batcher, 9 * ms), []);
      assert.equal(batcher.wakeAt, 10 * ms);
      assert.deepEqual(shown(drain(batcher, 10 * ms)), ['full a0']);
      feed(batcher, item('a', 1, 11 * ms));
      assert.deepEqual(shown(drain(batcher, 11 * ms)), ['full a1']);
      feed(batcher, item('b', 0, 12 * ms));
      assert.deepEqual(drain(batcher, 12 * ms), []);
      feed(batcher, item('a', 2, 12 * ms));
      assert.deepEqual(shown(drain(batcher, 12 * ms)), ['full b0 a2']);
    });

    it('waits no more for one that is excused, until it has something', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 8, maxWaitMs: null }));
      for (const name of 'ab') batcher.addSource(name, 0);
      feed(batcher, item('a', 0));
      batcher.excuse('b', 0);
      assert.deepEqual(shown(drain(batcher, 0)), ['full a0']);
    });
  });

  describe('with a limit of age', () => {
    it('drops what entered the graph too long ago, where the graph is live', () => {
      const dropped: number[] = [];
      const use = { isLive: true, dropped: ({ number }: Item) => void dropped.push(number) };
      const batcher = new Batcher<Item>(options({ maxSize: 3, maxWaitMs: 1, maxStalenessMs: 50 }), use);
      for (const number of [0, 1, 2]) batcher.add(item('a', number), { source: 'a', at: 60 * ms, bornAt: number * 10 * ms });
      assert.deepEqual(shown(drain(batcher, 61 * ms)), ['deadline a2']);
      assert.deepEqual(dropped, [0, 1]);
    });

    it('drops nothing of files', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 1, maxStalenessMs: 50 }));
      feed(batcher, item('a', 0));
      assert.deepEqual(shown(drain(batcher, 1e9)), ['full a0']);
    });
  });

  describe('with a window that follows the arrivals', () => {
    const steady = (gap: number, count: number, more: Partial<BatchOptions> = {}) => {
      const batcher = new Batcher<Item>(options({ maxSize: 8, maxWaitMs: 30, adaptive: true, ...more }));
      for (let number = 0; number < count; number++) {
        feed(batcher, item('a', number, number * gap));
        batcher.clear();
      }
      feed(batcher, item('a', count, count * gap));
      return batcher.wakeAt! - count * gap;
    };

    it('keeps to maxWaitMs until 16 arrivals have been seen', () => {
      assert.equal(steady(1000, 14), 30_000);
      assert.equal(steady(1000, 15), 8000);
    });

    it('waits as long as a batch takes to fill, between 2 and 100 ms, and never beyond the latency target', () => {
      assert.equal(steady(1000, 200), 8000);
      assert.equal(steady(10, 200), 2000);
      assert.equal(steady(50_000, 200), 100_000);
      assert.equal(steady(1000, 200, { latencyTargetMs: 5 }), 5000);
      assert.equal(steady(10, 200, { latencyTargetMs: 1 }), 1000);
    });
  });

  it('says how long an item may wait, whatever its wait follows', () => {
    const of = (some: Partial<BatchOptions>) => longestWaitMs(options(some));
    assert.deepEqual([of({}), of({ maxWaitMs: 5 }), of({ maxWaitMs: null })], [0, 5, null]);
    assert.deepEqual([of({ maxWaitMs: 5, adaptive: true }), of({ maxWaitMs: 200, adaptive: true })], [100, 200]);
    assert.deepEqual([of({ adaptive: true, latencyTargetMs: 8 }), of({ maxWaitMs: null, latencyTargetMs: 8 })], [8, 8]);
  });

  it('lets no item wait longer than its options say that one may, at whatever rate items come', () => {
    const some = fc.record({
      maxSize: fc.integer({ min: 2, max: 8 }),
      maxWaitMs: fc.option(fc.nat(150)),
      latencyTargetMs: fc.option(fc.nat(150)),
      adaptive: fc.boolean(),
    });
    fc.assert(
      fc.property(some, fc.array(fc.nat(40_000), { minLength: 20, maxLength: 60 }), (chosen, gaps) => {
        const longest = longestWaitMs(options(chosen));
        const batcher = new Batcher<Item>(options(chosen));
        let now = 0;
        const look = (): void => {
          for (const { waited } of drain(batcher, now)) assert.ok(longest === null || waited <= longest * ms, `${waited} µs`);
        };
        for (const [number, gap] of gaps.entries()) {
          const next = now + gap;
          for (let at = batcher.wakeAt; at !== undefined && at < next; at = batcher.wakeAt) {
            now = at;
            look();
          }
          now = next;
          look();
          feed(batcher, item('a', number, now));
          look();
        }
      }),
    );
  });

  describe('of items of different lengths', () => {
    it('gives first the batch whose oldest item came first', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 8, maxWaitMs: 5, lengthBuckets: [10, 100] }));
      const ofLength = (number: number, length: number): Item => ({ ...item('a', number, number * 100), length });
      feed(batcher, ofLength(0, 50), ofLength(1, 5), ofLength(2, 50));
      assert.deepEqual(shown(drain(batcher, 6000)), ['deadline a0 a2', 'deadline a1']);
    });

    it('puts those of a bucket together and says how much padding they need', () => {
      const batcher = new Batcher<Item>(options({ maxSize: 2, maxWaitMs: 1, lengthBuckets: [10, 100] }));
      const lengths = [5, 90, 8, 60, 500];
      feed(batcher, ...lengths.map((length, number) => ({ ...item('a', number), length })));
      const batches = drain(batcher, ms);
      assert.deepEqual(shown(batches), ['full a0 a2', 'full a1 a3', 'deadline a4']);
      assert.deepEqual(
        batches.map(({ length, paddedLength }) => [length, paddedLength]),
        [
          [13, 16],
          [150, 180],
          [500, 500],
        ],
      );
    });
  });

  describe('laws', () => {
    /** What happens: something arrives, a source ends, falls silent and is excused, or everything is cut; after some time. */
    const scenario = fc.record({
      maxSize: fc.integer({ min: 1, max: 9 }),
      maxWaitMs: fc.constantFrom(0, 1, 3, 10),
      maxPerSource: fc.constantFrom(null, null, 1, 2, 5),
      preferredSizes: fc.subarray([1, 2, 3, 4, 8]),
      strict: fc.boolean(),
      priorities: fc.constantFrom<Record<string, number>>({}, {}, { b: 1 }, { a: 2, c: 1 }),
      fairShare: fc.constantFrom(0, 0, 0.3, 1),
      lengthBuckets: fc.constantFrom<number[]>([], [3], [2, 5]),
      declared: fc.subarray(['a', 'b', 'c', 'd']),
      idleMs: fc.constantFrom(0, 2, 20),
      lateness: fc.integer({ min: 0, max: 900 }),
      steps: fc.array(
        fc.record({
          what: fc.constantFrom('item', 'item', 'item', 'item', 'item', 'item', 'end', 'excuse', 'cut'),
          source: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
          after: fc.constantFrom(0, 0, 0, 10, 700, 2500),
          shape: fc.constantFrom(0, 0, 0, 0, 1),
          length: fc.integer({ min: 1, max: 9 }),
        }),
        { maxLength: 60 },
      ),
    });

    /** Lets a scenario happen to a batcher whose owner wakes up to `lateness` µs late; checks what holds at every step. */
    function live({ steps, declared, idleMs, lateness, ...rest }: typeof scenario extends fc.Arbitrary<infer S> ? S : never) {
      const preferredSizes = rest.preferredSizes.filter((size) => size <= rest.maxSize);
      const batcher = new Batcher<Item>(options({ ...rest, preferredSizes, strict: rest.strict && preferredSizes.length > 0 }));
      for (const name of declared) batcher.addSource(name, 0, { idleMs });
      const batches: (Batch<Item> & { now: number })[] = [];
      let [now, added, left] = [0, 0, 0];
      const work = (): void => {
        for (let batch = batcher.take(now); batch !== undefined; batch = batcher.take(now)) {
          batches.push({ ...batch, now });
          left += batch.items.length;
          assert.equal(batcher.waiting, added - left, 'nothing is lost, nothing doubled');
        }
        assert.ok(batcher.wakeAt === undefined || batcher.wakeAt > now, 'whoever has just asked need not ask again at once');
      };
      const goTo = (time: number): void => {
        for (let wake = batcher.wakeAt; wake !== undefined && wake + lateness <= time; wake = batcher.wakeAt) {
          now = Math.max(now, wake + lateness);
          work();
        }
        now = Math.max(now, time);
      };
      for (const { what, source, after, shape, length } of steps) {
        goTo(now + after);
        if (what === 'item') feed(batcher, { source, number: added++, at: now, shape, length });
        else if (what === 'end') batcher.endSource(source);
        else if (what === 'excuse') batcher.excuse(source, now);
        else batcher.close('flush');
        work();
      }
      goTo(now + 1e6);
      return { batches, added, left, waiting: batcher.waiting };
    }

    const holds = (law: (outcome: ReturnType<typeof live>, given: Parameters<typeof live>[0]) => void, numRuns = 1500): void =>
      fc.assert(
        fc.property(scenario, (given) => law(live(given), given)),
        { numRuns },
      );

    it('conserve every item, each in one batch', () => {
      holds(({ batches, added, left, waiting }) => {
        assert.equal(waiting, 0);
        assert.equal(left, added);
        assert.equal(new Set(batches.flatMap(({ items }) => items.map(({ number }) => number))).size, added);
      });
    });

    it('let no batch be larger than maxSize, nor hold more of a source than its limit', () => {
      holds(({ batches }, { maxSize, maxPerSource, strict, preferredSizes }) => {
        for (const { items, slots } of batches) {
          assert.ok(items.length >= 1 && items.length <= maxSize && slots >= items.length);
          const fitting = preferredSizes.filter((size) => size <= maxSize && size >= items.length);
          assert.equal(slots, strict && fitting.length > 0 ? Math.min(...fitting) : items.length);
          for (const { source } of items) {
            const own = items.filter((one) => one.source === source).length;
            assert.ok(maxPerSource === null || own <= maxPerSource, `${own} of ${source}`);
          }
        }
      });
    });

    it('let no item wait beyond maxWaitMs and the tick in which its owner wakes', () => {
      holds(({ batches }, { maxWaitMs, lateness }) => {
        for (const { items, now, waited } of batches) {
          for (const { at } of items) assert.ok(now - at <= maxWaitMs * ms + lateness, `waited ${now - at}`);
          assert.equal(waited, now - Math.min(...items.map(({ at }) => at)));
        }
      });
    });

    it('keep the order of every source within a length bucket', () => {
      holds(({ batches }, { lengthBuckets }) => {
        const last = new Map<string, number>();
        for (const { source, number, length } of batches.flatMap(({ items }) => items)) {
          const key = `${source} ${lengthBuckets.findIndex((bound) => length <= bound)}`;
          assert.ok(number > (last.get(key) ?? -1));
          last.set(key, number);
        }
      });
    });

    it('let only what fits together be together', () => {
      holds(({ batches }, { lengthBuckets }) => {
        for (const { items } of batches) {
          assert.equal(new Set(items.map(({ shape }) => shape)).size, 1);
          assert.equal(new Set(items.map(({ length }) => lengthBuckets.findIndex((bound) => length <= bound))).size, 1);
        }
      });
    });

    it('serve sources that all have more than enough alike, to within one item', () => {
      const given = fc.record({
        sources: fc.integer({ min: 1, max: 64 }),
        maxSize: fc.integer({ min: 1, max: 70 }),
        batches: fc.integer({ min: 1, max: 40 }),
      });
      fc.assert(
        fc.property(given, fc.constantFrom(null, 1, 3), ({ sources, maxSize, batches }, maxPerSource) => {
          const batcher = new Batcher<Item>(options({ maxSize, maxPerSource, maxWaitMs: 0 }));
          const served = new Map<string, number>();
          const names = Array.from({ length: sources }, (_, index) => `${index}`);
          for (const name of names) for (let number = 0; number < 80; number++) feed(batcher, item(name, number));
          for (let turn = 0; turn < batches && batcher.waiting > sources * 2; turn++) {
            const shortest = Math.min(...names.map((name) => batcher.waitingOf(name)));
            if (shortest < maxSize) break;
            for (const { source } of batcher.take(0)!.items) served.set(source, (served.get(source) ?? 0) + 1);
            const counts = names.map((name) => served.get(name) ?? 0);
            assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
          }
        }),
        { numRuns: 200 },
      );
    });

    it('let a dead source delay nobody: once it is left out, batches leave as if it had never been', () => {
      const given = fc.record({
        sources: fc.integer({ min: 2, max: 9 }),
        rounds: fc.integer({ min: 1, max: 8 }),
        dies: fc.constantFrom('ends', 'is silent'),
      });
      fc.assert(
        fc.property(given, ({ sources, rounds, dies }) => {
          const cadence = (dead: boolean): string[] => {
            const batcher = new Batcher<Item>(options({ maxSize: 16, maxWaitMs: 30 }));
            for (let index = 0; index < sources; index++) batcher.addSource(`${index}`, 0, { idleMs: 5 });
            if (dead) batcher.addSource('dead', 0, { idleMs: 5 });
            if (dead && dies === 'ends') batcher.endSource('dead');
            const times: string[] = [];
            for (let round = 1; round <= rounds; round++) {
              for (let index = 0; index < sources; index++) {
                const now = round * 5000 + index * 100;
                feed(batcher, item(`${index}`, round, now));
                for (const { items, cause } of drain(batcher, now)) times.push(`${now} ${cause} ${items.length}`);
              }
            }
            return times;
          };
          assert.deepEqual(cadence(true), cadence(false));
          assert.equal(cadence(true).length, rounds);
        }),
        { numRuns: 300 },
      );
    });

    it('let nobody starve while a share is kept for those of lower priority', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 8 }),
          fc.constantFrom(0.1, 0.25, 0.5),
          fc.integer({ min: 1, max: 5 }),
          (maxSize, fairShare, low) => {
            const names = Array.from({ length: low }, (_, index) => `low${index}`);
            const batcher = new Batcher<Item>(options({ maxSize, maxWaitMs: 0, fairShare, priorities: { high: 1 } }));
            const served = new Map<string, number>();
            const most = Math.ceil((low + 1) / (fairShare * maxSize)) + 1;
            for (let turn = 0; turn < most; turn++) {
              for (let number = 0; number < maxSize; number++) feed(batcher, item('high', number));
              for (const name of names) feed(batcher, item(name, turn));
              for (const { source } of batcher.take(0)!.items) served.set(source, (served.get(source) ?? 0) + 1);
            }
            for (const name of names) assert.ok((served.get(name) ?? 0) >= 1, `${name} in ${most} batches`);
          },
        ),
        { numRuns: 300 },
      );
    });
  });
});
