// What a crop is of: which object of which frame, so that what a second model says of it finds its way back.
import type { Microseconds } from '../../core/time/time.ts';
import type { Detection } from './detections.ts';
import type { DetectionsMark } from './detections-mark.ts';

/** An object that has been cut out of a frame. */
export interface CroppedObject {
  readonly detection: Detection;
  /** Which detections of the crop's time it is of. */
  readonly of: Pick<DetectionsMark, 'sequence' | 'nth'>;
  /** Its place among the items of its detections. */
  readonly item: number;
  /** Its place among the crops of these detections, and how many there are of them. */
  readonly slot: number;
  readonly slots: number;
  /** The time of the frame that it was cut out of; the crop has that of its detections. */
  readonly framePts: Microseconds;
  readonly frameSequence: number;
}

declare module '../../core/stream/buffer.ts' {
  interface BufferMeta {
    /** Set where a buffer is of one object of a frame. */
    readonly object?: CroppedObject;
  }
}
