// What a report learns of each stream, in a fixed amount of memory.

import { Histogram, type Summary } from '../core/counts/histogram.ts';
import type { StreamBuffer } from '../core/stream/buffer.ts';
import type { Microseconds } from '../core/time/time.ts';

export class StreamRecord {
  readonly source: string;
  /** Frames and results that have come to the report. */
  frames = 0;
  results = 0;
  objects = 0;
  private readonly latencies = new Histogram();
  private from = Number.POSITIVE_INFINITY;
  private to = Number.NEGATIVE_INFINITY;

  constructor(source: string) {
    this.source = source;
  }

  /** From its first to the end of its last moment. */
  get span(): Microseconds {
    return Math.max(0, this.to - this.from);
  }

  /** From entering the graph to arriving at the report. */
  get latency(): Summary {
    return this.latencies.summary;
  }

  add({ pts, duration = 0 }: StreamBuffer): void {
    this.from = Math.min(this.from, pts);
    this.to = Math.max(this.to, pts + duration);
  }

  measure(span: Microseconds): void {
    this.latencies.add(span);
  }
}
