// Opens an input for reading and finds its streams. Runs in a worker: every call blocks.
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_LOG_QUIET,
  AV_NOPTS_VALUE,
  AVDISCARD_ALL,
  AVERROR_INVALIDDATA,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import { avGetCodecName, Codec, Dictionary, FormatContext, InputFormat, Log, type Stream } from 'node-av/lib';
import { MediaError } from '../media-error.ts';
import { EXPECTED } from '../reader/fault-words.ts';
import { inputOptions } from '../reader/input-options.ts';
import { type MediaInput, shownInput } from '../reader/media-input.ts';
import type { AudioWish, VideoWish } from '../reader/media-reader.ts';
import type { StreamExtent } from '../reader/stream-extent.ts';
import { missingEnd } from '../video/container-end.ts';
import { inputError, TIMED_OUT } from './input-error.ts';
import { extentOf } from './stream-info.ts';

export interface StreamWishes {
  readonly video: VideoWish | undefined;
  readonly audio: AudioWish | undefined;
}

export interface OpenedStream {
  readonly stream: Stream;
  readonly codec: Codec;
  /** Undefined where the container does not tell. */
  readonly extent: StreamExtent | undefined;
}

export interface OpenedInput {
  readonly format: FormatContext;
  readonly video: OpenedStream | undefined;
  readonly audio: OpenedStream | undefined;
}

/** @throws MediaError `media/not-media`, `media/no-video`, `media/no-audio`, `media/unknown-codec`, and those of {@link inputError}. */
export function openInput(input: MediaInput, wishes: StreamWishes): OpenedInput {
  Log.setLevel(AV_LOG_QUIET);
  const { url, driver, options } = inputOptions(input);
  const device = driver === undefined ? null : InputFormat.findInputFormat(driver);
  if (driver !== undefined && device === null) {
    throw new MediaError('media/no-device', `Cannot open ${shownInput(input)}: this FFmpeg has no way to devices of ${driver}`);
  }
  const format = new FormatContext();
  const beganAt = performance.now();
  const opened = format.openInputSync(url, device, Dictionary.fromObject(options));
  if (opened < 0) {
    refuseTruncated(input);
    // An RTSP camera that did not answer in time is called invalid.
    const isLate = input.kind === 'network' && performance.now() - beganAt >= (input.timeoutMs ?? 5000);
    throw inputError(
      input,
      isLate && opened === AVERROR_INVALIDDATA ? TIMED_OUT : opened,
      'media/not-media',
      'open',
      input.kind === 'file' ? EXPECTED[wishes.video === undefined ? 'audio' : 'video'] : '',
    );
  }
  try {
    const found = format.findStreamInfoSync(null);
    const streams = { format, video: pictures(input, format, wishes.video, found), audio: sound(input, format, wishes.audio) };
    if (streams.video === undefined && streams.audio === undefined) {
      throw new MediaError('media/no-stream', `Cannot read ${shownInput(input)}: it holds neither pictures nor sound (${listed(format)})`);
    }
    const used = [streams.video, streams.audio].map((one) => one?.stream.index);
    for (const other of format.streams) if (!used.includes(other.index)) other.discard = AVDISCARD_ALL;
    return streams;
  } catch (error) {
    format.closeInputSync();
    throw error;
  }
}

function pictures(input: MediaInput, format: FormatContext, wish: VideoWish | undefined, found: number): OpenedStream | undefined {
  if (wish === undefined) return undefined;
  const stream = chosen(input, format, 'video', wish.stream);
  if (stream === undefined || stream.codecpar.width === 0) refuseTruncated(input);
  if (stream === undefined) {
    if (wish.required === false) return undefined;
    throw new MediaError('media/no-video', `Cannot read ${shownInput(input)}: it holds no video stream (${listed(format)})`);
  }
  if (found < 0 && stream.codecpar.width === 0) throw inputError(input, found, 'media/not-media', 'read');
  return decodable(input, format, stream, 'video');
}

function sound(input: MediaInput, format: FormatContext, wish: AudioWish | undefined): OpenedStream | undefined {
  if (wish === undefined) return undefined;
  const stream = chosen(input, format, 'audio', wish.stream);
  if (stream === undefined) {
    if (wish.required === false) return undefined;
    refuseTruncated(input);
    throw new MediaError('media/no-audio', `Cannot read ${shownInput(input)}: it holds no audio stream (${listed(format)})`);
  }
  return decodable(input, format, stream, 'audio');
}

/** Where a file's times begin, in microseconds. */
export function startOf({ startTime }: FormatContext): number {
  return startTime === AV_NOPTS_VALUE ? 0 : Number(startTime);
}

function decodable(input: MediaInput, format: FormatContext, stream: Stream, kind: 'video' | 'audio'): OpenedStream {
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (codec !== null) return { stream, codec, extent: extentOf(stream, format.iformat?.name ?? '', startOf(format)) };
  const name = avGetCodecName(stream.codecpar.codecId) ?? 'unknown';
  throw new MediaError('media/unknown-codec', `Cannot decode ${shownInput(input)}: this FFmpeg has no decoder for ${name} ${kind}`);
}

/** The best stream of a kind, or the one asked for. @throws MediaError `media/no-stream` when there are not so many. */
function chosen(input: MediaInput, format: FormatContext, kind: 'video' | 'audio', wanted: number | undefined): Stream | undefined {
  const type = kind === 'video' ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
  // The cover picture of a song is no video.
  const those = format.streams.filter(
    ({ codecpar, disposition }) => codecpar.codecType === type && (disposition & AV_DISPOSITION_ATTACHED_PIC) === 0,
  );
  if (wanted === undefined) {
    const best = format.findBestStream(type);
    return those.find(({ index }) => index === best) ?? those[0];
  }
  const stream = those[wanted];
  if (stream !== undefined) return stream;
  const has = `it has ${those.length} ${kind} streams, counted from 0`;
  throw new MediaError('media/no-stream', `Cannot read ${kind} stream ${wanted} of ${shownInput(input)}: ${has} (${listed(format)})`);
}

/** @throws MediaError `media/truncated` when a file breaks off. */
function refuseTruncated(input: MediaInput): void {
  const missing = input.kind === 'file' ? missingEnd(input.path) : undefined;
  if (missing !== undefined) {
    throw new MediaError('media/truncated', `Cannot read ${shownInput(input)}: it breaks off (${missing}); copy or record it again`);
  }
}

function listed(format: FormatContext): string {
  const names = format.streams.map((stream) => avGetCodecName(stream.codecpar.codecId) ?? 'unknown');
  return names.length === 0 ? 'no streams at all' : `its streams: ${names.join(', ')}`;
}
