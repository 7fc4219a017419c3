// In a live graph nobody waits beyond the time at which something is due at the sinks, whoever stays silent.
import assert from 'node:assert/strict';
import { caps, type FixedCaps } from '../../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { type BufferInit, StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { attachClasses } from '../../../src/elements/fusion/attach-classes.ts';
import { cropByBoxes } from '../../../src/elements/fusion/crop-by-boxes.ts';
import { gate } from '../../../src/elements/fusion/gate.ts';
import { frameLayout } from '../../../src/media/frame-layout.ts';
import { settled } from '../../../src/testing/settled.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

/** A source that gives buffers of these times when they have come, and then nothing more. */
function live(name: string, own: FixedCaps, times: readonly number[], what: Partial<BufferInit> = {}, bytes = 0): AnyElementDefinition {
  return tinyElement(name, {
    pads: { src: srcPad(anyMedia()) },
    live: true,
    negotiate: { srcCaps: () => [own] },
    create: ({ context }) => {
      const left = [...times];
      return {
        produce: async () => {
          const pts = left.shift();
          const isTime = await context.timeline.until(pts ?? Number.MAX_SAFE_INTEGER, context.signal);
          const slabs = bytes > 0 && isTime ? [context.arena.allocate(bytes)] : [];
          return isTime ? new StreamBuffer({ caps: own, pts: pts!, slabs, ...what }) : undefined;
        },
      };
    },
  });
}

/** What comes to a sink that bears 50 ms in the first 400 ms, and when; and what was dropped on the way. */
async function runOf(definitions: readonly AnyElementDefinition[], links: readonly string[], props: object = {}) {
  const seen: string[] = [];
  const sink = tinyElement('sink', {
    pads: { sink: sinkPad(anyMedia()) },
    create: ({ context }) => ({
      render: ({ pts }) => {
        seen.push(`${pts} at ${context.timeline.now}`);
      },
    }),
  });
  const [, , it] = definitions;
  const test = testPipeline([...definitions, sink], {
    elements: { sink: { sync: { processingDeadlineMs: 50 } }, [it!.name]: { props } },
    links: [...links, `${it!.name} ! sink`],
  });
  await test.pipeline.negotiate();
  test.pipeline.run().catch(() => {});
  for (let turn = 0; turn < 80; turn++) {
    await settled();
    test.clock.advanceBy(5000);
  }
  const { dropped } = test.pipeline.summary().elements.find(({ name }) => name === it!.name)!;
  await test.pipeline.close();
  test.assertClean();
  return { seen, dropped };
}

describe('waits in live graphs', () => {
  const [plain] = caps('test');
  const [found] = caps('detections');
  const detected = { value: { width: 8, height: 8, items: [{ box: [1, 1, 6, 6], score: 1, classId: 0, label: 'cat' }] } };

  it('end in a gate whose control is silent: what it said last holds', async () => {
    const parts = [live('camera', plain, [0, 100_000]), live('silent', plain, []), gate];
    const { seen } = await runOf(parts, ['camera ! gate.sink', 'silent ! gate.control'], { open: true });
    assert.deepEqual(seen, ['0 at 70000', '100000 at 170000']);
  });

  it('end in attach-classes when no classes come: detections leave without', async () => {
    const parts = [live('detector', found, [0, 100_000], detected), live('silent', caps('classifications')[0], []), attachClasses];
    const { seen } = await runOf(parts, ['detector ! attach-classes.sink', 'silent ! attach-classes.classes']);
    assert.deepEqual(seen, ['0 at 70000', '100000 at 170000']);
  });

  it('end in crop-by-boxes when boxes stay away or frames do: nobody is held back for long', async () => {
    const [frames] = caps('video/raw', { format: 'RGB', width: 8, height: 8 });
    const { bytes } = frameLayout('RGB', 8, 8);
    const links = ['camera ! crop-by-boxes.sink', 'detector ! crop-by-boxes.boxes'];
    const times = [0, 40_000, 80_000, 120_000, 160_000, 200_000];
    const silent = [live('camera', frames, times, {}, bytes), live('detector', found, []), cropByBoxes];
    const without = await runOf(silent, links, { maxPending: 2, width: 4, height: 4 });
    assert.deepEqual(without.dropped['overflow'], 5);
    const blind = [live('camera', frames, []), live('detector', found, times, detected), cropByBoxes];
    assert.deepEqual((await runOf(blind, links, { maxPending: 2, width: 4, height: 4 })).dropped, { unmatched: 6 });
  });
});
