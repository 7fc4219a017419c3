// What a report learns while the graph runs; all of it in a fixed amount of memory.
import type { StreamBuffer } from '../core/buffer.ts';
import { Histogram, type Summary } from '../core/histogram.ts';
import type { Microseconds } from '../core/time.ts';
import type { DetectionSet } from '../media/detections.ts';
import { ClassTimeline } from './class-timeline.ts';
import { FramePicks, type SmallFrame } from './frame-picks.ts';
import { type LatencyBin, LatencyBins } from './latency-bins.ts';

/** Sources that are told apart. */
const SOURCES = 64;

export interface RunRecordOptions {
  readonly hasVideo: boolean;
  readonly hasDetections: boolean;
}

export class RunRecord {
  readonly timeline = new ClassTimeline();
  readonly picks: FramePicks;
  readonly sources = new Set<string>();
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
    this.note(buffer);
    // Where there are detections, it is they that are waited for.
    if (!this.hasDetections) this.measure(now - buffer.bornAt);
    this.picks.addFrame(buffer, shrink);
  }

  addDetections(buffer: StreamBuffer<DetectionSet>, now: Microseconds): void {
    this.note(buffer);
    this.measure(now - buffer.bornAt);
    this.timeline.add(buffer.pts, buffer.value.items);
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

  private note({ source, pts, duration }: StreamBuffer): void {
    this.from = Math.min(this.from, pts);
    this.to = Math.max(this.to, pts + (duration ?? 0));
    if (this.sources.size < SOURCES) this.sources.add(source);
  }

  private measure(span: Microseconds): void {
    this.bins.add(span);
    this.histogram.add(span);
  }
}
