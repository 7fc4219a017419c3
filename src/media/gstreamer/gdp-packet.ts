// GStreamer's Data Protocol: what gdppay writes into a pipe. A head of 62 bytes, then a buffer's bytes, or caps or an event as text.
import type { PipeBytes } from '../child/pipe-bytes.ts';

const HEAD_BYTES = 62;
const NONE = 0xffff_ffff_ffff_ffffn;
const FLAG_CORRUPT = 1 << 8;
const FLAG_DISCONT = 1 << 6;

export interface GdpHead {
  readonly kind: 'buffer' | 'caps' | 'event';
  /** Bytes that follow. */
  readonly length: number;
  /** Nanoseconds, as of the segment. */
  readonly pts: bigint | undefined;
  readonly duration: bigint | undefined;
  readonly corrupt: boolean;
  readonly discont: boolean;
}

/** The next packet's head; undefined at the end of the pipe. */
export async function readGdpHead(pipe: PipeBytes): Promise<GdpHead | undefined> {
  const head = Buffer.alloc(HEAD_BYTES);
  if ((await pipe.read(HEAD_BYTES, (piece, at) => head.set(piece, at))) < HEAD_BYTES) return undefined;
  const type = head.readUInt16BE(4);
  const flags = head.readUInt16BE(42);
  const time = (at: number): bigint | undefined => {
    const value = head.readBigUInt64BE(at);
    return value === NONE ? undefined : value;
  };
  return {
    kind: type === 1 ? 'buffer' : type === 2 ? 'caps' : 'event',
    length: head.readUInt32BE(6),
    pts: time(10),
    duration: time(18),
    corrupt: (flags & FLAG_CORRUPT) !== 0,
    discont: (flags & FLAG_DISCONT) !== 0,
  };
}

/** The text of caps, or of an event. */
export async function readGdpText(pipe: PipeBytes, { length }: GdpHead): Promise<string> {
  const bytes = Buffer.alloc(length);
  if (length > 0) await pipe.read(length, (piece, at) => bytes.set(piece, at));
  return bytes.toString('utf8').replace(/\0+$/, '');
}

/** A field of caps, or of an event, without its type. */
export function gdpField(text: string, name: string): string | undefined {
  return new RegExp(`(?:^|[\\s,"(])${name}=\\(\\w+\\)"?([^,;"]+)`).exec(text)?.[1];
}
