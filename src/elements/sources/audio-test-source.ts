// Makes sound without a microphone or a file: a tone, silence, a tick at the beginning of each second, noise, or a tone that rises.
//
// src: audio/raw of any rate, the same in all channels, and the same for the same seed; pts by the count of samples. With `live` each
// buffer comes when its last sample has been, as from a microphone, by the pipeline's clock; what becomes of those that were missed
// is for `ticks` to say: those left out are counted as `late`, and the buffer after them is `discont`.
import { z } from 'zod';
import { caps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import { ClockWait } from '../../core/time/clock-wait.ts';
import { TICK_POLICIES, Ticker } from '../../core/time/ticker.ts';
import { rawAudio } from '../../media/media-types.ts';
import { AUDIO_FORMATS, BYTES_PER_SAMPLE } from '../../media/reader/audio-stream-info.ts';
import { TEST_SOUNDS, testSound } from '../../media/test-sound/test-sound.ts';

const props = z.strictObject({
  sound: z.enum(TEST_SOUNDS).default('sine').meta({ description: 'What is to be heard.' }),
  frequency: z.int().min(1).max(96_000).default(440).meta({ description: 'Waves a second; of a sweep, those it ends with, after 4 s.' }),
  volume: z.number().min(0).max(1).default(0.5).meta({ description: 'How loud, from 0 to 1.' }),
  format: z.enum(AUDIO_FORMATS).default('F32').meta({ description: 'F32: 32-bit floats from -1 to 1; S16: 16-bit integers.' }),
  rate: z.int().min(1000).max(192_000).default(16_000).meta({ description: 'Samples a second.' }),
  channels: z.int().min(1).max(8).default(1).meta({ description: 'How many channels.' }),
  chunkMs: z.number().min(1).max(10_000).default(20).meta({ description: 'How long the sound in a buffer is, in milliseconds.' }),
  count: z.int().min(-1).default(-1).meta({ description: 'How many buffers; -1 goes on for ever.' }),
  live: z.boolean().default(false).meta({ description: 'Gives each buffer at its time, like a microphone.' }),
  ticks: z.enum(TICK_POLICIES).default('skipMissed').meta({
    description:
      'What becomes of buffers whose time has passed, for `live`. skipMissed: they are left out where the next is due, too; catchUp: they come at once, one after the other; minimumGap: what is late stays so, its pts with it.',
  }),
  seed: z.int().min(0).default(1).meta({ description: 'Noise follows from it.' }),
});

export const audioTestSource = defineElement({
  name: 'audio-test-source',
  klass: 'Source/Audio/Test',
  summary: 'Makes a tone, ticks, noise and other test sounds.',
  example: 'audio-test-source sound=ticks count=100 ! fake-sink',
  props,
  pads: { src: srcPad(rawAudio()) },
  live: ({ live }) => live,
  deterministic: true,
  negotiate: { srcCaps: ({ props: { format, rate, channels } }) => caps('audio/raw', { format, rate, channels }) },
  create: ({ props, caps: { src }, context }) => {
    const { arena, clock, signal } = context;
    const { format, rate, channels, count, live } = props;
    const table = testSound(props);
    const samples = Math.max(1, Math.round((rate * props.chunkMs) / 1000));
    const bytes = samples * channels * BYTES_PER_SAMPLE[format];
    const pool = context.pool({ slabBytes: bytes });
    const timeOf = (chunk: number): number => Math.round((chunk * samples * 1e6) / rate);
    const clockWait = new ClockWait(context);
    let ticker: Ticker | undefined;
    let next = 0;
    let missed = false;
    let stopped = false;

    /** Waits until the next buffer's sound has been; leaves out those whose successors' has been, too. */
    const pace = (): void | Promise<void> => {
      const now = clock.now();
      ticker ??= new Ticker(props.ticks, now);
      const due = ticker.next(next, now - timeOf(1), rate / samples);
      if (due > next) {
        const last = count < 0 ? due : Math.min(due, count);
        context.dropped('late', last - next);
        next = last;
        missed = true;
      }
      if (next === count) return;
      const at = ticker.due(timeOf(next + 1));
      if (at > now) return context.waiting(clockWait.until(at));
    };

    const fill = (slab: StreamBuffer['slab']): StreamBuffer<undefined> => {
      const chunk = next++;
      const target = arena.bytes(slab.offset, bytes);
      let from = (chunk * bytes) % table.length;
      for (let filled = 0; filled < bytes; from = 0) {
        const part = table.subarray(from, from + bytes - filled);
        target.set(part, filled);
        filled += part.length;
      }
      const pts = timeOf(chunk) + (ticker?.slip ?? 0);
      const duration = timeOf(chunk + 1) - timeOf(chunk);
      const discont = missed;
      missed = false;
      context.position(timeOf(chunk + 1), count < 0 ? undefined : timeOf(count));
      return new StreamBuffer<undefined>({ caps: src, pts, duration, slabs: [slab], bytes, discont, bornAt: clock.now() });
    };

    const make = (): StreamBuffer<undefined> | undefined | Promise<StreamBuffer<undefined>> => {
      if (stopped || signal.aborted || next === count) return undefined;
      ticker?.ticked(timeOf(next + 1), clock.now());
      const slab = pool.acquire();
      return slab instanceof Promise ? context.waiting(slab).then(fill) : fill(slab);
    };

    return {
      produce: () => {
        const wait = live && next !== count ? pace() : undefined;
        return wait instanceof Promise ? wait.then(make) : make();
      },
      stop: () => {
        stopped = true;
        clockWait.cutShort();
      },
      close: () => pool.close(),
    };
  },
});
