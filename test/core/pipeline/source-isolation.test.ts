// One of eight sources is killed again and again; the other seven are compared with a run in which nothing happens.
import assert from 'node:assert/strict';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { ClockWait } from '../../../src/core/time/clock-wait.ts';
import { streamDemux } from '../../../src/elements/flow/stream-demux.ts';
import { streamMux } from '../../../src/elements/flow/stream-mux.ts';
import { batches, type StreamBatch } from '../../../src/media/batch.ts';
import { seededRandom } from '../../../src/media/test-picture/seeded-random.ts';
import { HandScheduler } from '../../support/stepped.ts';
import { testPipeline, until } from '../../support/test-pipeline.ts';
import { threadedElements } from '../../support/threaded-elements.ts';
import { countingSource, filter, notingSink, SOURCE_PADS, tinyElement } from '../../support/tiny-element.ts';

type Kill = 'error' | 'hang' | 'crash' | 'end';

const SOURCES = 8;
const VICTIM = 3;
const PERIOD = 40_000;
const MAX_WAIT = 10_000;
const START = 1_000_000;

/** A camera that gives a frame in each period, for so many periods; what happens to it in one of them is planned. */
function camera(index: number, ticks: number, plan: ReadonlyMap<number, Kill>): AnyElementDefinition {
  let broken = 0;
  return tinyElement(`cam${index}`, {
    pads: SOURCE_PADS,
    open: () => {
      if (broken > 0) {
        broken--;
        throw new Error('the device is not there');
      }
    },
    create: ({ context, caps }) => {
      const wait = new ClockWait(context);
      let tick = Math.floor((context.clock.now() - START) / PERIOD);
      return {
        produce: async () => {
          if (++tick > ticks) return undefined;
          await wait.until(START + tick * PERIOD);
          const kill = plan.get(tick);
          if (kill === 'end') return undefined;
          if (kill === 'hang') return new Promise(() => {});
          if (kill === 'crash') broken = 2;
          if (kill !== undefined) throw new Error(`killed in period ${tick}`);
          return new StreamBuffer({ caps: caps.src!, pts: tick * PERIOD, duration: PERIOD, slabs: [context.arena.allocate(64)] });
        },
        stop: () => wait.cutShort(),
      };
    },
  });
}

interface Left {
  /** When a batch came to the model. */
  readonly at: number;
  /** Source and period of its items, but for those of the victim. */
  readonly others: readonly string[];
}

async function run(ticks: number, plan: ReadonlyMap<number, Kill>) {
  const left: Left[] = [];
  const seen = Array.from({ length: SOURCES }, (): number[] => []);
  const model = tinyElement('model', {
    pads: { sink: sinkPad(batches()), src: srcPad(batches()) },
    create: ({ context: { clock } }) => ({
      transform: (buffer) => {
        const { slots } = buffer.value as StreamBatch;
        const others = slots.filter(({ index }) => index !== VICTIM).map(({ source, pts }) => `${source} ${pts / PERIOD}`);
        // Whose turn is first within a batch follows from whose was last.
        if (others.length > 0) left.push({ at: clock.now() - START, others: others.sort() });
        return buffer;
      },
    }),
  });
  const cameras = seen.map((_, index) => camera(index, ticks, index === VICTIM ? plan : new Map()));
  const sinks = seen.map((own, index) => notingSink(`sink${index}`, own));
  const restart = { firstDelayMs: 50, maxDelayMs: 200, maxAttempts: null };
  const scheduler = new HandScheduler();
  const { pipeline, clock, heard, assertClean } = testPipeline(
    [...cameras, streamMux, model, streamDemux, ...sinks],
    {
      links: [
        ...seen.map((_, index) => `cam${index} ! stream-mux.sink_${index}`),
        'stream-mux ! model ! stream-demux',
        ...seen.map((_, index) => `stream-demux.src_${index} ! sink${index}`),
      ],
      elements: {
        'stream-mux': { props: { maxSize: SOURCES, maxWaitMs: MAX_WAIT / 1000, idleMs: 100 } },
        ...Object.fromEntries(cameras.map(({ name }) => [name, { onError: 'restart', restart, timeoutMs: 200 }])),
      },
    },
    { scheduler },
  );
  let isOver = false;
  const running = pipeline.run().finally(() => {
    isOver = true;
  });
  await scheduler.advance(clock, () => isOver);
  const summary = await running;
  assertClean();
  return { left, seen, heard, summary, restarts: summary.elements.find(({ name }) => name === `cam${VICTIM}`)!.notes['restarts'] };
}

/** So many deaths of such kinds, some periods apart, as a seed has it. */
function planOf(kills: number, kinds: readonly Kill[], seed: number): { plan: Map<number, Kill>; ticks: number } {
  const random = seededRandom(seed);
  const plan = new Map<number, Kill>();
  let tick = 2;
  for (let kill = 0; kill < kills; kill++) {
    // By then the one before has been survived, backoff and all.
    tick += 25 + Math.floor(random() * 8);
    plan.set(tick, kinds[Math.floor(random() * kinds.length)]!);
  }
  return { plan, ticks: tick + 30 };
}

describe('one of eight sources', () => {
  const own = (ticks: number): number[] => Array.from({ length: ticks }, (_, index) => ((index + 1) * PERIOD) / 10_000);

  it('that fails a hundred times, at once or beyond repair for a while, changes nothing for the others, not by a microsecond', async () => {
    const { plan, ticks } = planOf(100, ['error', 'crash'], 7);
    const whole = await run(ticks, new Map());
    const killed = await run(ticks, plan);
    assert.deepEqual(killed.left, whole.left);
    for (const [index, seen] of killed.seen.entries()) if (index !== VICTIM) assert.deepEqual(seen, own(ticks));
    assert.equal(killed.restarts, 100);
    assert.ok(killed.seen[VICTIM]!.length > ticks / 2, 'and comes back each time');
    assert.equal(new Set(killed.heard('warning').map(({ element }) => element)).size, 1, 'nobody else is spoken of');
  });

  it('that hangs a hundred times costs the others no buffer, and no batch more than its longest wait', async () => {
    const { plan, ticks } = planOf(100, ['hang', 'hang', 'error'], 11);
    const whole = await run(ticks, new Map());
    const killed = await run(ticks, plan);
    assert.deepEqual(
      killed.left.map(({ others }) => others),
      whole.left.map(({ others }) => others),
    );
    for (const [index, { at }] of killed.left.entries()) {
      const late = at - whole.left[index]!.at;
      assert.ok(late === 0 || late === MAX_WAIT, `batch ${index} was ${late} µs late`);
    }
    // It is waited for until it has been silent for as long as the batcher bears.
    const hangs = [...plan.values()].filter((kind) => kind === 'hang').length;
    assert.ok(killed.left.filter(({ at }, index) => at !== whole.left[index]!.at).length <= 3 * hangs);
    for (const [index, seen] of killed.seen.entries()) if (index !== VICTIM) assert.deepEqual(seen, own(ticks));
    assert.equal(killed.restarts, 100);
  });

  it('that ends is missed by nobody', async () => {
    const whole = await run(40, new Map());
    const killed = await run(40, new Map([[17, 'end']]));
    assert.deepEqual(killed.left, whole.left);
    assert.deepEqual(killed.seen[VICTIM], own(16));
  });

  it('that fails in a thread again and again, or takes it with it, costs the others neither a buffer nor a batch', async function () {
    this.timeout(30_000);
    const rounds = 34;
    const dies = [5, 20];
    const fails = [2, 8, 11, 14, 17, 23, 26, 29];
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const left: string[][] = [];
    const seen = Array.from({ length: SOURCES }, (): number[] => []);
    const model = filter(
      'model',
      (buffer) => {
        const others = (buffer.value as StreamBatch).slots.filter(({ index }) => index !== VICTIM);
        if (others.length > 0) left.push(others.map(({ source, pts }) => `${source} ${pts / 10_000}`).sort());
        return buffer;
      },
      { pads: { sink: sinkPad(batches()), src: srcPad(batches()) } },
    );
    const begun = (index: number) => (): boolean => shared[0]! > index;
    const others = seen.map((_, index) =>
      countingSource(`cam${index}`, { count: rounds, slabBytes: 64, before: (frame) => until(begun(frame)) }),
    );
    const sinks = seen.map((own, index) => notingSink(`sink${index}`, own));
    const restart = { firstDelayMs: 1, maxDelayMs: 1, maxAttempts: null };
    const { pipeline, clock, arena, heard, assertClean } = testPipeline(
      [...others.filter((_, index) => index !== VICTIM), streamMux, model, streamDemux, ...sinks],
      {
        links: [
          ...seen.map((_, index) => `cam${index} ! stream-mux.sink_${index}`),
          'stream-mux ! model ! stream-demux',
          ...seen.map((_, index) => `stream-demux.src_${index} ! sink${index}`),
        ],
        elements: {
          'stream-mux': { props: { maxSize: SOURCES, maxWaitMs: null } },
          [`cam${VICTIM}`]: { type: 'rounds', thread: 'a', onError: 'restart', restart, props: { shared, rounds, dies, fails } },
        },
      },
      { threaded: threadedElements },
    );
    const running = pipeline.run();
    await until(() => shared[1] === 1);
    for (let [round, kills] = [1, 0]; round <= rounds; round++) {
      shared[0] = round;
      await until(() => left.length === round);
      if (fails.includes(round) || dies.includes(round)) kills++;
      // It comes back a round later.
      if (!fails.includes(round - 1) && !dies.includes(round - 1)) continue;
      await until(() => {
        // Its thread says when it wants to be woken, or is awaited itself.
        if (clock.next !== undefined && clock.next <= clock.now() + 1000) clock.advanceTo(clock.next);
        return shared[1] === kills + 1;
      });
    }
    const { elements } = await running;
    const all = Array.from({ length: rounds }, (_, index) => index);
    assert.deepEqual(
      left,
      all.map((frame) => seen.flatMap((_, index) => (index === VICTIM ? [] : [`cam${index} ${frame}`]))),
    );
    for (const [index, own] of seen.entries()) if (index !== VICTIM) assert.deepEqual(own, all);
    assert.equal(heard('warning').filter(({ code }) => code === 'element/restarting').length, 10);
    const came = seen[VICTIM]!;
    assert.deepEqual(
      came,
      [...new Set(came)].sort((a, b) => a - b),
    );
    assert.ok(came.length >= rounds - 2 * 10 - 1, 'and comes back each time');
    assert.ok(elements.every(({ dropped }) => Object.keys(dropped).length === 0));
    await until(() => arena.statistics.slabsInUse === 0);
    assertClean();
  });
});
