// Keeps a running graph out of overload: one ladder for each element that is watched, with the steps that watch it in the order in
// which the graph has them. Steps are changes of properties like any other, so that nothing here knows what an element does.
import type { Clock } from './clock.ts';
import type { Element } from './element.ts';
import type { Message } from './message.ts';
import { gaugeOf } from './overload-gauge.ts';
import { OverloadLadder, type Rung } from './overload-ladder.ts';
import { type OverloadStep, stepName } from './overload-options.ts';
import type { OverloadRecord, OverloadSummary } from './overload-summary.ts';
import type { Microseconds } from './time.ts';

/** How often within a window the measures are looked at. */
const LOOKS = 8;
/** The most steps that are kept for the report; all are counted. */
const KEPT = 256;

type Props = Readonly<Record<string, unknown>>;

export class OverloadControl {
  private readonly ladders: readonly OverloadLadder[];
  private readonly elements: ReadonlyMap<string, Element>;
  private readonly clock: Clock;
  private readonly post: (message: Message) => void;
  private readonly period: Microseconds;
  private readonly records: OverloadRecord[] = [];
  private readonly counts = new Map<string, number>();
  private readonly current: string[] = [];
  private startedAt: Microseconds = 0;
  private isOver = false;
  private cancel: (() => void) | undefined;

  /** @param steps Of which has been checked that they can be measured and taken. */
  constructor(
    steps: readonly OverloadStep[],
    elements: ReadonlyMap<string, Element>,
    { clock, post }: { clock: Clock; post: (message: Message) => void },
  ) {
    this.elements = elements;
    this.clock = clock;
    this.post = post;
    this.period = Math.max(1000, Math.round((Math.min(...steps.map(({ when }) => when.windowMs)) * 1000) / LOOKS));
    const watched = [...new Set(steps.map(({ when }) => when.element))];
    this.ladders = watched.map((name) => {
      const own = steps.filter(({ when }) => when.element === name);
      return new OverloadLadder(own.map((step) => this.rungOf(step)));
    });
  }

  start(): void {
    this.startedAt = this.clock.now();
    this.again();
  }

  /** Ends the watch; the steps that are in force stay. */
  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  /** Gives every property back what it had, once the run is over; of that nothing is told. */
  giveBack(): void {
    this.isOver = true;
    for (const ladder of [...this.ladders].reverse()) ladder.undoAll();
  }

  get summary(): OverloadSummary {
    return { taken: [...this.current], counts: Object.fromEntries(this.counts), steps: [...this.records] };
  }

  private again(): void {
    const now = this.clock.now();
    for (const ladder of this.ladders) ladder.look(now);
    // In the background: a graph in which nothing else is due must not be kept alive by being watched.
    this.cancel = this.clock.schedule(now + this.period, () => this.again(), 'background');
  }

  private rungOf(step: OverloadStep): Rung {
    const gauge = gaugeOf(this.elements.get(step.when.element)!, step.when)!;
    const name = stepName(step);
    let before: readonly (readonly [Element, Props])[] = [];
    return {
      when: step.when,
      read: gauge,
      take: (measured) => {
        const undos: [Element, Props][] = [];
        try {
          for (const [target, changes] of Object.entries(step.do)) {
            const element = this.elements.get(target)!;
            const { written } = element;
            element.setProps(changes);
            undos.unshift([element, Object.fromEntries(Object.keys(changes).map((key) => [key, written[key]]))]);
          }
        } catch (error) {
          this.restore(undos, name);
          this.warn(step, `Cannot take the step ${name}, which is left out from now on: ${textOf(error)}`);
          return false;
        }
        before = undos;
        this.current.push(name);
        this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
        this.tell(step, name, 'up', measured);
        return true;
      },
      undo: (measured) => {
        this.restore(before, name);
        if (this.isOver) return;
        this.current.splice(this.current.lastIndexOf(name), 1);
        this.tell(step, name, 'down', measured);
      },
    };
  }

  private restore(undos: readonly (readonly [Element, Props])[], name: string): void {
    for (const [element, props] of undos) {
      try {
        element.setProps(props);
      } catch (error) {
        const text = `Cannot undo ${name} at ${element.name}: ${textOf(error)}`;
        this.post({ type: 'warning', element: element.name, code: 'overload/step-failed', text });
      }
    }
  }

  private warn({ when }: OverloadStep, text: string): void {
    this.post({ type: 'warning', element: when.element, code: 'overload/step-failed', text });
  }

  private tell({ when: { element, measure } }: OverloadStep, step: string, direction: 'up' | 'down', measured: number): void {
    const record = { element, measure, step, direction, measured, at: this.clock.now() - this.startedAt };
    if (this.records.length === KEPT) this.records.shift();
    this.records.push(record);
    this.post({ type: 'overload', ...record });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
