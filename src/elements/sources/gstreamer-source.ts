// Reads what elements of GStreamer's give, written as for gst-launch-1.0, which runs in a process of its own, or in this one by the
// package gstreamer-superficial: what only it can reach, such as cameras, capture cards and accelerators whose makers wrote elements
// for it.
//
// src: what the last element's src pad gives, raw or not told, brought to video/raw, I420, or with `gives: audio` to audio/raw. With
// `live`, as of rtsp-source: pts of running time, what the graph has no time for is left out, and a line that ends or fails is run anew,
// with a raised epoch. Without it pts are the line's, everything waits its turn, its end is the end, and a fault on the way is an error.
// Paths in the line are relative to the current folder.
//
// Errors: `media/bad-launch`, `media/not-found`, `media/unauthorised`, `media/no-backend`, `media/too-many-lines` at the start; without `live` all others, too,
// such as `media/timed-out` of a line that stays silent.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { chooseProcess } from '../../media/gstreamer-binding/choose-process.ts';
import { eitherOf, rawAudio, rawVideo } from '../../media/media-types.ts';
import { audioProps } from '../../media/reader/audio-props.ts';
import { livePictures } from '../../media/reader/live-pictures.ts';
import { livePictureProps } from '../../media/reader/live-props.ts';
import type { LaunchInput } from '../../media/reader/media-input.ts';
import type { AudioWish } from '../../media/reader/media-reader.ts';

const { format, rate, channels, chunkMs } = audioProps;

const props = z
  .strictObject({
    line: z
      .string()
      .regex(/\S/, 'Expected a launch line, such as videotestsrc')
      .meta({ description: 'Elements, as for gst-launch-1.0, without a sink at their end. What it holds of secrets is never shown.' }),
    gives: z.enum(['video', 'audio']).default('video').meta({ description: 'What is taken of it: pictures or sound.' }),
    live: z.boolean().default(true).meta({
      description: 'What it gives happens now, for as long as the graph runs. false: it can be held back, and its end is the end.',
    }),
    process: z.enum(['auto', 'own', 'this']).default('auto').meta({
      description:
        'Where the line runs. own: in a process of its own; this: in this one, by the package gstreamer-superficial, where what breaks down takes the graph along; auto: in its own, unless only the package is there.',
    }),
    audioFormat: format,
    rate,
    channels,
    chunkMs,
    ...livePictureProps,
  })
  .refine(({ gives, placeholder }) => gives === 'video' || placeholder === 'none', {
    path: ['placeholder'],
    message: 'Expected none, since nothing stands in for sound',
  })
  .refine(({ gives, rate, channels }) => gives === 'audio' || (rate === undefined && channels === undefined), {
    path: ['gives'],
    message: 'Expected audio, since rate and channels are those of sound',
  });

type Props = z.output<typeof props>;

const inputOf = ({ line, live, process }: Props): LaunchInput => ({ kind: 'launch', line, isLive: live, process });

const soundOf = ({ gives, audioFormat, rate, channels, chunkMs }: Props): AudioWish | undefined =>
  gives === 'video' ? undefined : { format: audioFormat, rate, channels, chunkUs: Math.round(chunkMs * 1000) };

const reading = livePictures(inputOf, ({ live }) => live, soundOf);

export const gstreamerSource = defineElement({
  name: 'gstreamer-source',
  klass: 'Source/AudioVideo/GStreamer',
  summary: "Reads pictures or sound of a launch line of GStreamer's.",
  example: 'gstreamer-source line=videotestsrc ! fake-sink',
  props: props as never as z.ZodObject<typeof props.shape>,
  pads: { src: srcPad(eitherOf(rawVideo(), rawAudio())) },
  live: ({ live }) => live,
  ...reading,
  open: async ({ props, context }) => {
    const { because } = await chooseProcess(inputOf(props));
    context.post('process', because);
    return reading.open({ props, context });
  },
});
