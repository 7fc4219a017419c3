// What an element tells the application of its own accord; of what happens often it tells once a second at most.

import { ElementError } from '../errors.ts';
import type { Queue } from '../queue/queue.ts';
import type { Element } from './element.ts';
import type { SinkPad } from './pad.ts';

export class Notices {
  private readonly element: Element;
  private readonly counts = new Map<string, { since: number; count: number }>();

  constructor(element: Element) {
    this.element = element;
  }

  reset(): void {
    this.counts.clear();
  }

  warn(code: string, error: unknown): void {
    const { host, name } = this.element;
    host.post({ type: 'warning', element: name, code, text: ElementError.from(name, error).message });
  }

  /** Tells of a queue that has reached a limit or run dry. */
  tellLevel(type: 'overrun' | 'underrun', pad: SinkPad, { level: buffers, levelBytes: bytes, levelTime: time }: Queue): void {
    const { host, name } = this.element;
    if (this.count(`${type} ${pad.name}`, 1) > 0) host.post({ type, element: name, pad: pad.name, buffers, bytes, time });
  }

  /** Counts something; how many there are to tell of now, or 0. */
  count(key: string, count: number): number {
    const now = this.element.clock.now();
    const note = this.counts.get(key);
    if (note !== undefined && now - note.since < 1e6) {
      note.count += count;
      return 0;
    }
    this.counts.set(key, { since: now, count: 0 });
    return (note?.count ?? 0) + count;
  }
}
