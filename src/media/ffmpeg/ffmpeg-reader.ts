// Reads through FFmpeg in a process of its own: whatever crashes there takes nothing along, and every frame is copied once more than
// in the process. Pictures come by one pipe, sound by another, and what is known of each by a third, at exact times.
//
// A file is looked at first, so that its colours can be brought over as they are; what is live is opened once only, and what it is
// follows from what FFmpeg says when the first frame comes.
import type { Pool } from '../../memory/pool.ts';
import { checkFileEnd } from '../child/file-end.ts';
import { FrameQueue } from '../child/frame-queue.ts';
import { Play } from '../child/play.ts';
import { WatchedFrames } from '../child/watched-frames.ts';
import { MediaError } from '../media-error.ts';
import type { AudioStreamInfo } from '../reader/audio-stream-info.ts';
import { withCertificateFaults } from '../reader/certificate-fault.ts';
import { EXPECTED, STREAM_FAULTS } from '../reader/fault-words.ts';
import type { MediaFrame } from '../reader/media-frame.ts';
import { isLiveInput, type MediaInput, playsOf, shownInput } from '../reader/media-input.ts';
import { checkReadOptions, type MediaReader, type MediaStatistics, type ReadOptions, type StreamInfos } from '../reader/media-reader.ts';
import { readableInput } from '../reader/readable-input.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { chooseStreams, type FoundStreams, refuseTruncated } from './choose-streams.ts';
import { FfmpegChild, ffmpegSays } from './ffmpeg-child.ts';
import { type Chosen, probeCommand, readCommand } from './ffmpeg-command.ts';
import { ffmpegFault } from './ffmpeg-fault.ts';
import { type FfmpegProgram, ffmpegProgram } from './ffmpeg-program.ts';
import { PictureFlow } from './picture-flow.ts';
import { SoundFlow } from './sound-flow.ts';

/** How much longer than FFmpeg itself the other side's silence is waited for, in milliseconds. */
const GRACE_MS = 2000;

type Wishes = Pick<ReadOptions, 'video' | 'audio'>;

export class FfmpegReader implements MediaReader {
  readonly backend = 'ffmpeg';
  private readonly input: MediaInput;
  private readonly program: FfmpegProgram;
  private readonly options: ReadOptions;
  private readonly streams: FoundStreams;
  private readonly queue: FrameQueue;
  private readonly frames: WatchedFrames;
  private readonly pictures: PictureFlow | undefined;
  private readonly sound: SoundFlow | undefined;
  private readonly work: Promise<void>;
  private child: FfmpegChild;
  private damageBefore = 0;
  private closing: Promise<void> | undefined;
  private readonly onAbort = (): void => void this.close();

  private constructor(input: MediaInput, program: FfmpegProgram, streams: FoundStreams, child: FfmpegChild, options: ReadOptions) {
    const { limit, ahead } = checkReadOptions(options);
    const name = shownInput(input);
    this.input = input;
    this.program = program;
    this.options = options;
    this.streams = streams;
    this.child = child;
    this.queue = new FrameQueue(ahead, isLiveInput(input));
    const late = (): void => {
      this.queue.finish(silence(input));
      void this.child.stop();
    };
    this.frames = new WatchedFrames(this.queue, input.kind === 'network' ? (input.timeoutMs ?? 5000) + GRACE_MS : undefined, late);
    const { video, audio } = streams;
    if (video !== undefined) this.pictures = new PictureFlow(video.coded.info, options, this.queue, name, limit);
    if (audio !== undefined) this.sound = new SoundFlow(audio.info, options, this.queue, name, limit);
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
    this.work = this.run();
  }

  static async open(wanted: MediaInput, options: ReadOptions): Promise<FfmpegReader> {
    options.signal?.throwIfAborted();
    checkReadOptions(options);
    const input = await readableInput(wanted);
    return withCertificateFaults(input, () => FfmpegReader.begin(input, options));
  }

  private static async begin(input: MediaInput, options: ReadOptions): Promise<FfmpegReader> {
    const program = await ffmpegProgram();
    const isSeenFirst = input.kind === 'file' || options.video?.required === false || options.audio?.required === false;
    const streams = isSeenFirst ? await found(program, input, options) : undefined;
    options.signal?.throwIfAborted();
    const child = new FfmpegChild(program, readCommand(program, input, streams ?? firstOf(options), options));
    try {
      return new FfmpegReader(input, program, streams ?? (await heard(child, input, options)), child, options);
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  /** What an input holds, without decoding it. */
  static async probe(wanted: MediaInput, wishes: Wishes): Promise<StreamInfos> {
    const { video, audio } = await found(await ffmpegProgram(), await readableInput(wanted), wishes);
    return { video: video?.coded.info, audio: audio?.info };
  }

  get video(): VideoStreamInfo | undefined {
    return this.pictures?.info;
  }

  get audio(): AudioStreamInfo | undefined {
    return this.sound?.info;
  }

  get pool(): Pool | undefined {
    return this.pictures?.pool;
  }

  get statistics(): MediaStatistics {
    const corruptPackets = this.damageBefore + this.child.log.damage;
    return { frames: this.frames.count, corruptFrames: this.pictures?.corrupt ?? 0, corruptPackets, overruns: this.queue.overruns };
  }

  next(): MediaFrame | undefined | Promise<MediaFrame | undefined> {
    return this.frames.next();
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async run(): Promise<void> {
    try {
      const plays = this.input.kind === 'file' ? playsOf(this.input) : 1;
      let beginUs = 0;
      for (let epoch = 0; epoch < plays; epoch++) {
        if (epoch > 0) this.restart();
        const play = new Play(epoch, beginUs, isLiveInput(this.input));
        const before = this.given;
        await Promise.all([this.pictures?.run(this.child, play), this.sound?.run(this.child, play)]);
        if (this.queue.isOver) return;
        await this.checkEnd(await this.child.ended, this.given - before, epoch);
        beginUs = play.endUs;
      }
      this.queue.finish();
    } catch (error) {
      this.queue.finish(error);
    }
  }

  private get given(): number {
    return (this.pictures ?? this.sound)!.count;
  }

  private restart(): void {
    this.damageBefore += this.child.log.damage;
    this.child = new FfmpegChild(this.program, readCommand(this.program, this.input, chosen(this.streams), this.options));
  }

  /** @throws MediaError when it was no good end. */
  private checkEnd(code: number | null, frames: number, epoch: number): void {
    const { input } = this;
    const { faults } = this.child.log;
    if (input.kind === 'file') {
      checkFileEnd(input, 'FFmpeg', { code, frames, epoch });
      if (code !== 0) throw ffmpegFault(input, faults, 'media/unreadable', 'read on in');
    } else if (code !== 0 || faults.some((fault) => /timed out|reset by peer/.test(fault))) {
      throw ffmpegFault(input, faults, 'media/unreadable', 'read on in');
    }
  }

  private async shutDown(): Promise<void> {
    const { signal } = this.options;
    signal?.removeEventListener('abort', this.onAbort);
    this.queue.clear(signal?.aborted === true ? signal.reason : undefined);
    const own = [...(this.pictures?.ownPools ?? []), ...(this.sound === undefined ? [] : [this.sound.pool])];
    for (const pool of own) pool.close();
    await this.child.stop();
    await this.work;
  }
}

async function found(
  program: FfmpegProgram,
  input: MediaInput,
  wishes: Wishes & { signal?: AbortSignal | undefined },
): Promise<FoundStreams> {
  const { banner, faults } = await ffmpegSays(program, probeCommand(program, input), wishes.signal);
  wishes.signal?.throwIfAborted();
  if (banner.includes('Input #0')) return chooseStreams(input, banner, wishes);
  throw notOpened(input, faults, wishes);
}

/** What a child reads, once its first frame is on its way. @throws MediaError when it ends before. */
async function heard(child: FfmpegChild, input: MediaInput, options: ReadOptions): Promise<FoundStreams> {
  const { log } = child;
  const beganAt = performance.now();
  const stop = (): void => void child.stop();
  options.signal?.addEventListener('abort', stop, { once: true });
  const patienceMs = input.kind === 'network' ? 2 * (input.timeoutMs ?? 5000) + GRACE_MS : undefined;
  let isLate = false;
  const watchdog =
    patienceMs === undefined
      ? undefined
      : setTimeout(() => {
          isLate = true;
          stop();
        }, patienceMs);
  try {
    while (log.pictures.length === 0 && log.sounds.length === 0 && !child.isSilent) await child.spoken();
  } finally {
    clearTimeout(watchdog);
    options.signal?.removeEventListener('abort', stop);
  }
  options.signal?.throwIfAborted();
  const isSilent = log.pictures.length === 0 && log.sounds.length === 0;
  // Some releases call an RTSP camera that did not answer in time invalid.
  const mayBeLate = input.kind === 'network' && performance.now() - beganAt >= (input.timeoutMs ?? 5000);
  if (isLate || (mayBeLate && isSilent && /Invalid data found/.test(log.faults.at(-1) ?? ''))) throw unanswered(input);
  if (isSilent) {
    // What is missing is told by what there is.
    if (log.banner.includes('Input #0')) chooseStreams(input, log.banner, options);
    throw notOpened(input, log.faults, options);
  }
  const { video, audio } = firstOf(options);
  return chooseStreams(input, log.banner, {
    video: options.video && { ...options.video, stream: video?.index },
    audio: options.audio && { ...options.audio, stream: audio?.index },
  });
}

function notOpened(input: MediaInput, faults: readonly string[], wishes: Wishes): Error {
  refuseTruncated(input);
  const expected = input.kind === 'file' ? EXPECTED[wishes.video === undefined ? 'audio' : 'video'] : '';
  return ffmpegFault(input, faults, 'media/not-media', 'open', expected);
}

function firstOf({ video, audio }: Wishes): Chosen {
  return {
    video: video && { index: video.stream ?? 0, coded: undefined },
    audio: audio && { index: audio.stream ?? 0 },
  };
}

function chosen({ video, audio }: FoundStreams): Chosen {
  return { video, audio: audio && { index: audio.index } };
}

function unanswered(input: MediaInput): MediaError {
  return new MediaError('media/timed-out', `Cannot open ${shownInput(input)}: ${STREAM_FAULTS['media/timed-out']}`);
}

function silence(input: MediaInput): MediaError {
  return new MediaError('media/timed-out', `Cannot read on in ${shownInput(input)}: the other side has fallen silent`);
}
