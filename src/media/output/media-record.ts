// How the values of media types are written for other programs: one line of this table for each that has a format of its own.
import type { z } from 'zod';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import { classificationRecord, classificationRecordOf } from '../detection/classification-record.ts';
import { detectionRecord, detectionRecordOf } from '../detection/detection-record.ts';
import { recordHeadOf } from './record-head.ts';

export interface MediaRecord {
  /** The media type; its schema is `schemas/<media>.schema.json`. */
  readonly media: string;
  readonly schema: z.ZodObject;
  /** What is written of a buffer. */
  of(buffer: StreamBuffer): object;
}

export const mediaRecords: readonly MediaRecord[] = [
  { media: 'detections', schema: detectionRecord, of: (buffer) => detectionRecordOf(buffer as StreamBuffer<never>) },
  { media: 'classifications', schema: classificationRecord, of: (buffer) => classificationRecordOf(buffer as StreamBuffer<never>) },
];

/** What is written of buffers of a media type: its own format, or its value as it is. */
export function recordOf(media: string): MediaRecord['of'] {
  return mediaRecords.find((record) => record.media === media)?.of ?? plainRecord;
}

function plainRecord(buffer: StreamBuffer): object {
  return { ...recordHeadOf(buffer), value: buffer.value ?? null };
}
