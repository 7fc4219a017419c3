import assert from 'node:assert/strict';
import { caps, type FixedCaps } from '../../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { MediaError } from '../../../src/media/media-error.ts';
import { settled } from '../../../src/testing/settled.ts';
import { frameSource, type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

/** Asks somebody who takes a while what frames become. */
function asking(asked: FixedCaps[], answer: (sink: FixedCaps) => FixedCaps): AnyElementDefinition {
  return tinyElement('asking', {
    pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
    open: () => ({ found: undefined }),
    negotiate: {
      survey: async ({ resource, sink }) => {
        await settled();
        asked.push(sink['sink']!);
        (resource as { found: FixedCaps }).found = answer(sink['sink']!);
      },
      sinkCaps: () => 'any',
      srcCaps: ({ resource }) => [(resource as { found: FixedCaps }).found],
    },
    create: ({ caps: { src } }) => ({ transform: (buffer) => buffer.derive({ caps: src! }) }),
  });
}

const half = ({ media, fields: { format, width, height } }: FixedCaps): FixedCaps =>
  caps(media, { format: format!, width: Number(width) / 2, height: Number(height) / 2 })[0];

describe('survey of what src pads give', () => {
  it('is made before they are settled, and anew when what comes changes', async () => {
    const asked: FixedCaps[] = [];
    const kept: Kept[] = [];
    const frames = [64, 64, 32].map((size) => ({ width: size, height: size }));
    const links = ['frames ! asking ! kept'];
    const { pipeline, assertClean } = testPipeline([frameSource('frames', frames), asking(asked, half), keepingSink('kept', kept)], {
      links,
    });
    await pipeline.run();
    assertClean();
    assert.deepEqual(
      asked.map(({ fields }) => fields['width']),
      [64, 32],
    );
    assert.deepEqual(
      kept.map(({ caps: { fields } }) => fields['width']),
      [32, 32, 16],
    );
  });

  it('is complained of by name where it fails, before anything runs', async () => {
    const fails = (): never => {
      throw new MediaError('media/bad-launch', 'Nobody answers');
    };
    const kept: Kept[] = [];
    const definitions = [frameSource('frames', [{ width: 8, height: 8 }]), asking([], fails), keepingSink('kept', kept)];
    const { pipeline, assertClean } = testPipeline(definitions, { links: ['frames ! asking ! kept'] });
    await assert.rejects(pipeline.run(), { code: 'media/bad-launch', message: /^asking: Nobody answers/ });
    assertClean();
    assert.equal(kept.length, 0);
  });

  it('is made of an element that is added to a graph that runs', async () => {
    const asked: FixedCaps[] = [];
    const kept: Kept[] = [];
    let goOn = (): void => {};
    const added = new Promise<void>((resolve) => (goOn = resolve));
    const frames = [64, 64, 64].map((size) => ({ width: size, height: size }));
    const source = frameSource('frames', frames, (index) => (index < 2 ? undefined : added));
    const links = ['frames ! tee ! asking ! kept'];
    const { pipeline, assertClean } = testPipeline([source, tee, asking(asked, half), keepingSink('kept', kept)], { links });
    const running = pipeline.run();
    while (kept.length < 2) await settled();
    await pipeline.add({ elements: { again: { type: 'asking' }, more: { type: 'kept' } }, links: ['tee ! again ! more'] });
    goOn();
    await running;
    assertClean();
    assert.equal(asked.length, 2);
    assert.deepEqual(
      kept.map(({ caps: { fields }, pts }) => [fields['width'], pts]),
      [0, 10_000, 20_000, 20_000].map((pts) => [32, pts]),
    );
  });

  it('says no where downstream takes nothing of what it finds', async () => {
    const takes = caps('video/raw', { width: 99 });
    const definitions = [frameSource('frames', [{ width: 8, height: 8 }]), asking([], half), keepingSink('kept', [], takes)];
    const { pipeline } = testPipeline(definitions, { links: ['frames ! asking ! kept'] });
    await assert.rejects(pipeline.run(), /width 4 does not fit 99/);
  });
});
