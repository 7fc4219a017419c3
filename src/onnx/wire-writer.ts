// Writes protocol buffers as a list of pieces, so that weights are passed on and never copied.

// A piece of at least this many bytes is passed on as it is.
const BORROW_BYTES = 4096;

export class WireWriter {
  /** Bytes written so far. */
  length = 0;
  private readonly pieces: Uint8Array[] = [];
  private buffer = new Uint8Array(256);
  private used = 0;

  /** An unsigned varint that fits a number exactly. */
  size(value: number): void {
    this.room(10);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.used++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.used++] = rest;
  }

  int64(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0) {
      this.size(value);
      return;
    }
    this.room(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 0x80n) {
      this.buffer[this.used++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.used++] = Number(rest);
  }

  tag(field: number, wireType: number): void {
    this.size(field * 8 + wireType);
  }

  float(value: number): void {
    this.room(4);
    new DataView(this.buffer.buffer).setFloat32(this.used, value, true);
    this.used += 4;
  }

  double(value: number): void {
    this.room(8);
    new DataView(this.buffer.buffer).setFloat64(this.used, value, true);
    this.used += 8;
  }

  bytes(bytes: Uint8Array): void {
    if (bytes.length >= BORROW_BYTES) {
      this.flush();
      this.pieces.push(bytes);
      this.length += bytes.length;
      return;
    }
    this.room(bytes.length);
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }

  /** What another writer wrote, with its length before it. */
  message(inner: WireWriter): void {
    const pieces = inner.finish();
    this.size(inner.length);
    for (const piece of pieces) this.bytes(piece);
  }

  /** Everything written, in order. */
  finish(): readonly Uint8Array[] {
    this.flush();
    return this.pieces;
  }

  private flush(): void {
    if (this.used === 0) return;
    this.pieces.push(this.buffer.slice(0, this.used));
    this.length += this.used;
    this.used = 0;
  }

  private room(count: number): void {
    if (this.used + count <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.used + count));
    grown.set(this.buffer.subarray(0, this.used));
    this.buffer = grown;
  }
}
