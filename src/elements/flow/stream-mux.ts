// Gathers buffers of several streams into batches, one of each stream in turn, for a model that then runs on all at once.
//
// sink_%u: anything but batches, the same on every pad; src: batch, whose slots keep pad, source, epoch, pts and meta of each
// item, so that stream-demux gives results back. A batch leaves when every stream has given something, when it is full, or
// when its oldest item has waited `maxWaitMs`; streams that have ended, are silent for `idleMs` or say with a gap that they
// have nothing are not waited for. Streams whose caps differ in their fields are in batches of their own, each change of which
// costs a negotiation; of what else goes with caps, batches carry what all streams agree on. A stream that runs ahead is held
// back, two buffers before the others. In a live graph buffers beyond `maxStalenessMs` are dropped as `stale`.
import { z } from 'zod';
import { type Batch, Batcher } from '../../core/batch/batcher.ts';
import { type FixedCaps, haveSameFields, sameCaps, sharedCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { batchFlawOf, batchOptions, longestWaitMs } from '../../core/queue/queue-options.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import { type GapEvent, gapOf, joinedGaps } from '../../core/stream/event.ts';
import type { Flow, FlowReturn } from '../../core/stream/flow-return.ts';
import { type BatchInfo, batches, batchOf, itemCaps, partsOf, slabsOf, slotOf, streamCaps } from '../../media/batch.ts';
import { bytesPerElement } from '../../media/tensor/item-length.ts';

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
      description:
        'Upper bounds of lengths, rising: only items between the same two bounds share a batch. Of tensors that have `length` in place of a size they count the elements of that axis, of all else bytes.',
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
  // What waits outlives a change of caps or of pads.
  holdsInResource: true,
  holdsBack: true,
  holds: ({ maxPerSource }) => maxPerSource ?? AHEAD,
  open: ({ props, context }) => {
    const dropped = ({ buffer, pad, gap: behind }: Held): void => {
      context.discarded('stale');
      const gap = behind === undefined ? gapOf(buffer) : joinedGaps(gapOf(buffer), behind);
      buffer.release();
      void state.tell(pad, gap);
      state.left(pad, buffer);
    };
    const state = {
      batcher: new Batcher<Held>(props, { isLive: context.isLive, dropped }),
      pads: new Set<string>(),
      ended: new Set<string>(),
      /** What the items of each stream are; of streams of the same caps the same object. */
      shapeOf: new Map<string, FixedCaps>(),
      /** Who is to be told that a source has ended, when the last buffer of its pad has left. */
      ends: new Map<string, (() => Flow)[]>(),
      /** Where the latest buffer of each stream ends, and whose it was. */
      last: new Map<string, Omit<GapEvent, 'type'>>(),
      /** The latest buffer of each stream that waits, if one does; streams stay in it, since a map that much comes to and goes from costs memory. */
      newest: new Map<string, Held | undefined>(),
      /** Streams that are held back. */
      held: new Map<string, (flow: FlowReturn) => void>(),
      timer: undefined as { readonly at: number; readonly cancel: () => void } | undefined,
      /** A batch that downstream has not taken yet, and the answer to the latest one. */
      sending: undefined as Promise<void> | undefined,
      answer: 'ok' as FlowReturn,
      /** Sends what is due. */
      pump: (): void => {},
      pts: 0,
      sequence: 0,
      /** A buffer of a stream has left, with which the stream may have ended. */
      left: (pad: string, buffer: StreamBuffer): void => {
        const newest = state.newest.get(pad);
        if (newest?.buffer !== buffer) return;
        state.newest.set(pad, undefined);
        // It has said already that it has nothing for now.
        if (newest.gap !== undefined) state.batcher.excuse(pad, context.clock.now());
        if (state.ended.has(pad)) state.finish(pad);
        const ends = state.ends.get(pad);
        if (ends !== undefined) {
          for (const pass of ends) void pass();
          state.ends.delete(pad);
        }
        if (!state.pads.has(pad)) state.forget(pad);
      },
      /** A pad has been taken away, and nothing of it waits any more. */
      forget: (pad: string): void => {
        state.batcher.removeSource(pad);
        for (const one of [state.ended, state.last, state.shapeOf, state.newest]) one.delete(pad);
      },
      finish: (pad: string): void => {
        const end = state.last.get(pad) ?? { pts: 0, duration: 0, source: context.name, epoch: 0 };
        // Events keep their place, whoever waits.
        void state.tell(pad, end, true);
      },
      /** Says that a stream has nothing for a while, or nothing any more, behind what has left. */
      tell: (pad: string, { pts, duration, source, epoch }: Omit<GapEvent, 'type'>, isLast = false): Flow => {
        const part = { stream: numberOf(pad), pts, duration, source, epoch, ...(isLast ? { isLast } : {}) };
        return context.gap('src', { pts: state.pts, duration: 0, source: context.name, epoch: 0, parts: [part] });
      },
    };
    return state;
  },
  close: ({ timer }) => timer?.cancel(),
  negotiate: {
    sinkCaps: ({ allowed }) => itemCaps(allowed['src'] ?? 'any'),
    srcCaps: ({ sink }) => {
      const streams = Object.entries(sink);
      const shared = sharedCaps(streams.map(([, own]) => own));
      const byNumber = streams.map(([pad, own]) => [numberOf(pad), shared.find((one) => haveSameFields(one, own))!] as const);
      return shared.slice(0, 1).map((one) => batchOf(one, Object.fromEntries(byNumber)));
    },
  },
  latency: (props, { isLive }) => {
    const wait = longestWaitMs(props);
    if (wait === null) return { min: isLive ? Number.POSITIVE_INFINITY : 0, max: undefined };
    return { min: wait * 1000, max: wait * 1000 };
  },
  create: ({ props, resource: state, caps, context }) => {
    const { batcher, newest, held, ended } = state;
    const { clock } = context;
    const room = props.maxPerSource ?? AHEAD;
    const { shapeOf } = state;
    const pads = Object.keys(caps).filter((pad) => pad !== 'src');
    for (const pad of pads) {
      const own = streamCaps(caps.src, numberOf(pad));
      shapeOf.set(pad, [...shapeOf.values()].find((one) => sameCaps(one, own)) ?? own);
      if (state.pads.has(pad)) continue;
      batcher.addSource(pad, clock.now(), { idleMs: props.idleMs });
      state.pads.add(pad);
      ended.delete(pad);
    }
    for (const pad of state.pads) {
      if (pads.includes(pad)) continue;
      state.pads.delete(pad);
      if (newest.get(pad) === undefined) state.forget(pad);
    }
    const unitOf = new Map(pads.map((pad) => [pad, bytesPerElement(streamCaps(caps.src, numberOf(pad)))]));
    const { streams } = caps.src.info as BatchInfo;
    let current = shapeOf.get(pads[0]!);
    let batched = caps.src;

    const send = ({ items, cause, slots: places, waited, length, paddedLength }: Batch<Held>): Flow => {
      context.batched(cause, items.length, { waited, length, paddedLength });
      const slots = items.map(({ buffer, pad, gap }) => slotOf(buffer, numberOf(pad), gap));
      const shape = shapeOf.get(items[0]!.pad)!;
      if (shape !== current) {
        current = shape;
        batched = batchOf(shape, streams);
        // Events and buffers keep their order, whoever waits.
        void context.setCaps('src', batched);
      }
      state.pts = Math.max(state.pts, ...slots.map(({ pts }) => pts));
      const batch = new StreamBuffer({
        caps: batched,
        pts: state.pts,
        slabs: slabsOf(slots).map((slab) => slab.retain()),
        value: { slots, places },
        source: context.name,
        sequence: state.sequence++,
        meta: { parts: partsOf(slots) },
        bornAt: Math.min(...slots.map(({ bornAt }) => bornAt)),
      });
      context.finished(items.length);
      const flow = context.push('src', batch);
      for (const { buffer, pad } of items) {
        buffer.release();
        state.left(pad, buffer);
      }
      return flow;
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
      while (state.sending === undefined) {
        const batch = batcher.take(clock.now());
        if (batch === undefined) break;
        const flow = send(batch);
        if (flow instanceof Promise) {
          state.sending = flow.then((result) => {
            state.sending = undefined;
            state.answer = result;
            state.pump();
          });
        } else state.answer = flow;
      }
      // What was too old has made room, too.
      letGo(state.answer);
      const at = state.sending === undefined ? batcher.wakeAt : undefined;
      if (state.timer !== undefined && at !== undefined && state.timer.at <= at) return;
      state.timer?.cancel();
      state.timer = undefined;
      if (at === undefined) return;
      const wake = (): void => {
        state.timer = undefined;
        state.pump();
      };
      state.timer = { at, cancel: clock.schedule(at, wake) };
    };

    state.pump = pump;

    return {
      chain: {
        'sink_%u': (buffer, pad) => {
          const one: Held = { buffer: buffer.retain(), pad, gap: undefined };
          newest.set(pad, one);
          const { bornAt, bytes, pts, duration = 0, source, epoch } = buffer;
          state.last.set(pad, { pts: pts + duration, duration: 0, source, epoch });
          const length = props.lengthBuckets.length > 0 ? bytes / unitOf.get(pad)! : 0;
          batcher.add(one, { source: pad, at: clock.now(), bornAt, shape: shapeOf.get(pad), length });
          pump();
          if (batcher.waitingOf(pad) < room) return state.answer;
          return context.waiting(new Promise<FlowReturn>((resolve) => held.set(pad, resolve)));
        },
      },
      gap: (pad, _until, event) => {
        const before = newest.get(pad);
        if (before !== undefined) {
          before.gap = before.gap === undefined ? event : joinedGaps(before.gap, event);
          return 'ok';
        }
        batcher.excuse(pad, clock.now());
        pump();
        return state.tell(pad, event);
      },
      ended: (pad) => {
        ended.add(pad);
        batcher.endSource(pad);
        if (newest.get(pad) === undefined) state.finish(pad);
        pump();
      },
      sourceEnd: (pad, pass) => {
        if (newest.get(pad) === undefined) return pass();
        state.ends.set(pad, [...(state.ends.get(pad) ?? []), pass]);
        return 'ok';
      },
      drain: async () => {
        // What other streams give meanwhile is left to the hooks that follow.
        batcher.close(ended.size === state.pads.size ? 'eos' : 'shape');
        do {
          await state.sending;
          pump();
        } while (state.sending !== undefined || batcher.isClosing);
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

function numberOf(pad: string): number {
  return Number(pad.slice('sink_'.length));
}
