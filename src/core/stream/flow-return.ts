/**
 * What a push comes back with. Values, never exceptions, cross a pad.
 *
 * - `ok`: accepted.
 * - `eos`: the receiver has had its end of stream and takes no more.
 * - `flushing`: the receiver is being stopped or flushed.
 * - `not-linked`: nobody is there.
 * - `not-negotiated`: the receiver refused the caps.
 * - `error`: the receiver failed; its error is on the bus.
 */
export type FlowReturn = 'ok' | 'eos' | 'flushing' | 'not-linked' | 'not-negotiated' | 'error';

const RETURNS: ReadonlySet<unknown> = new Set<FlowReturn>(['ok', 'eos', 'flushing', 'not-linked', 'not-negotiated', 'error']);

export function isFlowReturn(value: unknown): value is FlowReturn {
  return RETURNS.has(value);
}

/** A flow return, at once or, where the receiver has no room, later. */
export type Flow = FlowReturn | Promise<FlowReturn>;

/**
 * What several branches' returns are together: an error or a missing negotiation wins; then any branch that still takes
 * buffers; `eos` or `not-linked` only when all say so.
 */
export function combineFlow(flows: readonly FlowReturn[]): FlowReturn {
  for (const worst of ['error', 'not-negotiated', 'flushing'] as const) if (flows.includes(worst)) return worst;
  if (flows.includes('ok')) return 'ok';
  return flows.includes('eos') ? 'eos' : flows.length === 0 ? 'not-linked' : flows[0]!;
}

/** {@link combineFlow} of flows that may take time; `ok` where there are none. */
export function joinFlows(flows: readonly Flow[]): Flow {
  if (flows.length === 1) return flows[0]!;
  if (flows.some((flow) => flow instanceof Promise)) return Promise.all(flows).then(combineOrOk);
  return combineOrOk(flows as readonly FlowReturn[]);
}

function combineOrOk(flows: readonly FlowReturn[]): FlowReturn {
  return flows.length === 0 ? 'ok' : combineFlow(flows);
}
