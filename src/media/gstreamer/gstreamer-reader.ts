// Reads through gst-launch-1.0 in a process of its own. Pictures come by one pipe, sound by another, in packets, each with its time and
// with the caps before it, so that a change of size on the way is just the next packet.
//
// A file is looked into first, so that what it lacks is told at once; what is live is opened once only, and what it is follows from
// what comes. Times are running times: what the segment says is where they begin is taken away.
import type { Pool } from '../../memory/pool.ts';
import { checkFileEnd } from '../child/file-end.ts';
import { FrameQueue } from '../child/frame-queue.ts';
import { Play } from '../child/play.ts';
import { WatchedFrames } from '../child/watched-frames.ts';
import { MediaError } from '../media-error.ts';
import type { AudioStreamInfo } from '../reader/audio-stream-info.ts';
import { withCertificateFaults } from '../reader/certificate-fault.ts';
import { STREAM_FAULTS } from '../reader/fault-words.ts';
import type { MediaFrame } from '../reader/media-frame.ts';
import { isLiveInput, type MediaInput, playsOf, shownInput } from '../reader/media-input.ts';
import { checkReadOptions, type MediaReader, type MediaStatistics, type ReadOptions, type StreamInfos } from '../reader/media-reader.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { beforehand, canBeLookedInto, checkedInput, isSeenFirst } from './before-reading.ts';
import { GdpStream } from './gdp-stream.ts';
import { type ChildManners, GstreamerChild, type RunningLine } from './gstreamer-child.ts';
import { gstreamerFault } from './gstreamer-fault.ts';
import { GstreamerPictures } from './gstreamer-pictures.ts';
import { gstreamerProgram } from './gstreamer-program.ts';
import { GstreamerSound } from './gstreamer-sound.ts';
import { listenTo } from './listen-to.ts';
import { type Found, lookInto } from './look-into.ts';
import { openFault } from './open-fault.ts';
import { readingLine } from './reading-line.ts';

/** How much longer than GStreamer itself the other side's silence is waited for, in milliseconds. */
const GRACE_MS = 2000;

type Wishes = Pick<ReadOptions, 'video' | 'audio'>;

/** Has a line run. @throws MediaError when there can be none such. */
export type RunLine = (words: readonly string[], manners: ChildManners) => RunningLine;

export class GstreamerReader implements MediaReader {
  readonly backend = 'gstreamer';
  private readonly input: MediaInput;
  private readonly runLine: RunLine;
  private readonly words: readonly string[];
  private readonly options: ReadOptions;
  private readonly queue: FrameQueue;
  private readonly frames: WatchedFrames;
  private readonly pictures: GstreamerPictures | undefined;
  private readonly sound: GstreamerSound | undefined;
  private readonly work: Promise<void>;
  private child: RunningLine;
  private fault: unknown;
  /** How many of its streams are not known yet. */
  private unknown: number;
  private known!: () => void;
  /** Resolves once all its streams are known, or at the end. */
  private readonly described = new Promise<void>((done) => (this.known = done));
  private closing: Promise<void> | undefined;
  private readonly beganAt = performance.now();
  private readonly onAbort = (): void => void this.close();

  private constructor(input: MediaInput, runLine: RunLine, found: Found | undefined, options: ReadOptions) {
    const { limit, ahead, threads } = checkReadOptions(options);
    const name = shownInput(input);
    const infos = found?.infos;
    this.input = input;
    this.runLine = runLine;
    this.options = options;
    this.words = readingLine(input, options, threads, found?.pads);
    this.queue = new FrameQueue(ahead, isLiveInput(input));
    const late = (): void => this.giveUp(`Cannot read on in ${name}: the other side has fallen silent`);
    this.frames = new WatchedFrames(this.queue, input.kind === 'network' ? (input.timeoutMs ?? 5000) + GRACE_MS : undefined, late);
    const known = infos === undefined ? beforehand(input) : {};
    if (options.video !== undefined && (infos === undefined || infos.video !== undefined)) {
      this.pictures = new GstreamerPictures(infos?.video, { ...known, ...infos?.video }, options, this.queue, name, limit);
    }
    if (options.audio !== undefined && (infos === undefined || infos.audio !== undefined)) {
      this.sound = new GstreamerSound(infos?.audio, { ...known, ...infos?.audio }, options, this.queue, name, limit);
    }
    this.unknown = Number(this.pictures !== undefined) + Number(this.sound !== undefined);
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
    this.child = this.start();
    this.work = this.run();
  }

  /** @param runLine Where lines run; left out, in processes of their own. */
  static async open(wanted: MediaInput, options: ReadOptions, runLine?: RunLine): Promise<GstreamerReader> {
    options.signal?.throwIfAborted();
    checkReadOptions(options);
    const input = await checkedInput(wanted);
    return withCertificateFaults(input, () => GstreamerReader.begin(input, options, runLine));
  }

  private static async begin(input: MediaInput, options: ReadOptions, runLine?: RunLine): Promise<GstreamerReader> {
    const run = runLine ?? (await inProcesses());
    const found = isSeenFirst(input, options) ? await lookInto(await gstreamerProgram(), input, options) : undefined;
    options.signal?.throwIfAborted();
    const reader = new GstreamerReader(input, run, found, options);
    // What has been looked into is known, and its streams may begin far apart.
    if (found !== undefined) return reader;
    await reader.begun();
    if (reader.fault === undefined && options.signal?.aborted !== true) return reader;
    await reader.close();
    options.signal?.throwIfAborted();
    throw reader.fault;
  }

  /** What an input holds, without reading on. */
  static async probe(wanted: MediaInput, wishes: Wishes): Promise<StreamInfos> {
    const input = await checkedInput(wanted);
    const program = await gstreamerProgram();
    if (canBeLookedInto(input)) return (await lookInto(program, input, wishes)).infos;
    return listenTo(program, input, wishes);
  }

  get video(): VideoStreamInfo | undefined {
    return this.pictures?.info;
  }

  get audio(): AudioStreamInfo | undefined {
    return this.sound?.info;
  }

  get pool(): Pool | undefined {
    return this.pictures?.pool ?? this.options.pool;
  }

  get statistics(): MediaStatistics {
    return { frames: this.frames.count, corruptFrames: this.pictures?.corrupt ?? 0, corruptPackets: 0, overruns: this.queue.overruns };
  }

  next(): MediaFrame | undefined | Promise<MediaFrame | undefined> {
    return this.frames.next();
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  /** Resolves once it is known what is read, or that nothing is. */
  private async begun(): Promise<void> {
    const { input } = this;
    const late = (): void => this.giveUp(`Cannot open ${shownInput(input)}: ${STREAM_FAULTS['media/timed-out']}`);
    const watchdog = input.kind === 'network' ? setTimeout(late, 2 * (input.timeoutMs ?? 5000) + GRACE_MS) : undefined;
    await this.described;
    clearTimeout(watchdog);
  }

  private giveUp(text: string): void {
    this.fail(new MediaError('media/timed-out', text));
    void this.child.stop();
  }

  private fail(error: unknown): void {
    this.fault ??= error;
    this.queue.finish(error);
  }

  private start(): RunningLine {
    const isLaunch = this.input.kind === 'launch';
    const both = this.pictures !== undefined && this.sound !== undefined;
    return this.runLine(this.words, { endsFiles: isLaunch, isWhole: !isLaunch || both });
  }

  private async run(): Promise<void> {
    try {
      const plays = this.input.kind === 'file' ? playsOf(this.input) : 1;
      let beginUs = 0;
      for (let epoch = 0; epoch < plays; epoch++) {
        if (epoch > 0) this.child = this.start();
        const play = new Play(epoch, beginUs, isLiveInput(this.input));
        const before = this.given;
        // What is put together of pieces begins at some time of its maker's.
        const origin = this.input.kind === 'network' && !isLiveInput(this.input) ? { ns: undefined } : undefined;
        await Promise.all([
          this.pictures?.run(new GdpStream(this.child.pictures, origin), play, this.once()),
          this.sound?.run(new GdpStream(this.child.sound, origin), play, this.once()),
        ]);
        if (this.queue.isOver) return;
        await this.checkEnd(await this.child.ended, this.given - before, epoch);
        beginUs = play.endUs;
      }
      this.queue.finish();
    } catch (error) {
      this.fail(error);
    } finally {
      this.known();
    }
  }

  /** Tells, the first time it is called, that one more of the streams is known. */
  private once(): () => void {
    let isKnown = false;
    return () => {
      if (isKnown) return;
      isKnown = true;
      this.unknown--;
      if (this.unknown === 0) this.known();
    };
  }

  private get given(): number {
    return (this.pictures ?? this.sound)!.count;
  }

  /** @throws MediaError when it was no good end. */
  private async checkEnd(code: number | null, frames: number, epoch: number): Promise<void> {
    const { input } = this;
    const { said } = this.child;
    if (input.kind === 'file') {
      checkFileEnd(input, 'GStreamer', { code, frames, epoch });
      if (code !== 0) throw gstreamerFault(input, said, 'read on in');
    } else if (code !== 0 || frames === 0) {
      throw await this.faultOf(said, frames === 0 ? 'open' : 'read on in');
    }
  }

  private async faultOf(said: string, task: string): Promise<MediaError> {
    const { input, options } = this;
    const name = shownInput(input);
    // A camera that has none of the kind that is wanted is left for that before, or after, it is told.
    const isLeft = input.kind === 'network' && /^rtsps?:/i.test(input.url) && /reason not-linked/.test(said);
    if ((isLeft || this.child.waiting.size > 0) && this.unknown > 0) {
      const isSilent = [...this.child.waiting].some((waiting) => waiting.includes('audio'));
      const kind = isSilent || options.video === undefined ? 'audio' : 'video';
      return new MediaError(`media/no-${kind}`, `Cannot read ${name}: it holds no ${kind} stream`);
    }
    return openFault(input, said, options, performance.now() - this.beganAt, task);
  }

  private async shutDown(): Promise<void> {
    const { signal } = this.options;
    signal?.removeEventListener('abort', this.onAbort);
    this.queue.clear(signal?.aborted === true ? signal.reason : undefined);
    for (const pool of [...(this.pictures?.ownPools ?? []), ...(this.sound?.ownPools ?? [])]) pool.close();
    await this.child.stop();
    await this.work;
  }
}

async function inProcesses(): Promise<RunLine> {
  const program = await gstreamerProgram();
  return (words, manners) => new GstreamerChild(program, words, manners);
}
