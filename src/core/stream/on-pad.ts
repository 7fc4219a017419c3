import type { StreamBuffer } from './buffer.ts';

/** A buffer that a source with several src pads gives, and which of them it leaves by; what names none leaves by the first. */
export class OnPad<V = unknown> {
  readonly pad: string;
  readonly buffer: StreamBuffer<V>;

  constructor(pad: string, buffer: StreamBuffer<V>) {
    this.pad = pad;
    this.buffer = buffer;
  }

  release(): void {
    this.buffer.release();
  }
}
