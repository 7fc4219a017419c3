// The times of frames, which FFmpeg's `metadata` filter prints line by line: `frame:0    pts:0       pts_time:0`. With the time base
// set to microseconds `pts` is exact, where `pts_time` has six digits only.

export class FrameTimes {
  private rest = '';
  private readonly times: number[] = [];

  /** Takes a piece of what was printed. */
  push(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) {
      const time = /^frame:\d+\s+pts:(-?\d+)/.exec(line)?.[1];
      if (time !== undefined) this.times.push(Number(time));
    }
  }

  /** The time of the next frame, once it is known. */
  shift(): number | undefined {
    return this.times.shift();
  }

  get known(): number {
    return this.times.length;
  }
}
