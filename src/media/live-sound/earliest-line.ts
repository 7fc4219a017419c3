// The line along which something advances that is heard of late, by chance: samples are counted when they come, which is never before
// they have been, and how long after is up to whoever is busy.
//
// Of each second the point that came the earliest stands for it, for the last minute. The line is that edge of the hull under these
// points which lies below their middle. After Moon, Skelly and Towsley, "Estimation and removal of clock skew from network delay
// measurements" (1999): of all lines that nothing comes earlier than, it is nearest to what came.
import { MICROSECONDS_PER_SECOND, type Microseconds } from '../../core/time/time.ts';

const WINDOW = MICROSECONDS_PER_SECOND;
const WINDOWS = 64;

/** What is shorter says more about chance than about the line. */
const LEAST_SPAN = 8 * MICROSECONDS_PER_SECOND;

/** No quartz is so far off. */
const MOST_DRIFT = 0.001;

interface Point {
  readonly x: Microseconds;
  readonly y: Microseconds;
}

export class EarliestLine {
  private points: Point[] = [];
  private windowEnd = 0;
  private slopeNow = 1;
  /** Where the line meets x = 0; undefined without any point. */
  private offset: number | undefined;

  /** By how much y grows with x. */
  get slope(): number {
    return this.slopeNow;
  }

  /** There is none before the first point. */
  get isKnown(): boolean {
    return this.offset !== undefined;
  }

  add(x: Microseconds, y: Microseconds): void {
    const { points, slopeNow: slope } = this;
    const last = points.at(-1);
    if (last === undefined || x >= this.windowEnd) {
      if (points.length === WINDOWS) points.shift();
      this.fit();
      points.push({ x, y });
      this.windowEnd = x + WINDOW;
    } else if (y - slope * x < last.y - slope * last.x) points[points.length - 1] = { x, y };
    this.offset = Math.min(this.offset ?? Number.POSITIVE_INFINITY, y - this.slopeNow * x);
  }

  /** The earliest that `x` can have been at. */
  at(x: Microseconds): Microseconds {
    return this.slopeNow * x + (this.offset ?? 0);
  }

  /** Where the line is at a height. */
  positionAt(y: Microseconds): Microseconds {
    return (y - (this.offset ?? 0)) / this.slopeNow;
  }

  /** Everything is counted anew, as fast as before. */
  restart(): void {
    this.points = [];
    this.offset = undefined;
  }

  private fit(): void {
    const { points } = this;
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return;
    if (last.x - first.x >= LEAST_SPAN) {
      const middle = points.reduce((sum, { x }) => sum + x, 0) / points.length;
      const [from, to] = edgeBelow(points, middle);
      this.slopeNow = 1 + within((to.y - from.y) / (to.x - from.x) - 1, MOST_DRIFT);
    }
    this.offset = Math.min(...points.map(({ x, y }) => y - this.slopeNow * x));
  }
}

/** The edge of the hull under points, which are in order, that is below `middle`. */
function edgeBelow(points: readonly Point[], middle: number): [Point, Point] {
  const hull: Point[] = [];
  for (const point of points) {
    while (hull.length >= 2 && !turnsUp(hull.at(-2)!, hull.at(-1)!, point)) hull.pop();
    hull.push(point);
  }
  const end = Math.max(
    1,
    hull.findIndex(({ x }) => x >= middle),
  );
  return [hull[end - 1]!, hull[end]!];
}

function turnsUp(a: Point, b: Point, c: Point): boolean {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) > 0;
}

/** A number no further from 0 than `most`. */
export function within(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value));
}
