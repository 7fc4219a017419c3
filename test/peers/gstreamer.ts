import { spawnSync } from 'node:child_process';
import type { Context } from 'mocha';

/** Skips a test where GStreamer, or what is needed of its plugins, is not installed. */
export function needsGstreamer(test: Context): void {
  const program = process.env.GST_LAUNCH || 'gst-launch-1.0';
  const lacks = (element: string): boolean => spawnSync('gst-inspect-1.0', ['--exists', element]).status !== 0;
  const reason =
    spawnSync(program, ['--version']).error !== undefined
      ? `no ${program} in the PATH`
      : ['gdppay', 'audiobuffersplit', 'videotestsrc', 'audiotestsrc'].some(lacks)
        ? "GStreamer's base or bad plugins are not installed"
        : undefined;
  if (reason === undefined) return;
  console.log(`      (${reason})`);
  test.skip();
}

/** Skips a test where elements of GStreamer's are not installed. */
export function needsElements(test: Context, ...elements: readonly string[]): void {
  const lacking = elements.filter((element) => spawnSync('gst-inspect-1.0', ['--exists', element]).status !== 0);
  if (lacking.length === 0) return;
  console.log(`      (GStreamer's ${lacking.join(' and ')} is not installed)`);
  test.skip();
}
