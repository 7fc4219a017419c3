import type { Clock } from './clock.ts';
import type { Microseconds } from './time.ts';

/** How much faster one clock goes than another, measured from when it is made. */
export class ClockDrift {
  private readonly clock: Clock;
  private readonly reference: Clock;
  private readonly start: { readonly clock: Microseconds; readonly reference: Microseconds };

  constructor(clock: Clock, reference: Clock) {
    this.clock = clock;
    this.reference = reference;
    this.start = { clock: clock.now(), reference: reference.now() };
  }

  /** For how long, by the reference. */
  get span(): Microseconds {
    return this.reference.now() - this.start.reference;
  }

  /** In millionths; negative where it is slower. */
  get ppm(): number {
    const { span } = this;
    return span === 0 ? 0 : ((this.clock.now() - this.start.clock - span) / span) * 1e6;
  }
}
