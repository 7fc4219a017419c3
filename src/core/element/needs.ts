// What downstream of an element needs of each source. What nobody needs is left out before the work on it begins.
import type { StreamBuffer } from '../stream/buffer.ts';
import { type Need, sharedNeed } from '../stream/need.ts';
import type { Microseconds } from '../time/time.ts';
import type { Element } from './element.ts';

export class Needs {
  private readonly element: Element;
  /** Undefined while everything is needed. */
  private bySource: Map<string, Need> | undefined;

  /** What is needed of a source as its element counts epochs and times; the graph has it go on from others. */
  own: (source: string, epoch: number) => Microseconds;

  constructor(element: Element) {
    this.element = element;
    this.own = (source, epoch) => this.from(source, epoch);
  }

  reset(): void {
    this.bySource = undefined;
  }

  /** Whether nobody downstream has a use for a buffer any more, nor the element itself. */
  isWithout(buffer: StreamBuffer): boolean {
    return (
      this.bySource !== undefined && this.element.definition.memoryless === true && buffer.pts < this.from(buffer.source, buffer.epoch)
    );
  }

  /** The pts from which on a source is needed. */
  from(source: string, epoch: number): Microseconds {
    const need = this.bySource?.get(source);
    return need === undefined || need.epoch !== epoch ? Number.NEGATIVE_INFINITY : need.pts;
  }

  /** Somebody downstream has said what it needs of a source. */
  changed(source: string): void {
    const { srcPads, definition } = this.element;
    const linked = [...srcPads.values()].filter(({ peer }) => peer !== undefined);
    const need = sharedNeed(linked.map((pad) => pad.needOf(source)));
    if (need === undefined) {
      this.bySource?.delete(source);
      return;
    }
    this.bySource ??= new Map();
    this.bySource.set(source, need);
    if (definition.memoryless === true) this.tellUpstream(need);
  }

  tellUpstream(need: Need): void {
    for (const { peer } of this.element.sinkPads.values()) peer?.hearNeed(need);
  }
}
