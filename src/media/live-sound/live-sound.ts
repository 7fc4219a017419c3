// How an element gives the sound of a microphone, and the clock that goes with it.
import type { z } from 'zod';
import { caps } from '../../core/caps/caps.ts';
import type { CreateContext, OpenContext, SourceHooks } from '../../core/element/define-element.ts';
import type { PadTemplates } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Clock } from '../../core/time/clock.ts';
import { MICROSECONDS_PER_MILLISECOND } from '../../core/time/time.ts';
import { microphones, namingMicrophones } from '../devices/name-microphones.ts';
import { rawAudio } from '../media-types.ts';
import type { audioProps } from '../reader/audio-props.ts';
import { type AudioStreamInfo, BYTES_PER_SAMPLE } from '../reader/audio-stream-info.ts';
import type { backendProps } from '../reader/backend-props.ts';
import { chooseBackend } from '../reader/choose-backend.ts';
import { audioCaps, FramePad } from '../reader/frame-pad.ts';
import type { liveProps } from '../reader/live-props.ts';
import type { AudioFrame } from '../reader/media-frame.ts';
import { type MicrophoneInput, shownInput } from '../reader/media-input.ts';
import { type Coming, NewestFirst } from '../reader/newest-first.ts';
import { tellOfConnection } from '../reader/reconnect-notes.ts';
import { ReconnectingReader } from '../reader/reconnecting-reader.ts';
import { MuteWatch } from './mute-watch.ts';
import { type ChooseBackend, chooseMicrophone, openMicrophone } from './open-microphone.ts';
import { SampleClock } from './sample-clock.ts';
import { SampleTimes } from './sample-times.ts';
import { SeamlessTimes } from './seamless-times.ts';
import { sinceItCame } from './since-it-came.ts';

type Props = z.output<z.ZodObject<typeof audioProps & typeof liveProps & typeof backendProps>> &
  Pick<MicrophoneInput, 'device' | 'system' | 'server'> & { readonly muteAfterMs: number; readonly clock: boolean };

/** Stretches of sound that may be on their way from the reader: for as long, at least, and so many. */
const AHEAD_MS = 200;
const AHEAD = 4;

/** Samples a second of what has not come yet, where nothing is said of it. */
const ASSUMED_RATE = 48_000;

/** Devices and servers bring sound to low rates worse than what does it here; those above they may do better without. */
const LEAST_DEVICE_RATE = 44_100;

export interface LiveSound {
  readonly reader: ReconnectingReader;
  readonly name: string;
  /** What was found at the start; undefined where the microphone did not answer then. */
  readonly info: AudioStreamInfo | undefined;
  readonly samples: SampleTimes;
  readonly clock: SampleClock;
  readonly clockForGraph: Clock | undefined;
}

/**
 * The part of an element's definition that hears.
 *
 * @param choose Gives who reads.
 * @param list Gives the microphones that a message may name.
 */
export function liveSound(choose: ChooseBackend = chooseBackend, list = microphones) {
  return {
    open: async ({ props, context }: OpenContext<Props>): Promise<LiveSound> => {
      const { device, system, server, format, rate, channels, chunkMs, backend, isolate } = props;
      const { connectTimeoutMs, silenceTimeoutMs, reconnect } = props;
      const chunkUs = Math.round(chunkMs * MICROSECONDS_PER_MILLISECOND);
      const deviceRate = rate === undefined || rate < LEAST_DEVICE_RATE ? undefined : rate;
      const wanted: MicrophoneInput = { kind: 'microphone', device, system, server, rate: deviceRate, channels, chunkUs };
      const choice = await chooseMicrophone(wanted, { backend, isolate }, choose);
      context.post('backend', `${choice.backend.name}: ${choice.because}`);
      const framesAhead = Math.max(AHEAD, Math.ceil(AHEAD_MS / chunkMs));
      const reader = new ReconnectingReader(
        (signal) =>
          openMicrophone(choice.backend, choice.input, {
            arena: context.arena,
            owner: context.name,
            audio: { format, rate, channels, chunkUs, isCounted: true },
            maxFrames: context.downstreamCapacity + framesAhead,
            framesAhead,
            signal,
          }).catch(async (error) => {
            throw await namingMicrophones(error, () => list(server));
          }),
        {
          clock: context.clock,
          signal: context.signal,
          connectTimeoutMs,
          silenceTimeoutMs,
          backoff: reconnect,
          tell: tellOfConnection(context, choice.input),
        },
      );
      const clock = new SampleClock(context.systemClock);
      try {
        const found = await reader.start();
        return {
          reader,
          name: shownInput(choice.input),
          info: found?.audio,
          samples: new SampleTimes(),
          clock,
          clockForGraph: props.clock ? clock : undefined,
        };
      } catch (error) {
        await reader.close();
        throw error;
      }
    },
    providesClock: ({ clockForGraph }: LiveSound): Clock | undefined => clockForGraph,
    negotiate: {
      srcCaps: ({ props: { format, rate, channels }, resource }: { props: Props; resource: LiveSound | undefined }) => {
        if (resource?.info !== undefined) return audioCaps(resource.info);
        if (resource !== undefined) return caps('audio/raw', { format, rate: rate ?? ASSUMED_RATE, channels: channels ?? 1 });
        return rawAudio({ format, ...(rate === undefined ? {} : { rate }), ...(channels === undefined ? {} : { channels }) }).caps;
      },
    },
    close: ({ reader }: LiveSound): Promise<void> => reader.close(),
    create: ({
      props,
      resource,
      caps: { src },
      context,
    }: CreateContext<Props, PadTemplates, LiveSound>): SourceHooks<StreamBuffer<undefined>> => {
      const { reader, samples, clock } = resource;
      const { arena, systemClock, timeline } = context;
      const pad = new FramePad(context, 'src', src!, resource.info);
      const mute = new MuteWatch(resource.name, Math.round(props.muteAfterMs * MICROSECONDS_PER_MILLISECOND), context);
      // Its times count from where it comes into the graph, as those of every source.
      const begin = timeline.now;
      const times = new SeamlessTimes();
      let epoch = -1;
      let overruns = reader.overruns;
      const frames = new NewestFirst(() => reader.next() as Coming<AudioFrame>);

      const give = (frame: AudioFrame | undefined): StreamBuffer<undefined> | undefined | Promise<StreamBuffer<undefined>> => {
        if (frame === undefined) return undefined;
        if (reader.overruns > overruns) context.dropped('overrun', reader.overruns - overruns);
        overruns = reader.overruns;
        if (frame.epoch !== epoch) {
          clock.restart(samples);
          samples.restart();
          times.restart();
        }
        epoch = frame.epoch;
        const length = frame.durationUs ?? 0;
        const now = systemClock.now();
        const stretch = samples.came(frame.ptsUs, length, now - sinceItCame(frame, Date.now() * 1000));
        clock.follow(samples);
        if (stretch.lost > 0) context.dropped('overrun', Math.max(1, Math.round(stretch.lost / length)));
        const heardAgo = now - samples.timeOf(stretch.begin);
        const { pts, duration, gap } = times.at(stretch, timeline.now - begin - heardAgo);
        mute.heard(arena.bytes(frame.slab.offset, frame.samples * frame.info.channels * BYTES_PER_SAMPLE[frame.info.format]), length);
        const timed = { ...frame, ptsUs: pts, durationUs: duration, discont: frame.discont || stretch.lost > 0 };
        if (gap === 0) return pad.buffer(timed);
        const passed = context.gap('src', { pts: begin + pts - gap, duration: gap, source: context.name, epoch });
        return passed instanceof Promise ? passed.then(() => pad.buffer(timed)) : pad.buffer(timed);
      };

      return {
        produce: () => {
          const coming = frames.next;
          if (!(coming instanceof Promise)) return give(coming);
          const come = (frame: AudioFrame | undefined): ReturnType<typeof give> => {
            frames.taken();
            return give(frame);
          };
          return context.waiting(coming.then(come));
        },
        stop: () => reader.end(),
      };
    },
  };
}
