// Which clock a graph goes by: the one that the graph names, else that of a live source, else that of a sink, else the system's. What
// provides one may fail or leave; then the next takes over, without a jump of time, and so it is when a better one comes.
//
// A provider's clock does not go exactly as the system's does. By how much is measured and noted with the provider; and who follows
// the graph's clock by the system's, in a worker thread, is told anew every `RESYNC_MS`, so that it is never further off than the drift of
// that time: 0.1 ms where the clocks are 100 ppm apart.
import type { Element } from '../element/element.ts';
import type { Message } from '../pipeline/message.ts';
import type { Clock } from './clock.ts';
import { ClockDrift } from './clock-drift.ts';
import type { PipelineClock } from './pipeline-clock.ts';
import { MICROSECONDS_PER_MILLISECOND, MICROSECONDS_PER_SECOND } from './time.ts';

/** What a graph calls the clock that no element provides. */
export const SYSTEM_CLOCK = 'system';

export const RESYNC_MS = 1000;

interface Provider {
  readonly element: Element;
  readonly clock: Clock;
}

export interface ClockElectionOptions {
  /** The graph's own, which goes as the elected one does. */
  readonly clock: PipelineClock;
  readonly system: Clock;
  /** The element whose clock the graph asks for, or `system`. */
  readonly named?: string | undefined;
  post(message: Message): void;
  /** Has clocks in other threads stand where the graph's does. */
  follow(): void;
}

export class ClockElection {
  private readonly options: ClockElectionOptions;
  private candidates: () => Iterable<Element> = () => [];
  private isOn = false;
  /** Whose clock it is; undefined, the system's. */
  private current: Provider | undefined;
  private drift: ClockDrift | undefined;
  private cancelResync: (() => void) | undefined;
  /** Clocks that were said to have failed. */
  private readonly failed = new WeakSet<Clock>();

  constructor(options: ClockElectionOptions) {
    this.options = options;
  }

  /** Whose clock the graph goes by. */
  get selected(): string {
    return this.current?.element.name ?? SYSTEM_CLOCK;
  }

  /** Elects for the first time. @param candidates Gives the elements of the graph, in order. */
  begin(candidates: () => Iterable<Element>): void {
    this.candidates = candidates;
    this.isOn = true;
    const { named, post } = this.options;
    const best = this.best();
    if (named !== undefined && named !== SYSTEM_CLOCK && best?.element.name !== named) {
      const text = `${named} provides no clock now, although the graph asks for its clock; another one takes its place`;
      post({ type: 'warning', element: named, code: 'clock/not-provided', text });
    }
    this.take(best);
    this.tell();
  }

  /** Elects anew: elements have come, gone, been opened or closed. */
  elect(reason = 'it was closed or taken out of the graph'): void {
    if (!this.isOn) return;
    const best = this.best();
    if (best?.clock === this.current?.clock) return;
    const lost = this.current;
    const isLost = lost !== undefined && !this.providers().some(({ clock }) => clock === lost.clock);
    this.take(best);
    if (isLost) this.options.post({ type: 'clock-lost', element: lost.element.name, reason });
    this.tell();
  }

  /** An element has said that its clock does not go any more. */
  lost(element: Element, reason: string): void {
    const clock = clockOf(element);
    if (clock === undefined || this.failed.has(clock)) return;
    this.failed.add(clock);
    this.elect(reason);
  }

  /** Notes with the provider how far its clock and the system's are apart by now. */
  measure(): void {
    if (this.drift === undefined) return;
    const { span, ppm } = this.drift;
    const seconds = Number((span / MICROSECONDS_PER_SECOND).toFixed(3));
    this.current!.element.statistics.notes.set('clock', { seconds, driftPpm: Number(ppm.toFixed(1)) });
  }

  /** The run is over: providers are going to be closed. */
  end(): void {
    if (!this.isOn) return;
    this.take(undefined);
    this.isOn = false;
  }

  private take(provider: Provider | undefined): void {
    if (provider?.clock === this.current?.clock) return;
    this.measure();
    const { clock, system, follow } = this.options;
    this.current = provider;
    this.drift = provider === undefined ? undefined : new ClockDrift(provider.clock, system);
    clock.use(provider?.clock ?? system);
    follow();
    this.cancelResync?.();
    this.cancelResync = undefined;
    if (provider !== undefined) this.resyncLater();
  }

  private resyncLater(): void {
    const { system, follow } = this.options;
    const at = system.now() + RESYNC_MS * MICROSECONDS_PER_MILLISECOND;
    const resync = (): void => {
      this.measure();
      follow();
      this.resyncLater();
    };
    this.cancelResync = system.schedule(at, resync, 'background');
  }

  private tell(): void {
    this.options.post({ type: 'clock-selected', clock: this.selected });
  }

  /** The provider that goes before all others; one that leads already stays before its like. */
  private best(): Provider | undefined {
    const { named } = this.options;
    if (named === SYSTEM_CLOCK) return undefined;
    let best: Provider | undefined;
    for (const one of this.providers()) {
      const rank = rankOf(one, named);
      if (rank === undefined) continue;
      const least = best === undefined ? Number.POSITIVE_INFINITY : rankOf(best, named)!;
      if (rank < least || (rank === least && one.clock === this.current?.clock)) best = one;
    }
    return best;
  }

  private providers(): Provider[] {
    return [...this.candidates()].flatMap((element) => {
      const clock = clockOf(element);
      return clock === undefined || this.failed.has(clock) ? [] : [{ element, clock }];
    });
  }
}

/** What an element that is open has for a clock; one in another thread has none for this. */
function clockOf({ definition, description, life, resource }: Element): Clock | undefined {
  if (description.thread !== undefined || !life.isOpen) return undefined;
  return definition.providesClock?.(resource as never);
}

/** The smaller goes before; undefined where a clock is taken only if the graph names it. */
function rankOf({ element }: Provider, named: string | undefined): number | undefined {
  if (element.name === named) return 0;
  if (element.isSource) return element.isLive ? 1 : undefined;
  return element.srcPads.size === 0 ? 2 : undefined;
}
