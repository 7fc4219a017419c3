import type { Microseconds } from '../time/time.ts';

export interface StreamPosition {
  readonly position: Microseconds;
  /** How long the stream is, where that is known. */
  readonly duration: Microseconds | undefined;
}

/** How far the sources have come, in stream time, where they say so. */
export class StreamPositions {
  private readonly positions = new Map<string, StreamPosition>();

  note(source: string, position: Microseconds, duration: Microseconds | undefined): void {
    this.positions.set(source, { position, duration });
  }

  forget(source: string): void {
    this.positions.delete(source);
  }

  clear(): void {
    this.positions.clear();
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
