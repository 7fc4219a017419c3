// What one source sends through a line of its own: what comes out is taken for what it was when it went in, what never comes is counted
// and stands as a gap, and gaps that come keep their place.
import type { FixedCaps } from '../../core/caps/caps.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import { type GapEvent, gapOf } from '../../core/stream/event.ts';
import type { Microseconds } from '../../core/time/time.ts';
import type { Slab } from '../../memory/slab.ts';
import { type FrameLayout, frameLayout, type VideoFormat } from '../frame-layout.ts';
import { audioInfoOf, videoInfoOf } from '../gstreamer/caps-text.ts';
import { rowsOf } from '../gstreamer/picture-rows.ts';
import { MediaError } from '../media-error.ts';
import { audioCaps, videoCaps } from '../reader/frame-pad.ts';
import type { FilterLine, LineOutput } from './filter-line.ts';
import { FramesInside } from './frames-inside.ts';

/** A line as it is used here. */
export type LineEnds = Pick<FilterLine, 'write' | 'next' | 'read' | 'end' | 'stop'>;

/** What is done with what a line gives. */
export interface LineOutlet {
  readonly context: Pick<ElementContext, 'arena' | 'clock' | 'finished' | 'discarded' | 'dropped'>;
  /** Memory for an output; waiting for it holds the line back. */
  slab(bytes: number): Slab | Promise<Slab>;
  /** Sends, behind all that has been sent before; in order, whoever waits. */
  send(output: { readonly caps: FixedCaps; readonly buffer: StreamBuffer } | GapEvent): Promise<void>;
}

/** What a line may keep before the oldest is taken for lost. */
const MOST_INSIDE = 1024;

export class SourceLine {
  readonly epoch: number;
  /** Why it does not run any more; whoever gives it something next is told. */
  failure: unknown;
  /** Resolves when all that has come out has been sent. */
  readonly done: Promise<void>;
  private readonly filter: LineEnds;
  private readonly outlet: LineOutlet;
  private readonly inside = new FramesInside<StreamBuffer>(MOST_INSIDE);
  private readonly gaps: GapEvent[] = [];
  /** What is taken from times, so that the line's begin at 0. */
  private base: Microseconds | undefined;
  private last = Number.NEGATIVE_INFINITY;
  private discont = false;
  /** What is on its way in, and that it never got there: it is its writer's to account for. */
  private writing: StreamBuffer | undefined;
  private isAbandoned = false;
  private text = '';
  private caps!: FixedCaps;
  private layout: FrameLayout | undefined;
  private came = 0;
  /** Something has come out that has not been sent yet, and what was before it, and behind it. */
  private isTaking = false;

  constructor(filter: LineEnds, epoch: number, outlet: LineOutlet) {
    this.filter = filter;
    this.epoch = epoch;
    this.outlet = outlet;
    this.done = this.run();
  }

  /** Whether something of it is still to come out. */
  get isBusy(): boolean {
    return this.inside.size > 0 || this.gaps.length > 0;
  }

  /** Takes its own reference to a buffer for as long as its bytes are read. @throws MediaError when the line has ended without it. */
  async write(buffer: StreamBuffer): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.base ??= buffer.pts;
    buffer.retain();
    const pts = Math.max(0, buffer.pts - this.base);
    const given = buffer.derive({ slabs: [], bytes: 0 });
    this.writing = given;
    try {
      const lost = this.inside.add(pts, given);
      if (lost !== undefined) await this.lose([lost], 'unanswered');
      if (!(await this.filter.write(this.bytesOf(buffer), pts, buffer.duration))) await this.done;
    } finally {
      this.writing = undefined;
      buffer.release();
    }
    if (this.isAbandoned) throw this.failure;
  }

  /** A gap in what it is given. */
  async gap(event: GapEvent): Promise<void> {
    if (this.inside.size === 0 && !this.isTaking) await this.sendGap(event);
    else this.gaps.push(event);
  }

  /** Has all that is inside come out, and ends it; what has not come after a while of silence does not. */
  async drain(patience: Microseconds): Promise<void> {
    const { clock } = this.outlet.context;
    this.filter.end();
    let isDone = false;
    const done = this.done.then(() => {
      isDone = true;
    });
    for (let before = -1; !isDone && before !== this.came; ) {
      before = this.came;
      let cancel = (): void => {};
      await Promise.race([done, new Promise<void>((resolve) => (cancel = clock.schedule(clock.now() + patience, resolve)))]);
      cancel();
    }
    if (!isDone) await this.filter.stop();
    await this.done;
    if (this.failure !== undefined) throw this.failure;
  }

  /** Ends it at once; what is inside is counted by a cause. */
  async stop(cause: string): Promise<void> {
    for (const _lost of this.inside.clear()) this.outlet.context.discarded(cause);
    this.gaps.length = 0;
    await this.filter.stop();
    await this.done;
  }

  private async run(): Promise<void> {
    try {
      for (let next = await this.filter.next(); next !== undefined; next = await this.filter.next()) {
        this.isTaking = true;
        if (!(await this.take(next))) break;
        while (this.inside.size === 0 && this.gaps.length > 0) await this.sendGap(this.gaps.shift()!);
        this.isTaking = false;
        this.came++;
      }
    } catch (error) {
      this.failure = error;
    }
    this.isTaking = true;
    const left = this.inside.clear();
    this.isAbandoned = this.failure !== undefined && left.at(-1) === this.writing && this.writing !== undefined;
    try {
      await this.lose(this.isAbandoned ? left.slice(0, -1) : left, this.failure === undefined ? 'left-out' : 'line-failed');
      while (this.gaps.length > 0) await this.sendGap(this.gaps.shift()!);
    } catch (error) {
      this.failure ??= error;
    }
    this.isTaking = false;
    await this.filter.stop();
  }

  private async take(output: LineOutput): Promise<boolean> {
    this.describe(output);
    const { arena } = this.outlet.context;
    const bytes = this.layout?.bytes ?? output.bytes;
    const slab = await this.outlet.slab(bytes);
    let isKept = false;
    try {
      const target = arena.bytes(slab.offset, bytes);
      const rows = this.layout === undefined ? undefined : rowsOf(this.layout);
      if (rows !== undefined && rows.bytes > output.bytes)
        throw new MediaError(
          'media/unreadable',
          `Cannot take what the line gives: ${output.bytes} bytes of ${rows.bytes} for ${output.caps}`,
        );
      const isSame = rows === undefined || (rows.isSame && output.bytes <= bytes);
      const taken = isSame ? target.subarray(0, output.bytes) : new Uint8Array(output.bytes);
      if (!(await this.filter.read(output.bytes, taken))) return false;
      if (!isSame) rows.copy(taken, target);
      const of = this.inside.comeOut(output.pts);
      if (of === undefined) {
        this.outlet.context.dropped('unasked');
        return true;
      }
      if (!of.isRepeat) this.outlet.context.finished();
      const pts = output.pts === undefined ? of.of.pts : output.pts + this.base!;
      await this.lose(of.lost, 'left-out');
      await this.sendGaps(pts);
      if (pts < this.last) {
        this.outlet.context.dropped('not-monotonic');
        return true;
      }
      this.last = pts;
      isKept = true;
      await this.outlet.send({ caps: this.caps, buffer: this.made(of.of, slab, pts, output) });
      return true;
    } finally {
      if (!isKept) slab.release();
    }
  }

  private made(of: StreamBuffer, slab: Slab, pts: Microseconds, { duration, corrupt, bytes }: LineOutput): StreamBuffer {
    const discont = of.discont || this.discont;
    this.discont = false;
    const { width, height } = of.caps.fields;
    const isSameSize = this.layout === undefined || (this.layout.width === width && this.layout.height === height);
    return of.derive({
      caps: this.caps,
      slabs: [slab],
      bytes: this.layout?.bytes ?? bytes,
      pts,
      duration: duration ?? (pts === of.pts ? of.duration : undefined),
      discont,
      corrupt: of.corrupt || corrupt,
      // A picture of another size is a frame of its own.
      ...(isSameSize || of.meta.geometry === undefined ? {} : { meta: { geometry: undefined as never } }),
    });
  }

  private describe({ caps }: LineOutput): void {
    if (caps === this.text) return;
    this.text = caps;
    const own = ownCaps(caps);
    if (own === undefined)
      throw new MediaError('media/unreadable', `Cannot take what the line gives: it is ${caps.split(',')[0]}, neither pictures nor sound`);
    this.caps = own;
    const { format, width, height } = own.fields as { format: VideoFormat; width: number; height: number };
    this.layout = own.media === 'video/raw' ? frameLayout(format, width, height) : undefined;
  }

  private async lose(lost: readonly StreamBuffer[], cause: string): Promise<void> {
    for (const one of lost) {
      this.discont = true;
      this.outlet.context.discarded(cause);
      await this.sendGap(gapOf(one));
    }
  }

  private async sendGaps(before: Microseconds): Promise<void> {
    while (this.gaps[0] !== undefined && this.gaps[0].pts < before) await this.sendGap(this.gaps.shift()!);
  }

  /** What comes of an earlier time all the same comes too late. */
  private sendGap(gap: GapEvent): Promise<void> {
    this.last = Math.max(this.last, gap.pts);
    return this.outlet.send(gap);
  }

  /** A buffer's bytes as GStreamer has them. */
  private bytesOf({ slab, bytes, caps: { media, fields } }: StreamBuffer): Uint8Array {
    const held = this.outlet.context.arena.bytes(slab.offset, bytes);
    if (media !== 'video/raw') return held;
    const { format, width, height } = fields as { format: VideoFormat; width: number; height: number };
    const rows = rowsOf(frameLayout(format, width, height));
    if (rows.isSame) return held.subarray(0, rows.bytes);
    const spread = new Uint8Array(rows.bytes);
    rows.spread(held, spread);
    return spread;
  }
}

/** GStreamer's caps as ours; undefined where we have none such. */
export function ownCaps(text: string): FixedCaps | undefined {
  const video = videoInfoOf(text);
  if (video !== undefined) return videoCaps(video)[0];
  const audio = audioInfoOf(text);
  return audio === undefined ? undefined : audioCaps(audio)[0];
}
