import type { Context } from 'mocha';
import { loadSuperficial } from '../../src/media/gstreamer-binding/superficial.ts';

/** Skips a test where GStreamer does not run in this process. */
export function needsSuperficial(test: Context): void {
  try {
    loadSuperficial();
  } catch (error) {
    console.log(`      (${(error as Error).message})`);
    test.skip();
  }
}
