// A line of classifications as it is written for other programs: one JSON object per frame. Its zod declaration is the source of
// schemas/classifications.schema.json.
import { z } from 'zod';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import { recordHead, recordHeadOf, writtenScore } from '../output/record-head.ts';
import type { ClassificationSet } from './classifications.ts';

export const classificationRecord = z
  .strictObject({
    ...recordHead,
    classifications: z
      .array(
        z.strictObject({
          score: z.number().min(0).max(1).meta({ description: 'How certain the model is.' }),
          classId: z.int().min(0).meta({ description: "The class's index in the model's list of labels." }),
          label: z.string().meta({ description: "The class's name." }),
        }),
      )
      .meta({ description: 'The classes the frame may be of, the most certain first.' }),
  })
  .meta({ title: 'Leat classifications', description: 'What one frame is; one such object per line.' });

export type ClassificationRecord = z.output<typeof classificationRecord>;

/** The record of a buffer of classifications. */
export function classificationRecordOf(buffer: StreamBuffer<ClassificationSet>): ClassificationRecord {
  const classifications = buffer.value.items.map(({ score, classId, label }) => ({ score: writtenScore(score), classId, label }));
  return { ...recordHeadOf(buffer), classifications };
}
