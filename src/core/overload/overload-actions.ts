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
  /** By element: what each step that is in force changes of its queues, in the order in which they were taken. */
  private readonly queues = new Map<string, QueueChanges[]>();
  private readonly held = new Set<string>();

  constructor(elements: ReadonlyMap<string, Element>, hands: OverloadHands) {
    this.elements = elements;
    this.hands = hands;
  }

  /** Makes the changes of a step, and puts before `undos` how to undo each, also where it throws. @throws What an element refuses one with. */
  take(step: OverloadStep, undos: Undo[]): void {
    for (const [name, props] of Object.entries(step.do)) undos.unshift(this.changeProps(name, props));
    for (const [name, queue] of Object.entries(step.queue)) undos.unshift(this.changeQueues(name, { queue }));
    for (const [name, batch] of Object.entries(step.batch)) undos.unshift(this.changeQueues(name, { batch }));
    for (const name of step.pause) undos.unshift(this.pause(name));
  }

  private changeProps(name: string, props: Readonly<Record<string, unknown>>): Undo {
    const element = this.elementNamed(name);
    const before = element.written;
    element.setProps(props);
    return {
      element: name,
      undo: () => {
        const own = this.elementNamed(name);
        // What somebody else has set since is theirs.
        const still = Object.keys(props).filter((key) => own.written[key] === props[key]);
        if (still.length > 0) own.setProps(Object.fromEntries(still.map((key) => [key, before[key]])));
      },
    };
  }

  private changeQueues(name: string, changes: QueueChanges): Undo {
    const inForce = this.queues.get(name) ?? [];
    this.queues.set(name, inForce);
    const apply = (): void => this.hands.changeQueues(this.elementNamed(name), merged(inForce));
    const undo = (): void => {
      inForce.splice(inForce.indexOf(changes), 1);
      apply();
    };
    inForce.push(changes);
    try {
      apply();
    } catch (error) {
      inForce.pop();
      throw error;
    }
    return { element: name, undo };
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

function merged(changes: readonly QueueChanges[]): QueueChanges {
  const of = (key: 'queue' | 'batch'): object => Object.assign({}, ...changes.map((one) => one[key]));
  return {
    ...(changes.some(({ queue }) => queue !== undefined) ? { queue: of('queue') } : {}),
    ...(changes.some(({ batch }) => batch !== undefined) ? { batch: of('batch') } : {}),
  };
}
