import { z } from 'zod';
import type { StreamBuffer } from '../../core/stream/buffer.ts';

/** What every record begins with: which moment of which stream it is about. */
export const recordHead = {
  version: z.literal(1).meta({ description: 'Version of this format.' }),
  source: z.string().meta({ description: 'The name of the source the frame came from.' }),
  epoch: z.int().min(0).meta({ description: 'Which incarnation of the source: raised when it reconnects.' }),
  frame: z.int().min(0).meta({ description: "Counts the source's frames from 0, those of which nothing is said included." }),
  model: z.string().optional().meta({ description: 'The name of the model that made it, where the graph may change between two.' }),
  ptsUs: z.int().meta({ description: 'Stream time of the frame in microseconds.' }),
};

export function recordHeadOf({ source, epoch, sequence, pts, meta }: StreamBuffer) {
  return { version: 1 as const, source, epoch, frame: sequence, ptsUs: pts, ...(meta.model === undefined ? {} : { model: meta.model }) };
}

/** A score as it is written. */
export function writtenScore(score: number): number {
  return Math.round(score * 1e4) / 1e4;
}
