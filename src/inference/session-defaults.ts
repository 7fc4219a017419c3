import type { SessionOptions } from './backend.ts';

/**
 * Session options we set unless somebody sets them otherwise. Threads that wait for work spin for 200 µs and then sleep: the
 * library's own default burns more than twice the processor time at 30 frames a second for no better latency. With one
 * thread there is nobody to wait for.
 */
export function defaultConfig({ intraOpThreads = 1, interOpThreads = 1 }: SessionOptions): Record<string, string> {
  return {
    ...(intraOpThreads === 1 ? { 'session.intra_op.allow_spinning': '0' } : { 'session.intra_op.spin_duration_us': '200' }),
    ...(interOpThreads === 1 ? { 'session.inter_op.allow_spinning': '0' } : {}),
  };
}
