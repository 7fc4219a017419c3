// FFmpeg's view of slabs: a frame whose planes are the slab's, so that pictures are copied without a word of JavaScript about
// their planes. Views of a picture's own planes, made anew for each, cost a tenth of the decoding in garbage collection.
import { Frame } from 'node-av/lib';
import type { Arena } from '../../memory/arena.ts';
import type { Slab } from '../../memory/slab.ts';
import type { FrameLayout } from '../frame-layout.ts';

/** A pool hands the same few slabs out again and again; so many are remembered. */
const REMEMBERED = 256;

export class SlabFrames {
  private readonly arena: Arena;
  private readonly layout: FrameLayout;
  private readonly pixelFormat: number;
  private readonly frames = new Map<number, { readonly frame: Frame; readonly bytes: Buffer }>();

  constructor(arena: Arena, layout: FrameLayout, pixelFormat: number) {
    this.arena = arena;
    this.layout = layout;
    this.pixelFormat = pixelFormat;
  }

  /** Whether FFmpeg can be shown a layout in this way: rows have to stand one right behind the other. */
  static fit({ planes }: FrameLayout): boolean {
    return planes.every(({ stride, rowBytes }) => stride === rowBytes);
  }

  /** The slab as a frame; undefined where FFmpeg will not have it. */
  at({ offset }: Slab): Frame | undefined {
    const known = this.frames.get(offset);
    if (known !== undefined) return known.frame;
    if (this.frames.size >= REMEMBERED) this.close();
    const frame = new Frame();
    frame.alloc();
    frame.width = this.layout.width;
    frame.height = this.layout.height;
    frame.format = this.pixelFormat as never;
    const bytes = Buffer.from(this.arena.memory.buffer, offset, this.layout.bytes);
    if (frame.fromBuffer(bytes) < 0) {
      frame.free();
      return undefined;
    }
    this.frames.set(offset, { frame, bytes });
    return frame;
  }

  close(): void {
    for (const { frame } of this.frames.values()) frame.free();
    this.frames.clear();
  }
}
