// Moving shapes whose place is known at every moment. Each object keeps to a lane of its own, so that none ever hides another,
// and bounces between its ends; where it is follows from the frame's number alone.
import type { Colour } from '../detection/detection-colours.ts';
import type { DetectionSet } from '../detection/detections.ts';
import type { Size } from '../picture/picture-place.ts';
import { seededRandom } from './seeded-random.ts';
import { type Coverage, drawShape, TEST_SHAPES } from './test-shapes.ts';

export interface SceneObject {
  readonly coverage: Coverage;
  readonly colour: Colour;
  readonly classId: number;
  /** Its left and top edge in a frame, in whole pixels. */
  at(frame: number): { readonly x: number; readonly y: number };
}

export interface SceneOptions extends Size {
  readonly objects: number;
  readonly seed: number;
}

const COLOURS: readonly Colour[] = [
  [224, 60, 60],
  [64, 120, 230],
  [70, 190, 90],
  [235, 190, 50],
  [190, 90, 210],
  [60, 200, 210],
  [245, 245, 245],
  [240, 130, 60],
];

/** Pixels a frame, for a picture of 640 columns. */
const [SLOWEST, FASTEST] = [1, 5];

export function testScene({ width, height, objects, seed }: SceneOptions): SceneObject[] {
  const random = seededRandom(seed);
  const between = (low: number, high: number): number => low + random() * (high - low);
  const lane = Math.floor(height / objects);
  const [first, colour] = [Math.floor(random() * TEST_SHAPES.length), Math.floor(random() * COLOURS.length)];
  return Array.from({ length: objects }, (_, index) => {
    const classId = (first + index) % TEST_SHAPES.length;
    const size = Math.max(1, Math.round(Math.min(lane, width / 2) * between(0.6, 0.9)));
    const coverage = drawShape(TEST_SHAPES[classId]!, size);
    const [rangeX, rangeY] = [width - coverage.width, lane - coverage.height];
    const [startX, startY] = [between(0, 2 * rangeX), between(0, 2 * rangeY)];
    const speed = (between(SLOWEST, FASTEST) * width) / 640;
    const rise = between(0.1, 0.6);
    return {
      coverage,
      colour: COLOURS[(colour + index) % COLOURS.length]!,
      classId,
      at: (frame) => ({
        x: Math.round(bounce(startX + speed * frame, rangeX)),
        y: index * lane + Math.round(bounce(startY + rise * frame, rangeY)),
      }),
    };
  });
}

/** What can be seen in a frame. */
export function sceneTruth(scene: readonly SceneObject[], { width, height }: Size, frame: number): DetectionSet {
  const items = scene.map(({ coverage, classId, at }, id) => {
    const { x, y } = at(frame);
    const box = [x, y, x + coverage.width, y + coverage.height] as const;
    return { box, score: 1, classId, label: TEST_SHAPES[classId]!, id };
  });
  return { width, height, items };
}

/** A position that runs on, folded into 0..range. */
function bounce(position: number, range: number): number {
  if (range <= 0) return 0;
  const rest = position % (2 * range);
  return rest < range ? rest : 2 * range - rest;
}
