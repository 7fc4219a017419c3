import type { FixedCaps } from '../../core/caps/caps.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import { encodeValue, extentsOf } from './recorded-value.ts';
import { encodeRecord } from './recording-format.ts';

/** The record of caps. */
export function recordCaps(caps: FixedCaps, at: number): Buffer {
  return encodeRecord({ type: 'caps', at, caps: encodeValue(caps, [], []) });
}

/** The record of a buffer that came at a time; a copy of its payload. @throws MediaError `media/not-plain` */
export function recordBuffer(buffer: StreamBuffer, at: number): Buffer {
  const {
    slabs,
    pts,
    duration,
    source,
    epoch,
    sequence,
    discont,
    corrupt,
    bytes,
    value,
    meta: { recordedAt: _, ...meta },
  } = buffer;
  const extents = extentsOf(value, slabs, bytes);
  const starts = extents.map(({ start }) => start);
  const header = {
    type: 'buffer',
    at,
    pts,
    duration,
    source,
    epoch,
    sequence,
    ...(discont ? { discont } : {}),
    ...(corrupt ? { corrupt } : {}),
    bytes,
    slabs: extents.map(({ length }) => length),
    value: encodeValue(value, slabs, starts),
    ...(Object.keys(meta).length === 0 ? {} : { meta: encodeValue(meta, slabs, starts) }),
  };
  return encodeRecord(
    header,
    slabs.map(({ arena, offset }, index) => arena.bytes(offset + starts[index]!, extents[index]!.length)),
  );
}
