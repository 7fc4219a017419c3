import assert from 'node:assert/strict';
import fc from 'fast-check';
import { caps } from '../../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { streamDemux } from '../../../src/elements/flow/stream-demux.ts';
import { streamMux } from '../../../src/elements/flow/stream-mux.ts';
import type { BatchSlot, StreamBatch } from '../../../src/media/batch.ts';
import { testElement } from '../../../src/testing/test-element.ts';
import { probe, type ScriptOptions, type Seen, scriptedSource } from '../../support/probe.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';
import { filter, tinyElement } from '../../support/tiny-element.ts';

const script = (count: number) => Array.from({ length: count }, () => ({}));
const source = (name: string, count: number, options: ScriptOptions = {}) =>
  scriptedSource(name, script(count), { slabBytes: 64, ...options });
const large = { media: 'test', fields: { size: 2 } };

const batchText = ({ value }: StreamBuffer): string =>
  (value as StreamBatch).slots.map(({ source, pts }) => `${source}${pts / 10_000}`).join(' ');
const slotsOf = (seen: readonly Seen[]): string[] => seen.flatMap((one) => (one.type === 'buffer' ? [batchText(one.buffer)] : []));

/** A source whose buffers come when the test says so. */
function waiting(name: string, count: number, options: ScriptOptions = {}) {
  const calls: (() => void)[] = [];
  let allowed = 0;
  const before = (index: number): void | Promise<void> =>
    index < allowed ? undefined : new Promise((resolve) => void calls.push(resolve));
  return {
    definition: source(name, count, { ...options, before }),
    go: (until: number): void => {
      allowed = until;
      for (const call of calls.splice(0)) call();
    },
  };
}

function muxed(sources: readonly AnyElementDefinition[], props: object = {}, hold?: () => void | Promise<void>, extra: object = {}) {
  const seen: Seen[] = [];
  const test = testPipeline([...sources, streamMux, probe('sink', seen, hold)], {
    elements: { 'stream-mux': { props, ...extra } },
    links: [...sources.map(({ name }) => `${name} ! stream-mux`), 'stream-mux ! sink'],
  });
  return { ...test, seen, mux: () => test.pipeline.summary().elements.find(({ name }) => name === 'stream-mux')! };
}

describe('stream-mux', () => {
  describe('props', () => {
    it('refuses batches of nothing', async () => {
      await assert.rejects(async () => muxed([source('a', 1)], { maxSize: 0 }).pipeline.run(), { name: 'GraphError' });
    });

    it('refuses sizes and bounds that cannot be', async () => {
      for (const [props, message] of [
        [{ maxSize: 4, preferredSizes: [8] }, /raise maxSize or leave 8 out/],
        [{ strict: true }, /give preferredSizes/],
        [{ lengthBuckets: [9, 3] }, /have to rise, found 9 before 3/],
      ] as const) {
        await assert.rejects(async () => muxed([source('a', 1)], props).pipeline.run(), message);
      }
    });
  });

  describe('lengthBuckets', () => {
    // Of 2, 4 and 8 elements of 16 bytes.
    const streams = (shape: readonly (number | string)[]) =>
      Object.entries({ a: 32, b: 64, c: 128 }).map(([name, bytes]) =>
        scriptedSource(name, [{ bytes }], { slabBytes: bytes, caps: { media: 'tensor', fields: { dtype: 'float32', shape } } }),
      );

    it('count the elements of the axis in which tensors differ', async () => {
      const { pipeline, seen, assertClean } = muxed(streams(['length', 4]), { maxWaitMs: null, lengthBuckets: [4, 8] });
      await pipeline.run();
      assert.deepEqual(slotsOf(seen).sort(), ['a0 b0', 'c0']);
      assertClean();
    });

    it('count bytes where no axis is told', async () => {
      const { pipeline, seen, assertClean } = muxed(streams([8, 4]), { maxWaitMs: null, lengthBuckets: [32, 200] });
      await pipeline.run();
      assert.deepEqual(slotsOf(seen).sort(), ['a0', 'b0 c0']);
      assertClean();
    });
  });

  describe('negotiation', () => {
    it('says what the items of its batches are', async () => {
      const { pipeline, seen } = muxed([source('a', 1, { caps: large })]);
      await pipeline.run();
      assert.ok(seen[0]?.type === 'buffer');
      assert.deepEqual(seen[0].caps, { media: 'batch', fields: { item: 'test', size: 2 }, info: { streams: { 0: large } } });
    });

    it('keeps streams of other caps in batches of their own', async () => {
      const { pipeline, seen, assertClean } = muxed([source('a', 3), source('b', 3, { caps: large })]);
      await pipeline.run();
      for (const one of seen) {
        if (one.type === 'gap') continue;
        for (const slot of (one.buffer.value as StreamBatch).slots)
          assert.equal(one.caps.fields['size'], slot.source === 'b' ? 2 : undefined);
      }
      assert.equal(slotsOf(seen).join(' ').split(' ').length, 6);
      assertClean();
    });

    it('puts streams into one batch that differ only in what goes with them, and says what they agree on', async () => {
      const model = {};
      const of = (frameRate: number) => ({ caps: { media: 'test', fields: {}, info: { model, frameRate } } });
      const { pipeline, seen, assertClean } = muxed([source('a', 2, of(25)), source('b', 2, of(30)), source('c', 2, of(25))]);
      await pipeline.run();
      assert.deepEqual(
        slotsOf(seen).map((batch) => batch.split(' ').length),
        [3, 3],
      );
      for (const { caps } of seen.filter((one) => one.type === 'buffer')) {
        const { streams, ...agreed } = caps.info!;
        assert.deepEqual([caps.fields, agreed], [{ item: 'test' }, { model }]);
        assert.equal(agreed['model'], model);
      }
      assertClean();
    });

    it('lets a stream change its caps', async () => {
      const changing = scriptedSource('a', [{}, {}, { caps: large }, {}], { slabBytes: 64 });
      const { pipeline, seen, assertClean } = muxed([changing, source('b', 2)]);
      await pipeline.run();
      assert.deepEqual(slotsOf(seen).join(' ').split(' ').sort(), ['a0', 'a1', 'a2', 'a3', 'b0', 'b1']);
      assertClean();
    });
  });

  describe('data', () => {
    it('takes one of each stream', async () => {
      const { pipeline, seen, mux, assertClean } = muxed([source('a', 3), source('b', 3), source('c', 3)], { maxPerSource: 1 });
      await pipeline.run();
      assert.deepEqual(
        slotsOf(seen).map((batch) => batch.split(' ').sort().join(' ')),
        ['a0 b0 c0', 'a1 b1 c1', 'a2 b2 c2'],
      );
      assert.equal(
        Object.values(mux().batches.byCause).reduce((sum, count) => sum + count),
        3,
      );
      assert.deepEqual(mux().batches.bySize, { 3: 3 });
      assertClean();
    });

    it('keeps pad, source, epoch, sequence, pts and duration of each item', async () => {
      const one = scriptedSource('a', [{ pts: 70, duration: 30, epoch: 4 }], { slabBytes: 64 });
      const { pipeline, seen } = muxed([source('b', 0), one]);
      await pipeline.run();
      const first = seen.find((one) => one.type === 'buffer')!;
      const slot = (first.buffer.value as StreamBatch).slots[0]!;
      const { index, source: from, epoch, sequence, pts, duration } = slot;
      assert.deepEqual(
        { index, from, epoch, sequence, pts, duration },
        { index: 1, from: 'a', epoch: 4, sequence: 0, pts: 70, duration: 30 },
      );
    });

    it('is as old as the oldest item in it', async () => {
      const late = waiting('b', 1);
      const { pipeline, clock, seen } = muxed([source('a', 1), late.definition], { maxWaitMs: null, idleMs: 0 });
      const run = pipeline.run();
      await settled();
      clock.advanceBy(7000);
      late.go(1);
      await run;
      const [batch] = seen.flatMap((one) => (one.type === 'buffer' ? [one.buffer] : []));
      assert.equal(batch!.bornAt, 1_000_000);
      assert.deepEqual(
        (batch!.value as StreamBatch).slots.map(({ bornAt }) => bornAt),
        [1_000_000, 1_007_000],
      );
    });
  });

  describe('timing', () => {
    it('sends what there is when the oldest has waited long enough', async () => {
      const late = waiting('b', 1);
      const { pipeline, clock, seen, mux, assertClean } = muxed([source('a', 1), late.definition, waiting('c', 0).definition], {
        maxWaitMs: 5,
        idleMs: 0,
      });
      const run = pipeline.run();
      await settled();
      clock.advanceBy(4999);
      await settled();
      assert.deepEqual(slotsOf(seen), []);
      clock.advanceBy(1);
      await settled();
      assert.deepEqual(slotsOf(seen), ['a0']);
      assert.deepEqual(mux().batches.byCause, { deadline: 1 });
      assert.equal(mux().batches.oldestWaited!.max, 5000);
      late.go(1);
      await settled();
      await run;
      assertClean();
    });

    it('does not wait for a stream that has fallen silent', async () => {
      const [a, b] = [waiting('a', 4), waiting('b', 4)];
      const { pipeline, clock, seen, assertClean } = muxed([a.definition, b.definition], { maxWaitMs: null, idleMs: 100 });
      const run = pipeline.run();
      for (const both of [a, b]) both.go(1);
      await settled();
      assert.deepEqual(slotsOf(seen), ['a0 b0']);
      a.go(2);
      await settled();
      assert.equal(seen.length, 1);
      clock.advanceBy(100_000);
      await settled();
      assert.deepEqual(slotsOf(seen).slice(1), ['a1']);
      a.go(3);
      await settled();
      assert.deepEqual(slotsOf(seen).slice(2), ['a2'], 'at once');
      for (const both of [a, b]) both.go(4);
      await settled();
      clock.advanceBy(200_000);
      await run;
      assertClean();
    });

    it('does not wait for a stream that says it has nothing', async () => {
      const [a, b] = [waiting('a', 2), source('b', 1)];
      const { pipeline, seen, assertClean } = (() => {
        const seen: Seen[] = [];
        const none = filter('none', () => undefined);
        const test = testPipeline([a.definition, b, none, streamMux, probe('sink', seen)], {
          elements: { 'stream-mux': { props: { maxWaitMs: null, idleMs: 0 } } },
          links: ['a ! stream-mux ! sink', 'b ! none ! stream-mux'],
        });
        return { ...test, seen };
      })();
      const run = pipeline.run();
      a.go(1);
      await settled();
      const ofStream = (stream: number): unknown[] =>
        seen.flatMap((one) => (one.type === 'gap' ? one.parts!.filter((part) => part.stream === stream) : []));
      assert.deepEqual(slotsOf(seen), ['a0']);
      assert.deepEqual(ofStream(1)[0], { stream: 1, pts: 0, duration: 10_000, source: 'b', epoch: 0 });
      a.go(2);
      await run;
      assert.deepEqual(ofStream(0), [{ stream: 0, pts: 20_000, duration: 0, source: 'a', epoch: 0, isLast: true }]);
      assertClean();
    });

    it('does not wait for a stream that has said so before its last item left', async () => {
      const [plain] = caps('test');
      const test = await testElement(streamMux, { props: { maxWaitMs: null, idleMs: 0 }, caps: { sink_0: plain, sink_1: plain } });
      void test.push({ pts: 0, duration: 10, source: 'b' }, 'sink_1');
      await test.settled();
      void test.gap(10, 1000, 'sink_1', 'b');
      await test.settled();
      for (const index of [0, 1, 2]) await test.push({ pts: 10_000 * index, source: 'a' }, 'sink_0');
      await test.settled();
      assert.deepEqual(test.buffers().map(batchText), ['a0 b0', 'a1', 'a2']);
      await test.end();
    });

    it('drops what is too old where the graph is live, and says so', async () => {
      const live = { ...waiting('a', 2) };
      const definition = { ...live.definition, live: true };
      let release = (): void => {};
      let isFree = false;
      const hold = () => (isFree ? undefined : new Promise<void>((resolve) => (release = resolve)));
      const { pipeline, clock, seen, mux, assertClean } = muxed([definition], { maxStalenessMs: 20, maxPerSource: 1 }, hold);
      const run = pipeline.run();
      live.go(2);
      await settled();
      assert.deepEqual(slotsOf(seen), ['a0']);
      clock.advanceBy(30_000);
      isFree = true;
      release();
      await run;
      assert.deepEqual(slotsOf(seen), ['a0']);
      assert.deepEqual(mux().dropped, { stale: 1 });
      const parts = seen.flatMap((one) => (one.type === 'gap' ? one.parts! : []));
      const own = { stream: 0, source: 'a', epoch: 0 };
      assert.deepEqual(parts, [
        { ...own, pts: 10_000, duration: 10_000 },
        { ...own, pts: 20_000, duration: 0, isLast: true },
      ]);
      assertClean();
    });
  });

  describe('backpressure', () => {
    it('holds every stream back while downstream is busy, the fast no further ahead than its limit', async () => {
      const made = { a: 0, b: 0 };
      let release = (): void => {};
      let isFree = false;
      const { pipeline, seen, assertClean } = muxed(
        [source('a', 50, { before: () => void made.a++ }), source('b', 50, { before: () => void made.b++ })],
        {},
        () => (isFree ? undefined : new Promise<void>((resolve) => (release = resolve))),
        { queue: { maxBuffers: 4 } },
      );
      const run = pipeline.run();
      await settled();
      assert.equal(seen.length, 1);
      assert.ok(made.a <= 12 && made.b <= 12, `${made.a} and ${made.b} made`);
      isFree = true;
      release();
      await run;
      assert.equal(slotsOf(seen).join(' ').split(' ').length, 100);
      assertClean();
    });

    it('does not let go of a stream that has its share waiting, whatever comes of others', async () => {
      let asked = 0;
      const [b, c] = [waiting('b', 1), waiting('c', 1)];
      const { pipeline, seen, assertClean } = muxed(
        [source('a', 9, { before: () => void asked++ }), b.definition, c.definition],
        { maxSize: 3, maxPerSource: 1, maxWaitMs: null },
        undefined,
        { queue: { maxBuffers: 1 } },
      );
      const run = pipeline.run();
      await settled();
      const before = asked;
      assert.ok(before < 5, `${before} in the queue and in the mux`);
      c.go(1);
      await settled();
      assert.deepEqual([asked, seen.length], [before, 0]);
      b.go(1);
      await run;
      assert.deepEqual(slotsOf(seen)[0]!.split(' ').sort(), ['a0', 'b0', 'c0']);
      assertClean();
    });
  });

  describe('eos and flush', () => {
    it('goes on with the other streams when one has ended, and ends with the last', async () => {
      const { pipeline, seen, heard, assertClean } = muxed([source('a', 1), source('b', 4)], { maxWaitMs: null, idleMs: 0 });
      await pipeline.run();
      const all = slotsOf(seen).join(' ').split(' ');
      assert.deepEqual(
        all.filter((one) => one.startsWith('b')),
        ['b0', 'b1', 'b2', 'b3'],
      );
      assert.equal(all.length, 5);
      assert.deepEqual(
        heard('eos').map(({ element }) => element),
        ['sink'],
      );
      assertClean();
    });

    it('lets go of what it holds when it is stopped', async () => {
      const b = waiting('b', 1);
      const { pipeline, arena, mux } = muxed([source('a', 2), b.definition], { maxWaitMs: null, idleMs: 0 });
      const run = pipeline.run();
      const failed = assert.rejects(run);
      await settled();
      const closing = pipeline.close();
      b.go(1);
      await closing;
      await failed;
      assert.equal(arena.statistics.slabsInUse, 0);
      assert.deepEqual([mux().received, mux().inFlight], [2, 0]);
    });
  });
});

/** A model that sees one item, or those of a batch: what it makes of an item follows from the item's bytes alone. */
const fakeModel = tinyElement('model', {
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  create: ({ context, caps }) => {
    const look = ({ slabs, pts }: Pick<BatchSlot, 'slabs' | 'pts'>): string => `${pts}:${context.arena.bytes(slabs[0]!.offset, 64).join()}`;
    return {
      transform: (buffer) => {
        if (caps.sink!.media !== 'batch') return buffer.derive({ value: look(buffer) });
        const batch = buffer.value as StreamBatch;
        return buffer.derive({ value: { ...batch, slots: batch.slots.map((slot) => ({ ...slot, value: look(slot) })) } });
      },
    };
  },
});

/** A source whose bytes follow from its name and the buffer's number; it pauses for some turns of the event loop before each. */
function bytesSource(name: string, pauses: readonly number[]): AnyElementDefinition {
  return tinyElement(name, {
    pads: { src: srcPad(anyMedia()) },
    negotiate: { srcCaps: () => [{ media: 'test', fields: {} }] },
    create: ({ context, caps }) => {
      let index = 0;
      return {
        produce: async () => {
          const pause = pauses[index];
          if (pause === undefined) return undefined;
          for (let turn = 0; turn < pause; turn++) await new Promise(setImmediate);
          const slab = context.arena.allocate(64);
          const bytes = context.arena.bytes(slab.offset, 64);
          for (let at = 0; at < 64; at++) bytes[at] = (name.charCodeAt(0) * 31 + index * 7 + at * at) & 255;
          return new StreamBuffer({ caps: caps.src!, pts: index++ * 10_000, slabs: [slab] });
        },
      };
    },
  });
}

const resultsOf = (seen: readonly Seen[]): unknown[] =>
  seen.flatMap((one) => (one.type === 'buffer' ? [[one.pts, one.source, one.buffer.epoch, one.buffer.sequence, one.buffer.value]] : []));

describe('stream-mux and stream-demux', () => {
  it('give each stream exactly what it gets when it runs alone', async function () {
    this.timeout(30_000);
    const given = fc.record({
      sources: fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      maxSize: fc.integer({ min: 1, max: 6 }),
      maxWaitMs: fc.constantFrom(0, null),
      maxPerSource: fc.constantFrom(null, 1, 2),
      priorities: fc.constantFrom({}, { sink_1: 1 }),
      preferredSizes: fc.constantFrom<number[]>([], [2], [1, 3]),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ sources, preferredSizes, ...rest }) => {
        const props = { ...rest, preferredSizes: preferredSizes.filter((size) => size <= rest.maxSize) };
        const names = sources.map((_, index) => 'abcd'[index]!);
        const seen = new Map(names.map((name) => [name, [] as Seen[]]));
        const probes = names.map((name) => probe(`to-${name}`, seen.get(name)!));
        const together = testPipeline(
          [...names.map((name, index) => bytesSource(name, sources[index]!)), streamMux, fakeModel, streamDemux, ...probes],
          {
            elements: { 'stream-mux': { props: { ...props, idleMs: 0 } } },
            links: [
              ...names.map((name, index) => `${name} ! stream-mux.sink_${index}`),
              'stream-mux ! model ! stream-demux',
              ...names.map((name, index) => `stream-demux.src_${index} ! to-${name}`),
            ],
          },
        );
        await together.pipeline.run();
        together.assertClean();
        for (const [index, name] of names.entries()) {
          const alone: Seen[] = [];
          const single = testPipeline(
            [
              bytesSource(
                name,
                sources[index]!.map(() => 0),
              ),
              fakeModel,
              probe('sink', alone),
            ],
            { links: [`${name} ! model ! sink`] },
          );
          await single.pipeline.run();
          single.assertClean();
          assert.deepEqual(resultsOf(seen.get(name)!), resultsOf(alone));
        }
      }),
      { numRuns: 150 },
    );
  });
});
