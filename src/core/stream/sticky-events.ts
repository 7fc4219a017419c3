// What a src pad keeps of its stream for whoever is linked to it later: who comes by it, what it carries, and how the times of each
// source map to running time.
import { type SourceEndEvent, STICKY_EVENTS, type StreamEvent } from './event.ts';

/** How many sources are remembered that have ended: cameras come and go, and there is no end of their names. */
const GONE = 256;

export class StickyEvents {
  private readonly events = new Map<string, StreamEvent>();
  /** Sources whose end has passed, with their epochs; the latest of them. */
  private readonly gone = new Map<string, number>();
  private hasForgotten = false;
  private readonly waits: { readonly source: string; readonly epoch: number; readonly resolve: () => void }[] = [];
  private hasEnded = false;

  /** Keeps an event that is sticky; the end of a source ends what is kept of it. */
  note(event: StreamEvent): void {
    switch (event.type) {
      case 'stream-start':
        this.events.set(`stream-start ${event.source}`, event);
        break;
      case 'segment':
        this.events.set(`segment ${event.source ?? ''}`, event);
        break;
      case 'caps':
        this.events.set('caps', event);
        break;
      case 'source-end':
        this.end(event);
        this.noteEnd(event.source, event.epoch);
        this.letGo();
        break;
      case 'eos':
        this.hasEnded = true;
        this.letGo();
        break;
      case 'gap':
        break;
    }
  }

  /** Takes over what another pad of the same stream has. */
  takeOver(other: StickyEvents): void {
    for (const [key, event] of other.events) if (key !== 'caps') this.events.set(key, event);
  }

  /** In the order in which a stream begins: stream-start, caps, segment. */
  get inOrder(): StreamEvent[] {
    return STICKY_EVENTS.flatMap((type) => [...this.events.values()].filter((event) => event.type === type));
  }

  /** Resolves when the end of a source's epoch has passed, or that of the whole stream. */
  endOf(source: string, epoch: number): Promise<void> {
    if (this.isOver(source, epoch)) return Promise.resolve();
    return new Promise((resolve) => this.waits.push({ source, epoch, resolve }));
  }

  /** Whether the end of a source's epoch has passed, or that of the whole stream. */
  isOver(source: string, epoch: number): boolean {
    if (this.hasEnded) return true;
    const last = this.gone.get(source);
    if (last !== undefined) return last >= epoch;
    // Of those that were forgotten only so much is known: they are not here.
    return this.hasForgotten && !this.events.has(`stream-start ${source}`);
  }

  clear(): void {
    this.events.clear();
    this.gone.clear();
    this.hasForgotten = false;
    this.hasEnded = false;
  }

  /** Ends what is kept of a source, unless it has begun anew meanwhile. */
  private end({ source, epoch }: SourceEndEvent): void {
    const begun = this.events.get(`stream-start ${source}`);
    if (begun?.type === 'stream-start' && begun.epoch > epoch) return;
    this.events.delete(`stream-start ${source}`);
    this.events.delete(`segment ${source}`);
  }

  private noteEnd(source: string, epoch: number): void {
    this.gone.delete(source);
    this.gone.set(source, epoch);
    if (this.gone.size <= GONE) return;
    this.gone.delete(this.gone.keys().next().value!);
    this.hasForgotten = true;
  }

  private letGo(): void {
    const over = this.waits.filter(({ source, epoch }) => this.isOver(source, epoch));
    for (const one of over) {
      this.waits.splice(this.waits.indexOf(one), 1);
      one.resolve();
    }
  }
}
