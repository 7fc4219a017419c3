// How an element gives the pictures of a live input, or its sound: what every source of them shares, whatever it reads.

import type { z } from 'zod';
import { caps } from '../../core/caps/caps.ts';
import type { CreateContext, OpenContext, SourceHooks } from '../../core/element/define-element.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import type { PadTemplates } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import { Skipped } from '../../core/stream/skipped.ts';
import type { ThreadClaim } from '../../threads/thread-budget.ts';
import { rawAudio, rawVideo } from '../media-types.ts';
import { assumedMatrix, type VideoStreamInfo } from '../video/video-stream-info.ts';
import type { AudioStreamInfo } from './audio-stream-info.ts';
import type { backendProps } from './backend-props.ts';
import { chooseBackend } from './choose-backend.ts';
import { CorruptPictures } from './corrupt-pictures.ts';
import { audioCaps, FramePad, videoCaps } from './frame-pad.ts';
import type { livePictureProps } from './live-props.ts';
import { LiveTimes } from './live-times.ts';
import type { MediaFrame } from './media-frame.ts';
import { type MediaInput, shownInput } from './media-input.ts';
import type { AudioWish } from './media-reader.ts';
import { type Coming, NewestFirst } from './newest-first.ts';
import { PlaceholderPictures } from './placeholder-pictures.ts';
import { tellOfConnection } from './reconnect-notes.ts';
import { ReconnectingReader } from './reconnecting-reader.ts';
import { TimeJumps } from './time-jumps.ts';

/** Frames that may be on their way from the reader's thread. */
const FRAMES_AHEAD = 4;

type Given = StreamBuffer<undefined> | Skipped | undefined;

type Props = z.output<z.ZodObject<typeof livePictureProps>> &
  Partial<z.output<z.ZodObject<typeof backendProps>>> & { readonly threads?: number };

/** Samples a second of sound that has not come yet, where nothing is said of it. */
const ASSUMED_RATE = 48_000;

export interface LivePictures {
  /** What is read, as it may be shown. */
  readonly reads: string;
  readonly reader: ReconnectingReader;
  /** What was found at the start; undefined where the input did not answer then. */
  readonly info: VideoStreamInfo | AudioStreamInfo | undefined;
  readonly claim: ThreadClaim;
}

/**
 * The part of an element's definition that reads.
 *
 * @param inputOf What its props ask for.
 * @param soundOf The sound that is wanted in place of pictures.
 */
export function livePictures<P extends Props>(
  inputOf: (props: P, context: ElementContext) => MediaInput,
  isLive: (props: P) => boolean = () => true,
  soundOf: (props: P) => AudioWish | undefined = () => undefined,
) {
  return {
    open: async ({ props, context }: OpenContext<P>): Promise<LivePictures> => {
      const input = inputOf(props, context);
      const { backend, isolate, threads = 1, connectTimeoutMs, silenceTimeoutMs, reconnect } = props;
      const sound = soundOf(props);
      const choice = await chooseBackend(input, { backend, isolate });
      context.post('backend', `${choice.backend.name}: ${choice.because}`);
      const reader = new ReconnectingReader(
        (signal) =>
          choice.backend.open(input, {
            arena: context.arena,
            owner: context.name,
            ...(sound === undefined ? { video: { format: 'I420' as const } } : { audio: sound }),
            maxFrames: context.downstreamCapacity + FRAMES_AHEAD + (props.placeholder === 'last' ? 1 : 0),
            framesAhead: FRAMES_AHEAD,
            threads,
            signal,
          }),
        {
          clock: context.clock,
          signal: context.signal,
          connectTimeoutMs,
          silenceTimeoutMs,
          backoff: reconnect,
          tell: tellOfConnection(context, input),
          once: !isLive(props),
        },
      );
      const claim = context.budget.claim(context.name, threads);
      try {
        const found = await reader.start();
        return { reads: shownInput(input), reader, info: sound === undefined ? found?.video : found?.audio, claim };
      } catch (error) {
        claim.release();
        await reader.close();
        throw error;
      }
    },
    negotiate: {
      srcCaps: ({ props, resource }: { props: P; resource: LivePictures | undefined }) => {
        const sound = soundOf(props);
        if (resource === undefined) return sound === undefined ? rawVideo({ format: 'I420' }).caps : soundCaps(sound);
        const { info } = resource;
        if (info === undefined) return sound === undefined ? assumedCaps(props) : assumedSoundCaps(sound);
        return 'rate' in info ? audioCaps(info) : videoCaps(info);
      },
    },
    close: async ({ reader, claim }: LivePictures): Promise<void> => {
      await reader.close();
      claim.release();
    },
    create: ({
      props,
      resource: { reader, reads, info },
      caps: { src },
      context,
    }: CreateContext<P, PadTemplates, LivePictures>): SourceHooks<StreamBuffer<undefined>> & { close(): void } => {
      const pad = new FramePad(context, 'src', src!, info);
      // Its times count from where it comes into the graph, as those of every source.
      const begin = context.timeline.now;
      const times = new LiveTimes();
      const sinceBegin = (): number => context.timeline.now - begin;
      const placeholders =
        props.placeholder === 'none' ? undefined : new PlaceholderPictures(props.placeholder, props.placeholderRate, context, sinceBegin);
      const corrupt = new CorruptPictures(props, context);
      const jumps = new TimeJumps(reads, context);
      const live = isLive(props);
      let epoch = -1;
      let overruns: number | undefined;
      /** The next frame, at its running time. */
      const frames = new NewestFirst((): Coming => {
        const coming = reader.next() as Coming;
        return coming instanceof Promise ? coming.then(timed) : timed(coming);
      }, live);
      const timed = (frame: MediaFrame | undefined): MediaFrame | undefined => {
        if (frame === undefined) return undefined;
        if (overruns !== undefined && reader.overruns > overruns) context.dropped('overrun', reader.overruns - overruns);
        overruns = reader.overruns;
        if (frame.epoch !== epoch) times.restart();
        epoch = frame.epoch;
        if (!live) return frame;
        const ptsUs = times.at(frame.ptsUs, sinceBegin(), frame.capturedAtUs);
        if (times.jumped === 0) return { ...frame, ptsUs };
        jumps.tell(times.jumped);
        return { ...frame, ptsUs, discont: true };
      };
      const give = (frame: MediaFrame | undefined): Given | Promise<Given> => {
        if (frame === undefined) return undefined;
        const given = corrupt.pass(frame);
        if (given instanceof Skipped) return given;
        if (given.kind === 'video') placeholders?.saw(given);
        return pad.buffer(given);
      };
      return {
        produce: () => {
          const coming = frames.next;
          if (!(coming instanceof Promise)) return give(coming);
          const come = (frame: MediaFrame | undefined): ReturnType<typeof give> => {
            frames.taken();
            return give(frame);
          };
          if (placeholders === undefined) return context.waiting(coming.then(come));
          const instead = placeholders.unless(coming, pad.current, () => !reader.isConnected);
          return context.waiting(instead.then((one) => (one === 'frame' ? coming.then(come) : one)));
        },
        stop: () => reader.end(),
        close: () => {
          placeholders?.close();
          corrupt.tell();
          if (reader.corruptPackets > 0) context.post('corruptPackets', reader.corruptPackets);
        },
      };
    },
  };
}

function assumedCaps({ assumedWidth: width, assumedHeight: height }: Props) {
  return caps('video/raw', { format: 'I420', width, height }, { matrix: assumedMatrix(height), range: 'limited', frameRate: undefined });
}

function soundCaps({ format = 'F32', rate, channels }: AudioWish) {
  return rawAudio({ format, ...(rate === undefined ? {} : { rate }), ...(channels === undefined ? {} : { channels }) }).caps;
}

function assumedSoundCaps({ format = 'F32', rate = ASSUMED_RATE, channels = 1 }: AudioWish) {
  return caps('audio/raw', { format, rate, channels });
}
