import { InputOrigin } from '../reader/input-origin.ts';

/** One play of an input: brings its times behind those of the plays before. */
export class Play {
  readonly epoch: number;
  /** Where what was given last ends. */
  endUs: number;
  private readonly beginUs: number;
  private readonly isLive: boolean;
  private readonly origin = new InputOrigin<'video' | 'audio'>();

  constructor(epoch: number, beginUs: number, isLive: boolean) {
    this.epoch = epoch;
    this.beginUs = beginUs;
    this.endUs = beginUs;
    this.isLive = isLive;
  }

  /** @param ownUs The input's own time; undefined where it tells none. */
  moment(
    ownUs: number | undefined,
    durationUs: number,
    kind: 'video' | 'audio' = 'audio',
  ): { ptsUs: number; epoch: number; capturedAtUs: number | undefined } {
    const ptsUs = ownUs === undefined ? this.endUs : this.origin.since(ownUs, kind) + this.beginUs;
    this.endUs = Math.max(this.endUs, ptsUs + durationUs);
    return { ptsUs, epoch: this.epoch, capturedAtUs: this.isLive ? Date.now() * 1000 : undefined };
  }
}
