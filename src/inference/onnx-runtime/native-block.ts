import type { OnnxRuntime } from './api.ts';

/** A piece of memory that never moves, for what native code reads and writes: pointers, counts, texts. */
export class NativeBlock {
  readonly bytes: Uint8Array;
  /** The same memory as 64-bit words. */
  readonly words: BigInt64Array;
  readonly address: bigint;

  constructor(runtime: Pick<OnnxRuntime, 'address'>, bytes: number) {
    // Small typed arrays lie on the JavaScript heap and may be moved; shared memory stays.
    const memory = new SharedArrayBuffer(Math.max(64, Math.ceil(bytes / 8) * 8));
    this.bytes = new Uint8Array(memory);
    this.words = new BigInt64Array(memory);
    this.address = runtime.address(this.bytes);
  }

  /** The address of a word. */
  at(index: number): bigint {
    return this.address + BigInt(index * 8);
  }
}

/** Texts as C wants them: an array of pointers, and behind it what they point to. */
export function nativeTexts(runtime: Pick<OnnxRuntime, 'address'>, texts: readonly string[]): NativeBlock {
  const encoded = texts.map((text) => new TextEncoder().encode(`${text}\0`));
  const block = new NativeBlock(
    runtime,
    encoded.reduce((sum, { length }) => sum + length, texts.length * 8),
  );
  let end = texts.length * 8;
  for (const [index, bytes] of encoded.entries()) {
    block.words[index] = block.address + BigInt(end);
    block.bytes.set(bytes, end);
    end += bytes.length;
  }
  return block;
}

/** A file's path as the library wants it on this system. */
export function nativePath(runtime: Pick<OnnxRuntime, 'address'>, path: string): NativeBlock {
  const encoded = process.platform === 'win32' ? Buffer.from(`${path}\0`, 'utf16le') : Buffer.from(`${path}\0`);
  const block = new NativeBlock(runtime, encoded.length);
  block.bytes.set(encoded);
  return block;
}
