// Reads protocol buffers: tags, varints and pieces of bytes, never beyond the end of what it was given.
import { OnnxError } from './onnx-error.ts';

export class WireReader {
  readonly bytes: Uint8Array;
  /** Where the next read begins. */
  offset: number;
  /** Where this message ends. */
  readonly end: number;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.offset >= this.end;
  }

  /** An unsigned varint that fits a number: tags and lengths. */
  size(): number {
    const start = this.offset;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new OnnxError('onnx/malformed', `The number at byte ${start} is longer than 32 bits`);
  }

  /** A signed 64-bit varint: a number where it is exact, else a bigint. */
  int64(): number | bigint {
    const start = this.offset;
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.byte();
      const bits = byte & 0x7f;
      // 28 bits at a time stay exact in a number's 32-bit operations.
      if (index < 4) low |= bits << (7 * index);
      else if (index < 8) high |= bits << (7 * (index - 4));
      else return this.wide(start);
      if (byte < 0x80) {
        const value = (high >>> 0) * 2 ** 28 + low;
        return Number.isSafeInteger(value) ? value : BigInt(high) * 2n ** 28n + BigInt(low);
      }
    }
    return this.wide(start);
  }

  float(): number {
    const start = this.skip(4);
    return this.view.getFloat32(start, true);
  }

  double(): number {
    const start = this.skip(8);
    return this.view.getFloat64(start, true);
  }

  /** A piece with its length before it, not copied. */
  piece(): Uint8Array {
    const length = this.size();
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  /** A reader of the message that follows. */
  message(): WireReader {
    const length = this.size();
    const start = this.skip(length);
    return new WireReader(this.bytes, start, start + length);
  }

  /** Passes over a value of a wire type. */
  pass(wireType: number): void {
    if (wireType === 0) this.int64();
    else if (wireType === 1) this.skip(8);
    else if (wireType === 2) this.skip(this.size());
    else if (wireType === 5) this.skip(4);
    else throw new OnnxError('onnx/malformed', `Wire type ${wireType} before byte ${this.offset} is unknown`);
  }

  /** Moves on by some bytes and says where they began. */
  private skip(count: number): number {
    const start = this.offset;
    if (count > this.end - start) {
      throw new OnnxError('onnx/truncated', `${count} bytes are announced at byte ${start}, but only ${this.end - start} are left`);
    }
    this.offset = start + count;
    return start;
  }

  private byte(): number {
    if (this.offset >= this.end) throw new OnnxError('onnx/truncated', `The file ends at byte ${this.offset} in the middle of a number`);
    return this.bytes[this.offset++]!;
  }

  /** The whole varint again, for the few that need more than 56 bits. */
  private wide(start: number): number | bigint {
    this.offset = start;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        const signed = BigInt.asIntN(64, value);
        return signed >= BigInt(Number.MIN_SAFE_INTEGER) && signed <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(signed) : signed;
      }
    }
    throw new OnnxError('onnx/malformed', `The number at byte ${start} is longer than 64 bits`);
  }
}
