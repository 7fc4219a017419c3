// What becomes of pictures of which packets were lost or damaged: marked or left out, and in any case counted.
import { z } from 'zod';
import type { ElementContext } from '../../core/element/element-context.ts';
import { Skipped } from '../../core/stream/skipped.ts';
import { MICROSECONDS_PER_SECOND } from '../../core/time/time.ts';
import type { MediaFrame } from './media-frame.ts';

export const corruptProps = {
  onCorrupt: z.enum(['mark', 'drop']).default('mark').meta({
    description:
      'What becomes of a picture that the decoder had to guess in part. mark: it is given, and marked as corrupt; drop: it is left out. Both are counted.',
  }),
};

export class CorruptPictures {
  private readonly policy: z.output<typeof corruptProps.onCorrupt>;
  private readonly context: Pick<ElementContext, 'clock' | 'post'>;
  private count = 0;
  private told = 0;
  private toldAt = Number.NEGATIVE_INFINITY;
  private lost = false;

  constructor({ onCorrupt }: { readonly onCorrupt: 'mark' | 'drop' }, context: Pick<ElementContext, 'clock' | 'post'>) {
    this.policy = onCorrupt;
    this.context = context;
  }

  /** A frame as it is to be given, or what stands for one that is not, whose slab has been given back. */
  pass<Frame extends MediaFrame>(frame: Frame): Frame | Skipped {
    if (frame.kind === 'video' && frame.corrupt) {
      this.count++;
      // One that comes so comes with others.
      if (this.context.clock.now() - this.toldAt >= MICROSECONDS_PER_SECOND) this.tell();
      if (this.policy === 'drop') {
        frame.slab.release();
        this.lost = true;
        return new Skipped(frame.ptsUs, frame.durationUs, 'corrupt', frame.epoch);
      }
    }
    const given = this.lost ? { ...frame, discont: true } : frame;
    this.lost = false;
    return given;
  }

  /** Tells how many there were. */
  tell(): void {
    if (this.count === this.told) return;
    this.told = this.count;
    this.toldAt = this.context.clock.now();
    this.context.post('corruptFrames', this.count);
  }
}
