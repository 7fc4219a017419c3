// Counts the buffers of an element that go no further, and tells of them.

import type { DropCause } from '../counts/statistics.ts';
import type { ElementError } from '../errors.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import { type GapEvent, gapOf } from '../stream/event.ts';
import type { Element } from './element.ts';
import type { SrcPad } from './pad.ts';

export class Losses {
  private readonly element: Element;

  constructor(element: Element) {
    this.element = element;
  }

  /** Counts a buffer that goes no further, and lets it go. */
  drop(buffer: StreamBuffer, cause: DropCause): void {
    this.element.statistics.drop(cause);
    buffer.release();
    if (cause === 'filtered' || cause === 'flushing' || cause === 'eos') return;
    this.dropped(cause, 1);
  }

  /** Tells of buffers that were dropped. */
  dropped(cause: DropCause, count: number): void {
    const { host, name, notices } = this.element;
    const total = notices.count(`dropped ${cause}`, count);
    if (total > 0) host.post({ type: 'dropped', element: name, cause, count: total });
  }

  /** Leaves out the work on a buffer; returns the gap that stands for it. */
  skip(buffer: StreamBuffer): GapEvent {
    const gap = gapOf(buffer);
    this.drop(buffer, 'skipped');
    return gap;
  }

  /** Tells of a buffer that came later than the element bears, by so much. */
  late({ source }: StreamBuffer, jitter: number): void {
    const { host, name, notices, statistics } = this.element;
    if (notices.count('qos', 1) === 0) return;
    const late = (statistics.dropped.get('late') ?? 0) + 1;
    host.post({ type: 'qos', element: name, source, jitter, processed: statistics.handled, late });
  }

  /** A source has failed to give a buffer, and goes on. */
  notGiven(error: ElementError): void {
    const { host, name, statistics } = this.element;
    statistics.received++;
    statistics.drop('error');
    host.post({ type: 'quarantine', element: name, source: name, pts: 0, error });
  }

  /** The hooks sent a buffer after the end of the stream. */
  afterEos(pad: SrcPad): void {
    const { host, name, notices, statistics } = this.element;
    statistics.received++;
    statistics.drop('eos');
    if (notices.count('late', 1) === 0) return;
    const text = `${pad.path} gave a buffer after the end of its stream; it was dropped`;
    host.post({ type: 'warning', element: name, code: 'element/push-after-eos', text });
  }
}
