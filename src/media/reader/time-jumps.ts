// Tells of times that jump: how often they did, and once a second at most by how much, since a clock that jumps once may do so with
// every frame.
import type { ElementContext } from '../../core/element/element-context.ts';
import { formatDuration, MICROSECONDS_PER_SECOND, type Microseconds } from '../../core/time/time.ts';

export class TimeJumps {
  private readonly reads: string;
  private readonly context: Pick<ElementContext, 'clock' | 'post' | 'warn'>;
  private count = 0;
  private toldAt = Number.NEGATIVE_INFINITY;

  /** @param reads What gives the times, without secrets. */
  constructor(reads: string, context: Pick<ElementContext, 'clock' | 'post' | 'warn'>) {
    this.reads = reads;
    this.context = context;
  }

  /** @param by Less than 0 for a jump back. */
  tell(by: Microseconds): void {
    this.count++;
    if (this.context.clock.now() - this.toldAt < MICROSECONDS_PER_SECOND) return;
    this.toldAt = this.context.clock.now();
    this.context.post('timeJumps', this.count);
    const how = `${formatDuration(Math.abs(by))} ${by < 0 ? 'back' : 'forward'}`;
    this.context.warn('media/time-jump', `The times that ${this.reads} gives have jumped by ${how}; it goes on where it was`);
  }
}
