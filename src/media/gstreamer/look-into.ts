// Which streams an input holds, and which of them are read, by what GStreamer's decoder finds in it.
import { MediaError } from '../media-error.ts';
import type { AudioStreamInfo } from '../reader/audio-stream-info.ts';
import { type MediaInput, shownInput } from '../reader/media-input.ts';
import type { ReadOptions, StreamInfos } from '../reader/media-reader.ts';
import { missingEnd } from '../video/container-end.ts';
import { colourOf, isForeignMatrix, videoInfoOf } from './caps-text.ts';
import { codecOfCaps, pixelFormatName } from './codec-name.ts';
import { DecoderLog, SINKS, type StreamKind } from './decoder-log.ts';
import { gdpField } from './gdp-packet.ts';
import { GstreamerChild } from './gstreamer-child.ts';
import type { GstreamerProgram } from './gstreamer-program.ts';
import { openFault } from './open-fault.ts';
import { type FoundPads, lookingLine } from './reading-line.ts';

/** A stream, as the container has it and as it is decoded; of others than the first of their kind the first alone is known. */
interface LookedAt {
  readonly coded: string;
  readonly decoded: string;
}

export interface Found {
  readonly pads: FoundPads;
  readonly infos: StreamInfos;
}

type Wishes = Pick<ReadOptions, 'video' | 'audio' | 'signal'>;

/** How long a child that looks may say nothing before it is taken for stuck, in milliseconds: now and then one is, at a fault of its own. */
const STUCK_MS = 10_000;

/** How often it is tried where it is. */
const ATTEMPTS = 3;

/** @throws MediaError `media/no-video`, `media/no-audio`, `media/no-stream`, `media/unknown-codec`, `media/truncated`, and those of faults. */
export async function lookInto(program: GstreamerProgram, input: MediaInput, wishes: Wishes): Promise<Found> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const found = await lookOnce(program, input, wishes);
    if (found !== undefined) return found;
    refuseTruncated(input);
  }
  throw new MediaError('media/unreadable', `Cannot open ${shownInput(input)}: GStreamer begins to read it, and says nothing more`);
}

/** Undefined where the child is stuck. */
async function lookOnce(program: GstreamerProgram, input: MediaInput, wishes: Wishes): Promise<Found | undefined> {
  const beganAt = performance.now();
  const log = new DecoderLog();
  let over = (): void => undefined;
  const isOver = new Promise<void>((resolve) => (over = resolve));
  let isStuck = false;
  const watchdog = setTimeout(
    () => {
      isStuck = true;
      over();
    },
    input.kind === 'network' ? 2 * (input.timeoutMs ?? 5000) + STUCK_MS : STUCK_MS,
  );
  const isFound = (kind: StreamKind): boolean => log.decoded.has(kind) || [...child.waiting].some((name) => name.startsWith(SINKS[kind]));
  const hear = (line: string): void => {
    watchdog.refresh();
    log.push(line);
    if (isFound('video') && isFound('audio')) over();
  };
  const child: GstreamerChild = new GstreamerChild(program, lookingLine(input), { hear });
  const { signal } = wishes;
  signal?.addEventListener('abort', over, { once: true });
  try {
    await Promise.race([isOver, child.ended]);
    signal?.throwIfAborted();
    if (log.decoded.size > 0 || /missing a plug-in|Missing decoder/.test(child.said)) return chosen(input, log, child.said, wishes);
    if (isStuck && input.kind !== 'network') return undefined;
    refuseTruncated(input);
    throw await openFault(input, child.said, wishes, performance.now() - beganAt);
  } finally {
    clearTimeout(watchdog);
    signal?.removeEventListener('abort', over);
    await child.stop();
  }
}

/** @throws MediaError `media/truncated` when a file breaks off. */
export function refuseTruncated(input: MediaInput): void {
  const missing = input.kind === 'file' ? missingEnd(input.path) : undefined;
  if (missing === undefined) return;
  throw new MediaError('media/truncated', `Cannot read ${shownInput(input)}: it breaks off (${missing}); copy or record it again`);
}

function chosen(input: MediaInput, log: DecoderLog, said: string, { video, audio }: Wishes): Found {
  const name = shownInput(input);
  const all = { video: log.streams('video'), audio: log.streams('audio') };
  const lacking = [...said.matchAll(/Missing decoder: (.*?) \(((?:video|image|audio)\/[^,)]*)/g)].map(([, codec, type]) => ({
    codec,
    type: type!,
  }));
  const named = [...[...all.video, ...all.audio].map(codecOfCaps), ...lacking.map(({ codec }) => codec)];
  const listed = named.length === 0 ? 'no streams at all' : `its streams: ${named.join(', ')}`;
  const pick = (kind: StreamKind, wish: { stream?: number | undefined; required?: boolean | undefined } | undefined) => {
    if (wish === undefined) return undefined;
    const those = all[kind];
    const index = wish.stream ?? 0;
    const coded = log.decoded.has(kind) ? those[index] : undefined;
    const decoded = index === 0 ? log.decoded.get(kind) : coded;
    const stream = decoded === undefined ? undefined : { coded: coded ?? decoded, decoded };
    if (stream !== undefined) return { stream, pad: `src_${(kind === 'video' ? 0 : all.video.length) + index}` };
    refuseTruncated(input);
    const unknown = lacking.find(({ type }) => type.startsWith(kind) || (kind === 'video' && type.startsWith('image')));
    if (unknown !== undefined && those.length === 0) {
      throw new MediaError('media/unknown-codec', `Cannot decode ${name}: this GStreamer has no decoder for ${unknown.codec} ${kind}`);
    }
    if (those.length === 0 && wish.stream === undefined) {
      if (wish.required === false) return undefined;
      throw new MediaError(`media/no-${kind}`, `Cannot read ${name}: it holds no ${kind} stream (${listed})`);
    }
    const has = `it has ${those.length} ${kind} streams, counted from 0`;
    throw new MediaError('media/no-stream', `Cannot read ${kind} stream ${wish.stream} of ${name}: ${has} (${listed})`);
  };
  const pictures = pick('video', video);
  const sound = pick('audio', audio);
  if (pictures === undefined && sound === undefined) {
    throw new MediaError('media/no-stream', `Cannot read ${name}: it holds neither pictures nor sound (${listed})`);
  }
  const info = pictures && picturesOf(pictures.stream, log, video?.format);
  const bringTo = pictures !== undefined && isForeignMatrix(pictures.stream.decoded) ? info!.matrix : undefined;
  return {
    pads: { video: pictures?.pad, audio: sound?.pad, bringTo },
    infos: { video: info, audio: sound && soundOf(sound.stream, log, audio) },
  };
}

/** As they will be shown. */
function picturesOf(stream: LookedAt, { rotation, container }: DecoderLog, wish: 'I420' | 'native' = 'I420') {
  const codec = codecOfCaps(stream.coded);
  const caps = stream.decoded.replace(/^[^,]*/, 'video/x-raw');
  const coded = gdpField(caps, 'format') ?? 'I420';
  const format = wish === 'native' && (coded === 'NV12' || coded === 'GRAY8') ? coded : 'I420';
  const codedFormat = pixelFormatName(coded, colourOf(caps, 0).range);
  const known = { codec, container, codedFormat };
  const info = videoInfoOf(`${caps.replace(/, *format=\(string\)\w+/, '')}, format=(string)${format}`, known)!;
  if (rotation % 180 === 0) return { ...info, rotation };
  return { ...info, rotation, width: info.height, height: info.width, pixelAspect: 1 / info.pixelAspect };
}

function soundOf({ coded, decoded: caps }: LookedAt, { container, language }: DecoderLog, wish: ReadOptions['audio']): AudioStreamInfo {
  const codec = codecOfCaps(coded) ?? 'unknown';
  const codedRate = Number(gdpField(caps, 'rate'));
  const codedChannels = Number(gdpField(caps, 'channels'));
  const as = { format: wish?.format ?? 'F32', rate: wish?.rate ?? codedRate, channels: wish?.channels ?? codedChannels } as const;
  return { ...as, codedRate, codedChannels, durationUs: undefined, codec, container, language: language === 'und' ? undefined : language };
}
