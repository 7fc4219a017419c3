import { MICROSECONDS_PER_SECOND, type Microseconds } from '../../core/time/time.ts';
import type { AudioFrame } from '../reader/media-frame.ts';

/** What says that it waited longer tells nothing: somebody has set the clock. */
const MOST = 5 * MICROSECONDS_PER_SECOND;

/** How long a stretch of sound has waited to be taken since its last sample came, at a time of the wall clock, in microseconds since 1970. */
export function sinceItCame(
  { capturedAtUs, durationUs = 0 }: Pick<AudioFrame, 'capturedAtUs' | 'durationUs'>,
  now: Microseconds,
): Microseconds {
  const waited = capturedAtUs === undefined ? 0 : now - capturedAtUs - durationUs;
  return waited > 0 && waited < MOST ? waited : 0;
}
