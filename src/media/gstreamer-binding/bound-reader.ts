// Reads what a launch line gives, pictures or sound, with GStreamer in this process.
import { Pool } from '../../memory/pool.ts';
import { FrameQueue } from '../ffmpeg/frame-queue.ts';
import { Play } from '../ffmpeg/play.ts';
import { type FrameLayout, frameLayout } from '../frame-layout.ts';
import { audioInfoOf, videoInfoOf } from '../gstreamer/caps-text.ts';
import { type GdpHead, gdpField, readGdpHead, readGdpText } from '../gstreamer/gdp-packet.ts';
import { gstreamerFault } from '../gstreamer/gstreamer-fault.ts';
import { rowsOf } from '../gstreamer/picture-rows.ts';
import { MediaError } from '../media-error.ts';
import { type AudioStreamInfo, BYTES_PER_SAMPLE } from '../reader/audio-stream-info.ts';
import type { MediaFrame } from '../reader/media-frame.ts';
import { type LaunchInput, shownInput, shownLine } from '../reader/media-input.ts';
import { checkReadOptions, type MediaReader, type MediaStatistics, type ReadOptions } from '../reader/media-reader.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { BoundLine } from './bound-line.ts';
import type { Superficial } from './superficial.ts';

const FALLBACK_US = 40_000;

/** How long a stretch of sound is where nobody says. */
const CHUNK_US = 20_000;

export class BoundReader implements MediaReader {
  readonly backend = 'gstreamer';
  video: VideoStreamInfo | undefined;
  audio: AudioStreamInfo | undefined;
  pool: Pool | undefined;
  private readonly input: LaunchInput;
  private readonly options: ReadOptions;
  private readonly line: BoundLine;
  private readonly queue: FrameQueue;
  private readonly limit: number;
  private readonly ownPools: Pool[] = [];
  private readonly play: Play;
  private readonly work: Promise<void>;
  private layout: FrameLayout | undefined;
  /** Nanoseconds that are taken from times. */
  private shift = 0n;
  private frames = 0;
  private corruptFrames = 0;
  private came = 0;
  private lost = false;
  private fault: unknown;
  private known!: () => void;
  private readonly described = new Promise<void>((resolve) => (this.known = resolve));
  private closing: Promise<void> | undefined;
  private readonly onAbort = (): void => void this.close();

  private constructor(binding: Superficial, input: LaunchInput, options: ReadOptions) {
    const { limit, ahead } = checkReadOptions(options);
    this.input = input;
    this.options = options;
    this.limit = limit;
    this.pool = options.pool;
    this.line = begun(binding, input, options);
    this.queue = new FrameQueue(ahead, input.isLive);
    this.play = new Play(0, 0, input.isLive);
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
    this.work = this.run();
  }

  static async open(binding: Superficial, input: LaunchInput, options: ReadOptions): Promise<BoundReader> {
    options.signal?.throwIfAborted();
    const reader = new BoundReader(binding, input, options);
    await reader.described;
    if (reader.fault === undefined && options.signal?.aborted !== true) return reader;
    await reader.close();
    options.signal?.throwIfAborted();
    throw reader.fault;
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
      const said = await this.line.ended;
      if (said !== undefined || this.came === 0) throw gstreamerFault(this.input, said ?? '', this.came === 0 ? 'open' : 'read on in');
      this.queue.finish();
    } catch (error) {
      this.fault = error;
      this.queue.finish(error);
    } finally {
      this.known();
    }
  }

  private async readAll(): Promise<void> {
    const { packets } = this.line;
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
    const { video, audio } = this.options;
    this.video = video === undefined ? undefined : videoInfoOf(text);
    this.audio = audio === undefined ? undefined : audioInfoOf(text);
    if (this.video === undefined && this.audio === undefined) {
      throw new MediaError('media/unreadable', `Cannot read ${shownInput(this.input)}: it gives ${text.split(',')[0]}`);
    }
    this.layout = this.video && frameLayout(this.video.format, this.video.width, this.video.height);
    this.known();
  }

  private async readBuffer(head: GdpHead): Promise<boolean> {
    const { layout } = this;
    const { length, corrupt } = head;
    this.lost ||= head.discont && this.came > 0;
    this.came++;
    const rows = layout && rowsOf(layout);
    if (rows !== undefined && rows.bytes > length)
      throw new MediaError('media/unreadable', `Cannot read on in ${shownInput(this.input)}: a picture is cut off`);
    const used = rows?.bytes ?? length;
    const slab = await this.queue.slab(this.poolFor(layout?.bytes ?? length));
    if (slab === undefined && this.queue.isOver) return false;
    this.lost ||= slab === undefined;
    const own = slab && this.options.arena.bytes(slab.offset, layout?.bytes ?? length);
    const target = rows === undefined || rows.isSame || own === undefined ? own : new Uint8Array(used);
    const filled = await this.line.packets.read(length, (piece, at) => {
      if (target !== undefined && at < used) target.set(at + piece.length > used ? piece.subarray(0, used - at) : piece, at);
    });
    if (slab === undefined) return filled === length;
    if (filled < length) {
      slab.release();
      return false;
    }
    if (target !== own) rows!.copy(target!, own!);
    this.put(head, slab, corrupt);
    return true;
  }

  private put({ pts, duration, length }: GdpHead, slab: MediaFrame['slab'], corrupt: boolean): void {
    const microseconds = (time: bigint): number => Math.round(Number(time) / 1000);
    const durationUs = duration === undefined ? undefined : microseconds(duration);
    const at = pts === undefined ? undefined : Math.max(0, microseconds(pts - this.shift));
    const moment = { slab, ...this.play.moment(at, durationUs ?? FALLBACK_US), durationUs, discont: this.lost };
    this.lost = false;
    if (corrupt) this.corruptFrames++;
    const { video, audio, layout } = this;
    if (video !== undefined) this.queue.put({ kind: 'video', ...moment, layout: layout!, keyFrame: false, corrupt, info: video });
    else this.queue.put({ kind: 'audio', ...moment, samples: length / (audio!.channels * BYTES_PER_SAMPLE[audio!.format]), info: audio! });
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
    this.line.stop();
    await this.work;
  }
}

/** Starts a line that gives packets: pictures where they are wanted, else sound. */
function begun(binding: Superficial, input: LaunchInput, { video, audio }: ReadOptions): BoundLine {
  const { line } = input;
  const name = shownInput(input);
  if (video !== undefined && audio !== undefined)
    throw new MediaError('media/no-stream', `Cannot read ${name}: in this process a line gives pictures or sound, not both`);
  if (shownLine(line) !== line) {
    const text =
      'GStreamer writes what it takes for mistakes to the standard error as they are, and this line holds secrets; run it in a process of its own';
    throw new MediaError('media/bad-launch', `Cannot open ${name}: ${text}`);
  }
  const asWanted =
    video === undefined ? soundOf(audio) : `videoconvert ! video/x-raw,format=${video.format === 'native' ? '{I420,NV12,GRAY8}' : 'I420'}`;
  try {
    return new BoundLine(binding, `${line} ! ${asWanted} ! gdppay`);
  } catch (error) {
    if (error instanceof MediaError) throw new MediaError(error.code, `Cannot open ${name}: ${error.message}`);
    throw gstreamerFault(input, `WARNING: erroneous pipeline: ${(error as Error).message}`);
  }
}

function soundOf(audio: ReadOptions['audio']): string {
  const caps = [
    `audio/x-raw,format=${audio?.format === 'S16' ? 'S16LE' : 'F32LE'},layout=interleaved`,
    ...(audio?.rate === undefined ? [] : [`rate=${audio.rate}`]),
    ...(audio?.channels === undefined ? [] : [`channels=${audio.channels}`]),
  ];
  const seconds = `${Math.round(audio?.chunkUs ?? CHUNK_US)}/1000000`;
  return `audioconvert ! audioresample ! ${caps.join(',')} ! audiobuffersplit output-buffer-duration=${seconds}`;
}
