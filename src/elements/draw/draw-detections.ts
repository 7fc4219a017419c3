// Draws boxes and labels onto the frames they were found in.
//
// video: video/raw (I420, NV12, RGB, BGR, RGBA); detections: detections of the same source; src: the frames, drawn on. A frame
// waits until its detections have come, or until it is certain that none will (a later one, a gap or the end), so that the
// picture is the same at any speed; frames without detections of their own pass undrawn, or with the last ones (`hold`).
// Frames that somebody else holds too are copied first. Its `video` queue has to hold as many frames as the other branch has
// in flight.
import { z } from 'zod';
import type { StreamBuffer } from '../../core/buffer.ts';
import { defineElement } from '../../core/define-element.ts';
import type { Flow } from '../../core/flow-return.ts';
import { sinkPad, srcPad } from '../../core/pad-template.ts';
import { DETECTION_COLOURS } from '../../media/detection-colours.ts';
import type { DetectionSet } from '../../media/detections.ts';
import { frameLayout, type VideoFormat } from '../../media/frame-layout.ts';
import { detections, rawVideo, type VideoInfo } from '../../media/media-types.ts';
import { painterFor } from '../../media/painter.ts';
import { kernelsFor } from '../../memory/kernels.ts';
import { Pool } from '../../memory/pool.ts';

const props = z.strictObject({
  labels: z.boolean().default(true).meta({ description: 'Writes the label over each box.' }),
  scores: z.boolean().default(true).meta({ description: 'Writes the score behind the label.' }),
  thickness: z.int().min(1).max(32).default(2).meta({ description: 'Width of the outlines in pixels.' }),
  hold: z.boolean().default(false).meta({ description: 'Draws the last detections on frames that have none of their own.' }),
});

/** How many sets of detections may wait for their frames. */
const AHEAD = 64;

export const drawDetections = defineElement({
  name: 'draw-detections',
  klass: 'Draw/Video',
  summary: 'Draws boxes and labels onto frames.',
  example: 'video-test-source name=v ! tee name=t  t. ! draw-detections name=d ! fake-sink  t. ! letterbox ! onnx-inference ! detection-decoder ! d.detections',
  props,
  pads: {
    video: sinkPad(rawVideo({ format: { anyOf: ['I420', 'NV12', 'RGB', 'BGR', 'RGBA'] } })),
    detections: sinkPad(detections()),
    src: srcPad(rawVideo()),
  },
  create: ({ props, caps: { video, src }, context }) => {
    const { arena, name, downstreamCapacity } = context;
    const layout = frameLayout(video.fields['format'] as VideoFormat, video.fields['width'] as number, video.fields['height'] as number);
    const painter = painterFor(arena, layout, { matrix: 'bt601', range: 'limited', ...(video.info as Partial<VideoInfo>) });
    const pool = Pool.create(arena, { name, slabBytes: layout.bytes, limit: downstreamCapacity });
    const ahead: { pts: number; set: DetectionSet }[] = [];
    let settledUntil = -1;
    let last: DetectionSet | undefined;
    let frameWaits: (() => void) | undefined;
    let detectionsWait: (() => void) | undefined;

    const wake = (): void => {
      const [one, other] = [frameWaits, detectionsWait];
      frameWaits = undefined;
      detectionsWait = undefined;
      one?.();
      other?.();
    };

    /** The detections of a frame: a set, none for certain, or not known yet. */
    const match = (frame: StreamBuffer): DetectionSet | undefined | 'unknown' => {
      while (ahead[0] !== undefined && ahead[0].pts < frame.pts) last = ahead.shift()!.set;
      if (ahead[0] !== undefined && ahead[0].pts === frame.pts) {
        last = ahead.shift()!.set;
        return last;
      }
      if (ahead.length === 0 && settledUntil <= frame.pts) return 'unknown';
      return props.hold ? last : undefined;
    };

    const paint = (offset: number, set: DetectionSet): void => {
      for (const { box, classId, label, score } of set.items) {
        const colour = DETECTION_COLOURS[classId % DETECTION_COLOURS.length]!;
        painter.outline(offset, box, props.thickness, colour);
        if (props.labels) painter.label(offset, props.scores ? `${label} ${score.toFixed(2)}` : label, box, colour);
      }
    };

    const drawn = async (frame: StreamBuffer<undefined>, set: DetectionSet): Promise<StreamBuffer<undefined>> => {
      if (frame.isWritable) {
        paint(frame.slab.offset, set);
        return frame.retain();
      }
      const slab = await pool.acquire();
      kernelsFor(arena).copy(frame.slab.offset, slab.offset, layout.bytes);
      paint(slab.offset, set);
      return frame.derive({ slabs: [slab], bytes: layout.bytes });
    };

    const send = (frame: StreamBuffer<undefined>): Flow => {
      const set = match(frame);
      if (set === 'unknown') {
        return new Promise<void>((resolve) => {
          frameWaits = resolve;
        }).then(() => send(frame));
      }
      detectionsWait?.();
      detectionsWait = undefined;
      if (set === undefined || set.items.length === 0) return context.push('src', src === video ? frame.retain() : frame.derive({ caps: src }));
      return drawn(frame, set).then((one) => context.push('src', one));
    };

    const accept = ({ pts, value }: StreamBuffer<DetectionSet>): 'ok' => {
      ahead.push({ pts, set: value });
      settledUntil = Math.max(settledUntil, pts);
      wake();
      return 'ok';
    };

    return {
      chain: {
        video: send,
        detections: (buffer): Flow => {
          if (ahead.length < AHEAD) return accept(buffer);
          return new Promise<void>((resolve) => {
            detectionsWait = resolve;
          }).then(() => accept(buffer));
        },
      },
      gap: (pad, until) => {
        if (pad === 'detections') {
          settledUntil = Math.max(settledUntil, until);
          wake();
        }
        return 'ok';
      },
      ended: (pad) => {
        if (pad === 'detections') settledUntil = Number.POSITIVE_INFINITY;
        wake();
      },
      flush: wake,
      close: () => pool.close(),
    };
  },
});
