// What a report learns while the graph runs; all of it in a fixed amount of memory.

import { Histogram, type Summary } from '../core/counts/histogram.ts';
import type { StreamBuffer } from '../core/stream/buffer.ts';
import type { Microseconds } from '../core/time/time.ts';
import type { DetectionSet } from '../media/detection/detections.ts';
import { ClassTimeline } from './class-timeline.ts';
import { FramePicks, type SmallFrame } from './frame-picks.ts';
import { type LatencyBin, LatencyBins } from './latency-bins.ts';
import { StreamRecord } from './stream-record.ts';

/** Streams that are told apart. */
const STREAMS = 64;

export interface RunRecordOptions {
  readonly hasVideo: boolean;
  readonly hasDetections: boolean;
}

export class RunRecord {
  readonly timeline = new ClassTimeline();
  readonly picks: FramePicks;
  readonly streams = new Map<string, StreamRecord>();
  readonly hasVideo: boolean;
  readonly hasDetections: boolean;
  private readonly bins = new LatencyBins();
  private readonly histogram = new Histogram();
  private from = Number.POSITIVE_INFINITY;
  private to = Number.NEGATIVE_INFINITY;

  constructor({ hasVideo, hasDetections }: RunRecordOptions) {
    this.hasVideo = hasVideo;
    this.hasDetections = hasDetections;
    this.picks = new FramePicks({ expectsSets: hasDetections });
  }

  addFrame(buffer: StreamBuffer, now: Microseconds, shrink: () => SmallFrame): void {
    const stream = this.note(buffer);
    if (stream !== undefined) stream.frames++;
    // Where there are detections, it is they that are waited for.
    if (!this.hasDetections) this.measure(stream, now - buffer.bornAt);
    this.picks.addFrame(buffer, shrink);
  }

  addDetections(buffer: StreamBuffer<DetectionSet>, now: Microseconds): void {
    const stream = this.note(buffer);
    const { items } = buffer.value;
    if (stream !== undefined) {
      stream.results++;
      stream.objects += items.length;
    }
    this.measure(stream, now - buffer.bornAt);
    this.timeline.add(buffer.pts, items);
    if (this.hasVideo) this.picks.addSet(buffer, buffer.value);
  }

  /** From the earliest to the latest moment of the stream; undefined where nothing has come. */
  get span(): { readonly from: Microseconds; readonly to: Microseconds } | undefined {
    return this.from <= this.to ? { from: this.from, to: this.to } : undefined;
  }

  /** From entering the graph to arriving here. */
  get latency(): { readonly summary: Summary; readonly bins: readonly LatencyBin[] } {
    return { summary: this.histogram.summary, bins: this.bins.bins };
  }

  close(): void {
    this.picks.close();
  }

  /** Takes note of the stream, as long as there are not too many. */
  private note(buffer: StreamBuffer): StreamRecord | undefined {
    const { source, pts, duration } = buffer;
    this.from = Math.min(this.from, pts);
    this.to = Math.max(this.to, pts + (duration ?? 0));
    let stream = this.streams.get(source);
    if (stream === undefined && this.streams.size < STREAMS) {
      stream = new StreamRecord(source);
      this.streams.set(source, stream);
    }
    stream?.add(buffer);
    return stream;
  }

  private measure(stream: StreamRecord | undefined, span: Microseconds): void {
    this.bins.add(span);
    this.histogram.add(span);
    stream?.measure(span);
  }
}
