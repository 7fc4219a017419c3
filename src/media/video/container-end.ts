// Whether a media file ends where its container says it does. FFmpeg reads a file that breaks off like one that ends, so the
// sizes that MP4, Matroska, AVI and MPEG-TS state themselves are compared with the file's.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

type Read = (offset: number, length: number) => Buffer;

/** What is missing at the end of a file, as half a sentence; nothing when the file is whole or its container does not tell. */
export function missingEnd(path: string): string | undefined {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const read: Read = (offset, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
    };
    const head = read(0, 12);
    if (['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip'].includes(head.toString('latin1', 4, 8))) return missingBoxes(read, size);
    if (head.length >= 4 && head.readUInt32BE(0) === EBML) return missingSegment(read, size);
    if (head.toString('latin1', 0, 4) === 'RIFF') return missingChunks(read, size);
    if (head[0] === TS_SYNC && read(TS_PACKET, 1)[0] === TS_SYNC && size % TS_PACKET !== 0) return 'its last transport packet is cut off';
    return undefined;
  } finally {
    closeSync(file);
  }
}

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const TS_SYNC = 0x47;
const TS_PACKET = 188;

const lacking = (name: string, bytes: number): string => `its ${name} lacks its last ${bytes} bytes`;

/** MP4 and MOV: boxes of stated sizes, one after another; one must be the index (`moov`) and one the data (`mdat`). */
function missingBoxes(read: Read, size: number): string | undefined {
  const seen = new Set<string>();
  for (let offset = 0; offset < size; ) {
    const head = read(offset, 16);
    if (head.length < 8) return 'its last box is cut off';
    const name = head.toString('latin1', 4, 8);
    const short = head.readUInt32BE(0);
    if (short === 1 && head.length < 16) return 'its last box is cut off';
    const length = short === 0 ? size - offset : short === 1 ? Number(head.readBigUInt64BE(8)) : short;
    if (length < 8) return undefined;
    if (offset + length > size) return seen.has('moov') ? lacking(`${name} box`, offset + length - size) : missingIndex(name);
    seen.add(name);
    offset += length;
  }
  if (!seen.has('moov')) return missingIndex('');
  return seen.has('mdat') ? undefined : 'it has an index but no data';
}

function missingIndex(cut: string): string {
  if (cut === 'moov') return 'its index (moov box) is cut off';
  return `it has no index (moov box), which a recorder writes last${cut === '' ? '' : `, and its ${cut} box is cut off`}`;
}

/** Matroska and WebM: a header, then one segment of a stated size; a live recording states none. */
function missingSegment(read: Read, size: number): string | undefined {
  let offset = 0;
  for (let i = 0; i < 8 && offset < size; i++) {
    const head = read(offset, 12);
    if (head.length < 5) return 'its head is cut off';
    const id = head.readUInt32BE(0);
    const idBytes = Math.clz32(head[0]!) - 23;
    const { value, bytes } = variableInteger(head.subarray(idBytes));
    if (value === undefined) return undefined;
    const end = offset + idBytes + bytes + value;
    if (end > size) return lacking('segment', end - size);
    if (id === SEGMENT) return undefined;
    offset = end;
  }
  return 'its segment is missing';
}

/** EBML's integer: leading zero bits count the bytes that follow; all ones means unknown. */
function variableInteger(bytes: Buffer): { value: number | undefined; bytes: number } {
  const length = Math.clz32(bytes[0] ?? 0) - 23;
  if (length > 8 || bytes.length < length) return { value: undefined, bytes: length };
  let value = bytes[0]! & (0xff >> length);
  let ones = value === 0xff >> length;
  for (let i = 1; i < length; i++) {
    value = value * 256 + bytes[i]!;
    ones &&= bytes[i] === 0xff;
  }
  return { value: ones ? undefined : value, bytes: length };
}

/** AVI: one RIFF chunk of a stated size, and more of them in files above 1 GiB. */
function missingChunks(read: Read, size: number): string | undefined {
  for (let offset = 0; offset < size; ) {
    const head = read(offset, 8);
    if (head.length < 8) return 'its last chunk is cut off';
    if (head.toString('latin1', 0, 4) !== 'RIFF') return undefined;
    const length = head.readUInt32LE(4);
    if (length === 0) return 'its recorder never ended it';
    const end = offset + 8 + length + (length & 1);
    if (end - (length & 1) > size) return lacking('RIFF chunk', end - size);
    offset = end;
  }
  return undefined;
}
