import { caps } from '../../src/core/caps/caps.ts';
import { type BufferInit, StreamBuffer } from '../../src/core/stream/buffer.ts';

export const [testCaps] = caps('test');

/** A buffer of a moment, with nothing in it unless that is asked for. */
export function makeBuffer(pts: number, init: Partial<BufferInit> = {}): StreamBuffer {
  return new StreamBuffer({ caps: testCaps, pts, source: 'test', ...init });
}
