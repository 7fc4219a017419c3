import { spawnSync } from 'node:child_process';
import type { Context } from 'mocha';

/** Skips a test where GStreamer is not installed. */
export function needsGstreamer(test: Context): void {
  if (spawnSync('gst-launch-1.0', ['--version']).error === undefined) return;
  console.log('      (no gst-launch-1.0 in the PATH)');
  test.skip();
}
