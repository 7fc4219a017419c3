// Gathers buffers of several streams into batches, one of each stream in turn, for a model that then runs on all at once.
//
// sink_%u: anything but batches, the same on every pad; src: batch, whose slots keep pad, source, epoch, pts and meta of each
// item, so that stream-demux gives results back. A batch leaves when every stream has given something, when it is full, or
// when its oldest item has waited `maxWaitMs`; streams that have ended, are silent for `idleMs` or say with a gap that they
// have nothing are not waited for. Streams whose caps differ in their fields are in batches of their own, each change of which
// costs a negotiation; of what else goes with caps, batches carry what all streams agree on. A stream that runs ahead is held
// back, two buffers before the others. In a live graph buffers beyond `maxStalenessMs` are dropped as `stale`.
import { z } from 'zod';
import { type Batch, Batcher } from '../../core/batcher.ts';
import { StreamBuffer } from '../../core/buffer.ts';
import { type FixedCaps, haveSameFields, sharedCaps } from '../../core/caps.ts';
import { defineElement } from '../../core/define-element.ts';
import type { GapEvent } from '../../core/event.ts';
import type { Flow, FlowReturn } from '../../core/flow-return.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/pad-template.ts';
import { batchFlawOf, batchOptions } from '../../core/queue-options.ts';
import { batchCaps, batches, batchOf, itemCaps, slabsOf, slotOf } from '../../media/batch.ts';

const props = z
  .strictObject({
    ...batchOptions.shape,
    maxSize: z.int().min(1).default(32).meta({ description: 'The most items in a batch.' }),
    maxWaitMs: z.number().min(0).nullable().default(33).meta({
      description: 'How long the oldest item may wait for others, in milliseconds; 0 never waits, null waits for all streams.',
    }),
    idleMs: z.number().min(0).default(1000).meta({
      description: 'A stream that gives nothing for longer, in milliseconds, is not waited for until it does; 0 waits for it always.',
    }),
    priorities: z.record(z.string(), z.int()).default({}).meta({
      description: 'Priorities of streams by their sink pads, such as `sink_0`, 0 where not given: the larger always go first.',
    }),
    lengthBuckets: z.array(z.number().positive()).default([]).meta({
      description: 'Upper bounds of sizes in bytes, rising: only items between the same two bounds share a batch.',
    }),
  })
  .superRefine((value, context) => {
    const message = batchFlawOf(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

/** A buffer that waits for its batch. */
interface Held {
  readonly buffer: StreamBuffer;
  readonly pad: string;
  gap: GapEvent | undefined;
}

/** How many buffers of a stream may wait, where no limit is set. */
const AHEAD = 2;

export const streamMux = defineElement({
  name: 'stream-mux',
  klass: 'Flow/Batch',
  summary: 'Gathers buffers of several streams into batches.',
  example: 'stream-mux name=m ! stream-demux name=d ! fake-sink  fake-source count=10 ! m.  fake-source count=10 ! m.  d. ! fake-sink',
  props,
  pads: { 'sink_%u': sinkPad(anyMedia(), { presence: 'request' }), src: srcPad(batches()) },
  // What waits outlives a change of caps.
  open: ({ props, context }) => {
    const dropped = ({ buffer }: Held): void => {
      context.discarded('stale');
      buffer.release();
    };
    return {
      batcher: new Batcher<Held>(props, { isLive: context.isLive, dropped }),
      pads: new Set<string>(),
      ended: new Set<string>(),
      newest: new Map<string, Held>(),
      /** Streams that are held back. */
      held: new Map<string, (flow: FlowReturn) => void>(),
      timer: undefined as { readonly at: number; readonly cancel: () => void } | undefined,
      pts: 0,
      sequence: 0,
    };
  },
  close: ({ timer }) => timer?.cancel(),
  negotiate: {
    sinkCaps: ({ allowed }) => itemCaps(allowed['src'] ?? 'any'),
    srcCaps: ({ sink }) => batchCaps(sharedCaps(Object.values(sink)).slice(0, 1)),
  },
  latency: ({ maxWaitMs, latencyTargetMs }) => {
    const waits = [maxWaitMs, latencyTargetMs].flatMap((wait) => (wait === null ? [] : [wait * 1000]));
    return waits.length === 0 ? { min: 0, max: undefined } : { min: Math.min(...waits), max: Math.min(...waits) };
  },
  create: ({ props, resource: state, caps, context }) => {
    const { batcher, newest, held, ended } = state;
    const { clock } = context;
    const room = props.maxPerSource ?? AHEAD;
    const streams = Object.entries(caps).filter(([pad]) => pad !== 'src');
    const shapes = sharedCaps(streams.map(([, one]) => one));
    const shapeOf = new Map<string, FixedCaps>();
    for (const [pad, one] of streams) {
      shapeOf.set(pad, shapes.find((shape) => haveSameFields(shape, one))!);
      if (!state.pads.has(pad)) batcher.addSource(pad, clock.now(), { idleMs: props.idleMs });
      state.pads.add(pad);
    }
    let current = shapes[0];
    let batched = caps.src;
    let sending: Promise<void> | undefined;
    let last: FlowReturn = 'ok';

    const send = ({ items, cause, slots: places, waited, length, paddedLength }: Batch<Held>): Flow => {
      context.batched(cause, items.length, { waited, length, paddedLength });
      const slots = items.map(({ buffer, pad, gap }) => slotOf(buffer, Number(pad.slice('sink_'.length)), gap));
      const shape = shapeOf.get(items[0]!.pad)!;
      let before: Flow = 'ok';
      if (shape !== current) {
        current = shape;
        batched = batchOf(shape);
        before = context.setCaps('src', batched);
      }
      state.pts = Math.max(state.pts, ...slots.map(({ pts }) => pts));
      const batch = new StreamBuffer({
        caps: batched,
        pts: state.pts,
        slabs: slabsOf(slots).map((slab) => slab.retain()),
        value: { slots, places },
        source: context.name,
        sequence: state.sequence++,
        bornAt: Math.min(...slots.map(({ bornAt }) => bornAt)),
      });
      for (const { buffer, pad } of items) {
        buffer.release();
        if (newest.get(pad)?.buffer === buffer) newest.delete(pad);
      }
      return before instanceof Promise ? before.then(() => context.push('src', batch)) : context.push('src', batch);
    };

    const letGo = (flow: FlowReturn): void => {
      for (const [pad, resolve] of held) {
        if (flow === 'ok' && batcher.waitingOf(pad) >= room) continue;
        held.delete(pad);
        resolve(flow);
      }
    };

    /** Sends what is due, and sees to it that it is called again in time. */
    const pump = (): void => {
      while (sending === undefined) {
        const batch = batcher.take(clock.now());
        if (batch === undefined) break;
        const flow = send(batch);
        if (flow instanceof Promise) {
          sending = flow.then((result) => {
            sending = undefined;
            last = result;
            pump();
          });
        } else last = flow;
      }
      // What was too old has made room, too.
      letGo(last);
      const at = sending === undefined ? batcher.wakeAt : undefined;
      if (state.timer !== undefined && at !== undefined && state.timer.at <= at) return;
      state.timer?.cancel();
      state.timer = undefined;
      if (at === undefined) return;
      const wake = (): void => {
        state.timer = undefined;
        pump();
      };
      state.timer = { at, cancel: clock.schedule(at, wake) };
    };

    return {
      chain: {
        'sink_%u': (buffer, pad) => {
          const one: Held = { buffer: buffer.retain(), pad, gap: undefined };
          newest.set(pad, one);
          const { bornAt, bytes } = buffer;
          const length = props.lengthBuckets.length > 0 ? bytes : 0;
          batcher.add(one, { source: pad, at: clock.now(), bornAt, shape: shapeOf.get(pad), length });
          pump();
          if (batcher.waitingOf(pad) < room) return last;
          return context.waiting(new Promise<FlowReturn>((resolve) => held.set(pad, resolve)));
        },
      },
      gap: (pad, _until, event) => {
        const before = newest.get(pad);
        if (before !== undefined) {
          before.gap = joined(before.gap, event);
          return 'ok';
        }
        batcher.excuse(pad, clock.now());
        pump();
        return context.gap('src', event);
      },
      ended: (pad) => {
        ended.add(pad);
        batcher.endSource(pad);
        pump();
      },
      drain: async () => {
        batcher.close(ended.size === state.pads.size ? 'eos' : 'shape');
        do {
          await sending;
          pump();
        } while (sending !== undefined || batcher.waiting > 0);
        return undefined;
      },
      flush: () => {
        for (const { buffer } of batcher.clear()) {
          context.discarded('flushing');
          buffer.release();
        }
        newest.clear();
        letGo('flushing');
        pump();
      },
    };
  },
});

/** Two gaps of a stream as one. */
function joined(first: GapEvent | undefined, second: GapEvent): GapEvent {
  if (first === undefined) return second;
  const pts = Math.min(first.pts, second.pts);
  return { ...second, pts, duration: Math.max(first.pts + first.duration, second.pts + second.duration) - pts };
}
