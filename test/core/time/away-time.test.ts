import assert from 'node:assert/strict';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { countingSource, SINK_PADS, tinyElement } from '../../support/tiny-element.ts';

const PADS = { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) };

describe('working time', () => {
  it('of a sink that takes its time is that of the buffers that are timed', async () => {
    const sink = tinyElement('sink', {
      pads: SINK_PADS,
      create: () => ({ render: () => Promise.resolve().then(() => test.clock.advanceBy(10)) }),
    });
    // So many that only a sample of them is timed.
    const test = testPipeline([countingSource('source', { count: 4300 }), sink], { links: ['source ! sink'] });
    const { elements } = await test.pipeline.run();
    const { working, handled } = elements.find(({ name }) => name === 'sink')!;
    assert.equal(working.max, 10);
    assert.ok(working.count < handled);
    await test.pipeline.close();
    test.assertClean();
  });

  it('of a source is told to whoever traces it, whether it takes its time or not', async () => {
    for (const later of [false, true]) {
      const spans: unknown[] = [];
      const source = countingSource('source', {
        count: 3,
        before: () => {
          test.clock.advanceBy(20);
          return later ? Promise.resolve().then(() => test.clock.advanceBy(10)) : undefined;
        },
      });
      const sink = tinyElement('sink', { pads: SINK_PADS, create: () => ({ render: () => {} }) });
      const test = testPipeline(
        [source, sink],
        { links: ['source ! sink'] },
        { onSpan: ({ name }, start, end, size) => name === 'source' && spans.push([end - start, size]) },
      );
      await test.pipeline.run();
      assert.deepEqual(
        spans,
        Array.from({ length: 3 }, () => [later ? 30 : 20, 1]),
      );
      await test.pipeline.close();
      test.assertClean();
    }
  });

  it('of every buffer is told to whoever traces it', async () => {
    let spans = 0;
    const sink = tinyElement('sink', { pads: SINK_PADS, create: () => ({ render: () => test.clock.advanceBy(10) }) });
    const test = testPipeline(
      [countingSource('source', { count: 4300 }), sink],
      { links: ['source ! sink'] },
      { onSpan: ({ name }) => name === 'sink' && spans++ },
    );
    await test.pipeline.run();
    assert.equal(spans, 4300);
    await test.pipeline.close();
    test.assertClean();
  });
});

describe('working time of elements that push', () => {
  it('leaves out what happens downstream, at once or later', async () => {
    for (const later of [false, true]) {
      const passing = tinyElement('passing', {
        pads: PADS,
        create: ({ context }) => ({
          chain: {
            sink: (buffer) => {
              test.clock.advanceBy(1000);
              return context.push('src', buffer.retain());
            },
          },
        }),
      });
      const slow = tinyElement('slow', {
        pads: SINK_PADS,
        create: () => ({
          render: () => {
            test.clock.advanceBy(7000);
            if (later) return Promise.resolve().then(() => test.clock.advanceBy(2000));
          },
        }),
      });
      const test = testPipeline([countingSource('source', { count: 5 }), passing, slow], { links: ['source ! passing ! slow'] });
      const { elements } = await test.pipeline.run();
      const workOf = (name: string) => elements.find((element) => element.name === name)!.working.max;
      assert.deepEqual([workOf('passing'), workOf('slow')], [1000, later ? 9000 : 7000]);
      await test.pipeline.close();
      test.assertClean();
    }
  });

  it('leaves out what a hook waits for', async () => {
    const patient = tinyElement('patient', {
      pads: PADS,
      create: ({ context }) => ({
        chain: {
          sink: async (buffer) => {
            test.clock.advanceBy(1000);
            await context.waiting(Promise.resolve().then(() => test.clock.advanceBy(50_000)));
            test.clock.advanceBy(2000);
            return context.push('src', buffer.retain());
          },
        },
      }),
    });
    const sink = tinyElement('sink', { pads: SINK_PADS, create: () => ({ render: () => {} }) });
    const test = testPipeline([countingSource('source', { count: 5 }), patient, sink], { links: ['source ! patient ! sink'] });
    const { elements } = await test.pipeline.run();
    assert.equal(elements.find(({ name }) => name === 'patient')!.working.max, 3000);
    await test.pipeline.close();
    test.assertClean();
  });

  it('hands on what a promise that is waited for gives, or fails of', async () => {
    const seen: unknown[] = [];
    const asking = tinyElement('asking', {
      pads: SINK_PADS,
      create: ({ context }) => ({
        chain: {
          sink: async (): Promise<'ok'> => {
            seen.push(await context.waiting(Promise.resolve(7)));
            seen.push(await context.waiting(Promise.reject(new Error('no'))).catch((error: Error) => error.message));
            return 'ok';
          },
        },
      }),
    });
    const test = testPipeline([countingSource('source', { count: 1 }), asking], { links: ['source ! asking'] });
    await test.pipeline.run();
    assert.deepEqual(seen, [7, 'no']);
    await test.pipeline.close();
    test.assertClean();
  });
});
