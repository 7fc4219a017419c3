// The shapes that test pictures show: the classes of the bundled detector, in its order. Drawn once, as coverage.

export const TEST_SHAPES = ['circle', 'square', 'triangle', 'star', 'cross', 'ring'] as const;

export type TestShape = (typeof TEST_SHAPES)[number];

export interface Coverage {
  /** Pixels; the shape touches all four sides. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** 0..255, rows of `width` bytes. */
  readonly pixels: Uint8Array;
}

/** Samples along each side of a pixel. */
const SAMPLES = 4;

/** Whether a point lies in a shape that fills the square from −1 to 1, y downwards. */
const INSIDE: Record<TestShape, (x: number, y: number) => boolean> = {
  circle: (x, y) => x * x + y * y <= 1,
  square: () => true,
  triangle: (x, y) => Math.abs(x) <= (y + 1) / 2,
  star: (x, y) => insideStar(x, y),
  cross: (x, y) => Math.abs(x) <= 0.33 || Math.abs(y) <= 0.33,
  ring: (x, y) => x * x + y * y <= 1 && x * x + y * y >= 0.36,
};

/** Radius of the points between a star's tips. */
const INNER = 0.44;

function insideStar(x: number, y: number): boolean {
  const tenth = Math.PI / 5;
  // Folded onto the half of one tip, whose edge runs from the tip to the inner point.
  const angle = Math.abs(((Math.atan2(x, -y) + 11 * tenth) % (2 * tenth)) - tenth);
  const radius = Math.hypot(x, y);
  const [px, py] = [radius * Math.cos(angle), radius * Math.sin(angle)];
  const [ix, iy] = [INNER * Math.cos(tenth), INNER * Math.sin(tenth)];
  return (1 - ix) * py <= iy * (1 - px);
}

/** A shape inside a square of `size` pixels, cut to what it covers. */
export function drawShape(shape: TestShape, size: number): Coverage {
  const inside = INSIDE[shape];
  const whole = new Uint8Array(size * size);
  const at = (index: number): number => ((index + 0.5) / SAMPLES / size) * 2 - 1;
  for (let y = 0; y < size * SAMPLES; y++) {
    const row = Math.floor(y / SAMPLES) * size;
    // 255 is shared out among 16 samples as 15 each and 15 left over.
    for (let x = 0; x < size * SAMPLES; x++) if (inside(at(x), at(y))) whole[row + Math.floor(x / SAMPLES)]! += 15;
  }
  return trim(whole, size);
}

function trim(whole: Uint8Array, size: number): Coverage {
  const covered = Array.from(whole.entries()).filter(([, value]) => value > 0);
  const columns = covered.map(([index]) => index % size);
  const [left, right] = [columns.reduce((a, b) => Math.min(a, b)), columns.reduce((a, b) => Math.max(a, b))];
  const [top, bottom] = [Math.floor(covered[0]![0] / size), Math.floor(covered.at(-1)![0] / size)];
  const [width, height] = [right - left + 1, bottom - top + 1];
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * size + left;
    for (let x = 0; x < width; x++) pixels[y * width + x] = Math.round((whole[from + x]! * 255) / 240);
  }
  return { width, height, pixels };
}
