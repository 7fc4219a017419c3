import assert from 'node:assert/strict';
import { Element } from '../../../src/core/element/element.ts';
import type { SinkPad, SrcPad } from '../../../src/core/element/pad.ts';
import type { StreamEvent } from '../../../src/core/stream/event.ts';
import { probe, type Seen, scriptedSource } from '../../support/probe.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
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
});

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
