// Puts a stream on a grid of times: for each point the buffer that is nearest to it, with the point as its time.
//
// sink, src: anything. A buffer may stand for several points, or for none; the latter are counted as `resampled`. Where two
// buffers are further apart than `maxGapMs`, the points between them that neither covers are gaps, and the next buffer is marked
// `discont`. A buffer that says how long it lasts settles the points up to the middle of it at once; others wait for the next.
// What a gap that comes settles is told at once: points that it leaves too far from any buffer.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Flow } from '../../core/stream/flow-return.ts';

const props = z.strictObject({
  rate: z.number().gt(0).max(1e6).default(10).meta({ description: 'Points of the grid a second; the first is at 0.' }),
  maxGapMs: z.number().gt(0).nullable().default(null).meta({
    description: 'Buffers further apart than this, in milliseconds, leave a gap between them. Default, null: two steps of the grid.',
  }),
});

type Props = z.output<typeof props>;

const maxGapOf = ({ rate, maxGapMs }: Props): number => Math.round(maxGapMs === null ? 2e6 / rate : maxGapMs * 1000);

interface Track {
  readonly epoch: number;
  /** The next point. */
  index: number;
  held: StreamBuffer;
  /** The buffer that is held stands for a point, or for several. */
  isUsed: boolean;
  hasGap: boolean;
}

export const resample = defineElement({
  name: 'resample',
  klass: 'Flow/Rate',
  summary: 'Puts a stream on a grid of times, with the nearest buffer for each.',
  example: 'fake-source count=100 durationMs=33 ! resample rate=10 ! fake-sink',
  props,
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  // A point waits for the buffer after it, which comes within a gap or leaves it empty.
  latency: (props) => ({ min: maxGapOf(props), max: maxGapOf(props) }),
  holds: () => 1,
  holdsBack: true,
  create: ({ props, context }) => {
    const maxGap = maxGapOf(props);
    const tracks = new Map<string, Track>();
    const timeOf = (index: number): number => Math.round((index * 1e6) / props.rate);
    const use = (track: Track): void => {
      if (!track.isUsed) context.finished();
      track.isUsed = true;
    };
    /** A track goes on with another buffer, or not at all. */
    const letGo = ({ held, isUsed }: Track, cause: string): void => {
      if (!isUsed) context.discarded(cause);
      held.release();
    };
    const forget = (cause: string): void => {
      for (const track of tracks.values()) letGo(track, cause);
      tracks.clear();
    };

    /** What stands for the next point of a track: a buffer, or nothing. */
    const point = (track: Track, buffer: StreamBuffer | undefined): (() => Flow) => {
      const pts = timeOf(track.index++);
      const duration = timeOf(track.index) - pts;
      if (buffer === undefined) {
        track.hasGap = true;
        const { source, epoch } = track.held;
        return () => context.gap('src', { pts, duration, source, epoch });
      }
      const made = buffer.derive({ pts, duration, discont: track.hasGap || (buffer.discont && !track.isUsed) });
      track.hasGap = false;
      return () => context.push('src', made);
    };

    const steps = (buffer: StreamBuffer): (() => Flow)[] => {
      const { source, epoch, pts, duration = 0 } = buffer;
      const made: (() => Flow)[] = [];
      let track = tracks.get(source);
      if (track === undefined || track.epoch !== epoch) {
        if (track !== undefined) letGo(track, 'resampled');
        track = { epoch, index: Math.ceil((pts * props.rate) / 1e6 - 0.5), held: buffer.retain(), isUsed: false, hasGap: false };
        tracks.set(source, track);
        // The point just before the first buffer is its own.
        if (timeOf(track.index) < pts) {
          made.push(point(track, buffer));
          use(track);
        }
      } else {
        const { held } = track;
        const isGap = pts - held.pts > maxGap;
        let usesNext = false;
        while (timeOf(track.index) < pts) {
          const at = timeOf(track.index);
          const isNearer = pts - at < at - held.pts;
          if (!isGap && !isNearer) use(track);
          if (!isGap && isNearer) usesNext = true;
          made.push(point(track, isGap ? undefined : isNearer ? buffer : held));
        }
        letGo(track, 'resampled');
        Object.assign(track, { held: buffer.retain(), isUsed: false });
        if (usesNext) use(track);
      }
      const reach = pts + Math.min(duration, maxGap) / 2;
      while (timeOf(track.index) <= reach) {
        made.push(point(track, buffer));
        use(track);
      }
      return made;
    };

    /** Nothing of a track comes before a time, which leaves the points up to there empty once that is too far off. */
    const passed = (track: Track, until: number): (() => Flow)[] => {
      const made: (() => Flow)[] = [];
      if (until - track.held.pts > maxGap) while (timeOf(track.index) < until) made.push(point(track, undefined));
      return made;
    };

    const inOrder = (made: readonly (() => Flow)[]): Flow => {
      let flow = 'ok' as Flow;
      for (const step of made) flow = flow instanceof Promise ? flow.then(step) : step();
      return flow;
    };

    return {
      chain: { sink: (buffer) => inOrder(steps(buffer)) },
      gap: (_pad, until, event) => {
        const track = tracks.get(event.source);
        return track?.epoch === event.epoch ? inOrder(passed(track, until)) : context.gap('src', event);
      },
      sourceEnd: (_pad, pass, { source }) => {
        const track = tracks.get(source);
        if (track !== undefined) letGo(track, 'resampled');
        tracks.delete(source);
        return pass();
      },
      drain: () => {
        forget('resampled');
        return undefined;
      },
      flush: () => forget('flushing'),
      close: () => forget('flushing'),
    };
  },
});
