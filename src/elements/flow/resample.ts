// Puts a stream on a grid of times: for each point the buffer that is nearest to it, with the point as its time.
//
// sink, src: anything. A buffer may stand for several points, or for none; the latter are counted as `resampled`. Where two
// buffers are further apart than `maxGapMs`, one gap stands for all points between them that neither covers, and the next buffer
// is marked `discont`. A buffer that says how long it lasts settles the points up to the middle of it at once; others wait for
// the next. What a gap that comes settles is told at once, by a gap: points that it leaves too far from any buffer.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Flow, FlowReturn } from '../../core/stream/flow-return.ts';

const props = z.strictObject({
  rate: z.number().gt(0).max(1e6).default(10).meta({ description: 'Points of the grid a second; the first is at 0.' }),
  maxGapMs: z.number().gt(0).nullable().default(null).meta({
    description: 'Buffers further apart than this, in milliseconds, leave a gap between them. Default, null: two steps of the grid.',
  }),
});

type Props = z.output<typeof props>;

const maxGapOf = ({ rate, maxGapMs }: Props): number => Math.round(maxGapMs === null ? 2e6 / rate : maxGapMs * 1000);

/** Points one after the other that one buffer stands for; without one a gap does. */
interface Run {
  readonly buffer: StreamBuffer | undefined;
  readonly origin: Pick<StreamBuffer, 'source' | 'epoch'>;
  readonly from: number;
  readonly to: number;
  /** Something before it was lost. */
  readonly discont: boolean;
}

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
    /** The first point at a time or after it. */
    const pointAt = (time: number): number => {
      let index = Math.floor((time * props.rate) / 1e6);
      // Points are whole microseconds, which may lie on the other side of it.
      while (timeOf(index) < time && index < Number.MAX_SAFE_INTEGER) index++;
      return index;
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

    /** Has a buffer, or nothing, stand for the points of a track up to one. */
    const stand = (runs: Run[], track: Track, buffer: StreamBuffer | undefined, to: number): void => {
      const from = track.index;
      if (to <= from) return;
      track.index = to;
      const discont = buffer !== undefined && (track.hasGap || (buffer.discont && !(buffer === track.held && track.isUsed)));
      track.hasGap = buffer === undefined;
      if (buffer !== undefined && buffer === track.held) {
        if (!track.isUsed) context.finished();
        track.isUsed = true;
      }
      runs.push({ buffer: buffer?.retain(), origin: track.held, from, to, discont });
    };

    const begin = (runs: Run[], buffer: StreamBuffer): Track => {
      const { source, epoch, pts } = buffer;
      // The point just before the first buffer is its own.
      const index = Math.max(0, Math.ceil((pts * props.rate) / 1e6 - 0.5));
      const track: Track = { epoch, index, held: buffer.retain(), isUsed: false, hasGap: false };
      tracks.set(source, track);
      stand(runs, track, buffer, pointAt(pts));
      return track;
    };

    /** A track goes on with its next buffer, which shares the points up to it with the one before where that is near enough. */
    const goOn = (runs: Run[], track: Track, buffer: StreamBuffer): void => {
      const { held } = track;
      const { pts } = buffer;
      if (pts - held.pts > maxGap) stand(runs, track, undefined, pointAt(pts));
      else stand(runs, track, held, pointAt(Math.floor((pts + held.pts) / 2) + 1));
      letGo(track, 'resampled');
      Object.assign(track, { held: buffer.retain(), isUsed: false });
      stand(runs, track, buffer, pointAt(pts));
    };

    const runsOf = (buffer: StreamBuffer): Run[] => {
      const { source, epoch, pts, duration = 0 } = buffer;
      const runs: Run[] = [];
      let track = tracks.get(source);
      if (track?.epoch === epoch) goOn(runs, track, buffer);
      else {
        if (track !== undefined) letGo(track, 'resampled');
        track = begin(runs, buffer);
      }
      stand(runs, track, buffer, pointAt(Math.floor(pts + Math.min(duration, maxGap) / 2) + 1));
      return runs;
    };

    /** Nothing of a track comes before a time, which leaves the points up to there empty once that is too far off. */
    const passed = (track: Track, until: number): Run[] => {
      const runs: Run[] = [];
      if (until - track.held.pts > maxGap) stand(runs, track, undefined, pointAt(until));
      return runs;
    };

    /** Sends a point of a run, and then those after it. */
    const send = (run: Run, index: number): Flow => {
      const { buffer, origin, from, to, discont } = run;
      const pts = timeOf(index);
      if (buffer === undefined) return context.gap('src', { pts, duration: timeOf(to) - pts, source: origin.source, epoch: origin.epoch });
      for (let next = index; next < to; next++) {
        const at = timeOf(next);
        const made = buffer.derive({ pts: at, duration: timeOf(next + 1) - at, discont: discont && next === from });
        const flow = context.push('src', made);
        if (flow instanceof Promise) return flow.then((result) => (isOpen(result) && next + 1 < to ? send(run, next + 1) : result));
        if (!isOpen(flow)) return flow;
      }
      return 'ok';
    };

    const sendAll = (runs: readonly Run[], at = 0): Flow => {
      for (let next = at; next < runs.length; next++) {
        const run = runs[next]!;
        const flow = send(run, run.from);
        if (flow instanceof Promise) {
          const done = (): void => run.buffer?.release();
          return flow.finally(done).then((result) => (isOpen(result) ? sendAll(runs, next + 1) : refused(runs, next + 1, result)));
        }
        run.buffer?.release();
        if (!isOpen(flow)) return refused(runs, next + 1, flow);
      }
      return 'ok';
    };

    const refused = (runs: readonly Run[], at: number, flow: FlowReturn): FlowReturn => {
      for (const { buffer } of runs.slice(at)) buffer?.release();
      return flow;
    };

    return {
      chain: { sink: (buffer) => sendAll(runsOf(buffer)) },
      gap: (_pad, until, event) => {
        const track = tracks.get(event.source);
        return track?.epoch === event.epoch ? sendAll(passed(track, until)) : context.gap('src', event);
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

/** Whether more may follow. */
function isOpen(flow: FlowReturn): boolean {
  return flow === 'ok' || flow === 'not-linked';
}
