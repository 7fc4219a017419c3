// All that a page is made from.
import type { Summary } from '../core/counts/histogram.ts';
import type { PipelineSummary } from '../core/counts/summary.ts';
import type { Microseconds } from '../core/time/time.ts';
import type { ClassTimeline } from './class-timeline.ts';
import type { FramePicture } from './frame-gallery.ts';
import type { LatencyBin } from './latency-bins.ts';
import type { RunRecord } from './run-record.ts';
import type { StreamRecord } from './stream-record.ts';

export interface Report {
  readonly title: string;
  readonly summary: PipelineSummary;
  /** Buffers that left the sources. */
  readonly frames: number;
  /** How far the source that is farthest on has come; where none says so, from the first to the end of the last moment that was seen. */
  readonly streamSpan: Microseconds;
  readonly sources: readonly string[];
  /** The same sources, and what is known of them, in the order of their elements. */
  readonly streams: readonly StreamRecord[];
  readonly hasVideo: boolean;
  readonly hasDetections: boolean;
  readonly timeline: ClassTimeline;
  readonly latency: { readonly summary: Summary; readonly bins: readonly LatencyBin[] };
  readonly pictures: readonly FramePicture[];
}

export interface ReportParts {
  readonly title: string;
  readonly summary: PipelineSummary;
  readonly record: RunRecord;
  readonly pictures: readonly FramePicture[];
}

export function makeReport({ title, summary, record, pictures }: ReportParts): Report {
  const { span, timeline, latency, hasVideo, hasDetections } = record;
  const order = new Map(summary.elements.map(({ name }, index) => [name, index]));
  const streams = [...record.streams.values()].sort((a, b) => (order.get(a.source) ?? 0) - (order.get(b.source) ?? 0));
  return {
    title,
    summary,
    frames: framesOf(summary, record.streams),
    streamSpan: summary.streamTime ?? (span === undefined ? 0 : span.to - span.from),
    sources: streams.map(({ source }) => source),
    streams,
    hasVideo,
    hasDetections,
    timeline,
    latency,
    pictures,
  };
}

/** What left the sources that were seen here; where none was seen, the first element, which is a source. */
function framesOf({ elements }: PipelineSummary, sources: ReadonlyMap<string, unknown>): number {
  const seen = elements.filter(({ name }) => sources.has(name));
  return (seen.length > 0 ? seen : elements.slice(0, 1)).reduce((sum, { handled }) => sum + handled, 0);
}
