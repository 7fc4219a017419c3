import type { AnyElementDefinition } from '../../src/core/element/define-element.ts';
import type { GraphInput } from '../../src/core/graph/graph-description.ts';
import { Registry } from '../../src/core/graph/registry.ts';
import type { Message, MessageType } from '../../src/core/pipeline/message.ts';
import { Pipeline } from '../../src/core/pipeline/pipeline.ts';
import type { PipelineOptions } from '../../src/core/pipeline/pipeline-options.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { Arena } from '../../src/memory/arena.ts';
import { assertAllReturned, assertConserved } from '../../src/testing/assert-conserved.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { settled } from '../../src/testing/settled.ts';
import { ThreadBudget } from '../../src/threads/thread-budget.ts';
import { SteadyScheduler } from './steady-scheduler.ts';

export { assertConserved, settled };

export interface TestPipeline {
  readonly pipeline: Pipeline;
  readonly clock: ManualClock;
  readonly arena: Arena;
  readonly budget: ThreadBudget;
  readonly messages: Message[];
  /** Messages of one type. */
  heard<T extends MessageType>(type: T): Extract<Message, { type: T }>[];
  /** Asserts that everything has been accounted for and given back. */
  assertClean(): void;
}

/** Elements that worker threads can load. */
export interface ThreadedElements {
  readonly definitions: readonly AnyElementDefinition[];
  readonly module: string;
}

/** A pipeline on a manual clock, over an arena of its own. Without elements of its own, each type stands in the graph once. */
export function testPipeline(
  definitions: readonly AnyElementDefinition[],
  graph: Omit<GraphInput, 'elements'> & { readonly elements?: Readonly<Record<string, Record<string, unknown>>> },
  options: {
    readonly cores?: number;
    readonly threaded?: ThreadedElements;
    readonly clock?: Clock;
    readonly stallMs?: number;
    readonly onSpan?: PipelineOptions['onSpan'];
    readonly openQuarantine?: PipelineOptions['openQuarantine'];
    readonly scheduler?: PipelineOptions['scheduler'];
    readonly random?: () => number;
  } = {},
): TestPipeline {
  const clock = new ManualClock(1_000_000);
  const registry = new Registry().add(definitions, 'test');
  if (options.threaded !== undefined) registry.add(options.threaded.definitions, 'threaded', options.threaded.module);
  const arena = Arena.create({ maximumBytes: 2 ** 26 });
  const budget = new ThreadBudget(options.cores ?? 4);
  const elements = Object.fromEntries(definitions.map(({ name }) => [name, { type: name, ...graph.elements?.[name] }]));
  const named = Object.entries(graph.elements ?? {}).filter(([name]) => elements[name] === undefined);
  const pipeline = new Pipeline({ ...graph, elements: { ...elements, ...Object.fromEntries(named) } } as GraphInput, {
    registry,
    arena,
    budget,
    clock: options.clock ?? clock,
    stallMs: options.stallMs,
    openQuarantine: options.openQuarantine,
    scheduler: options.scheduler,
    ...(options.onSpan === undefined ? {} : { onSpan: options.onSpan }),
    ...(options.random === undefined ? {} : { random: options.random }),
  });
  const messages: Message[] = [];
  pipeline.bus.on('*', (message) => messages.push(message));
  return {
    pipeline,
    clock,
    arena,
    budget,
    messages,
    heard: (type) => messages.filter((message) => message.type === type) as never,
    assertClean: () => {
      assertConserved(pipeline.summary());
      assertAllReturned(arena);
    },
  };
}

/** The same, where how far the graph comes in each turn of the event loop does not depend on how fast the machine is. */
export const steadyPipeline: typeof testPipeline = (definitions, graph, options) =>
  testPipeline(definitions, graph, { scheduler: new SteadyScheduler(), ...options });

/** Lets the event loop go round until something has come true that another thread brings about. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}
