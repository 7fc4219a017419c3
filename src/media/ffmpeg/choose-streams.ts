// Which of an input's streams are read, by what FFmpeg says of it.
import { MediaError } from '../media-error.ts';
import type { AudioStreamInfo } from '../reader/audio-stream-info.ts';
import { type MediaInput, shownInput } from '../reader/media-input.ts';
import type { ReadOptions } from '../reader/media-reader.ts';
import { missingEnd } from '../video/container-end.ts';
import { type BannerStream, bannerStreams, type CodedPictures, type CodedSound, readPictures, readSound } from './ffmpeg-banner.ts';

export interface FoundStreams {
  readonly video: { readonly index: number; readonly coded: CodedPictures } | undefined;
  readonly audio: { readonly index: number; readonly info: AudioStreamInfo } | undefined;
}

type Wishes = Pick<ReadOptions, 'video' | 'audio'>;

/** @throws MediaError `media/no-video`, `media/no-audio`, `media/no-stream`, `media/unknown-codec`, `media/truncated`. */
export function chooseStreams(input: MediaInput, banner: string, { video, audio }: Wishes): FoundStreams {
  const all = bannerStreams(banner);
  const name = shownInput(input);
  const listed = all.length === 0 ? 'no streams at all' : `its streams: ${all.map(codecOf).join(', ')}`;
  const pick = (kind: 'video' | 'audio', wanted: number | undefined, required = true) => {
    const those = all.filter((one) => one.kind === kind && !one.isCover);
    if (those.length === 0 && wanted === undefined) {
      if (!required) return undefined;
      refuseTruncated(input);
      throw new MediaError(`media/no-${kind}`, `Cannot read ${name}: it holds no ${kind} stream (${listed})`);
    }
    const index =
      wanted ??
      Math.max(
        0,
        those.findIndex(({ isDefault }) => isDefault),
      );
    const stream = those[index];
    if (stream !== undefined) return { index, stream };
    const has = `it has ${those.length} ${kind} streams, counted from 0`;
    throw new MediaError('media/no-stream', `Cannot read ${kind} stream ${wanted} of ${name}: ${has} (${listed})`);
  };
  const unknown = (stream: BannerStream): MediaError => {
    refuseTruncated(input);
    return new MediaError(
      'media/unknown-codec',
      `Cannot decode ${name}: this FFmpeg cannot make out its ${codecOf(stream)} ${stream.kind}`,
    );
  };
  const pictures = video === undefined ? undefined : pick('video', video.stream, video.required);
  const sound = audio === undefined ? undefined : pick('audio', audio.stream, audio.required);
  const coded = pictures === undefined ? undefined : readPictures(banner, pictures.stream);
  const heard = sound === undefined ? undefined : readSound(banner, sound.stream);
  if (pictures !== undefined && coded === undefined) throw unknown(pictures.stream);
  if (sound !== undefined && heard === undefined) throw unknown(sound.stream);
  if (pictures === undefined && sound === undefined) {
    throw new MediaError('media/no-stream', `Cannot read ${name}: it holds neither pictures nor sound (${listed})`);
  }
  return {
    video: pictures && { index: pictures.index, coded: withFormat(coded!, video?.format) },
    audio: sound && { index: sound.index, info: described(heard!, audio) },
  };
}

/** @throws MediaError `media/truncated` when a file breaks off. */
export function refuseTruncated(input: MediaInput): void {
  const missing = input.kind === 'file' ? missingEnd(input.path) : undefined;
  if (missing === undefined) return;
  throw new MediaError('media/truncated', `Cannot read ${shownInput(input)}: it breaks off (${missing}); copy or record it again`);
}

function withFormat(coded: CodedPictures, wish: 'I420' | 'native' = 'I420'): CodedPictures {
  const { codedFormat } = coded.info;
  const format = wish === 'I420' ? 'I420' : codedFormat === 'nv12' ? 'NV12' : codedFormat === 'gray' ? 'GRAY8' : 'I420';
  return { ...coded, info: { ...coded.info, format } };
}

function described(coded: CodedSound, wish: ReadOptions['audio']): AudioStreamInfo {
  return { ...coded, format: wish?.format ?? 'F32', rate: wish?.rate ?? coded.codedRate, channels: wish?.channels ?? coded.codedChannels };
}

function codecOf({ text }: BannerStream): string {
  return /: (?:Video|Audio): (\w+)/.exec(text)?.[1] ?? 'unknown';
}
