// Sends pictures or sound through elements of GStreamer's, written as for gst-launch-1.0, which run in a process of their own: what
// makers of accelerators and cameras give as elements works inside a graph, as do the hundreds that GStreamer has.
//
// sink: video/raw or audio/raw. src: the same kind, of the size, rate and format that the line gives; of the input's format, unless only
// another will do downstream. What leaves is known by its time for what it was when it went in, and has that one's source, epoch,
// sequence and meta; a line that doubles frames gives several of one. What never comes back is counted as `left-out`, and stands as a
// gap. A picture of another size is a frame of its own: boxes found in it are in its pixels.
//
// Each source has a line of its own, which ends with the source, with its epoch and with changed caps, after all in it has come out.
// A line that fails costs what is in it (`line-failed`) and is a fault of the element. Errors: `media/bad-launch`, `media/ended`,
// `media/unreadable`, `media/library-missing`, `media/too-many-lines`.
import { z } from 'zod';
import type { Caps, FixedCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { gstreamerProgram } from '../../media/gstreamer/gstreamer-program.ts';
import { FilterLines } from '../../media/gstreamer-filter/filter-lines.ts';
import { eitherOf, rawAudio, rawVideo } from '../../media/media-types.ts';

const props = z.strictObject({
  line: z
    .string()
    .regex(/\S/, 'Expected a launch line, such as videoflip video-direction=180')
    .meta({ description: 'Elements, as for gst-launch-1.0, without any at their ends. What it holds of secrets is never shown.' }),
  latencyMs: z.number().min(0).max(60_000).default(100).meta({
    description: 'How long what goes in may take to come out, in milliseconds, for live graphs: what takes longer may come too late.',
  }),
  drainTimeoutMs: z.number().gt(0).max(600_000).default(10_000).meta({
    description: 'How long nothing may come out of the line, once it is told that nothing more goes in, before what is in it is given up.',
  }),
  maxLines: z
    .int()
    .min(1)
    .max(256)
    .default(16)
    .meta({ description: 'How many sources may come this way, each with a process of its own.' }),
});

export const gstreamerFilter = defineElement({
  name: 'gstreamer-filter',
  klass: 'Filter/AudioVideo/GStreamer',
  summary: "Sends pictures or sound through a launch line of GStreamer's.",
  example: 'video-test-source count=50 ! gstreamer-filter line="videoflip video-direction=180 ! videobalance saturation=0" ! fake-sink',
  props,
  pads: { sink: sinkPad(eitherOf(rawVideo(), rawAudio())), src: srcPad(eitherOf(rawVideo(), rawAudio())) },
  queued: true,
  holdsBack: true,
  needsMainThread: 'GStreamer is asked what it gives before the graph is settled',
  latency: ({ latencyMs }) => ({ min: latencyMs * 1000, max: undefined }),
  open: async ({ props, context }) => {
    const program = await gstreamerProgram();
    context.post('backend', `${program.version}, in a process for each source`);
    return new FilterLines(program, props, context);
  },
  close: (lines) => lines.close(),
  negotiate: {
    survey: ({ resource, sink, allowed }) => resource.survey(sink['sink']!, allowed['src']!),
    sinkCaps: ({ allowed }) => takes(allowed['src'] ?? 'any'),
    srcCaps: ({ resource, sink }) => (resource === undefined ? openCaps(sink['sink']!) : [resource.gives(sink['sink']!)]),
  },
  create: ({ resource: lines, caps: { sink, src } }) => {
    lines.begin(sink, src);
    return {
      chain: { sink: (buffer) => lines.filter(buffer) },
      gap: (_pad, _until, event) => lines.gap(event),
      event: (_pad, event) => lines.event(event),
      drain: async () => {
        await lines.drain();
        return undefined;
      },
      flush: () => lines.flush(),
    };
  },
});

/** Whatever size and format downstream takes, the line may make that of any other. */
function takes(allowed: Caps): Caps {
  const all = [...openCaps({ media: 'video/raw' }), ...openCaps({ media: 'audio/raw' })];
  return allowed === 'any' ? all : all.filter(({ media }) => allowed.some((one) => one.media === media));
}

/** What may come of it, before it has been asked. */
function openCaps({ media }: Pick<FixedCaps, 'media'>): Exclude<Caps, 'any'> {
  return (media === 'audio/raw' ? rawAudio() : rawVideo()).caps as Exclude<Caps, 'any'>;
}
