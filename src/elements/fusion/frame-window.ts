// A window that moves over the frames of a stream, of which each buffer brings some: which frames are in it, when the first
// begins and the last ends. It holds buffers for as long as a frame of theirs may still be part of an output.
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Microseconds } from '../../core/time/time.ts';

/** Frames of one buffer that are in the window. */
export interface WindowPart {
  readonly buffer: StreamBuffer;
  readonly first: number;
  readonly frames: number;
}

interface Held {
  readonly buffer: StreamBuffer;
  /** A frame of it has been in an output. */
  isUsed: boolean;
}

export class FrameWindow {
  epoch = 0;
  private readonly framesIn: number;
  private readonly framesOut: number;
  private readonly held: Held[] = [];
  /** The window begins at this frame, counted from the first one that is held, or that will be. */
  private offset = 0;
  private discont = false;

  /**
   * @param framesIn Frames in a buffer.
   * @param framesOut Frames in the window.
   */
  constructor(framesIn: number, framesOut: number) {
    this.framesIn = framesIn;
    this.framesOut = framesOut;
  }

  get isFull(): boolean {
    return this.held.length * this.framesIn - this.offset >= this.framesOut;
  }

  get isEmpty(): boolean {
    return this.held.length === 0;
  }

  /** Takes a reference over. */
  add(buffer: StreamBuffer): void {
    if (buffer.discont) this.discont = true;
    this.held.push({ buffer, isUsed: false });
  }

  /** What is in a full window, in order; counts as used from now on. @param use Called for each buffer that has not been used before. */
  parts(use: () => void): WindowPart[] {
    const parts: WindowPart[] = [];
    let first = this.offset;
    let missing = this.framesOut;
    for (const held of this.held) {
      const frames = Math.min(this.framesIn - first, missing);
      if (!held.isUsed) use();
      held.isUsed = true;
      parts.push({ buffer: held.buffer, first, frames });
      first = 0;
      missing -= frames;
      if (missing === 0) break;
    }
    return parts;
  }

  /** Times and marks of a full window. */
  stamp(): { pts: Microseconds; duration: Microseconds | undefined; discont: boolean; corrupt: boolean } {
    const last = this.offset + this.framesOut;
    const index = Math.ceil(last / this.framesIn) - 1;
    const pts = this.timeAt(0, this.offset)!;
    const end = this.timeAt(index, last - index * this.framesIn);
    const { discont } = this;
    this.discont = false;
    return { pts, duration: end === undefined ? undefined : end - pts, discont, corrupt: this.held.slice(0, index + 1).some(isCorrupt) };
  }

  /** Moves on by some frames; gives the buffers that it has left behind without ever having used them, whose references are gone. */
  step(frames: number): readonly StreamBuffer[] {
    this.offset += frames;
    const lost: StreamBuffer[] = [];
    while (this.held.length > 0 && this.offset >= this.framesIn) {
      this.offset -= this.framesIn;
      const { buffer, isUsed } = this.held.shift()!;
      if (!isUsed) lost.push(buffer);
      buffer.release();
    }
    return lost;
  }

  /** Lets go of everything; gives what has never been used. */
  clear(): readonly StreamBuffer[] {
    const lost = this.held.filter(({ isUsed }) => !isUsed).map(({ buffer }) => buffer);
    for (const { buffer } of this.held.splice(0)) buffer.release();
    this.offset = 0;
    if (lost.length > 0) this.discont = true;
    return lost;
  }

  /** When a frame of a buffer begins; that after the last is where the buffer ends. Undefined where it lasts an unknown time. */
  private timeAt(index: number, frame: number): Microseconds | undefined {
    const { pts, duration } = this.held[index]!.buffer;
    if (frame === 0) return pts;
    return duration === undefined ? (frame === this.framesIn ? undefined : pts) : pts + Math.round((duration * frame) / this.framesIn);
  }
}

function isCorrupt({ buffer }: Held): boolean {
  return buffer.corrupt;
}
