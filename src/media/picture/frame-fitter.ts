// Brings frames of one size, format and colour to another: letterboxed in black, for those who cannot follow a change.
import type { Arena } from '../../memory/arena.ts';
import { kernelsFor } from '../../memory/kernels.ts';
import type { FrameLayout } from '../frame-layout.ts';
import type { VideoColour } from '../video/video-stream-info.ts';
import { placePicture } from './picture-place.ts';

export interface FrameShape {
  readonly layout: FrameLayout;
  readonly colour: VideoColour;
}

export interface FrameFitter {
  /** Carries the frame at `source` over to `target`, both in bytes from the arena's start. */
  fit(source: number, target: number): void;
  close(): void;
}

export function isSameShape(one: FrameShape, other: FrameShape): boolean {
  const [a, b] = [one.layout, other.layout];
  if (a.format !== b.format || a.width !== b.width || a.height !== b.height) return false;
  return one.colour.matrix === other.colour.matrix && one.colour.range === other.colour.range;
}

export function frameFitter(arena: Arena, from: FrameShape, to: FrameShape): FrameFitter {
  const { from: crop, to: place } = placePicture(from.layout, to.layout, { fit: 'letterbox', anchor: 'center' });
  const plan = kernelsFor(arena).plan({
    source: { ...from.layout, ...from.colour },
    crop,
    target: { kind: 'frame', ...to.layout, ...to.colour },
    place,
  });
  return { fit: (source, target) => plan.run(source, target), close: () => plan.close() };
}
