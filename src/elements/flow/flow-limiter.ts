// Lets so many buffers be under way at once; what comes meanwhile waits, and is dropped or held back when too many wait.
//
// sink, src: the stream, anything. finished: a link back from where a buffer has been handled; a buffer or a gap there says that
// everything of its source up to its time is done, and the end of a source that all of it is. While `maxInFlight` are under way,
// `maxInQueue` wait; beyond that the oldest is dropped, counted as `limited`, with a gap in its place, or with `onFull: block`
// the stream is held back and nothing is lost.
// sink_%u, src_%u: streams beside the first, whose buffers share the fate of the last one at or before them, of their own
// source or, with `beside: stream`, of any. Something that never comes back is given up once the stream has gone on by
// `inFlightTimeoutMs`, or the clock has. At the end what waits is sent at once. After MediaPipe's FlowLimiterCalculator, which
// holds nothing unless told to, knows one source and no blocking, and expects an answer for every buffer.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { GapEvent } from '../../core/stream/event.ts';
import type { Flow, FlowReturn } from '../../core/stream/flow-return.ts';
import type { Microseconds } from '../../core/time/time.ts';
import { FlowDecisions, type Moment } from './flow-decisions.ts';

const props = z
  .strictObject({
    maxInFlight: z.int().min(1).default(1).meta({ description: 'How many buffers may be under way between here and `finished`.' }),
    maxInQueue: z.int().min(0).default(1).meta({ description: 'How many wait meanwhile; beyond that the oldest is dropped.' }),
    onFull: z
      .enum(['dropOldest', 'block'])
      .default('dropOldest')
      .meta({ description: 'What happens when more would have to wait: the oldest is dropped, or the stream is held back.' }),
    beside: z.enum(['source', 'stream']).default('source').meta({
      description: 'Whose fate a buffer of a stream beside the first shares: that of its own source, or of the first stream as a whole.',
    }),
    inFlightTimeoutMs: z
      .number()
      .min(0)
      .default(0)
      .meta({ description: 'Gives up a buffer that has not come back for longer, in milliseconds; 0 never does.' }),
    timeoutBy: z.enum(['stream', 'clock']).default('stream').meta({
      description: 'What `inFlightTimeoutMs` is measured by: the times of later buffers of its source, or the clock since it was sent.',
    }),
  })
  .superRefine(({ onFull, inFlightTimeoutMs, timeoutBy }, context) => {
    if (onFull !== 'block' || inFlightTimeoutMs === 0 || timeoutBy === 'clock') return;
    const message = 'A stream that is held back does not go on, so that nothing would ever be given up; set timeoutBy to clock';
    context.addIssue({ code: 'custom', message, path: ['timeoutBy'] });
  });

interface InFlight extends Moment {
  /** Clock time. */
  readonly sentAt: Microseconds;
}

export const flowLimiter = defineElement({
  name: 'flow-limiter',
  klass: 'Flow/Limiter',
  summary: 'Bounds how many buffers are under way, and drops the oldest of what comes meanwhile.',
  example: 'fake-source count=100 ! flow-limiter name=limit ! queue ! tee name=t ! fake-sink  t. ! limit.finished',
  props,
  pads: {
    sink: sinkPad(anyMedia()),
    finished: sinkPad(anyMedia(), { feedback: true }),
    'sink_%u': sinkPad(anyMedia(), { presence: 'request' }),
    src: srcPad(anyMedia()),
    'src_%u': srcPad(anyMedia(), { presence: 'request' }),
  },
  holds: ({ maxInQueue }) => maxInQueue + 1,
  holdsBack: true,
  negotiate: {
    sinkCaps: ({ pad, allowed }) => allowed[pad.replace('sink', 'src')] ?? 'any',
    srcCaps: ({ pad, sink }) => {
      const caps = sink[pad.replace('src', 'sink')];
      return caps === undefined ? 'any' : [caps];
    },
  },
  create: ({ props, context }) => {
    const { clock } = context;
    let { maxInFlight, maxInQueue, inFlightTimeoutMs, onFull, timeoutBy } = props;
    let inFlight: InFlight[] = [];
    const waiting: StreamBuffer[] = [];
    /** What gap each source owes: it leaves behind the buffers of its source that wait. */
    const gaps = new Map<string, GapEvent>();
    const decisions = new FlowDecisions(props.beside === 'source');
    /** Sources that have lost a buffer since their last one left. */
    const losers = new Set<string>();
    /** How those downstream are told that a source has ended: behind the last of its buffers that wait. */
    const ends = new Map<string, () => Flow>();
    let isUnlimited = false;
    let givenUp = 0;
    let last: FlowReturn = 'ok';
    let sending: Promise<FlowReturn> | undefined;
    /** The stream is held back until this is called. */
    let letGo: (() => void) | undefined;
    let cancelTimer: (() => void) | undefined;
    let hasWarned = false;

    /** Sends in order; what is under way is bounded, so that nobody has to wait for it here. */
    const send = (push: () => Flow): void => {
      const flow = sending === undefined ? push() : sending.then(push);
      if (!(flow instanceof Promise)) {
        last = flow;
        return;
      }
      const tracked: Promise<FlowReturn> = flow.then((result) => {
        last = result;
        if (sending === tracked) sending = undefined;
        return result;
      });
      sending = tracked;
    };

    const sendOldest = (): void => {
      const oldest = waiting.shift()!;
      inFlight.push({ source: oldest.source, epoch: oldest.epoch, pts: oldest.pts, sentAt: clock.now() });
      const buffer = losers.delete(oldest.source) && !oldest.discont ? oldest.derive({ discont: true }) : oldest;
      if (buffer !== oldest) oldest.release();
      // Who has been handed it may let it go.
      const moment = momentOf(buffer);
      context.finished();
      send(() => context.push('src', buffer));
      decisions.decide(moment, true);
    };

    const dropOldest = (): void => {
      const oldest = waiting.shift()!;
      const { pts, duration, source, epoch } = oldest;
      losers.add(source);
      oldest.release();
      context.discarded('limited');
      send(() => context.gap('src', { pts, duration, source, epoch }));
      decisions.decide({ pts, source, epoch }, false);
    };

    const sendGaps = (): void => {
      for (const [source, gap] of gaps) {
        if (waiting.some((one) => one.source === source)) continue;
        gaps.delete(source);
        send(() => context.gap('src', gap));
        decisions.pass({ ...gap, pts: gap.pts + gap.duration });
      }
    };

    const sendEnds = (): void => {
      for (const [source, pass] of ends) {
        if (waiting.some((one) => one.source === source)) continue;
        ends.delete(source);
        losers.delete(source);
        send(pass);
      }
    };

    /** Sends what there is room for, and makes room for what waits. */
    const release = (): void => {
      while (waiting.length > 0 && (isUnlimited || inFlight.length < maxInFlight)) sendOldest();
      if (onFull === 'dropOldest') while (waiting.length > maxInQueue) dropOldest();
      sendGaps();
      sendEnds();
      if (waiting.length <= maxInQueue) letGo?.();
      watchClock();
    };

    const finish = (source: string, epoch: number, isDone: (pts: number) => boolean): FlowReturn => {
      inFlight = inFlight.filter((one) => one.source !== source || one.epoch > epoch || (one.epoch === epoch && !isDone(one.pts)));
      release();
      return 'ok';
    };

    const giveUp = (isLate: (one: InFlight) => boolean): void => {
      const late = inFlight.filter(isLate);
      if (late.length === 0) return;
      inFlight = inFlight.filter((one) => !late.includes(one));
      if (givenUp === 0) {
        const how = timeoutBy === 'stream' ? 'of the stream' : 'by the clock';
        const text = `${context.name} gave up a buffer of ${late[0]!.source}: nothing came back to finished for ${inFlightTimeoutMs} ms ${how}`;
        context.warn('flow/in-flight-timeout', text);
      }
      givenUp += late.length;
      context.post('given up', givenUp);
    };

    /** Sees to it that what is under way for too long is given up, though nothing comes. */
    const watchClock = (): void => {
      cancelTimer?.();
      cancelTimer = undefined;
      const oldest = inFlight[0];
      if (timeoutBy !== 'clock' || inFlightTimeoutMs === 0 || oldest === undefined || waiting.length === 0) return;
      const span = inFlightTimeoutMs * 1000;
      cancelTimer = clock.schedule(oldest.sentAt + span, () => {
        giveUp(({ sentAt }) => clock.now() - sentAt >= span);
        release();
      });
    };

    const forget = (): void => {
      for (const one of waiting.splice(0)) {
        one.release();
        context.discarded('flushing');
      }
      cancelTimer?.();
      inFlight = [];
      gaps.clear();
      ends.clear();
      decisions.end();
      letGo?.();
    };

    const warnOfStranger = (): void => {
      const stranger = hasWarned ? undefined : decisions.stranger;
      if (stranger === undefined) return;
      hasWarned = true;
      const text = `${context.name}: a buffer of ${stranger.source} beside the stream waits for what becomes of that source in it, which it does not have; set beside to stream`;
      context.warn('flow/source-not-in-stream', text);
    };

    return {
      chain: {
        sink: (buffer) => {
          const { source, pts } = buffer;
          if (timeoutBy === 'stream' && inFlightTimeoutMs > 0)
            giveUp((one) => one.source === source && pts - one.pts > inFlightTimeoutMs * 1000);
          waiting.push(buffer.retain());
          release();
          warnOfStranger();
          if (waiting.length <= maxInQueue) return last;
          const room = new Promise<void>((resolve) => {
            letGo = resolve;
          });
          return context.waiting(room).then(() => last);
        },
        finished: ({ source, epoch, pts }) => {
          context.finished();
          return finish(source, epoch, (one) => one <= pts);
        },
        'sink_%u': (buffer, pad) => {
          const src = pad.replace('sink', 'src');
          const pass = (isAllowed: boolean): Flow => {
            if (!isAllowed) {
              context.discarded('limited');
              return context.gap(src, buffer);
            }
            context.finished();
            return context.push(src, buffer.retain());
          };
          const decision = decisions.at(momentOf(buffer));
          if (!(decision instanceof Promise)) return pass(decision);
          warnOfStranger();
          return context.waiting(decision).then(pass);
        },
      },
      gap: (pad, until, event) => {
        if (pad === 'finished') return finish(event.source, event.epoch, (one) => one < until);
        if (pad !== 'sink') return context.gap(pad.replace('sink', 'src'), event);
        gaps.set(event.source, joined(gaps.get(event.source), event));
        release();
        return last;
      },
      sourceEnd: (pad, pass, { source, epoch }) => {
        // What has not come back by now never will.
        if (pad === 'finished') return finish(source, epoch, () => true);
        ends.set(source, pass);
        release();
        return last;
      },
      ended: (pad) => {
        if (pad !== 'sink' && pad !== 'finished') return;
        // Nothing waits for a place that may never come free.
        isUnlimited = true;
        release();
        if (pad === 'sink') decisions.end();
      },
      drain: async () => {
        await sending;
        return undefined;
      },
      flush: forget,
      close: forget,
      update: (next) => {
        if (next.beside !== props.beside) throw new RangeError('Cannot change beside while the graph runs');
        ({ maxInFlight, maxInQueue, inFlightTimeoutMs, onFull, timeoutBy } = next);
        release();
      },
    };
  },
});

function momentOf({ source, epoch, pts }: StreamBuffer): Moment {
  return { source, epoch, pts };
}

/** One gap for two of a source, the second of which follows; those of an earlier epoch are over. */
function joined(before: GapEvent | undefined, gap: GapEvent): GapEvent {
  if (before === undefined || before.epoch !== gap.epoch) return gap;
  const end = Math.max(before.pts + before.duration, gap.pts + gap.duration);
  const pts = Math.min(before.pts, gap.pts);
  return { ...gap, pts, duration: end - pts };
}
