import type { AnyElementDefinition } from '../../src/core/element/define-element.ts';
import type { GraphInput } from '../../src/core/graph/graph-description.ts';
import { type OpenedGraph, openGraph } from '../../src/core/graph/open-graph.ts';
import { builtinRegistry } from '../../src/load-graph.ts';

/** A graph by what would stand in its file. */
export async function described(description: GraphInput): Promise<OpenedGraph> {
  const { graph, issues } = await openGraph({ description }, { registry: builtinRegistry() });
  if (graph === undefined || issues.length > 0) throw new Error(JSON.stringify(issues));
  return graph;
}

/** A graph by its launch string, with elements beside those that come with Leat. */
export async function launched(launch: string, more: readonly AnyElementDefinition[] = []): Promise<OpenedGraph> {
  const { graph, issues } = await openGraph({ launch }, { registry: builtinRegistry().add(more, 'test') });
  if (graph === undefined || issues.length > 0) throw new Error(JSON.stringify(issues));
  return graph;
}
