import type { Arena } from '../../memory/arena.ts';
import type { ThreadBudget } from '../../threads/thread-budget.ts';
import type { AnyElementDefinition } from '../element/define-element.ts';
import type { Element } from '../element/element.ts';
import type { OpenQuarantine } from '../element/quarantine.ts';
import type { Registry } from '../graph/registry.ts';
import type { Clock } from '../time/clock.ts';
import type { Microseconds } from '../time/time.ts';
import type { Scheduler } from './scheduler.ts';

export interface PipelineOptions {
  readonly registry: Registry;
  readonly arena: Arena;
  readonly budget: ThreadBudget;
  readonly clock?: Clock;
  /** What relative paths of inputs are relative to. Default: the current folder. */
  readonly baseFolder?: string | undefined;
  /** The same for single elements, by name: those that come from graph files in other folders. */
  readonly folders?: ReadonlyMap<string, string> | undefined;
  /** What relative paths of outputs are relative to. Default: the current folder. */
  readonly outputFolder?: string | undefined;
  /** What elements write to that write to the standard output, those in worker threads aside. Default: that of the process. */
  readonly standardOutput?: NodeJS.WritableStream | undefined;
  /** The address of the module that exports an element, where the registry does not know it. */
  readonly moduleOf?: ((definition: AnyElementDefinition) => string | undefined) | undefined;
  /** An element that has something to do and does nothing for this long is reported; 0 watches nobody. Default: 0. */
  readonly stallMs?: number | undefined;
  /** Decides which of the ready tasks goes next. Default: one that goes by itself, the oldest of the deepest first. */
  readonly scheduler?: Scheduler | undefined;
  /** Numbers from 0 up to 1 for what is left to chance, such as when an element is restarted. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Writes down what was put aside, where the graph asks for that. */
  readonly openQuarantine?: OpenQuarantine | undefined;
  /** Called for each timed run of a hook, in clock time; for tracing. */
  readonly onSpan?: (element: Element, start: Microseconds, end: Microseconds, size: number) => void;
}
