// Lets everything through, or nothing; may be opened and closed while the graph runs.
//
// sink, src: anything. A gap stands for each buffer that is held off, so that joins behind it do not wait; drops are counted
// as `closed`. The first buffer after that is marked `discont`.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';

const props = z.strictObject({
  open: z.boolean().default(true).meta({ description: 'Whether buffers pass. May be changed while the graph runs.' }),
});

export const valve = defineElement({
  name: 'valve',
  klass: 'Flow/Gate',
  summary: 'Lets everything through, or nothing.',
  example: 'fake-source count=10 ! valve open=false ! fake-sink',
  props,
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  memoryless: true,
  open: () => ({ hasLost: false }),
  create: ({ props, resource: state }) => {
    let isOpen = props.open;
    return {
      dropCause: 'closed',
      transform: (buffer) => {
        if (!isOpen) {
          state.hasLost = true;
          return undefined;
        }
        if (!state.hasLost) return buffer;
        state.hasLost = false;
        return buffer.derive({ discont: true });
      },
      update: (next) => {
        isOpen = next.open;
      },
    };
  },
});
