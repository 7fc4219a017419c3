// A line of detections as it is written for other programs: one JSON object per frame. Its zod declaration is the source of
// schemas/detections.schema.json.
import { z } from 'zod';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import { recordHead, recordHeadOf, writtenScore } from '../output/record-head.ts';
import type { DetectionSet } from './detections.ts';

const position = z.number().meta({ description: 'Pixels of the source frame.' });

const writtenClass = z.strictObject({
  classId: z.int().min(0).meta({ description: "The class's index in the second model's list of labels." }),
  label: z.string().meta({ description: "The class's name." }),
  score: z.number().min(0).max(1).meta({ description: 'How certain the second model is.' }),
});

export const detectionRecord = z
  .strictObject({
    ...recordHead,
    width: z.int().min(1).meta({ description: 'Width of the source frame in pixels.' }),
    height: z.int().min(1).meta({ description: 'Height of the source frame in pixels.' }),
    detections: z
      .array(
        z.strictObject({
          box: z
            .tuple([position, position, position, position])
            .meta({ description: 'Left, top, right and bottom edge, to a hundredth of a pixel; right and bottom are just outside.' }),
          score: z.number().min(0).max(1).meta({ description: 'How certain the model is.' }),
          classId: z.int().min(0).meta({ description: "The class's index in the model's list of labels." }),
          label: z.string().meta({ description: "The class's name." }),
          id: z.int().min(0).optional().meta({ description: 'The object, the same from frame to frame; unique within source and epoch.' }),
          classes: z
            .array(writtenClass)
            .optional()
            .meta({ description: 'What a second model takes it for, the most certain first; left out where none has looked.' }),
        }),
      )
      .meta({ description: 'The objects in the frame, the most certain first.' }),
  })
  .meta({ title: 'Leat detections', description: 'The objects found in one frame; one such object per line.' });

export type DetectionRecord = z.output<typeof detectionRecord>;

/** The record of a buffer of detections. */
export function detectionRecordOf(buffer: StreamBuffer<DetectionSet>): DetectionRecord {
  const { width, height, items } = buffer.value;
  return {
    ...recordHeadOf(buffer),
    width,
    height,
    detections: items.map(({ box: [left, top, right, bottom], score, classId, label, id, classes }) => ({
      box: [hundredths(left), hundredths(top), hundredths(right), hundredths(bottom)],
      score: writtenScore(score),
      classId,
      label,
      ...(id === undefined ? {} : { id }),
      ...(classes === undefined ? {} : { classes: classes.map((one) => ({ ...one, score: writtenScore(one.score) })) }),
    })),
  };
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
