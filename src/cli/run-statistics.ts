import { existsSync, statSync } from 'node:fs';
import type { ElementSummary, GraphError, Pipeline } from '../index.ts';
import { framesOf } from './progress-line.ts';

export type RunOutcome = 'done' | 'failed' | 'interrupted';

/** What `--stats` prints, and what the report is made from. Times are in microseconds. */
export interface RunStatistics {
  readonly version: 1;
  /** The graph file, or `launch string`. */
  readonly graph: string;
  readonly outcome: RunOutcome;
  readonly error?: { readonly code: string; readonly message: string; readonly element?: string } | undefined;
  /** Buffers that left the sources. */
  readonly frames: number;
  readonly fps: number;
  readonly runTime: number;
  /** Stream time of the source that is farthest on against run time, where sources know where they are. */
  readonly realTimeFactor: number | undefined;
  readonly outputs: readonly { readonly element: string; readonly path: string; readonly bytes: number | undefined }[];
  readonly elements: readonly (ElementSummary & { readonly role: 'source' | 'sink' | 'middle' })[];
  /** What elements did that were taken out while it ran. */
  readonly removed?: readonly ElementSummary[] | undefined;
}

export function runStatistics(
  pipeline: Pipeline,
  { title, outcome, error }: { title: string; outcome: RunOutcome; error?: unknown },
): RunStatistics {
  const { runTime, streamTime, elements, removed } = pipeline.summary();
  const frames = framesOf(pipeline);
  return {
    version: 1,
    graph: title,
    outcome,
    error: error === undefined ? undefined : errorOf(error),
    frames,
    fps: runTime > 0 ? (frames * 1e6) / runTime : 0,
    runTime,
    realTimeFactor: streamTime === undefined || runTime === 0 ? undefined : streamTime / runTime,
    outputs: elements
      .flatMap(({ name, notes }) => outputsOf(name, notes['output']))
      .filter(({ path }) => outcome === 'done' || isThere(path)),
    elements: elements.map((summary) => {
      const element = pipeline.elements.get(summary.name)!;
      return { ...summary, role: element.isSource ? 'source' : element.isTerminal ? 'sink' : 'middle' };
    }),
    ...(removed === undefined ? {} : { removed }),
  };
}

function outputsOf(element: string, note: unknown): { element: string; path: string; bytes: number | undefined }[] {
  return [note].flat().flatMap((path) => (typeof path === 'string' && path !== '-' ? [{ element, path, bytes: sizeOf(path) }] : []));
}

/** Whether a run that came to no good end has come to this output; of a pattern of many names nobody knows. */
function isThere(path: string): boolean {
  return /[%{*]/.test(path) || existsSync(path);
}

/** Undefined for what is no file: a pattern of many names, or a device. */
function sizeOf(path: string): number | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() ? stat.size : undefined;
  } catch {
    return undefined;
  }
}

function errorOf(error: unknown): { code: string; message: string; element?: string } {
  const { code, message, element } = Object(error) as Partial<GraphError> & { element?: string };
  return { code: code ?? 'unknown', message: message ?? String(error), ...(element === undefined ? {} : { element }) };
}
