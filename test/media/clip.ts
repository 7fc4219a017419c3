// Small clips for tests, of numbered frames.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frameLayout, type VideoFormat } from '../../src/media/frame-layout.ts';
import type { VideoFrame } from '../../src/media/reader/media-frame.ts';
import type { MediaReader } from '../../src/media/reader/media-reader.ts';
import { type CreateVideoOptions, createVideoFile, type EncodedVideo } from '../../src/media/video/video-encoder.ts';
import { Arena } from '../../src/memory/arena.ts';
import { BITS, drawFrame, SQUARE } from './draw-frame.ts';

/** A folder that is removed after the suite. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'leat-media-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The number a frame bears, read from the middle of each square. */
export function numberOf(arena: Arena, { slab, layout }: Pick<VideoFrame, 'slab' | 'layout'>): number {
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
export async function readFrames(arena: Arena, decoder: MediaReader<VideoFrame>, limit = Number.POSITIVE_INFINITY): Promise<SeenFrame[]> {
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
