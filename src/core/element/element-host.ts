import type { FixedCaps } from '../caps/caps.ts';
import type { ElementError } from '../errors.ts';
import type { Message } from '../pipeline/message.ts';
import type { Clock } from '../time/clock.ts';
import type { Timeline } from '../time/timeline.ts';
import type { Element } from './element.ts';
import type { ElementContext } from './element-context.ts';
import type { SinkPad } from './pad.ts';
import type { SetAside } from './quarantine.ts';

/** What an element asks of the pipeline it is in. */
export interface ElementHost {
  readonly clock: Clock;
  /** Chance, from 0 up to 1. Default: `Math.random`. */
  readonly random?: () => number;
  readonly timeline: Timeline;
  /** A fault that the element's policy does not absorb; the pipeline goes down, if so said once everything under way is worked off. */
  fail(error: ElementError, afterDraining?: boolean): void;
  post(message: Message): void;
  /** Tells of a buffer that was put aside, and has it written down where the graph asks for that. */
  setAside(one: SetAside): void;
  /** No restart has helped an element, whose branch has been ended for that. */
  gaveUp(element: Element, error: ElementError): void;
  /** Whether the application, or an edit under way, keeps the pipeline open for inputs that are still to come. */
  readonly isHeld?: boolean;
  /** Whether an edit is adding it, whom its faults concern; the graph that feeds it already goes on as without it. */
  isComing?(element: Element): boolean;
  /** Its last byte is durable. */
  ended(element: Element): void;
  /** It has been opened or closed while the graph runs, perhaps: what it provides is another. */
  resourceChanged?(element: Element): void;
  /** The clock that it provides does not go any more. */
  clockLost?(element: Element, reason: string): void;
  contextOf(element: Element): ElementContext;
  /**
   * Settles what follows from new caps on a sink pad, or, without a pad, anew what a source gives; for elements whose neighbours
   * are in another thread. False when other sink pads have no caps yet.
   */
  settleCaps?(element: Element, pad?: SinkPad, caps?: FixedCaps): Promise<boolean>;
  span?(element: Element, start: number, end: number, size: number): void;
}
