// Opens a media file for reading and finds its video stream. Runs in a worker: every call blocks.
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_LOG_QUIET,
  AVDISCARD_ALL,
  AVERROR_DECODER_NOT_FOUND,
  AVERROR_STREAM_NOT_FOUND,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import { avGetCodecName, Codec, CodecContext, Dictionary, FFmpegError, FormatContext, Log, type Stream } from 'node-av/lib';
import { MediaError } from '../media-error.ts';
import { missingEnd } from '../video/container-end.ts';

// Only demuxers of real media: FFmpeg also "plays" text files, playlists and scripts, and some of those open further files.
// Those of sound are here for the better complaint.
const DEMUXERS =
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi,flv,mpeg,mpegvideo,h264,hevc,av1,obu,ivf,ogg,asf,mxf,nut,yuv4mpegpipe,mjpeg,m4v,gif,wav,mp3,flac,aac';

export interface OpenedInput {
  readonly format: FormatContext;
  readonly stream: Stream;
  readonly codec: Codec;
}

/** @throws MediaError `media/not-media`, `media/no-video`, `media/unknown-codec`, `media/unreadable`. */
export function openInput(path: string): OpenedInput {
  Log.setLevel(AV_LOG_QUIET);
  const format = new FormatContext();
  // `file:` keeps a path such as `concat:a|b` or `http://…` from being read as a protocol.
  const options = Dictionary.fromObject({ protocol_whitelist: 'file', format_whitelist: DEMUXERS });
  const opened = format.openInputSync(`file:${path}`, null, options);
  if (opened < 0) {
    refuseTruncated(path);
    throw new MediaError(
      'media/not-media',
      `Cannot open ${path}: ${FFmpegError.strerror(opened)}; expected a video file such as MP4, Matroska, WebM, MOV, MPEG-TS or AVI`,
    );
  }
  try {
    const found = format.findStreamInfoSync(null);
    const stream = videoStream(format);
    if (stream === undefined || stream.codecpar.width === 0) refuseTruncated(path);
    if (stream === undefined) throw new MediaError('media/no-video', `Cannot read ${path}: it holds no video stream (${listed(format)})`);
    if (found < 0 && stream.codecpar.width === 0) {
      throw new MediaError('media/not-media', `Cannot read ${path}: ${FFmpegError.strerror(found)}`);
    }
    const codec = Codec.findDecoder(stream.codecpar.codecId);
    if (codec === null) {
      const name = avGetCodecName(stream.codecpar.codecId) ?? 'unknown';
      throw new MediaError('media/unknown-codec', `Cannot decode ${path}: this FFmpeg has no decoder for ${name} video`);
    }
    for (const other of format.streams) if (other.index !== stream.index) other.discard = AVDISCARD_ALL;
    return { format, stream, codec };
  } catch (error) {
    format.closeInputSync();
    throw error;
  }
}

/** A decoder for an opened input. @throws MediaError `media/unknown-codec`. */
export function openDecoder({ stream, codec }: OpenedInput, path: string, threads: number): CodecContext {
  const context = new CodecContext();
  context.allocContext3(codec);
  context.parametersToContext(stream.codecpar);
  context.threadCount = threads;
  context.pktTimebase = stream.timeBase;
  const opened = context.open2Sync(codec, null);
  if (opened < 0) {
    context.freeContext();
    throw new MediaError('media/unknown-codec', `Cannot decode ${path}: the ${codec.name} decoder says ${FFmpegError.strerror(opened)}`);
  }
  return context;
}

/** @throws MediaError `media/truncated` when the file breaks off. */
function refuseTruncated(path: string): void {
  const missing = missingEnd(path);
  if (missing !== undefined) {
    throw new MediaError('media/truncated', `Cannot read ${path}: it breaks off (${missing}); copy or record it again`);
  }
}

function videoStream(format: FormatContext): Stream | undefined {
  const best = format.findBestStream(AVMEDIA_TYPE_VIDEO);
  if (best === AVERROR_STREAM_NOT_FOUND || best === AVERROR_DECODER_NOT_FOUND || best < 0) return undefined;
  const stream = format.streams[best];
  // The cover picture of a song is no video.
  return stream === undefined || (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) !== 0 ? undefined : stream;
}

function listed(format: FormatContext): string {
  const names = format.streams.map((stream) => avGetCodecName(stream.codecpar.codecId) ?? 'unknown');
  return names.length === 0 ? 'no streams at all' : `its streams: ${names.join(', ')}`;
}
