// What a pipe begins with, and what stands before each buffer in it, as gdpdepay reads them: see gdp-packet.ts.

const HEAD_BYTES = 62;
const NONE = 0xffff_ffff_ffff_ffffn;
const BUFFER = 1;
const CAPS = 2;
const STREAM_START = 0x284e;
const SEGMENT = 0x464e;

const START = 'GstEventStreamStart, stream-id=(string)leat, flags=(GstStreamFlags)GST_STREAM_FLAG_NONE, group-id=(uint)1;';

/** Times that count from 0 and have no end. */
const TIMES =
  'GstEventSegment, segment=(GstSegment)"segment, flags=(GstSegmentFlags)GST_SEGMENT_FLAG_NONE, rate=(double)1, applied-rate=(double)1, ' +
  'format=(GstFormat)time, base=(guint64)0, offset=(guint64)0, start=(guint64)0, stop=(guint64)18446744073709551615, time=(guint64)0, ' +
  'position=(guint64)0, duration=(guint64)18446744073709551615;";';

/** What makes a stream of the buffers that follow: its start, its caps, and how its times are counted. */
export function gdpStream(caps: string): Buffer {
  return Buffer.concat([textPacket(STREAM_START, START), textPacket(CAPS, caps), textPacket(SEGMENT, TIMES)]);
}

/**
 * The head of a buffer.
 *
 * @param pts Nanoseconds.
 * @param duration Nanoseconds, where that is known.
 */
export function gdpBufferHead(length: number, pts: bigint, duration: bigint | undefined): Buffer {
  return head(BUFFER, length, pts, duration);
}

function textPacket(type: number, text: string): Buffer {
  const bytes = Buffer.from(`${text}\0`);
  return Buffer.concat([head(type, bytes.length), bytes]);
}

/** Without check sums, which a pipe needs none of. */
function head(type: number, length: number, pts = NONE, duration = NONE): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes[0] = 1;
  bytes.writeUInt16BE(type, 4);
  bytes.writeUInt32BE(length, 6);
  bytes.writeBigUInt64BE(pts, 10);
  bytes.writeBigUInt64BE(duration, 18);
  bytes.writeBigUInt64BE(NONE, 26);
  bytes.writeBigUInt64BE(NONE, 34);
  return bytes;
}
