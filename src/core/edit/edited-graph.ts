import type { Element } from '../element/element.ts';
import type { ElementHost } from '../element/element-host.ts';
import type { ElementError, Issue } from '../errors.ts';
import type { Registry } from '../graph/registry.ts';
import type { Threading } from '../pipeline/make-elements.ts';
import type { Scheduler } from '../pipeline/scheduler.ts';

/** What an edit needs of the pipeline whose graph it changes. */
export interface EditedGraph {
  readonly elements: ReadonlyMap<string, Element>;
  readonly registry: Registry;
  readonly host: ElementHost;
  readonly scheduler: Scheduler;
  readonly cores: number;
  /** Whether the application keeps the graph open for what is still to come. */
  readonly isHeld: boolean;
  /** Resolves when the run is being taken down. */
  readonly aborted: Promise<unknown>;
  /** Of what the run is being taken down. */
  readonly failure: Error | undefined;
  /** Gives an element that is to run in a thread its double's definition, or says what speaks against that. */
  readonly threading: Threading;
  /** What has elements be in the threads that their descriptions name, with an element of each thread to name where that fails. */
  threadEntries(elements: readonly Element[]): readonly { readonly element: Element; readonly start: () => Promise<void> }[];
  /** What an element can say against its props without being opened. */
  check(element: Element): Promise<readonly Issue[]>;
  /** Elements are on their way into the graph: what fails in them is told here, and costs the graph nothing. */
  expect(elements: readonly Element[], failed: (error: ElementError) => void): void;
  /** Elements are in the graph from now on, or are not any more; order, latency, watches and the end of the run follow. */
  change(added: readonly Element[], removed: readonly Element[]): void;
  /** What speaks against the latency of these elements together. */
  latencyIssues(elements: readonly Element[]): readonly Issue[];
  /** Begins to take buffers from a source. */
  start(source: Element): void;
  /** Ends the stream of a source; gives the epoch that was announced. */
  stop(source: Element): Promise<number>;
  /** Has elements let go of everything they hold or wait for, and keeps their faults to themselves from now on. */
  dismiss(elements: readonly Element[]): void;
  /** Resolves when an element from which nothing goes on has come to its end. */
  endOf(element: Element): Promise<void>;
  /** Closes elements, once nothing of them is at work. */
  close(elements: readonly Element[]): Promise<void>;
}
