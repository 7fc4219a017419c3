// What the steps against overload do: they change what can be changed of a running graph, and change it back.
import type { Element } from '../element/element.ts';
import type { OverloadStep, QueueChanges } from './overload-options.ts';

/** What a pipeline does for steps. */
export interface OverloadHands {
  /** Has a source give nothing, or lets it go on. */
  hold(source: string, isHeld: boolean): void;
  /** Replaces what has been changed of the queues of an element. @throws RangeError */
  changeQueues(element: Element, changes: QueueChanges): void;
}

/** A change that has been made. */
export interface Undo {
  readonly element: string;
  undo(): void;
}

/** What steps have changed beside properties, of which the elements themselves know what they were. */
export class OverloadActions {
  private readonly elements: ReadonlyMap<string, Element>;
  private readonly hands: OverloadHands;
  private readonly queues = new Map<string, QueueChanges>();
  private readonly held = new Set<string>();

  constructor(elements: ReadonlyMap<string, Element>, hands: OverloadHands) {
    this.elements = elements;
    this.hands = hands;
  }

  /** Makes all changes of a step, or none of them. @returns How to undo them, in that order. @throws What an element refuses one with. */
  take(step: OverloadStep): Undo[] {
    const undos: Undo[] = [];
    try {
      for (const [name, props] of Object.entries(step.do)) undos.unshift(this.changeProps(name, props));
      for (const [name, queue] of Object.entries(step.queue)) undos.unshift(this.changeQueues(name, { queue }));
      for (const [name, batch] of Object.entries(step.batch)) undos.unshift(this.changeQueues(name, { batch }));
      for (const name of step.pause) undos.unshift(this.pause(name));
      return undos;
    } catch (error) {
      for (const { undo } of undos) undo();
      throw error;
    }
  }

  private changeProps(name: string, props: Readonly<Record<string, unknown>>): Undo {
    const element = this.elementNamed(name);
    const { written } = element;
    element.setProps(props);
    const before = Object.fromEntries(Object.keys(props).map((key) => [key, written[key]]));
    return { element: name, undo: () => this.elementNamed(name).setProps(before) };
  }

  private changeQueues(name: string, { queue, batch }: QueueChanges): Undo {
    const before = this.queues.get(name) ?? {};
    const change = (changes: QueueChanges): void => {
      this.hands.changeQueues(this.elementNamed(name), changes);
      this.queues.set(name, changes);
    };
    change({
      ...before,
      ...(queue === undefined ? {} : { queue: { ...before.queue, ...queue } }),
      ...(batch === undefined ? {} : { batch: { ...before.batch, ...batch } }),
    });
    return { element: name, undo: () => change(before) };
  }

  private pause(name: string): Undo {
    // Another step may have paused it before.
    if (this.held.has(name)) return { element: name, undo: () => {} };
    this.held.add(name);
    this.hands.hold(name, true);
    return {
      element: name,
      undo: () => {
        this.held.delete(name);
        this.hands.hold(name, false);
      },
    };
  }

  private elementNamed(name: string): Element {
    const element = this.elements.get(name);
    if (element === undefined) throw new RangeError(`There is no element named ${name} any more`);
    return element;
  }
}
