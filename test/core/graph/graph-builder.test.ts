import assert from 'node:assert/strict';
import { z } from 'zod';
import { defineElement } from '../../../src/core/element/define-element.ts';
import { anyMedia, type MediaType, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { graph } from '../../../src/core/graph/graph-builder.ts';

const media = <Name extends string>(name: Name): MediaType<Name, undefined> => ({ name, caps: [{ media: name, fields: {} }] });
const base = { klass: 'Test', summary: 'For a test.', example: '', props: z.strictObject({}) };

const camera = defineElement({
  ...base,
  name: 'camera',
  props: z.strictObject({ path: z.string(), rate: z.number().default(30) }),
  pads: { src: srcPad(media('picture')) },
  create: () => ({ produce: () => undefined }),
});
const scale = defineElement({
  ...base,
  name: 'scale',
  props: z.strictObject({ width: z.int().default(3) }),
  pads: { sink: sinkPad(media('picture')), src: srcPad(media('tensor')) },
  create: () => ({ transform: (buffer) => buffer }),
});
const split = defineElement({
  ...base,
  name: 'split',
  pads: { sink: sinkPad(anyMedia()), 'src_%u': srcPad(anyMedia(), { presence: 'request' }) },
  create: () => ({ chain: { sink: (): 'ok' => 'ok' } }),
});
const mix = defineElement({
  ...base,
  name: 'mix',
  pads: { video: sinkPad(media('picture')), data: sinkPad(media('tensor')), src: srcPad(media('picture')) },
  create: () => ({ chain: { video: (): 'ok' => 'ok', data: (): 'ok' => 'ok' } }),
});
const either = defineElement({
  ...base,
  name: 'either',
  pads: {
    sink: sinkPad({
      name: 'x' as 'picture' | 'sound',
      caps: [
        { media: 'picture', fields: {} },
        { media: 'sound', fields: {} },
      ],
    }),
  },
  create: () => ({ render: () => {} }),
});
const screen = defineElement({ ...base, name: 'screen', pads: { sink: sinkPad(media('picture')) }, create: () => ({ render: () => {} }) });

describe('graph builder', () => {
  it('builds what a graph file says', async () => {
    const g = graph('A test.');
    const eye = g.add(camera, { path: 'a.mp4' }, { name: 'eye', queue: { maxBuffers: 4 } });
    const parts = eye.to(g.add(split));
    const both = g.add(mix);
    parts.to(g.add(scale, { width: 640 })).to(both.pads.data);
    g.link(parts.pads['src_%u'], both.pads.video);
    both.to(g.add(screen));
    assert.deepEqual(g.description, {
      description: 'A test.',
      elements: {
        eye: { type: 'camera', props: { path: 'a.mp4' }, queue: { maxBuffers: 4 } },
        split: { type: 'split' },
        mix: { type: 'mix' },
        scale: { type: 'scale', props: { width: 640 } },
        screen: { type: 'screen' },
      },
      links: ['eye ! split', 'split.src_0 ! scale', 'scale ! mix.data', 'split.src_1 ! mix.video', 'mix ! screen'],
    });
    const { description } = await g.open();
    assert.deepEqual(description.links, g.description.links);
  });

  it('numbers elements that have no name of their own', () => {
    const g = graph();
    assert.deepEqual([g.add(screen).name, g.add(screen).name, g.add(screen).name], ['screen', 'screen2', 'screen3']);
    assert.throws(() => g.add(screen, {}, { name: 'screen' }), RangeError);
  });

  it('finds when opened what the compiler cannot know', async () => {
    const g = graph();
    g.add(camera, { path: 'a', rate: 3 });
    await assert.rejects(g.open(), { code: 'graph/invalid', message: /camera\.src is not linked/ });
  });

  // Never run: each line that is expected to be an error would fail the compiler if it were none.
  it('has the compiler refuse what cannot be', () => {
    const refused = (): void => {
      const g = graph();
      // @ts-expect-error a property is missing
      g.add(camera);
      // @ts-expect-error there is no such property
      g.add(camera, { path: 'a', speed: 3 });
      // @ts-expect-error a property has the wrong type
      g.add(scale, { width: 'wide' });
      // @ts-expect-error there is no such setting
      g.add(scale, {}, { queues: {} });
      // @ts-expect-error there is no such policy
      g.add(scale, {}, { queue: { onFull: 'drop' } });
      const eye = g.add(camera, { path: 'a' });
      const fit = eye.to(g.add(scale));
      const both = g.add(mix);
      const show = g.add(screen);
      // @ts-expect-error tensor does not fit picture
      fit.to(show);
      // @ts-expect-error tensor does not fit picture
      fit.to(both.pads.video);
      // @ts-expect-error picture does not fit tensor
      g.link(eye.pads.src, both.pads.data);
      // @ts-expect-error mix has several sink pads
      eye.to(both);
      // @ts-expect-error there is no such pad
      eye.to(both.pads.audio);
      // @ts-expect-error a screen has no src pad
      show.to(fit);
      // @ts-expect-error a camera has no sink pad
      fit.to(eye);
      // @ts-expect-error a src pad cannot come second
      g.link(eye.pads.src, fit.pads.src);
      // @ts-expect-error a sink pad cannot come first
      g.link(show.pads.sink, fit.pads.sink);
      // @ts-expect-error neither of the two alternatives is tensor
      fit.to(g.add(either));
    };
    const allowed = (): void => {
      const g = graph();
      const eye = g.add(camera, { path: 'a', rate: 3 });
      eye.to(g.add(either));
      eye.to(g.add(split)).to(g.add(scale)).to(g.add(mix).pads.data).to(g.add(screen));
    };
    assert.equal(typeof refused, typeof allowed);
  });
});
