// Lets buffers through while another stream says so.
//
// sink, src: anything. control: anything; its newest buffer decides: the gate is open when `path` in its value (`items.length`,
// say; empty for the value itself) compares with `value` as `operator` says. A buffer is decided by the control's newest one up
// to its own time, once the control has got that far (a buffer at that time or later, a gap or the end), so that what passes is
// the same at any speed; times are compared as running time, by the segments of their sources. A gap stands for each buffer that is held off; drops are counted as `closed`, and the first buffer
// after them is marked `discont`. Before the control has said anything, `open` holds. In a live graph nobody waits for the control
// beyond the time at which a buffer is due at the sinks, 20 ms at least from when it began to lag behind: what it said last holds.
import { z } from 'zod';
import { defineElement, type OpenContext } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Flow } from '../../core/stream/flow-return.ts';
import type { Microseconds } from '../../core/time/time.ts';
import { compares, comparison } from './comparison.ts';
import { InputTimes } from './input-times.ts';
import { liveDeadline, liveLatency } from './live-deadline.ts';

const props = z.strictObject({
  ...comparison.shape,
  open: z.boolean().default(false).meta({ description: 'Whether buffers pass before the control has said anything.' }),
});

/** Words of the control that are ahead of the stream, at most. */
const AHEAD = 64;

/** What the control has said; outlives changes of caps. */
interface Control {
  readonly times: InputTimes;
  readonly words: { readonly time: Microseconds; readonly isOpen: boolean }[];
  isOpen: boolean;
  bound: Microseconds;
  /** Clock time since which it has lagged behind the stream that is let through; undefined while it keeps up. */
  behindSince: Microseconds | undefined;
  /** The end of the stream that is let through. */
  hasStreamEnded: boolean;
  hasLost: boolean;
  isFlushed: boolean;
  readonly waiting: (() => void)[];
}

export const gate = defineElement({
  name: 'gate',
  klass: 'Fusion/Flow',
  summary: 'Lets buffers through while another stream says so.',
  example: 'fake-source count=10 ! g.sink  fake-source count=10 ! g.control  gate name=g open=true ! fake-sink',
  props,
  pads: { sink: sinkPad(anyMedia()), control: sinkPad({ ...anyMedia(), name: 'control' }), src: srcPad(anyMedia()) },
  latency: (_props, graph) => liveLatency(graph),
  open: (opening: OpenContext<z.output<typeof props>>): Control => ({
    times: new InputTimes(),
    words: [],
    isOpen: opening.props.open,
    bound: Number.NEGATIVE_INFINITY,
    behindSince: undefined,
    hasStreamEnded: false,
    hasLost: false,
    isFlushed: false,
    waiting: [],
  }),
  create: ({ props, resource: control, context }) => {
    const wake = (): void => {
      for (const resume of control.waiting.splice(0)) resume();
    };
    const news = (): Promise<void> => context.waiting(new Promise((resolve) => control.waiting.push(resolve)));

    /** News of the control, or the time at which nobody waits for them any more. */
    const newsUntil = (at: Microseconds): Promise<void> => {
      const cancel = context.clock.schedule(at, wake);
      return news().finally(cancel);
    };

    const pass = (buffer: StreamBuffer): Flow => {
      if (control.isFlushed) return 'flushing';
      const time = buffer.pts + control.times.shiftAt('sink', buffer.source);
      // A word at the buffer's own time counts; another of the same time may follow until the control is beyond it.
      if (control.bound <= time) {
        const now = context.clock.now();
        control.behindSince ??= now;
        const at = liveDeadline(context, time, control.behindSince);
        if (at === undefined) return news().then(() => pass(buffer));
        if (now < at) return newsUntil(at).then(() => pass(buffer));
      } else control.behindSince = undefined;
      let hasRoom = false;
      for (let next = control.words[0]; next !== undefined && next.time <= time; next = control.words[0]) {
        control.isOpen = next.isOpen;
        control.words.shift();
        hasRoom = true;
      }
      if (hasRoom) wake();
      if (!control.isOpen) {
        control.hasLost = true;
        context.discarded('closed');
        return context.gap('src', buffer);
      }
      if (!control.hasLost) return context.push('src', buffer.retain());
      control.hasLost = false;
      return context.push('src', buffer.derive({ discont: true }));
    };

    const hear = (buffer: StreamBuffer): Flow => {
      if (control.isFlushed) return 'flushing';
      if (control.hasStreamEnded) return 'eos';
      if (control.words.length >= AHEAD) return news().then(() => hear(buffer));
      const time = buffer.pts + control.times.shiftAt('control', buffer.source);
      control.words.push({ time, isOpen: compares(buffer.value, props) });
      control.bound = Math.max(control.bound, time);
      wake();
      return 'ok';
    };

    return {
      chain: { sink: (buffer) => pass(buffer), control: hear },
      gap: (pad, until, event) => {
        if (pad === 'sink') return context.gap('src', event);
        control.bound = Math.max(control.bound, until + control.times.shiftAt(pad, event.source));
        wake();
        return 'ok';
      },
      event: (pad, event) => {
        if (event.type === 'segment') control.times.note(pad, event);
        if (event.type === 'source-end') control.times.forget(event.source);
        return context.event('src', event);
      },
      ended: (pad) => {
        if (pad === 'sink') control.hasStreamEnded = true;
        else control.bound = Number.POSITIVE_INFINITY;
        wake();
      },
      flush: () => {
        control.isFlushed = true;
        wake();
      },
    };
  },
});
