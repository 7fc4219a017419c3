// Draws the frames of a test pattern into slabs: a prepared picture is copied, and what moves is laid over it.
import type { Arena } from '../../memory/arena.ts';
import { kernelsFor } from '../../memory/kernels.ts';
import type { Colour } from '../detection/detection-colours.ts';
import type { DetectionSet } from '../detection/detections.ts';
import type { FrameLayout } from '../frame-layout.ts';
import { canvasFor } from '../picture/canvas.ts';
import type { VideoColour } from '../video/video-stream-info.ts';
import { seededRandom } from './seeded-random.ts';
import { paintPattern, type TestPattern } from './test-patterns.ts';
import { sceneTruth, testScene } from './test-scene.ts';

export interface TestPictureOptions {
  readonly pattern: TestPattern;
  readonly colour: Colour;
  readonly objects: number;
  readonly seed: number;
}

export interface TestPicture {
  /** Draws a frame by its number into the slab at `offset`. */
  draw(offset: number, frame: number): void;
  /** What there is to be found in a frame. */
  truth(frame: number): DetectionSet;
  close(): void;
}

export function testPicture(arena: Arena, layout: FrameLayout, colour: VideoColour, options: TestPictureOptions): TestPicture {
  if (options.pattern === 'noise') return noisePicture(arena, layout, options.seed);
  const kernels = kernelsFor(arena);
  const canvas = canvasFor(arena, layout, colour);
  const scene = options.pattern === 'shapes' ? testScene({ ...options, width: layout.width, height: layout.height }) : [];
  const base = arena.allocate(layout.bytes);
  arena.bytes(base.offset, layout.bytes).fill(0);
  paintPattern(options.pattern, canvas, base.offset, layout, options.colour);
  const stamps = scene.map(({ coverage, colour: fill, at }) => {
    const slab = arena.allocate(coverage.pixels.length);
    arena.bytes(slab.offset, coverage.pixels.length).set(coverage.pixels);
    const bitmap = { address: slab.offset, stride: coverage.width, width: coverage.width, height: coverage.height };
    return { slab, bitmap, paint: canvas.paint(fill), at };
  });
  return {
    draw: (offset, frame) => {
      kernels.copy(base.offset, offset, layout.bytes);
      for (const { bitmap, paint, at } of stamps) {
        const { x, y } = at(frame);
        canvas.coverage(offset, x, y, bitmap, paint);
      }
    },
    truth: (frame) => sceneTruth(scene, layout, frame),
    close: () => {
      base.release();
      for (const { slab } of stamps) slab.release();
    },
  };
}

/** Bytes of noise more than a frame has: where a frame's noise begins, it is taken from. */
const SLACK = 65536;

/** Frames cut out of one stretch of noise, each at a place of its own. */
function noisePicture(arena: Arena, { width, height, format, bytes }: FrameLayout, seed: number): TestPicture {
  const kernels = kernelsFor(arena);
  const random = seededRandom(seed);
  const length = bytes + SLACK;
  const slab = arena.allocate(length);
  const words = arena.view('uint32', slab.offset, length >> 2);
  for (let i = 0; i < words.length; i++) words[i] = format === 'RGBA' ? (random() * 2 ** 32) | 0xff000000 : random() * 2 ** 32;
  return {
    draw: (offset, frame) => {
      const place = Math.floor(seededRandom(seed + frame)() * (SLACK / 4)) * 4;
      kernels.copy(slab.offset + place, offset, bytes);
    },
    truth: () => ({ width, height, items: [] }),
    close: () => slab.release(),
  };
}
