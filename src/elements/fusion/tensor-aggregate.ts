// Gathers frames of successive tensors into one tensor, along an axis: windows of a signal, clips of a video.
//
// sink: tensor, of `framesIn` frames one after the other along `axis`; src: the same with `framesOut` of them. After each
// output it steps on by `flush` frames: fewer than `framesOut` overlap, more leave some out. An output has the time of its
// first frame and lasts until its last one ends, frames of one buffer sharing the buffer's duration; what lasts an unknown
// time makes an output that does so too. Each source has windows of its own.
//
// Buffers that were in no output are counted: `stepped-over`, or `incomplete` when the stream ended, a new epoch began, or
// something was lost on the way; with `onGap: "bridge"` frames before and after a loss follow one another instead.
// A gap stands for them. After NNStreamer's tensor_aggregator. Errors: `tensor/does-not-aggregate`.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Flow } from '../../core/stream/flow-return.ts';
import { MediaError } from '../../media/media-error.ts';
import { tensor } from '../../media/media-types.ts';
import { alongAxis, bytesOfShape, hasSizes, withSize } from '../../media/tensor/tensor-shape.ts';
import type { Dtype } from '../../memory/dtype.ts';
import { kernelsFor } from '../../memory/kernels.ts';
import type { Slab } from '../../memory/slab.ts';
import { FrameWindow, type WindowPart } from './frame-window.ts';

const props = z.strictObject({
  framesIn: z.int().min(1).default(1).meta({ description: 'How many frames a tensor has that comes in.' }),
  framesOut: z.int().min(1).default(2).meta({ description: 'How many frames a tensor has that leaves.' }),
  flush: z.int().min(1).nullable().default(null).meta({ description: 'How many frames it steps on after each. Null: `framesOut`.' }),
  axis: z.int().min(0).default(0).meta({ description: 'The axis along which frames follow one another, the outermost being 0.' }),
  onGap: z.enum(['restart', 'bridge']).default('restart').meta({
    description: 'What a gap, or a buffer marked `discont`, means for what has been gathered: it is dropped, or goes on with what follows.',
  }),
  frameMs: z.number().gt(0).nullable().default(null).meta({
    description: 'How long a frame lasts, in milliseconds, so that a live graph knows how long an output takes to gather.',
  }),
});

export const tensorAggregate = defineElement({
  name: 'tensor-aggregate',
  klass: 'Fusion/Tensor',
  summary: 'Gathers frames of successive tensors into one.',
  example:
    'video-test-source count=16 ! letterbox width=32 height=32 ! caps-filter caps="tensor(dtype=float32, layout=CHW)" ! tensor-aggregate framesIn=3 framesOut=24 flush=12 ! fake-sink',
  props,
  pads: { sink: sinkPad(tensor()), src: srcPad(tensor()) },
  negotiate: {
    srcCaps: ({ props: { framesIn, framesOut, axis }, sink }) => {
      const { media, fields } = sink['sink']!;
      const shape = fields['shape'] as readonly number[] | undefined;
      // A graph that is only checked may not know the shape yet.
      if (shape === undefined) return [{ media, fields }];
      const size = shape[axis];
      if (size === undefined || !hasSizes(shape) || size % framesIn !== 0) {
        const found = !hasSizes(shape)
          ? 'they differ in size, and frames have one'
          : size === undefined
            ? `there is no axis ${axis}; set axis to fit`
            : `its axis ${axis} of ${size} is not ${framesIn} frames of one size; set framesIn and axis to fit`;
        throw new MediaError('tensor/does-not-aggregate', `Cannot gather frames of ${shape.join('×')}: ${found}`);
      }
      return [{ media, fields: { ...fields, shape: withSize(shape, axis, (size / framesIn) * framesOut) } }];
    },
  },
  // A window may begin within a buffer.
  holds: ({ framesIn, framesOut }) => Math.ceil(framesOut / framesIn) + 1,
  holdsBack: true,
  latency: ({ framesIn, framesOut, frameMs }) => {
    const wait = Math.round(Math.max(0, framesOut - framesIn) * (frameMs ?? 0) * 1000);
    return { min: wait, max: wait };
  },
  create: ({ props: { framesIn, framesOut, flush, axis, onGap }, caps: { sink, src }, context }) => {
    const kernels = kernelsFor(context.arena);
    const dtype = src.fields['dtype'] as Dtype;
    const from = alongAxis(sink.fields['shape'] as readonly number[], axis, dtype);
    const to = alongAxis(src.fields['shape'] as readonly number[], axis, dtype);
    const frameBytes = (from.size / framesIn) * from.sliceBytes;
    const bytes = bytesOfShape(src.fields['shape'] as readonly number[], dtype);
    const pool = context.pool({ slabBytes: bytes, spare: 1 });
    const windows = new Map<string, FrameWindow>();

    const copy = (parts: readonly WindowPart[], target: Slab): void => {
      let at = 0;
      for (const { buffer, first, frames } of parts) {
        const source = buffer.slab.offset + first * frameBytes;
        const run = frames * frameBytes;
        kernels.copyRuns(source, from.size * from.sliceBytes, target.offset + at, to.size * to.sliceBytes, run, to.outer);
        at += run;
      }
    };

    const send = (window: FrameWindow, slab: Slab): Flow => {
      // Flushed while it waited for memory.
      if (!window.isFull) {
        slab.release();
        return 'flushing';
      }
      const parts = window.parts(() => context.finished());
      copy(parts, slab);
      const flow = context.push('src', parts[0]!.buffer.derive({ caps: src, slabs: [slab], bytes, ...window.stamp() }));
      return after(flow, () => after(step(window), () => pump(window)));
    };

    /** Sends every output for which there are frames. */
    const pump = (window: FrameWindow): Flow => {
      if (!window.isFull) return 'ok';
      const slab = pool.acquire();
      if (!(slab instanceof Promise)) return send(window, slab);
      const given = context.waiting(slab);
      return given.then(
        (one) => send(window, one),
        // There is no memory any more; what is held is counted by whoever closed it.
        () => 'flushing',
      );
    };

    /** Steps on after an output; a gap stands for each buffer that has been in none. */
    const step = (window: FrameWindow): Flow => lose(window.step(flush ?? framesOut), 'stepped-over');

    const lose = (lost: readonly StreamBuffer[], cause: string): Flow => {
      let flow = 'ok' as Flow;
      for (const { pts, duration = 0, source, epoch } of lost) {
        context.discarded(cause);
        flow = after(flow, () => context.gap('src', { pts, duration, source, epoch }));
      }
      return flow;
    };

    const forgetAll = (): void => {
      for (const window of windows.values()) for (const _lost of window.clear()) context.discarded('flushing');
      windows.clear();
    };

    return {
      chain: {
        sink: (buffer) => {
          const { source, epoch } = buffer;
          let window = windows.get(source);
          let flow = 'ok' as Flow;
          if (window === undefined) {
            window = new FrameWindow(framesIn, framesOut);
            windows.set(source, window);
          } else if (window.epoch !== epoch || (buffer.discont && onGap === 'restart')) flow = lose(window.clear(), 'incomplete');
          window.epoch = epoch;
          window.add(buffer.retain());
          const current = window;
          return after(flow, () => after(lose(current.step(0), 'stepped-over'), () => pump(current)));
        },
      },
      gap: (_pad, _until, event) => {
        const window = windows.get(event.source);
        if (window === undefined || window.isEmpty) return context.gap('src', event);
        // What is held begins before the gap, and may leave yet.
        if (onGap === 'bridge') return 'ok';
        return after(lose(window.clear(), 'incomplete'), () => context.gap('src', event));
      },
      sourceEnd: (_pad, pass, { source }) => {
        const window = windows.get(source);
        windows.delete(source);
        return window === undefined ? pass() : after(lose(window.clear(), 'incomplete'), pass);
      },
      drain: async () => {
        for (const window of windows.values()) await lose(window.clear(), 'incomplete');
        windows.clear();
        return undefined;
      },
      flush: () => {
        pool.close();
        forgetAll();
      },
      close: () => {
        forgetAll();
        pool.close();
      },
    };
  },
});

function after(flow: Flow, next: () => Flow): Flow {
  if (flow instanceof Promise) return flow.then((result) => after(result, next));
  return flow === 'ok' || flow === 'not-linked' ? next() : flow;
}
