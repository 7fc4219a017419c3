// Draws boxes and labels onto the frames they were found in.
//
// video: video/raw; detections: detections of the same source; src: the frames, drawn on. A frame waits until its detections
// have come, or until it is certain that none will (a later set, a gap or the end), so that the picture is the same at any
// speed; frames without detections of their own pass undrawn, or with the last ones (`hold`). Boxes follow a frame that was
// scaled or cut on its way. A frame that somebody else holds too is copied first. The `video` queue has to hold what the other
// branch has under way: a batch that waits until it is full must not be larger.
import { z } from 'zod';
import { type FixedCaps, sameCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Flow } from '../../core/stream/flow-return.ts';
import { DETECTION_COLOURS } from '../../media/detection/detection-colours.ts';
import { DetectionPairing } from '../../media/detection/detection-pairing.ts';
import type { Box, DetectionSet } from '../../media/detection/detections.ts';
import { type FrameLayout, frameLayout, type VideoFormat } from '../../media/frame-layout.ts';
import { type Affine, IDENTITY } from '../../media/geometry.ts';
import { detections, rawVideo, type VideoInfo } from '../../media/media-types.ts';
import { type Painter, painterFor } from '../../media/picture/painter.ts';
import { kernelsFor } from '../../memory/kernels.ts';
import type { Pool } from '../../memory/pool.ts';

const props = z.strictObject({
  labels: z.boolean().default(true).meta({ description: 'Writes the label over each box.' }),
  scores: z.boolean().default(true).meta({ description: 'Writes the score behind the label.' }),
  thickness: z.int().min(1).max(32).default(2).meta({ description: 'Width of the outlines in pixels; even for I420 and NV12.' }),
  hold: z.boolean().default(false).meta({ description: 'Draws the last detections on frames that have none of their own.' }),
});

/** How many sets of detections may wait for their frames. */
const AHEAD = 64;

/** Frames that may wait for their detections: more than a detector has under way with a core each on a large machine. */
const WAITING_FRAMES = 32;

/** What is needed to draw on frames of certain caps. */
interface Easel {
  readonly video: FixedCaps;
  readonly layout: FrameLayout;
  readonly painter: Painter;
  readonly pool: Pool;
}

/** What has come on both ways; outlives changes of caps. */
interface Meeting {
  readonly pairing: DetectionPairing;
  /** Hooks that go on when something comes, or goes. */
  readonly waiting: (() => void)[];
  videoEnded: boolean;
  flushed: boolean;
  easel: Easel | undefined;
}

export const drawDetections = defineElement({
  name: 'draw-detections',
  klass: 'Draw/Video',
  summary: 'Draws boxes and labels onto frames.',
  example:
    'video-test-source count=100 ! tee name=t  t. ! d.video  t. ! letterbox ! onnx-inference model=models/shapes ! detection-decoder ! d.detections  draw-detections name=d ! fake-sink',
  props,
  pads: { video: sinkPad(rawVideo()), detections: sinkPad(detections()), src: srcPad(rawVideo()) },
  queued: () => ({ maxBuffers: WAITING_FRAMES }),
  open: (): Meeting => ({ pairing: new DetectionPairing(), waiting: [], videoEnded: false, flushed: false, easel: undefined }),
  close: ({ easel }) => takeDown(easel),
  create: ({ props, caps: { video }, resource: meeting, context }) => {
    const { arena } = context;
    const { pairing, waiting } = meeting;
    // A change of the detections' caps alone finds a frame at work here.
    if (meeting.easel === undefined || !sameCaps(meeting.easel.video, video)) {
      takeDown(meeting.easel);
      meeting.easel = putUp(video, context);
    }
    const { layout, painter, pool } = meeting.easel;

    const wake = (): void => {
      for (const resume of waiting.splice(0)) resume();
    };
    const news = (): Promise<void> => context.waiting(new Promise((resolve) => waiting.push(resolve)));

    const paint = (offset: number, { items }: DetectionSet, affine: Affine): void => {
      // The most certain come last, so that their labels lie on top.
      const drawn = [...items].reverse().map(({ box, classId, label, score }) => ({
        box: moved(box, affine),
        colour: DETECTION_COLOURS[classId % DETECTION_COLOURS.length]!,
        text: props.scores ? `${label} ${score.toFixed(2)}` : label,
      }));
      for (const { box, colour } of drawn) painter.outline(offset, box, props.thickness, colour);
      if (props.labels) for (const { box, colour, text } of drawn) painter.label(offset, text, box, colour);
    };

    /** Draws on a frame that nobody else holds, or on a copy, and sends it. */
    const draw = (frame: StreamBuffer<undefined>, set: DetectionSet): Flow => {
      const affine = frame.meta.geometry?.affine ?? IDENTITY;
      if (frame.isWritable) {
        paint(frame.slab.offset, set, affine);
        return context.push('src', frame.retain());
      }
      const copy = (slab: typeof frame.slab): Flow => {
        kernelsFor(arena).copy(frame.slab.offset, slab.offset, layout.bytes);
        paint(slab.offset, set, affine);
        return context.push('src', frame.derive({ slabs: [slab], bytes: layout.bytes }));
      };
      const slab = pool.acquire();
      if (!(slab instanceof Promise)) return copy(slab);
      return context.waiting(slab).then(copy, (error: unknown) => {
        if (meeting.flushed) return 'flushing';
        throw error;
      });
    };

    const send = (frame: StreamBuffer<undefined>): Flow => {
      if (meeting.flushed) return 'flushing';
      const before = pairing.waiting;
      const match = pairing.match(frame);
      if (match === undefined) return news().then(() => send(frame));
      if (pairing.waiting < before) wake();
      const set = match === 'none' && props.hold ? pairing.lastOf(frame.source) : match;
      return set === undefined || set === 'none' || set.items.length === 0 ? context.push('src', frame.retain()) : draw(frame, set);
    };

    const accept = (buffer: StreamBuffer<DetectionSet>): Flow => {
      if (meeting.flushed) return 'flushing';
      if (meeting.videoEnded) return 'ok';
      if (pairing.waiting >= AHEAD) return news().then(() => accept(buffer));
      pairing.add(buffer, buffer.value);
      wake();
      return 'ok';
    };

    return {
      chain: { video: send, detections: accept },
      gap: (pad, until, event) => {
        if (pad === 'detections') pairing.settle(event.source, event.epoch, until);
        else pairing.pass({ source: event.source, epoch: event.epoch, pts: until });
        wake();
        return pad === 'video' ? context.gap('src', event) : 'ok';
      },
      sourceEnded: (pad, { source, epoch }) => {
        if (pad === 'detections') pairing.endSets(source, epoch);
        wake();
      },
      sourceEnd: (_pad, pass, { source }) => {
        pairing.forget(source);
        wake();
        return pass();
      },
      ended: (pad) => {
        if (pad === 'video') meeting.videoEnded = true;
        else pairing.end();
        wake();
      },
      flush: () => {
        meeting.flushed = true;
        wake();
        pool.close();
      },
    };
  },
});

function putUp(video: FixedCaps, { arena, pool }: ElementContext): Easel {
  const { fields, info } = video;
  const layout = frameLayout(fields['format'] as VideoFormat, fields['width'] as number, fields['height'] as number);
  const painter = painterFor(arena, layout, { matrix: 'bt601', range: 'limited', ...(info as Partial<VideoInfo>) });
  return { video, layout, painter, pool: pool({ slabBytes: layout.bytes }) };
}

function takeDown(easel: Easel | undefined): void {
  easel?.painter.close();
  easel?.pool.close();
}

function moved([left, top, right, bottom]: Box, { sx, sy, tx, ty }: Affine): Box {
  return [left * sx + tx, top * sy + ty, right * sx + tx, bottom * sy + ty];
}
