// Reads what a launch line gives, pictures or sound, through gst-launch-1.0 in a process of its own. Its packets come by one pipe, each
// with its time and with the caps before it, so that a change of size on the way is just the next packet.
//
// Times are running times: what the segment says is where they begin is taken away, as of files whose first picture is not at 0.
import { Pool } from '../../memory/pool.ts';
import { FrameQueue } from '../ffmpeg/frame-queue.ts';
import { Play } from '../ffmpeg/play.ts';
import { frameLayout } from '../frame-layout.ts';
import { MediaError } from '../media-error.ts';
import { type AudioStreamInfo, BYTES_PER_SAMPLE } from '../reader/audio-stream-info.ts';
import type { MediaFrame } from '../reader/media-frame.ts';
import { isLiveInput, type MediaInput, shownInput } from '../reader/media-input.ts';
import { checkReadOptions, type MediaReader, type MediaStatistics, type ReadOptions, type StreamInfos } from '../reader/media-reader.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { audioInfoOf, rowsOf, videoInfoOf } from './caps-text.ts';
import { type GdpHead, gdpField, readGdpHead, readGdpText } from './gdp-packet.ts';
import { GstreamerChild, PACKETS_PIPE } from './gstreamer-child.ts';
import { gstreamerFault } from './gstreamer-fault.ts';
import { gstreamerProgram } from './gstreamer-program.ts';
import { launchArguments } from './launch-arguments.ts';

const FALLBACK_US = 40_000;

/** How long a stretch of sound is where nobody says. */
const CHUNK_US = 20_000;

export class GstreamerReader implements MediaReader {
  readonly backend = 'gstreamer';
  video: VideoStreamInfo | undefined;
  audio: AudioStreamInfo | undefined;
  pool: Pool | undefined;
  private readonly input: MediaInput;
  private readonly child: GstreamerChild;
  private readonly options: ReadOptions;
  private readonly queue: FrameQueue;
  private readonly limit: number;
  private readonly ownPools: Pool[] = [];
  private readonly work: Promise<void>;
  private readonly play: Play;
  private frames = 0;
  private corruptFrames = 0;
  private came = 0;
  private lost = false;
  /** Nanoseconds: what is taken from times, as the segment tells. */
  private shift = 0n;
  private known!: (info: void | PromiseLike<void>) => void;
  /** Resolves with the first caps, or at the end. */
  private readonly described = new Promise<void>((resolve) => (this.known = resolve));
  private fault: unknown;
  private closing: Promise<void> | undefined;
  private readonly onAbort = (): void => void this.close();

  private constructor(input: MediaInput, child: GstreamerChild, options: ReadOptions) {
    const { limit, ahead } = checkReadOptions(options);
    this.input = input;
    this.child = child;
    this.options = options;
    this.limit = limit;
    this.pool = options.pool;
    this.queue = new FrameQueue(ahead, isLiveInput(input));
    this.play = new Play(0, 0, isLiveInput(input));
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
    this.work = this.run();
  }

  static async open(input: MediaInput, options: ReadOptions): Promise<GstreamerReader> {
    options.signal?.throwIfAborted();
    checkReadOptions(options);
    const words = wordsOf(input, options);
    const program = await gstreamerProgram();
    options.signal?.throwIfAborted();
    const reader = new GstreamerReader(input, new GstreamerChild(program, words), options);
    await reader.described;
    if (reader.fault === undefined && options.signal?.aborted !== true) return reader;
    await reader.close();
    options.signal?.throwIfAborted();
    throw reader.fault;
  }

  /** Runs until the caps are known. */
  static async probe(input: MediaInput, wishes: Pick<ReadOptions, 'video' | 'audio'>): Promise<StreamInfos> {
    const child = new GstreamerChild(await gstreamerProgram(), wordsOf(input, wishes));
    try {
      for (let head = await readGdpHead(child.packets); head !== undefined; head = await readGdpHead(child.packets)) {
        if (head.kind === 'buffer') break;
        const text = await readGdpText(child.packets, head);
        if (head.kind === 'caps') return { video: videoInfoOf(text), audio: audioInfoOf(text) };
      }
      await child.ended;
      throw gstreamerFault(input, child.said);
    } finally {
      await child.stop();
    }
  }

  get statistics(): MediaStatistics {
    return { frames: this.frames, corruptFrames: this.corruptFrames, corruptPackets: 0, overruns: this.queue.overruns };
  }

  next(): MediaFrame | undefined | Promise<MediaFrame | undefined> {
    const frame = this.queue.next();
    if (frame instanceof Promise) return frame.then((one) => this.counted(one));
    return this.counted(frame);
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private counted(frame: MediaFrame | undefined): MediaFrame | undefined {
    if (frame !== undefined) this.frames++;
    return frame;
  }

  private async run(): Promise<void> {
    try {
      await this.readAll();
      if (this.queue.isOver) return;
      const code = await this.child.ended;
      if (code !== 0 || this.came === 0) throw gstreamerFault(this.input, this.child.said, this.came === 0 ? 'open' : 'read on in');
      this.queue.finish();
    } catch (error) {
      this.fault = error;
      this.queue.finish(error);
    } finally {
      this.known();
    }
  }

  private async readAll(): Promise<void> {
    const { packets } = this.child;
    while (!this.queue.isOver) {
      const head = await readGdpHead(packets);
      if (head === undefined) return;
      if (head.kind === 'buffer') {
        if (!(await this.readBuffer(head))) return;
        continue;
      }
      const text = await readGdpText(packets, head);
      if (head.kind === 'caps') this.describe(text);
      else if (text.startsWith('GstEventSegment')) this.shift = BigInt(gdpField(text, 'start') ?? 0) - BigInt(gdpField(text, 'base') ?? 0);
    }
  }

  private describe(text: string): void {
    this.video = videoInfoOf(text);
    this.audio = audioInfoOf(text);
    if (this.video === undefined && this.audio === undefined) {
      throw new MediaError(
        'media/unreadable',
        `Cannot read ${shownInput(this.input)}: it gives ${text.split(',')[0]}, neither pictures nor sound`,
      );
    }
    this.known();
  }

  private async readBuffer(head: GdpHead): Promise<boolean> {
    const { length, pts, duration, corrupt } = head;
    const { video, audio } = this;
    this.came++;
    this.lost ||= head.discont && this.came > 1;
    const layout = video && frameLayout(video.format, video.width, video.height);
    const rows = layout && rowsOf(layout);
    if (rows !== undefined && rows.bytes > length)
      throw new MediaError('media/unreadable', `Cannot read ${shownInput(this.input)}: a picture is too short`);
    const slab = await this.queue.slab(this.poolFor(layout?.bytes ?? length));
    if (slab === undefined && this.queue.isOver) return false;
    if (slab === undefined) this.lost = true;
    const target = slab === undefined ? undefined : this.options.arena.bytes(slab.offset, layout?.bytes ?? length);
    const scratch = target !== undefined && rows?.isSame === false ? new Uint8Array(length) : undefined;
    const filled = await this.child.packets.read(length, (piece, at) => {
      const place = scratch ?? target;
      if (place !== undefined && at < place.length)
        place.set(at + piece.length > place.length ? piece.subarray(0, place.length - at) : piece, at);
    });
    if (slab === undefined) return filled === length;
    if (filled < length) {
      slab.release();
      return false;
    }
    if (scratch !== undefined) rows!.copy(scratch, target!);
    const toUs = (time: bigint): number => Math.round(Number(time) / 1000);
    const durationUs = duration === undefined ? undefined : toUs(duration);
    const at = pts === undefined ? undefined : Math.max(0, toUs(pts - this.shift));
    const moment = { slab, ...this.play.moment(at, durationUs ?? FALLBACK_US), durationUs, discont: this.lost };
    this.lost = false;
    if (corrupt) this.corruptFrames++;
    if (video !== undefined) this.queue.put({ kind: 'video', ...moment, layout: layout!, keyFrame: false, corrupt, info: video });
    else this.queue.put({ kind: 'audio', ...moment, samples: length / (audio!.channels * BYTES_PER_SAMPLE[audio!.format]), info: audio! });
    return true;
  }

  private poolFor(bytes: number): Pool {
    if (this.pool === undefined || this.pool.slabBytes < bytes) {
      const name = this.options.owner ?? shownInput(this.input);
      this.pool = Pool.create(this.options.arena, { name, slabBytes: bytes, limit: this.limit });
      this.ownPools.push(this.pool);
    }
    return this.pool;
  }

  private async shutDown(): Promise<void> {
    const { signal } = this.options;
    signal?.removeEventListener('abort', this.onAbort);
    this.queue.clear(signal?.aborted === true ? signal.reason : undefined);
    for (const pool of this.ownPools) pool.close();
    await this.child.stop();
    await this.work;
  }
}

/** What gst-launch-1.0 is told. A line gives one stream: pictures where they are wanted, else sound. */
function wordsOf(input: MediaInput, { video, audio }: Pick<ReadOptions, 'video' | 'audio'>): string[] {
  if (input.kind !== 'launch') throw new TypeError('GStreamer is given launch lines only');
  if (video !== undefined && audio !== undefined) {
    throw new MediaError('media/no-stream', `Cannot read ${shownInput(input)}: a launch line gives pictures or sound, not both`);
  }
  const format = video?.format === 'native' ? '{I420,NV12,GRAY8}' : 'I420';
  const sound = [
    `audio/x-raw,format=${audio?.format === 'S16' ? 'S16LE' : 'F32LE'},layout=interleaved`,
    ...(audio?.rate === undefined ? [] : [`rate=${audio.rate}`]),
    ...(audio?.channels === undefined ? [] : [`channels=${audio.channels}`]),
  ].join(',');
  const seconds = `${Math.round(audio?.chunkUs ?? CHUNK_US)}/1000000`;
  const asWanted =
    video !== undefined
      ? ['videoconvert', '!', `video/x-raw,format=${format}`]
      : ['audioconvert', '!', 'audioresample', '!', sound, '!', 'audiobuffersplit', `output-buffer-duration=${seconds}`];
  return [...launchArguments(input.line), '!', ...asWanted, '!', 'gdppay', '!', 'fdsink', `fd=${PACKETS_PIPE}`, 'sync=false'];
}
