// The way from a graph that somebody wrote to a pipeline that runs, with the elements that come with Leat.
import type { AnyElementDefinition } from './core/element/define-element.ts';
import type { OpenQuarantine } from './core/element/quarantine.ts';
import { GraphError, type Issue, shownIssue } from './core/errors.ts';
import { type CheckOptions, checkGraph as checkOpened } from './core/graph/check-graph.ts';
import { type GraphSource, type OpenedGraph, type OpenGraphOptions, openGraph } from './core/graph/open-graph.ts';
import { Registry } from './core/graph/registry.ts';
import { Pipeline } from './core/pipeline/pipeline.ts';
import type { PipelineOptions } from './core/pipeline/pipeline-options.ts';
import type { Clock } from './core/time/clock.ts';
import { builtinModules } from './elements/builtin-elements.ts';
import { QuarantineFolder } from './media/recording/quarantine-folder.ts';
import { Arena } from './memory/arena.ts';
import { ThreadBudget } from './threads/thread-budget.ts';

export type LoadOptions = Omit<OpenGraphOptions, 'registry'> & { readonly registry?: Registry };

/** A registry with the elements that come with Leat. */
export function builtinRegistry(): Registry {
  const registry = new Registry();
  for (const [definition, module] of builtinModules) registry.add([definition], 'leat', module);
  return registry;
}

/**
 * Finds everything that is wrong with a graph, without opening a device, a file or a model of it.
 *
 * @returns The issues, and the graph itself unless it could not even be read.
 */
export async function checkGraph(
  source: GraphSource,
  { outputFolder, ...options }: LoadOptions & CheckOptions = {},
): Promise<{ issues: Issue[]; graph: OpenedGraph | undefined }> {
  const { graph, issues } = await openGraph(source, { ...options, registry: options.registry ?? builtinRegistry() });
  if (graph !== undefined) issues.push(...(await checkOpened(graph, { outputFolder })));
  return { issues: issues.sort(byPlace).map(shownIssue), graph };
}

/** In the order of the file; what has no place comes first. */
function byPlace({ at: a }: Issue, { at: b }: Issue): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  return (a.file ?? '').localeCompare(b.file ?? '') || a.line - b.line || a.column - b.column;
}

/**
 * Reads a graph, gives its params their values, puts in what it includes, and checks it.
 *
 * @throws GraphError with everything that is wrong.
 */
export async function loadGraph(source: GraphSource, options: LoadOptions = {}): Promise<OpenedGraph> {
  const { graph, issues } = await checkGraph(source, options);
  if (issues.length > 0 || graph === undefined) throw new GraphError(issues);
  return graph;
}

export type CreatePipelineOptions = Partial<
  Pick<PipelineOptions, 'arena' | 'budget' | 'outputFolder' | 'standardOutput' | 'onSpan' | 'stallMs' | 'scheduler' | 'random'>
> & {
  readonly clock?: Clock;
};

/** The process's one CPU budget: pipelines that run side by side share it. */
const processBudget = new ThreadBudget();

/** Makes a pipeline of a loaded graph; opens nothing yet. */
export function createPipeline(graph: OpenedGraph, options: CreatePipelineOptions = {}): Pipeline {
  const { description, registry, baseFolder, folders } = graph;
  const arena = options.arena ?? Arena.create();
  const budget = options.budget ?? processBudget;
  const moduleOf = (definition: AnyElementDefinition): string | undefined => builtinModules.get(definition);
  const openQuarantine: OpenQuarantine = (quarantine, failed) => new QuarantineFolder(quarantine, options.outputFolder ?? '.', failed);
  return new Pipeline(description, { stallMs: 10_000, ...options, registry, baseFolder, folders, arena, budget, moduleOf, openQuarantine });
}
