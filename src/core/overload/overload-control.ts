// Keeps a running graph out of overload: one ladder for each element that is watched, with the steps that watch it in the order in
// which the graph has them. Nothing here knows what an element does, or what a step changes of it.

import type { Element } from '../element/element.ts';
import { ElementError } from '../errors.ts';
import type { Message } from '../pipeline/message.ts';
import { thrownFacts } from '../thrown-facts.ts';
import type { Clock } from '../time/clock.ts';
import type { Microseconds } from '../time/time.ts';
import { OverloadActions, type OverloadHands, type Undo } from './overload-actions.ts';
import { gaugeOf } from './overload-gauge.ts';
import { OverloadLadder, type Rung } from './overload-ladder.ts';
import { changesText, type OverloadStep, stepName } from './overload-options.ts';
import type { OverloadRecord, OverloadSummary } from './overload-summary.ts';

/** How often within a window the measures are looked at. */
const LOOKS = 8;
/** The most steps that are kept for the report; all are counted. */
const KEPT = 256;

export class OverloadControl {
  private readonly ladders: readonly OverloadLadder[];
  /** Those of each ladder. */
  private readonly steps: readonly (readonly OverloadStep[])[];
  private readonly elements: ReadonlyMap<string, Element>;
  private readonly actions: OverloadActions;
  private readonly clock: Clock;
  private readonly post: (message: Message) => void;
  private readonly period: Microseconds;
  private readonly records: OverloadRecord[] = [];
  private readonly counts = new Map<string, number>();
  private readonly current: string[] = [];
  /** What an element did not let undo while it was open. */
  private readonly stuck: Undo[] = [];
  private startedAt: Microseconds = 0;
  private isOver = false;
  private because: OverloadRecord['because'];
  private cancel: (() => void) | undefined;

  /** @param steps Of which has been checked that they can be measured and taken. */
  constructor(
    steps: readonly OverloadStep[],
    elements: ReadonlyMap<string, Element>,
    { clock, post, ...hands }: OverloadHands & { clock: Clock; post: (message: Message) => void },
  ) {
    this.elements = elements;
    this.actions = new OverloadActions(elements, hands);
    this.clock = clock;
    this.post = post;
    this.period = Math.max(1000, Math.round((Math.min(...steps.map(({ when }) => when.windowMs)) * 1000) / LOOKS));
    const watched = [...new Set(steps.map(({ when }) => when.element))];
    this.steps = watched.map((name) => steps.filter(({ when }) => when.element === name));
    this.ladders = this.steps.map((own) => new OverloadLadder(own.map((step) => this.rungOf(step))));
  }

  start(): void {
    this.startedAt = this.clock.now();
    this.again();
  }

  /** Takes the watch over from another one that has ended; what that has told goes on. */
  goOnFrom(other: OverloadControl): void {
    this.records.push(...other.records);
    for (const [name, count] of other.counts) this.counts.set(name, count);
    this.startedAt = other.startedAt;
    this.stuck.push(...other.stuck);
    if (this.ladders.length > 0) this.again();
  }

  /** Ends the watch; the steps that are in force stay. */
  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  /** Gives every property back what it had, once the run is over; of that nothing is told. */
  giveBack(): void {
    this.isOver = true;
    this.undoAll();
    // What is closed refuses nothing.
    this.restore(this.stuck.splice(0), 'a step');
  }

  /** Leaves out the step that pauses a source while the graph stands still, since somebody waits for it. @param why The end of a sentence. */
  letGo(source: string, why: string): void {
    this.because = 'standstill';
    for (const [index, ladder] of this.ladders.entries()) {
      const steps = this.steps[index]!;
      const place = ladder.leaveOut((rung) => steps[rung]!.pause.includes(source));
      if (place === undefined) continue;
      const text = `The step ${stepName(steps[place]!)} is left out from now on: while it pauses ${source} the graph stands still, for ${why}`;
      this.post({ type: 'warning', element: source, code: 'overload/standstill', text });
    }
    this.because = undefined;
  }

  /** Ends the watch, and undoes every step, since elements come or go that they are about. */
  endForEdit(): void {
    this.stop();
    this.because = 'edit';
    this.undoAll();
  }

  get summary(): OverloadSummary {
    return { taken: [...this.current], counts: Object.fromEntries(this.counts), steps: [...this.records] };
  }

  private undoAll(): void {
    for (const ladder of [...this.ladders].reverse()) ladder.undoAll();
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
    const { above, below = above / 2 } = step.when;
    let undos: Undo[] = [];
    return {
      when: step.when,
      read: gauge,
      take: (measured) => {
        undos = [];
        try {
          this.actions.take(step, undos);
        } catch (error) {
          this.restore(undos, name);
          this.warn(step.when.element, `Cannot take the step ${name}, which is left out from now on: ${thrownFacts(error).message}`);
          return false;
        }
        this.current.push(name);
        this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
        this.tell(step, { direction: 'up', measured, threshold: above });
        return true;
      },
      undo: (measured) => {
        this.restore(undos, name);
        if (this.isOver) return;
        this.current.splice(this.current.lastIndexOf(name), 1);
        this.tell(step, {
          direction: 'down',
          measured,
          threshold: below,
          ...(this.because === undefined ? {} : { because: this.because }),
        });
      },
    };
  }

  private restore(undos: readonly Undo[], name: string): void {
    for (const one of undos) {
      try {
        one.undo();
      } catch (error) {
        this.stuck.push(one);
        this.warn(one.element, `Cannot undo ${name} before the end: ${ElementError.from(one.element, error).message}`);
      }
    }
  }

  private warn(element: string, text: string): void {
    this.post({ type: 'warning', element, code: 'overload/step-failed', text });
  }

  private tell(step: OverloadStep, facts: Pick<OverloadRecord, 'direction' | 'measured' | 'threshold' | 'because'>): void {
    const { element, measure } = step.when;
    const at = this.clock.now() - this.startedAt;
    const record = { element, measure, step: stepName(step), changes: changesText(step), ...facts, at };
    if (this.records.length === KEPT) this.records.shift();
    this.records.push(record);
    this.post({ type: 'overload', ...record });
  }
}
