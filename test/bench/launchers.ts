// The command lines that are measured: both sides go through their own launcher, as users do.
import { fileURLToPath } from 'node:url';
import { versionOf } from './timed-process.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a graph: a launch string, or the path of a file and its arguments. */
export function leat(graph: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, `${root}bin/leat.cjs`, 'run', '--quiet', graph, ...args];
}

export const gstreamer = {
  /** `GStreamer 1.22.0`, or undefined where it is not installed. */
  version: (): string | undefined => versionOf('gst-launch-1.0', '--version')?.replace(/^.*version /, 'GStreamer '),
  missing: 'GStreamer is not installed (gst-launch-1.0 of gstreamer1.0-tools)',
  launch: (line: string): readonly string[] => ['gst-launch-1.0', '-q', ...line.split(' ')],
} as const;
