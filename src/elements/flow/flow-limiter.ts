// Lets so many buffers be under way at once, and drops what comes meanwhile: what follows always works on something fresh.
//
// sink, src: the stream, anything. finished: a link back from where a buffer has been handled; a buffer or a gap there says that
// everything of its source up to its time is done. sink_%u, src_%u: streams beside the first, of the same times, whose buffers share
// the fate of the last one at or before them; they presuppose a stream of one source. While `maxInFlight` are under way,
// `maxInQueue` wait, and beyond that the oldest is dropped, counted as `limited`, with a gap in its place. Something that never
// comes back is given up once the stream has gone on by `inFlightTimeoutMs`, measured by its times and not by the clock. At the end
// what waits is sent at once. After MediaPipe's FlowLimiterCalculator.
import { z } from 'zod';
import type { StreamBuffer } from '../../core/buffer.ts';
import { defineElement } from '../../core/define-element.ts';
import type { GapEvent } from '../../core/event.ts';
import type { Flow, FlowReturn } from '../../core/flow-return.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/pad-template.ts';
import { FlowDecisions } from './flow-decisions.ts';

const props = z.strictObject({
  maxInFlight: z.int().min(1).default(1).meta({ description: 'How many buffers may be under way between here and `finished`.' }),
  maxInQueue: z.int().min(0).default(1).meta({ description: 'How many wait meanwhile; beyond that the oldest is dropped.' }),
  inFlightTimeoutMs: z
    .number()
    .min(0)
    .default(0)
    .meta({ description: 'Gives up a buffer when one comes that is later by more, in milliseconds of stream time; 0 never does.' }),
});

type InFlight = Pick<StreamBuffer, 'source' | 'epoch' | 'pts'>;

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
  negotiate: {
    sinkCaps: ({ pad, allowed }) => allowed[pad.replace('sink', 'src')] ?? 'any',
    srcCaps: ({ pad, sink }) => {
      const caps = sink[pad.replace('src', 'sink')];
      return caps === undefined ? 'any' : [caps];
    },
  },
  create: ({ props, context }) => {
    let { maxInFlight, maxInQueue, inFlightTimeoutMs } = props;
    let inFlight: InFlight[] = [];
    const waiting: StreamBuffer[] = [];
    /** The last gap of each source that came while buffers waited. */
    const gaps = new Map<string, GapEvent>();
    const decisions = new FlowDecisions();
    let hasLost = false;
    let isUnlimited = false;
    let givenUp = 0;
    let last: FlowReturn = 'ok';
    let sending: Promise<FlowReturn> | undefined;

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
      inFlight.push({ source: oldest.source, epoch: oldest.epoch, pts: oldest.pts });
      const buffer = hasLost && !oldest.discont ? oldest.derive({ discont: true }) : oldest;
      if (buffer !== oldest) oldest.release();
      hasLost = false;
      send(() => context.push('src', buffer));
      decisions.decide(buffer.pts, true);
    };

    const dropOldest = (): void => {
      const oldest = waiting.shift()!;
      const { pts, duration, source, epoch } = oldest;
      hasLost = true;
      oldest.release();
      context.discarded('limited');
      send(() => context.gap('src', { pts, duration, source, epoch }));
      decisions.decide(pts, false);
    };

    const release = (): void => {
      while (waiting.length > 0 && (isUnlimited || inFlight.length < maxInFlight)) sendOldest();
      if (waiting.length > 0) return;
      for (const gap of gaps.values()) {
        send(() => context.gap('src', gap));
        decisions.pass(gap.pts + gap.duration);
      }
      gaps.clear();
    };

    const finish = (source: string, epoch: number, isDone: (pts: number) => boolean): FlowReturn => {
      inFlight = inFlight.filter((one) => one.source !== source || one.epoch > epoch || (one.epoch === epoch && !isDone(one.pts)));
      release();
      return 'ok';
    };

    const giveUp = ({ source, pts }: StreamBuffer): void => {
      if (inFlightTimeoutMs === 0) return;
      const late = inFlight.filter((one) => one.source === source && pts - one.pts > inFlightTimeoutMs * 1000);
      if (late.length === 0) return;
      inFlight = inFlight.filter((one) => !late.includes(one));
      if (givenUp === 0) {
        const text = `${context.name} gave up a buffer of ${source}: nothing came back to finished for ${inFlightTimeoutMs} ms of the stream`;
        context.warn('flow/in-flight-timeout', text);
      }
      givenUp += late.length;
      context.post('given up', givenUp);
    };

    const forget = (): void => {
      for (const one of waiting.splice(0)) {
        one.release();
        context.discarded('flushing');
      }
      inFlight = [];
      gaps.clear();
      decisions.end();
    };

    return {
      chain: {
        sink: (buffer) => {
          giveUp(buffer);
          waiting.push(buffer.retain());
          release();
          while (waiting.length > maxInQueue) dropOldest();
          return last;
        },
        finished: ({ source, epoch, pts }) => finish(source, epoch, (one) => one <= pts),
        'sink_%u': (buffer, pad) => {
          const src = pad.replace('sink', 'src');
          const pass = (isAllowed: boolean): Flow => {
            if (isAllowed) return context.push(src, buffer.retain());
            context.discarded('limited');
            return context.gap(src, buffer);
          };
          const decision = decisions.at(buffer.pts);
          return decision instanceof Promise ? context.waiting(decision).then(pass) : pass(decision);
        },
      },
      gap: (pad, until, event) => {
        if (pad === 'finished') return finish(event.source, event.epoch, (one) => one < until);
        if (pad !== 'sink') return context.gap(pad.replace('sink', 'src'), event);
        gaps.set(event.source, event);
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
        ({ maxInFlight, maxInQueue, inFlightTimeoutMs } = next);
        release();
        while (waiting.length > maxInQueue) dropOldest();
      },
    };
  },
});
