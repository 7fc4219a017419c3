// A launch line at work between its two ends, in a process of its own: buffers are written to it, and read from it, as packets that
// hold their times. It tells what it gives as soon as it knows, which most lines do before there is any data.
import type { FixedCaps } from '../../core/caps/caps.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Microseconds } from '../../core/time/time.ts';
import { type GdpHead, gdpField, readGdpHead, readGdpText } from '../gstreamer/gdp-packet.ts';
import { GstreamerChild, PICTURES_PIPE } from '../gstreamer/gstreamer-child.ts';
import type { GstreamerProgram } from '../gstreamer/gstreamer-program.ts';
import { launchArguments } from '../gstreamer/launch-arguments.ts';
import { MediaError } from '../media-error.ts';
import { shownLine } from '../reader/media-input.ts';
import { filterFault } from './filter-fault.ts';
import { gdpBufferHead, gdpStream } from './gdp-writing.ts';
import { converter, type LineWish, launchCaps, wishedEnding } from './launch-caps.ts';

const ENTRY = 'leat-in';
const EXIT = 'leat-out';

/** As much as a pipe holds. */
const BLOCK_BYTES = 262_144;

/** How long after what it is given a line says what it gives, unless it needs data for that, as a decoder does. */
const GRACE: Microseconds = 1e6;

export interface LineOutput {
  /** In the line's time; undefined where the line lost it. */
  readonly pts: Microseconds | undefined;
  readonly duration: Microseconds | undefined;
  readonly corrupt: boolean;
  readonly bytes: number;
  /** GStreamer's caps as text; the same string as long as they do not change. */
  readonly caps: string;
}

export class FilterLine {
  readonly line: string;
  readonly sink: FixedCaps;
  readonly wish: LineWish;
  private readonly child: GstreamerChild;
  private caps = '';
  /** Nanoseconds that are taken from times. */
  private shift = 0n;
  private isEnding = false;
  private isStopped = false;
  private isUp = false;
  private told: string | undefined;
  private onTold = (): void => {};

  constructor(program: GstreamerProgram, line: string, sink: FixedCaps, wish: LineWish) {
    this.line = line;
    this.sink = sink;
    this.wish = wish;
    const before = ['fdsrc', 'fd=0', `blocksize=${BLOCK_BYTES}`, '!', 'gdpdepay', `name=${ENTRY}`, '!', converter(sink.media)];
    const behind = ['gdppay', `name=${EXIT}`, '!', 'fdsink', `fd=${PICTURES_PIPE}`, 'sync=false'];
    const words = [...before, '!', ...launchArguments(line), '!', ...wishedEnding(sink.media, wish), '!', ...behind];
    this.child = new GstreamerChild(program, words, { isFed: true, hear: (text) => this.hear(text) });
    this.child.input!.write(gdpStream(launchCaps(sink)));
    void this.child.ended.then(() => this.onTold());
  }

  /**
   * What it gives, as text; undefined where it does not know before it has been given data.
   *
   * @throws MediaError when it cannot run.
   */
  async outputCaps(clock: Clock): Promise<string | undefined> {
    let cancel: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      this.onTold = () => {
        if (this.told !== undefined) resolve();
        else if (this.isUp) cancel ??= clock.schedule(clock.now() + GRACE, resolve);
      };
      this.onTold();
      void this.child.ended.then(() => resolve());
    });
    cancel?.();
    this.onTold = () => {};
    if (this.told !== undefined) return this.told;
    const isOver = await Promise.race([this.child.ended.then(() => true), Promise.resolve(false)]);
    if (isOver) throw this.fault('run');
    return undefined;
  }

  /** Resolves when it has been taken in, before which the bytes must not change; with false when the line has ended, which `next` explains. */
  async write(bytes: Uint8Array, pts: Microseconds, duration: Microseconds | undefined): Promise<boolean> {
    const input = this.child.input!;
    const nanoseconds = (time: Microseconds): bigint => BigInt(Math.round(time)) * 1000n;
    input.write(gdpBufferHead(bytes.length, nanoseconds(pts), duration === undefined ? undefined : nanoseconds(duration)));
    return new Promise((resolve) => input.write(bytes, (error) => resolve(error === undefined || error === null)));
  }

  /** Nothing more is written; what is inside comes out, and then the end. */
  end(): void {
    this.isEnding = true;
    this.child.input!.end();
  }

  /** What it gives next, whose bytes are to be read before the next call. @throws MediaError when it ends before it is told to. */
  async next(): Promise<LineOutput | undefined> {
    const packets = this.child.pictures;
    for (let head = await readGdpHead(packets); head !== undefined; head = await readGdpHead(packets)) {
      if (head.kind === 'buffer') return this.output(head);
      const text = await readGdpText(packets, head);
      if (head.kind === 'caps') this.caps = text;
      else if (text.startsWith('GstEventSegment')) this.shift = BigInt(gdpField(text, 'start') ?? 0) - BigInt(gdpField(text, 'base') ?? 0);
    }
    const code = await this.child.ended;
    if (this.isStopped || (this.isEnding && code === 0)) return undefined;
    throw code === 0
      ? new MediaError('media/ended', `Cannot go on with "${shownLine(this.line)}": it has ended of itself, before what it is given has`)
      : this.fault('go on with');
  }

  /** The bytes of what came last; false where it ended on the way. */
  async read(bytes: number, target: Uint8Array): Promise<boolean> {
    return (await this.child.pictures.read(bytes, (piece, at) => target.set(piece, at))) === bytes;
  }

  stop(): Promise<void> {
    this.isStopped = true;
    return this.child.stop();
  }

  private output({ pts, duration, corrupt, length }: GdpHead): LineOutput {
    const microseconds = (time: bigint): Microseconds => Math.round(Number(time) / 1000);
    return {
      pts: pts === undefined ? undefined : microseconds(pts - this.shift),
      duration: duration === undefined ? undefined : microseconds(duration),
      corrupt,
      bytes: length,
      caps: this.caps,
    };
  }

  /** @param text A line of what is said of caps: whose pad they are of, and what they are. */
  private hear(text: string): void {
    const [, end, pad, caps] = /:(leat-in|leat-out)\.GstPad:(src|sink): caps = (.*)$/.exec(text) ?? [];
    if (end === ENTRY && pad === 'src') this.isUp = true;
    if (end === EXIT && pad === 'sink' && caps !== undefined && caps !== 'NULL') this.told ??= caps;
    if (end !== undefined) this.onTold();
  }

  private fault(task: string): MediaError {
    return filterFault(this.line, this.child.said, task, { given: launchCaps(this.sink), wish: this.wish });
  }
}
