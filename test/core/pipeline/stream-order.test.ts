import assert from 'node:assert/strict';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { Element } from '../../../src/core/element/element.ts';
import type { SinkPad, SrcPad } from '../../../src/core/element/pad.ts';
import { sinkPad } from '../../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import type { StreamEvent } from '../../../src/core/stream/event.ts';
import { join } from '../../../src/elements/fusion/join.ts';
import type { JoinedSet } from '../../../src/media/joined.ts';
import { joined } from '../../../src/media/media-types.ts';
import { settled } from '../../../src/testing/settled.ts';
import { probe, type Seen, scriptedSource } from '../../support/probe.ts';
import { steadyPipeline, testPipeline } from '../../support/test-pipeline.ts';
import { SINK_PADS, SOURCE_PADS, tinyElement } from '../../support/tiny-element.ts';

describe('times of a source', () => {
  const script = [{ pts: 0 }, { pts: 10 }, { pts: 5 }, { pts: 10 }, { pts: 3 }, { pts: 20 }];
  const run = async (onNonMonotonic: string | undefined, more = {}, steps: typeof script | object[] = script) => {
    const seen: Seen[] = [];
    const test = testPipeline(
      [
        scriptedSource(
          'source',
          steps.map((one) => ({ duration: 10, ...one })),
          { slabBytes: 64 },
        ),
        probe('probe', seen),
      ],
      {
        links: ['source ! probe'],
        elements: { source: { ...(onNonMonotonic === undefined ? {} : { onNonMonotonic }), ...more } },
      },
    );
    const outcome = await test.pipeline.run().catch((error: unknown) => error);
    test.assertClean();
    return { times: seen.map(({ pts }) => pts), outcome, seen, ...test };
  };

  it('that go back cost the buffer where they are to, and it is counted', async () => {
    const { times, pipeline, heard } = await run('drop');
    assert.deepEqual(times, [0, 10, 10, 20]);
    assert.deepEqual(pipeline.summary().elements[0]?.dropped, { 'non-monotonic': 2 });
    assert.deepEqual(
      heard('dropped').map(({ cause }) => cause),
      ['non-monotonic'],
    );
  });

  it('that go back are moved behind what came before, with all that follow, unless a graph says otherwise', async () => {
    for (const policy of [undefined, 'rebase']) {
      const { times, seen, pipeline } = await run(policy);
      assert.deepEqual(times, [0, 10, 20, 25, 35, 52]);
      assert.deepEqual(
        seen.map((one) => one.type === 'buffer' && one.discont),
        [false, false, true, false, true, false],
      );
      assert.deepEqual(pipeline.summary().elements[0]?.dropped, {});
    }
  });

  it('that go back are a fault where they must not, with what came before worked off', async () => {
    const { times, outcome } = await run('error');
    assert.deepEqual(times, [0, 10]);
    assert.match(String(outcome), /source gave a buffer at 5 µs after one at 10 µs; set source.onNonMonotonic to drop or rebase/);
  });

  it('may begin anew with each epoch', async () => {
    const epochs = [{ pts: 50 }, { pts: 0, epoch: 1 }, { pts: 10, epoch: 1 }, { pts: 5, epoch: 2 }];
    assert.deepEqual((await run('error', {}, epochs)).times, [50, 0, 10, 5]);
  });

  for (const failsAt of [0, 1, 5]) {
    it(`are those of now when a live source is opened anew, which counts from 0 again: after ${failsAt} buffers`, async () => {
      const seen: string[] = [];
      const sink = tinyElement('sink', {
        pads: { sink: sinkPad(joined()) },
        create: () => ({ render: ({ value }) => void seen.push(shapeOf(value as JoinedSet)) }),
      });
      const inputs = ['one', 'two'].map((name) => ({ name, required: false, onMissing: 'null', toleranceMs: 5 }));
      const test = steadyPipeline([camera('one', 30), camera('two', 20, failsAt), join, sink], {
        links: ['one ! join', 'two ! join', 'join ! sink'],
        elements: { two: { onError: 'restart' }, join: { props: { inputs } }, sink: { sync: true } },
      });
      await test.pipeline.negotiate();
      let isOver = false;
      const running = test.pipeline.run().finally(() => {
        isOver = true;
      });
      while (!isOver) {
        test.clock.advanceBy(1000);
        await settled(4);
      }
      const { elements } = await running;
      assert.deepEqual(
        elements.map(({ name, dropped }) => [name, dropped]),
        ['one', 'two', 'join', 'sink'].map((name) => [name, {}]),
      );
      assert.equal(seen.filter((parts) => parts.includes('two')).length, failsAt + 20);
      test.assertClean();
    });
  }
});

/** What a set has parts of. */
const shapeOf = ({ parts }: JoinedSet): string =>
  Object.entries(parts)
    .flatMap(([name, part]) => (part === null ? [] : [name]))
    .join();

/** Gives a buffer every 10 ms from when it is opened, with times from 0; may fail once, after some. */
function camera(name: string, count: number, failsAt?: number): AnyElementDefinition {
  let hasFailed = failsAt === undefined;
  return tinyElement(name, {
    pads: SOURCE_PADS,
    live: true,
    create: ({ context: { timeline, signal }, caps }) => {
      const start = timeline.now;
      let made = 0;
      return {
        produce: async () => {
          if (made === count) return undefined;
          await timeline.until(start + made * 10_000, signal);
          if (!hasFailed && made === failsAt) {
            hasFailed = true;
            throw new Error('unplugged');
          }
          return new StreamBuffer({ caps: caps.src!, pts: made++ * 10_000, duration: 10_000 });
        },
      };
    },
  });
}

describe('sticky events', () => {
  it('are told to whoever is linked later, in their order, the latest of each', () => {
    const make = (name: string, pads: typeof SOURCE_PADS | typeof SINK_PADS): Element =>
      new Element(name, tinyElement(name, { pads, create: () => ({}) }), {}, { type: name }, {} as never);
    const src = make('source', SOURCE_PADS).srcPads.get('src') as SrcPad;
    const events: StreamEvent[] = [
      { type: 'segment', start: 0, base: 0 },
      { type: 'caps', caps: { media: 'test', fields: {} } },
      { type: 'stream-start', source: 'source', epoch: 0 },
      { type: 'gap', pts: 0, duration: 1, source: 'source', epoch: 0 },
      { type: 'caps', caps: { media: 'test', fields: { size: 2 } } },
      { type: 'stream-start', source: 'source', epoch: 1 },
    ];
    for (const event of events) assert.equal(src.pushEvent(event), 'not-linked');
    const heard: StreamEvent[] = [];
    const sink = make('sink', SINK_PADS).sinkPads.get('sink') as SinkPad;
    sink.receiveEvent = (event) => {
      heard.push(event);
      return 'ok';
    };
    src.peer = sink;
    src.replaySticky();
    assert.deepEqual(heard, [events[5], events[4], events[0]]);
  });
});
