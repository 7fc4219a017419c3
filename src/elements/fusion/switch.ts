// Hands on one of several inputs; which one may be changed while the graph runs, from the next buffer on.
//
// sink_%u, src: anything, inputs of the same caps. What comes at the others is dropped and counted as `not-selected`; nobody
// waits for anybody. The first buffer after a change is marked `discont`; what comes before it and would lead back in running time
// is dropped as `late`. Gaps of the chosen input pass. The stream ends when every input has ended.
//
// Errors: `switch/no-such-input`.
import { z } from 'zod';
import { sameCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { MediaError } from '../../media/media-error.ts';
import { InputTimes } from './input-times.ts';

const props = z.strictObject({
  active: z.string().default('sink_0').meta({ description: 'The pad whose buffers pass. May be changed while the graph runs.' }),
});

export const switchElement = defineElement({
  name: 'switch',
  klass: 'Fusion/Flow',
  summary: 'Hands on one of several inputs.',
  example: 'switch name=s active=sink_1 ! fake-sink  fake-source count=10 ! s.  fake-source count=10 ! s.',
  props,
  pads: { 'sink_%u': sinkPad(anyMedia(), { presence: 'request' }), src: srcPad(anyMedia()) },
  // What has left outlives changes of caps.
  holdsInResource: true,
  open: () => ({ isOn: false, last: undefined as string | undefined, until: Number.NEGATIVE_INFINITY, times: new InputTimes() }),
  create: ({ props, caps, resource: sent, context }) => {
    const pads = Object.keys(caps).filter((pad) => pad.startsWith('sink_'));
    const check = (pad: string): string => {
      if (pads.includes(pad)) return pad;
      throw new MediaError('switch/no-such-input', `Cannot switch ${context.name} to ${pad}: linked are ${pads.join(', ')}`);
    };
    // Its input may be taken away while it runs; nothing passes then, until another is chosen or it comes back.
    let active = sent.isOn ? props.active : check(props.active);
    sent.isOn = true;
    // The src pad's caps were settled from those of the first input.
    let current = caps[pads[0]!]!;
    /** Whether it comes by another input than what has left last, and is of a time before that. */
    const leadsBack = (pad: string, end: number): boolean => sent.last !== undefined && sent.last !== pad && end < sent.until;
    return {
      chain: {
        'sink_%u': (buffer, pad) => {
          const time = buffer.pts + sent.times.shiftAt(pad, buffer.source);
          if (pad !== active || leadsBack(pad, time)) {
            context.discarded(pad === active ? 'late' : 'not-selected');
            return 'ok';
          }
          const own = caps[pad]!;
          if (own !== current && !sameCaps(own, current)) void context.setCaps('src', own);
          current = own;
          const isChange = sent.last !== undefined && sent.last !== pad;
          sent.last = pad;
          sent.until = Math.max(sent.until, time);
          return context.push('src', isChange ? buffer.derive({ discont: true }) : buffer.retain());
        },
      },
      gap: (pad, until, event) => {
        const end = until + sent.times.shiftAt(pad, event.source);
        if (pad !== active || leadsBack(pad, end)) return 'ok';
        sent.until = Math.max(sent.until, end);
        return context.gap('src', event);
      },
      event: (pad, event) => {
        if (event.type === 'segment') sent.times.note(pad, event);
        if (event.type === 'source-end') sent.times.forget(event.source);
        return context.event('src', event);
      },
      update: (next) => {
        active = check(next.active);
      },
    };
  },
});
