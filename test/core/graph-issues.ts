import type { Issue } from '../../src/core/errors.ts';
import { checkGraph } from '../../src/core/graph/check-graph.ts';
import { type GraphSource, type OpenedGraph, type OpenGraphOptions, openGraph } from '../../src/core/graph/open-graph.ts';
import { testRegistry } from './test-elements.ts';

/** Everything that is said against a graph of test elements, and the graph. */
export async function issuesOf(
  source: GraphSource | Record<string, unknown>,
  options: Partial<OpenGraphOptions> = {},
): Promise<{ issues: Issue[]; graph: OpenedGraph | undefined }> {
  const isSource = 'file' in source || 'launch' in source || 'description' in source;
  const { graph, issues } = await openGraph(isSource ? (source as GraphSource) : ({ description: source } as unknown as GraphSource), {
    registry: testRegistry(),
    ...options,
  });
  if (graph !== undefined) issues.push(...(await checkGraph(graph)));
  return { issues, graph };
}

/** Issues as `code path`. */
export function brief(issues: readonly Issue[]): string[] {
  return issues.map(({ code, path }) => `${code} ${path}`).sort();
}
