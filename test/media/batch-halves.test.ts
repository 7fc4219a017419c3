import assert from 'node:assert/strict';
import { sinkPad, srcPad } from '../../src/core/element/pad-template.ts';
import { streamDemux } from '../../src/elements/flow/stream-demux.ts';
import { streamMux } from '../../src/elements/flow/stream-mux.ts';
import { batches, type StreamBatch } from '../../src/media/batch.ts';
import { halvesOf } from '../../src/media/batch-halves.ts';
import { probe, type Seen, stepsOf } from '../support/probe.ts';
import { testPipeline } from '../support/test-pipeline.ts';
import { countingSource, tinyElement } from '../support/tiny-element.ts';

describe('halves of a batch', () => {
  it('leave the items of other streams whole where one is at fault, and a gap where it was', async () => {
    const seen = Array.from({ length: 5 }, (): Seen[] => []);
    let runs = 0;
    const model = tinyElement('model', {
      pads: { sink: sinkPad(batches()), src: srcPad(batches()) },
      create: () => ({
        parts: halvesOf,
        transformBatch: async (buffers) => {
          runs += buffers.length;
          for (const { value } of buffers)
            for (const { source, pts } of (value as StreamBatch).slots) if (source === 'cam3' && pts === 20_000) throw new Error('poison');
          return buffers;
        },
      }),
    });
    const { pipeline, clock, heard, assertClean } = testPipeline(
      [
        ...seen.map((_, index) => countingSource(`cam${index}`, { count: 4, slabBytes: 64 })),
        streamMux,
        model,
        streamDemux,
        ...seen.map((own, index) => probe(`probe${index}`, own)),
      ],
      {
        links: [
          ...seen.map((_, index) => `cam${index} ! stream-mux.sink_${index}`),
          'stream-mux ! model ! stream-demux',
          ...seen.map((_, index) => `stream-demux.src_${index} ! probe${index}`),
        ],
        elements: { 'stream-mux': { props: { maxSize: 5, maxWaitMs: null, maxPerSource: 1 } }, model: { onError: 'skip' } },
      },
    );
    const { elements } = await pipeline.run();
    assert.equal(clock.next, undefined);
    for (const [index, own] of seen.entries()) {
      const buffers = stepsOf(own.filter(({ type }) => type === 'buffer'));
      assert.deepEqual(buffers, index === 3 ? ['0', '1', '3'] : ['0', '1', '2', '3']);
    }
    assert.ok(stepsOf(seen[3]!).includes('-2'));
    const it = elements.find(({ name }) => name === 'model')!;
    assert.deepEqual(it.dropped, { quarantined: 1 });
    assert.equal(heard('quarantine').length, 1);
    assert.ok(runs <= 4 + 2 * 3, `${runs} runs`);
    assertClean();
  });
});
