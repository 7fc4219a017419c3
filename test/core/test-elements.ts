// Elements that tests of graphs link: nothing of them runs.
import { z } from 'zod';
import { caps } from '../../src/core/caps/caps.ts';
import { type AnyElementDefinition, defineElement } from '../../src/core/element/define-element.ts';
import { anyMedia, type MediaType, sinkPad, srcPad } from '../../src/core/element/pad-template.ts';
import { Registry } from '../../src/core/graph/registry.ts';

const picture = (format?: string): MediaType<'picture', undefined> => ({
  name: 'picture',
  caps: caps('picture', format === undefined ? {} : { format }),
});
const sound: MediaType<'sound', undefined> = { name: 'sound', caps: caps('sound') };
const size = (): MediaType<'tensor', undefined> => ({ name: 'tensor', caps: caps('tensor', { width: { min: 1, max: 4096 } }) });

const common = { example: 'camera ! screen' };

const camera = defineElement({
  ...common,
  name: 'camera',
  klass: 'Source/Video',
  summary: 'Sees.',
  props: z.strictObject({
    path: z.string().min(1).meta({ description: 'Where it is.' }),
    rate: z.number().gt(0).max(240).default(30),
    mode: z.enum(['fast', 'fine']).default('fast'),
    pattern: z
      .string()
      .regex(/^[a-z]+$/)
      .optional(),
  }),
  pads: { src: srcPad(picture()) },
  live: ({ pattern }) => pattern === 'live',
  check: ({ props }) =>
    props.path === 'missing.mp4' ? [{ code: 'media/not-found', path: '/props/path', message: 'There is no file missing.mp4' }] : [],
  create: () => ({ produce: () => undefined }),
});

const microphone = defineElement({
  ...common,
  name: 'microphone',
  klass: 'Source/Audio',
  summary: 'Hears.',
  props: z.strictObject({}),
  pads: { src: srcPad(sound) },
  create: () => ({ produce: () => undefined }),
});

const scale = defineElement({
  ...common,
  name: 'scale',
  klass: 'Filter/Video',
  summary: 'Scales.',
  props: z
    .strictObject({
      width: z.int().min(1).max(4096).default(320),
      even: z.boolean().default(false),
      wish: z.array(z.union([z.string(), z.strictObject({ name: z.string(), level: z.int().default(0) })])).default([]),
      limits: z.strictObject({ low: z.number().default(0), high: z.number().default(1) }).optional(),
    })
    .refine(({ width, even }) => !even || width % 2 === 0, { path: ['width'], message: 'Expected an even width' }) as never as z.ZodObject,
  pads: { sink: sinkPad(picture()), src: srcPad(size()) },
  negotiate: { srcCaps: ({ props }) => caps('tensor', { width: (props as { width: number }).width }) },
  create: () => ({ transform: (buffer) => buffer }),
});

const model = defineElement({
  ...common,
  name: 'model',
  klass: 'Inference',
  summary: 'Wants a width of 640.',
  props: z.strictObject({}),
  pads: { sink: sinkPad(size()), src: srcPad(sound) },
  negotiate: { sinkCaps: () => caps('tensor', { width: 640 }) },
  create: () => ({ transform: (buffer) => buffer }),
});

const pass = defineElement({
  ...common,
  name: 'pass',
  klass: 'Flow',
  summary: 'Passes on.',
  props: z.strictObject({}),
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  create: () => ({ transform: (buffer) => buffer }),
});

const split = defineElement({
  ...common,
  name: 'split',
  klass: 'Flow',
  summary: 'Splits.',
  props: z.strictObject({}),
  pads: { sink: sinkPad(anyMedia()), 'src_%u': srcPad(anyMedia(), { presence: 'request' }) },
  create: () => ({ chain: { sink: (): 'ok' => 'ok' } }),
});

const mix = defineElement({
  ...common,
  name: 'mix',
  klass: 'Flow',
  summary: 'Mixes.',
  props: z.strictObject({}),
  pads: { video: sinkPad(picture()), audio: sinkPad(sound), src: srcPad(picture()) },
  create: () => ({ chain: { video: (): 'ok' => 'ok', audio: (): 'ok' => 'ok' } }),
});

const screen = defineElement({
  ...common,
  name: 'screen',
  klass: 'Sink/Video',
  summary: 'Shows.',
  props: z.strictObject({}),
  pads: { sink: sinkPad(anyMedia()) },
  create: () => ({ render: () => {} }),
});

export function testRegistry(): Registry {
  return new Registry().add([camera, microphone, scale, model, pass, split, mix, screen] as AnyElementDefinition[], 'test');
}
