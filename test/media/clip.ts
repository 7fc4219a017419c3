// Small clips for tests: every frame bears its number as ten black or white squares, which survive any codec.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FrameLayout, frameLayout, type VideoFormat } from '../../src/media/frame-layout.ts';
import type { DecodedFrame, VideoDecoder } from '../../src/media/video-decoder.ts';
import { type CreateVideoOptions, createVideoFile, type EncodedVideo } from '../../src/media/video-encoder.ts';
import { Arena } from '../../src/memory/arena.ts';
import type { Slab } from '../../src/memory/slab.ts';

const SQUARE = 16;
const BITS = 10;

/** A folder that is removed after the suite. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'leat-media-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Draws frame `index`: a slanting gradient that moves, coloured halves, and the number at the top left. At least 160×32. */
export function drawFrame(arena: Arena, slab: Slab, layout: FrameLayout, index: number): void {
  const [luma, ...chroma] = layout.planes;
  if (luma === undefined || layout.format !== 'I420') throw new RangeError('Test frames are I420');
  const bytes = arena.bytes(slab.offset, layout.bytes);
  for (let y = 0; y < luma.rows; y++) {
    for (let x = 0; x < luma.rowBytes; x++) bytes[luma.offset + y * luma.stride + x] = 48 + ((x + y + 2 * index) % 128);
  }
  for (let bit = 0; bit < BITS; bit++) {
    const value = (index >> bit) & 1 ? 235 : 16;
    for (let y = 0; y < SQUARE; y++) {
      const row = luma.offset + y * luma.stride + bit * SQUARE;
      bytes.fill(value, row, row + SQUARE);
    }
  }
  chroma.forEach((plane, c) => {
    for (let y = 0; y < plane.rows; y++) {
      const row = plane.offset + y * plane.stride;
      bytes.fill(c === 0 ? 90 : 160, row, row + (plane.rowBytes >> 1));
      bytes.fill(c === 0 ? 160 : 90, row + (plane.rowBytes >> 1), row + plane.rowBytes);
    }
  });
}

/** The number a frame bears, read from the middle of each square. */
export function numberOf(arena: Arena, { slab, layout }: Pick<DecodedFrame, 'slab' | 'layout'>): number {
  const luma = layout.planes[0]!;
  let index = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const at = slab.offset + luma.offset + (SQUARE / 2) * luma.stride + bit * SQUARE + SQUARE / 2;
    if (arena.bytes(at, 1)[0]! > 126) index |= 1 << bit;
  }
  return index;
}

export interface ClipOptions extends Partial<Omit<CreateVideoOptions, 'arena' | 'layout'>> {
  readonly width?: number;
  readonly height?: number;
  readonly frames?: number;
  /** The time of frame `index` in microseconds. Default 25 frames a second. */
  readonly time?: (index: number) => number;
}

/** Writes a clip of numbered frames. */
export async function makeClip(path: string, options: ClipOptions = {}): Promise<EncodedVideo> {
  const { width = 192, height = 96, frames = 20, time = (index) => index * 40_000, ...rest } = options;
  const arena = Arena.create();
  const layout = frameLayout('I420', width, height);
  const encoder = await createVideoFile(path, { arena, layout, ...rest });
  for (let index = 0; index < frames; index++) {
    const slab = arena.allocate(layout.bytes);
    drawFrame(arena, slab, layout, index);
    await encoder.write(slab, time(index), time(index + 1) - time(index));
    slab.release();
  }
  return encoder.finish();
}

/** What a test wants to know of a decoded frame. */
export interface SeenFrame {
  readonly number: number;
  readonly ptsUs: number;
  readonly width: number;
  readonly height: number;
  readonly format: VideoFormat;
  readonly corrupt: boolean;
  readonly discont: boolean;
  readonly epoch: number;
  readonly keyFrame: boolean;
}

/** Reads frames to the end, or at most `limit`, and gives every slab back. */
export async function readFrames(arena: Arena, decoder: VideoDecoder, limit = Number.POSITIVE_INFINITY): Promise<SeenFrame[]> {
  const seen: SeenFrame[] = [];
  while (seen.length < limit) {
    const frame = await decoder.next();
    if (frame === undefined) break;
    const { layout, ptsUs, corrupt, discont, epoch, keyFrame } = frame;
    const { width, height, format } = layout;
    seen.push({ number: numberOf(arena, frame), ptsUs, width, height, format, corrupt, discont, epoch, keyFrame });
    frame.slab.release();
  }
  return seen;
}
