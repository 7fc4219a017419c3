// Makes video without a camera or a file: moving shapes whose places are known, colour bars, and other patterns.
//
// src: video/raw of any size, format and rate, the same for the same seed; each buffer's `meta.truth` holds what can be found in
// it. truth: the same as detections, for drawing, scoring and scripts. With `live` each frame comes when its time has come by
// the pipeline's clock, and those missed meanwhile are left out and counted as `late`; else they come as fast as they are taken.
// A frame that nobody needs is not drawn, and counted as `skipped`.
// `jitterMs` has frames come late by chance, `silent` has a camera give nothing for a while, and say nothing about it.
import { z } from 'zod';
import { caps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Flow } from '../../core/stream/flow-return.ts';
import { Skipped } from '../../core/stream/skipped.ts';
import { ClockWait } from '../../core/time/clock-wait.ts';
import { DriftingClock } from '../../core/time/drifting-clock.ts';
import { TICK_POLICIES, Ticker } from '../../core/time/ticker.ts';
import type { Colour } from '../../media/detection/detection-colours.ts';
import { frameLayout, VIDEO_FORMATS } from '../../media/frame-layout.ts';
import { detections, rawVideo } from '../../media/media-types.ts';
import { seededRandom } from '../../media/test-picture/seeded-random.ts';
import { TEST_PATTERNS } from '../../media/test-picture/test-patterns.ts';
import { testPicture } from '../../media/test-picture/test-picture.ts';
import { assumedMatrix, type VideoColour } from '../../media/video/video-stream-info.ts';

const byte = z.int().min(0).max(255);

const props = z.strictObject({
  pattern: z.enum(TEST_PATTERNS).default('shapes').meta({ description: 'What is to be seen.' }),
  width: z.int().min(16).max(16384).default(640).meta({ description: 'Width in pixels.' }),
  height: z.int().min(16).max(16384).default(480).meta({ description: 'Height in pixels.' }),
  format: z.enum(VIDEO_FORMATS).default('I420').meta({ description: 'Pixel format.' }),
  frameRate: z.number().gt(0).max(1000).default(30).meta({ description: 'Frames a second.' }),
  count: z.int().min(-1).default(-1).meta({ description: 'How many frames; -1 goes on for ever.' }),
  live: z.boolean().default(false).meta({ description: 'Gives each frame at its time, like a camera.' }),
  ticks: z.enum(TICK_POLICIES).default('skipMissed').meta({
    description:
      'What becomes of frames whose time has passed, for `live`. skipMissed: they are left out where the next is due, too; catchUp: they come at once, one after the other; minimumGap: no two come closer together than the frame rate says, and what is late stays so, its pts with it.',
  }),
  clockPpm: z.number().min(-10_000).max(10_000).optional().meta({
    description:
      'Provides a clock for the graph that is by so many millionths faster than that of the system, or slower where negative, as that of a camera is. Default: provides none.',
  }),
  jitterMs: z.number().min(0).default(0).meta({
    description: 'How late a frame may come, in milliseconds, by chance; for `live`. The frames and their pts stay the same.',
  }),
  silent: z
    .strictObject({
      fromMs: z.number().min(0).meta({ description: 'Stream time at which it falls silent, in milliseconds.' }),
      forMs: z.number().min(0).meta({ description: 'For how long, in milliseconds.' }),
    })
    .optional()
    .meta({ description: 'A while in which there are no frames, and no word of that, as of a camera that hangs.' }),
  objects: z.int().min(1).max(16).default(4).meta({ description: 'How many shapes move, for the pattern shapes.' }),
  colour: z.tuple([byte, byte, byte]).default([128, 128, 128]).meta({ description: 'Red, green and blue, for the pattern solid.' }),
  seed: z.int().min(0).default(1).meta({ description: 'Places, colours and noise follow from it.' }),
});

type Props = z.output<typeof props>;

type Frame = StreamBuffer<undefined> | Skipped;

interface OwnClock {
  readonly own: DriftingClock | undefined;
}

const colourOf = ({ format, height }: Props): VideoColour =>
  format === 'I420' || format === 'NV12'
    ? { matrix: assumedMatrix(height), range: 'limited' }
    : { matrix: assumedMatrix(height), range: 'full' };

export const videoTestSource = defineElement({
  name: 'video-test-source',
  klass: 'Source/Video/Test',
  summary: 'Makes moving shapes, colour bars and other test pictures.',
  example: 'video-test-source width=320 height=240 count=100 ! fake-sink',
  props,
  pads: { src: srcPad(rawVideo()), truth: srcPad(detections(), { optional: true }) },
  live: ({ live }) => live,
  deterministic: true,
  open: ({ props: { clockPpm }, context: { systemClock } }): OwnClock => ({
    own: clockPpm === undefined ? undefined : new DriftingClock(systemClock, clockPpm),
  }),
  providesClock: ({ own }) => own,
  negotiate: {
    srcCaps: ({ props, pad }) => {
      if (pad === 'truth') return detections().caps;
      const { format, width, height, frameRate } = props;
      return caps('video/raw', { format, width, height }, { ...colourOf(props), frameRate });
    },
  },
  create: ({ props, caps: { src, truth: truthCaps }, context }) => {
    const { arena, clock, name, signal } = context;
    const { format, width, height, frameRate, count, live, colour, silent, seed } = props;
    const layout = frameLayout(format, width, height);
    const picture = testPicture(arena, layout, colourOf(props), { ...props, colour: colour as Colour });
    const pool = context.pool({ slabBytes: layout.bytes });
    const timeOf = (frame: number): number => Math.round((frame * 1e6) / frameRate);
    const jitter = Math.round(props.jitterMs * 1000);
    const jitterOf = (frame: number): number => (jitter === 0 ? 0 : Math.round(seededRandom(seed * 65_537 + frame)() * jitter));
    const frameFrom = (milliseconds: number): number => Math.ceil((milliseconds * frameRate) / 1000);
    const [silentFrom, silentTo] = silent === undefined ? [0, 0] : [frameFrom(silent.fromMs), frameFrom(silent.fromMs + silent.forMs)];
    /** The next frame's number, and how many there have been: fewer where some were missed. */
    let next = 0;
    let made = 0;
    let ticker: Ticker | undefined;
    let missed = false;
    let stopped = false;
    const clockWait = new ClockWait(context);

    const ptsOf = (frame: number): number => timeOf(frame) + (ticker?.slip ?? 0);

    /** Leaves out the frames that there never are. */
    const keepSilent = (): void => {
      if (next < silentFrom || next >= silentTo) return;
      next = count < 0 ? silentTo : Math.min(silentTo, count);
      missed = true;
    };

    /** Waits for the next frame's time; leaves out those whose successors are due already. */
    const pace = (): void | Promise<void> => {
      const now = clock.now();
      ticker ??= new Ticker(props.ticks, now);
      const due = ticker.next(next, now, frameRate, jitter);
      if (due > next) {
        const last = count < 0 ? due : Math.min(due, count);
        const neverMade = Math.max(0, Math.min(last, silentTo) - Math.max(next, silentFrom));
        context.dropped('late', last - next - neverMade);
        next = last;
        missed = true;
        keepSilent();
      }
      if (next === count) return;
      const at = ticker.due(timeOf(next) + jitterOf(next));
      if (at > now) return context.waiting(clockWait.until(at));
    };

    const draw = (slab: StreamBuffer['slab']): StreamBuffer<undefined> | Promise<StreamBuffer<undefined>> => {
      const frame = next++;
      const sequence = made++;
      const [pts, duration] = [ptsOf(frame), timeOf(frame + 1) - timeOf(frame)];
      picture.draw(slab.offset, frame);
      const truth = picture.truth(frame);
      const bornAt = clock.now();
      const discont = missed;
      missed = false;
      context.position(timeOf(frame + 1), count < 0 ? undefined : timeOf(count));
      const slabs = [slab];
      const { bytes } = layout;
      // Member for member, both: to add to what has been copied costs five times the memory.
      const buffer = new StreamBuffer<undefined>({
        caps: src,
        pts,
        duration,
        slabs,
        bytes,
        source: name,
        bornAt,
        discont,
        meta: { truth },
      });
      if (truthCaps === undefined) return buffer;
      const told: Flow = context.push(
        'truth',
        new StreamBuffer({ caps: truthCaps, pts, duration, value: truth, source: name, sequence, bornAt, discont }),
      );
      return told instanceof Promise ? told.then(() => buffer) : buffer;
    };

    /** Leaves out the work on the next frame. */
    const skip = (): Skipped => {
      const frame = next++;
      made++;
      const pts = ptsOf(frame);
      context.position(timeOf(frame + 1), count < 0 ? undefined : timeOf(count));
      return new Skipped(pts, timeOf(frame + 1) - pts);
    };

    const make = (): Frame | undefined | Promise<Frame | undefined> => {
      if (stopped || signal.aborted || next === count) return undefined;
      ticker?.ticked(timeOf(next) + jitterOf(next), clock.now());
      if (ptsOf(next) < context.neededFrom(name, 0)) return skip();
      const slab = pool.acquire();
      return slab instanceof Promise ? context.waiting(slab).then(draw) : draw(slab);
    };

    return {
      produce: () => {
        keepSilent();
        const wait = live && next !== count ? pace() : undefined;
        return wait instanceof Promise ? wait.then(make) : make();
      },
      stop: () => {
        stopped = true;
        clockWait.cutShort();
      },
      close: () => {
        pool.close();
        picture.close();
      },
    };
  },
});
