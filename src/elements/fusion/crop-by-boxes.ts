// Cuts objects out of frames, by boxes that another stream brings: one crop for each object, for a second model to look at.
//
// sink: video/raw. boxes: detections, later than the frames or fewer of them. src: whichever downstream asks for, video/raw or
// tensor, as with crop; each with the time of its boxes and, in meta, `object`: which detection it is of and which frame. Boxes
// go with the frame nearest to them in time, within `toleranceMs`; source and epoch are those of the boxes' own. Frames are held
// until boxes have passed them, `maxPending` of each source at most, in live graphs `holdMs` at most.
//
// Boxes without a frame are dropped, as `late` where it has been let go and as `unmatched` where there has never been one; with
// `onLate: "nearest"` they take the nearest frame there is. Frames that no boxes go with are counted as `no-boxes`, those let go
// before their time as `overflow`. A gap stands for boxes that lead to no crop.
import { z } from 'zod';
import { defineElement, type OpenContext } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { detections, eitherOf, rawVideo, tensor } from '../../media/media-types.ts';
import { fixatePicture, pictureCaps, suggestSize } from '../../media/picture/picture-caps.ts';
import { ownPreprocess } from '../../media/picture/preprocess.ts';
import { BoxMatcher } from './box-matcher.ts';
import { liveLatency } from './live-deadline.ts';
import { ObjectCropper } from './object-cropper.ts';

const props = z.strictObject({
  width: z.int().min(1).max(16384).optional().meta({ description: 'Width of a crop. Default: what downstream asks for, or 128.' }),
  height: z.int().min(1).max(16384).optional().meta({ description: 'Height of a crop. Default: what downstream asks for, or 128.' }),
  margin: z.number().min(0).max(4).default(0).meta({ description: 'How much more is cut out on each side, in parts of the box.' }),
  labels: z.array(z.string()).optional().meta({ description: 'The classes that are cut out. Default: all.' }),
  minSize: z.number().min(0).default(1).meta({ description: 'Objects whose shorter side has fewer pixels of the frame are left out.' }),
  maxObjects: z.int().min(1).default(64).meta({ description: 'The most crops for a frame: those of the first detections.' }),
  toleranceMs: z.number().min(0).default(0).meta({ description: 'How far a frame may lie from its boxes in time, in milliseconds.' }),
  holdMs: z.number().min(0).nullable().default(null).meta({
    description: 'How long a frame waits for its boxes, in milliseconds of stream time; null: until they have passed it.',
  }),
  maxPending: z.int().min(1).max(65536).default(64).meta({ description: 'The most frames, or boxes, of a source that wait.' }),
  onFull: z.enum(['block', 'dropOldest']).default('block').meta({
    description: 'What happens beyond `maxPending`: the sender waits, or the oldest is dropped and counted.',
  }),
  onLate: z.enum(['drop', 'nearest']).default('drop').meta({
    description: 'What happens to boxes whose frame has been let go: they are dropped, or take the nearest frame that is still there.',
  }),
  fit: z
    .enum(['stretch', 'letterbox', 'crop'])
    .optional()
    .meta({ description: 'How a box is brought to size. Default: what the model wants, or stretch.' }),
  ...ownPreprocess.shape,
});

/** The size of a crop that nobody says anything of. */
const SIDE = 128;

export const cropByBoxes = defineElement({
  name: 'crop-by-boxes',
  klass: 'Fusion/Video',
  summary: 'Cuts objects out of frames, by boxes that another stream brings.',
  example:
    'crop-by-boxes name=c width=64 height=64 ! fake-sink  video-test-source count=10 ! tee name=t  t. ! c.sink  t. ! letterbox ! onnx-inference model=shapes ! detection-decoder ! c.boxes',
  props,
  pads: { sink: sinkPad(rawVideo()), boxes: sinkPad(detections()), src: srcPad(eitherOf(rawVideo(), tensor())) },
  negotiate: {
    srcCaps: ({ props, sink }) => pictureCaps(sink['sink']!, props),
    fixate: ({ candidates }) => fixatePicture(candidates, { width: SIDE, height: SIDE }),
    suggest: suggestSize,
  },
  latency: ({ toleranceMs }, graph) => ({ min: Math.max(toleranceMs * 1000, liveLatency(graph).min), max: undefined }),
  holdsBack: true,
  open: ({ props: { toleranceMs, holdMs, maxPending, onFull, onLate }, context }: OpenContext<z.output<typeof props>>): BoxMatcher =>
    new BoxMatcher(context, {
      tolerance: toleranceMs * 1000,
      hold: holdMs === null ? Number.POSITIVE_INFINITY : holdMs * 1000,
      maxPending,
      onFull,
      onLate,
    }),
  close: (matcher) => matcher.close(),
  create: ({ props, caps, resource: matcher, context }) => {
    const cropper = new ObjectCropper(context, { sink: caps.sink, src: caps.src, props });
    matcher.prepare((frame, boxes, mark) => cropper.cut(frame, boxes, mark));
    return {
      chain: {
        sink: (buffer) => matcher.take('frames', buffer),
        boxes: (buffer) => matcher.take('boxes', buffer),
      },
      gap: (pad, until, event) => matcher.gap(pad === 'sink' ? 'frames' : 'boxes', until, event),
      ended: (pad) => matcher.end(pad === 'sink' ? 'frames' : 'boxes'),
      sourceEnded: (pad, event) => matcher.sourceEnded(pad === 'sink' ? 'frames' : 'boxes', event),
      sourceEnd: (_pad, pass, event) => matcher.sourceEnd(event, pass),
      drain: () => matcher.drain(),
      flush: () => {
        cropper.close();
        matcher.flush();
      },
      close: () => cropper.close(),
    };
  },
});
