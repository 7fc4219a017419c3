import { canonical } from '../provider-table.ts';
import type { OnnxRuntime } from './api.ts';
import { NativeBlock } from './native-block.ts';
import { check } from './status.ts';

/** The session option that makes the library remember which provider has which node. */
export const RECORD_ASSIGNMENT = 'session.record_ep_graph_assignment_info';

/** How many nodes each provider has, by our names; undefined where the library is too old to say. */
export function nodesByProvider(runtime: OnnxRuntime, session: bigint): Record<string, number> | undefined {
  const {
    sessionGetGraphAssignment: subgraphsOf,
    assignedSubgraphGetProvider: providerOf,
    assignedSubgraphGetNodes: nodesOf,
  } = runtime.api;
  if (subgraphsOf === undefined || providerOf === undefined || nodesOf === undefined) return undefined;
  const out = new NativeBlock(runtime, 16);
  check(runtime, subgraphsOf(session, out.at(0), out.at(1)));
  const subgraphs = runtime.pointers(out.words[0]!, Number(out.words[1]));
  const nodes: Record<string, number> = {};
  for (const subgraph of subgraphs) {
    check(runtime, providerOf(subgraph, out.at(0)));
    const provider = canonical(runtime.text(out.words[0]!));
    check(runtime, nodesOf(subgraph, out.at(0), out.at(1)));
    nodes[provider] = (nodes[provider] ?? 0) + Number(out.words[1]);
  }
  return nodes;
}
