import type { Microseconds } from '../time/time.ts';

export interface StreamPosition {
  readonly position: Microseconds;
  /** How long the stream is, where that is known. */
  readonly duration: Microseconds | undefined;
}

/** How far the sources have come, in stream time, where they say so. */
export class StreamPositions {
  private readonly positions = new Map<string, StreamPosition>();
  private most: Microseconds | undefined;

  note(source: string, position: Microseconds, duration: Microseconds | undefined): void {
    if (position > (this.most ?? -1)) this.most = position;
    this.positions.set(source, { position, duration });
  }

  forget(source: string): void {
    this.positions.delete(source);
  }

  clear(): void {
    this.positions.clear();
    this.most = undefined;
  }

  get all(): ReadonlyMap<string, StreamPosition> {
    return this.positions;
  }

  /** How far any source has come, those that are gone by now too. */
  get farthest(): Microseconds | undefined {
    return this.most;
  }

  /** That of the source that is farthest behind. */
  get least(): StreamPosition | undefined {
    let least: StreamPosition | undefined;
    for (const one of this.positions.values()) if (least === undefined || one.position < least.position) least = one;
    return least;
  }

  /** How long the longest of the streams is. */
  get duration(): Microseconds | undefined {
    let longest: Microseconds | undefined;
    for (const { duration } of this.positions.values()) if (duration !== undefined && duration > (longest ?? -1)) longest = duration;
    return longest;
  }
}
