// Brings a child's sound into slabs, in stretches of one length, as that of other programs.
import type { Pool } from '../../memory/pool.ts';
import type { FrameQueue } from '../child/frame-queue.ts';
import type { Play } from '../child/play.ts';
import type { SoundHead } from '../ffmpeg/ffmpeg-log.ts';
import { SoundFlow, type SoundSupply } from '../ffmpeg/sound-flow.ts';
import { MediaError } from '../media-error.ts';
import { type AudioStreamInfo, BYTES_PER_SAMPLE } from '../reader/audio-stream-info.ts';
import type { ReadOptions } from '../reader/media-reader.ts';
import { audioInfoOf, type KnownSound } from './caps-text.ts';
import type { GdpHead } from './gdp-packet.ts';
import type { GdpStream } from './gdp-stream.ts';

export class GstreamerSound {
  info: AudioStreamInfo | undefined;
  readonly ownPools: Pool[] = [];
  /** Whole stretches that were given of streams that are over. */
  private before = 0;
  private flow: SoundFlow | undefined;
  private caps = '';
  private readonly known: KnownSound;
  private readonly options: ReadOptions;
  private readonly queue: FrameQueue;
  private readonly name: string;
  private readonly limit: number;

  /** @param known What is known of it beforehand. @param name What is read, in messages. */
  constructor(info: AudioStreamInfo | undefined, known: KnownSound, options: ReadOptions, queue: FrameQueue, name: string, limit: number) {
    this.info = info;
    this.known = known;
    this.options = options;
    this.queue = queue;
    this.name = name;
    this.limit = limit;
  }

  /** Stretches that were given. */
  get count(): number {
    return this.before + (this.flow?.count ?? 0);
  }

  /** Reads to the child's end, or the queue's. @param begun Hears when it is known what it is like. */
  async run(stream: GdpStream, play: Play, begun: () => void): Promise<void> {
    let head = await stream.next();
    while (head !== undefined && !this.queue.isOver) {
      const info = this.describe(stream);
      begun();
      const supply = new Supply(stream, head, info);
      await this.flow!.run(supply, play);
      head = supply.next;
    }
  }

  private describe({ caps, codec, language }: GdpStream): AudioStreamInfo {
    if (this.flow !== undefined && caps === this.caps) return this.flow.info;
    const info = audioInfoOf(caps, { codec, language, ...this.known });
    if (info === undefined) {
      throw new MediaError(
        'media/unreadable',
        `Cannot read ${this.name}: it gives ${caps.split(',')[0] || 'nothing that tells what it is'}, no sound`,
      );
    }
    this.before = this.count;
    this.caps = caps;
    this.info = info;
    this.flow = new SoundFlow(info, this.options, this.queue, this.name, this.limit);
    this.ownPools.push(this.flow.pool);
    return info;
  }
}

/** Gives a flow what is to be heard of what comes, for as long as it is of one kind. */
class Supply implements SoundSupply {
  readonly log: { readonly sounds: SoundHead[] } = { sounds: [] };
  readonly sound: GdpStream;
  isSilent = false;
  /** What came first of another kind; undefined at the end. */
  next: GdpHead | undefined;
  private readonly caps: string;
  private readonly rate: number;
  private readonly frameBytes: number;

  constructor(stream: GdpStream, first: GdpHead, { rate, channels, format }: AudioStreamInfo) {
    this.sound = stream;
    this.caps = stream.caps;
    this.rate = rate;
    this.frameBytes = channels * BYTES_PER_SAMPLE[format];
    this.next = first;
  }

  async spoken(): Promise<void> {
    const head = this.next ?? (await this.sound.next());
    this.next = undefined;
    if (head === undefined || this.sound.caps !== this.caps) {
      this.next = head;
      this.isSilent = true;
      return;
    }
    const all = Math.floor(head.length / this.frameBytes);
    const before = this.sound.before(head, all, this.rate);
    if (before > 0) await this.sound.read(before * this.frameBytes, () => undefined);
    if (all > before) this.log.sounds.push({ ptsUs: this.sound.timeUs(head), samples: all - before });
  }
}
