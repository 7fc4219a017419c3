// The format of recordings. A file begins with the 8 bytes `LEATREC1`; then come records, one behind the other:
//
//     u32 length of the body · u32 CRC-32 of the body · body
//     body: u32 length of the header · header, JSON in UTF-8 · the bytes of the slabs, one behind the other
//
// All numbers are little endian. A header has a `type`: `caps`, `buffer`, `gap`, `stream-start`, `segment`, `source-end`, `eos`,
// or `full` where the recording ends early since it had no more room. `at` is when it came, in microseconds of the pipeline's clock
// since the recording began; of what is replayed, when it came while it was recorded; of caps and ends, when what was before
// them came. A record that breaks off, or whose CRC is wrong, is the end of what can be read: that of a process that was killed.
//
// In values, meta and caps the following stand as objects with one member: a place of a tensor `{ "$view": [slab, offset,
// dtype, shape] }`, a slab `{ "$slab": index }`, a typed array `{ "$bytes": [kind, base64] }`, a bigint `{ "$big": text }`, a
// number that JSON lacks `{ "$number": text }`.
import { crc32 } from 'node:zlib';
import type { FixedCaps } from '../../core/caps/caps.ts';
import type { BufferMeta } from '../../core/stream/buffer.ts';
import type { PartGap, SourceEvent } from '../../core/stream/event.ts';

export const MAGIC = 'LEATREC1';
/** Bytes before the body of a record. */
export const RECORD_HEAD = 8;
/** No body is larger: what says so is damaged. */
export const MAX_BODY = 2 ** 30;

export interface RecordedBuffer {
  readonly type: 'buffer';
  readonly at: number;
  readonly pts: number;
  readonly duration?: number;
  readonly source: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly discont?: true;
  readonly corrupt?: true;
  /** Payload as queues count it. */
  readonly bytes: number;
  /** Lengths of what was kept of each slab. */
  readonly slabs: readonly number[];
  readonly value?: unknown;
  readonly meta?: BufferMeta;
}

export type RecordHeader =
  | { readonly type: 'caps'; readonly at: number; readonly caps: FixedCaps }
  | RecordedBuffer
  | {
      readonly type: 'gap';
      readonly at: number;
      readonly pts: number;
      readonly duration: number;
      readonly source: string;
      readonly epoch: number;
      /** Of several streams that travel as one. */
      readonly parts?: readonly PartGap[];
    }
  | (SourceEvent & { readonly at: number })
  | { readonly type: 'eos' | 'full'; readonly at: number };

/** A record as it stands in the file. */
export function encodeRecord(header: unknown, slabs: readonly Uint8Array[] = []): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = slabs.reduce((sum, { byteLength }) => sum + byteLength, 4 + text.length);
  const record = Buffer.allocUnsafe(RECORD_HEAD + length);
  record.writeUInt32LE(length, 0);
  record.writeUInt32LE(text.length, RECORD_HEAD);
  text.copy(record, RECORD_HEAD + 4);
  let at = RECORD_HEAD + 4 + text.length;
  for (const slab of slabs) {
    record.set(slab, at);
    at += slab.byteLength;
  }
  record.writeUInt32LE(crc32(record.subarray(RECORD_HEAD)), 4);
  return record;
}

/** What a body holds; undefined when it is damaged. */
export function decodeBody(body: Buffer, crc: number): { header: RecordHeader; slabs: readonly Buffer[] } | undefined {
  if (body.length < 4 || crc32(body) !== crc) return undefined;
  const end = 4 + body.readUInt32LE(0);
  const header = headerOf(body.toString('utf8', 4, end));
  if (header === undefined) return undefined;
  const lengths: readonly number[] = header.type === 'buffer' ? header.slabs : [];
  if (lengths.reduce((sum, length) => sum + length, end) !== body.length) return undefined;
  let at = end;
  const slabs = lengths.map((length) => {
    at += length;
    return body.subarray(at - length, at);
  });
  return { header, slabs };
}

/** A checksum says only that a record is as it was written, not that it was written by us. */
function headerOf(text: string): RecordHeader | undefined {
  try {
    const header = JSON.parse(text) as RecordHeader | null;
    const isOurs = typeof header?.type === 'string' && typeof header.at === 'number';
    return isOurs && (header.type !== 'buffer' || Array.isArray(header.slabs)) ? header : undefined;
  } catch {
    return undefined;
  }
}
