// What stands for the pictures of a camera that is away: the last one, or a black one, again and again. One slab serves them all.
import type { FixedCaps } from '../../core/caps/caps.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import { ClockWait } from '../../core/time/clock-wait.ts';
import { MICROSECONDS_PER_SECOND, type Microseconds } from '../../core/time/time.ts';
import type { Slab } from '../../memory/slab.ts';
import { frameLayout, type VideoFormat } from '../frame-layout.ts';
import type { VideoFrame } from './media-frame.ts';

declare module '../../core/stream/buffer.ts' {
  interface BufferMeta {
    /** Of a picture that stands for one which a camera that is away did not give. */
    readonly placeholder?: true;
  }
}

/** Luma and chroma of black, of limited range. */
const BLACK = { luma: 16, chroma: 128 };

export class PlaceholderPictures {
  private readonly kind: 'last' | 'black';
  private readonly period: Microseconds;
  private readonly context: Pick<ElementContext, 'arena' | 'clock' | 'signal'>;
  private readonly time: () => Microseconds;
  private readonly wait: ClockWait;
  private held: { readonly slab: Slab; readonly width: number; readonly height: number } | undefined;
  private epoch = 0;
  private nextAt: Microseconds = 0;
  private coming: Promise<unknown> | undefined;
  private hasCome = false;

  /** @param rate How many a second. @param time The source's own. */
  constructor(kind: 'last' | 'black', rate: number, context: Pick<ElementContext, 'arena' | 'clock' | 'signal'>, time: () => Microseconds) {
    this.time = time;
    this.kind = kind;
    this.period = Math.round(MICROSECONDS_PER_SECOND / rate);
    this.context = context;
    this.wait = new ClockWait(context);
  }

  /** A picture has come: the first placeholder is due a period after it. */
  saw({ slab, layout, epoch }: VideoFrame): void {
    this.epoch = epoch;
    this.nextAt = this.context.clock.now() + this.period;
    if (this.kind === 'black') return;
    this.held?.slab.release();
    this.held = { slab: slab.retain(), width: layout.width, height: layout.height };
  }

  /** `frame` once a picture has come, else the next placeholder, at its time, if the camera is away then. */
  async unless(coming: Promise<unknown>, caps: FixedCaps, isAway: () => boolean): Promise<'frame' | StreamBuffer<undefined>> {
    const now = this.context.clock.now();
    if (this.nextAt < now) this.nextAt = now;
    if (coming !== this.coming) this.listenTo(coming);
    for (;;) {
      if (!this.hasCome) await this.wait.until(this.nextAt);
      if (this.hasCome || this.context.signal.aborted) return 'frame';
      this.nextAt += this.period;
      if (isAway()) break;
    }
    const bytes = frameLayout(caps.fields['format'] as VideoFormat, caps.fields['width'] as number, caps.fields['height'] as number).bytes;
    const slabs = [this.slabOf(caps).retain()];
    const { period: duration, epoch } = this;
    return new StreamBuffer({ caps, pts: this.time(), duration, slabs, bytes, epoch, corrupt: true, meta: { placeholder: true } });
  }

  close(): void {
    this.held?.slab.release();
    this.held = undefined;
    this.wait.cutShort();
  }

  /** Once for each, however often it is asked about: it may take months. */
  private listenTo(coming: Promise<unknown>): void {
    this.coming = coming;
    this.hasCome = false;
    const heard = (): void => {
      if (coming !== this.coming) return;
      this.hasCome = true;
      this.wait.cutShort();
    };
    coming.then(heard, heard);
  }

  private slabOf({ fields }: FixedCaps): Slab {
    const [width, height] = [fields['width'] as number, fields['height'] as number];
    if (this.held?.width === width && this.held.height === height) return this.held.slab;
    this.held?.slab.release();
    const { arena } = this.context;
    const { bytes, planes } = frameLayout('I420', width, height);
    const slab = arena.allocate(bytes);
    for (const [index, plane] of planes.entries()) {
      arena.bytes(slab.offset + plane.offset, plane.stride * plane.rows).fill(index === 0 ? BLACK.luma : BLACK.chroma);
    }
    this.held = { slab, width, height };
    return slab;
  }
}
