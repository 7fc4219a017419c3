// The way of a pipeline from null to ready: threads start, models load, files and devices open; and from there to paused: what flows
// through every pad is settled. Whatever fails on the way takes everything down again that is open by then.
import { lacksCaps, negotiateSrcPads } from '../caps/negotiate.ts';
import type { Element } from '../element/element.ts';
import { ElementError, GraphError, type Issue } from '../errors.ts';
import { changeIssues, gaugeIssues } from '../overload/overload-check.ts';
import { planQueues } from '../queue/plan-queues.ts';
import { queryLatency } from '../time/latency.ts';
import { Abortion } from './abortion.ts';
import { closePipeline } from './close-pipeline.ts';
import type { PipelineParts } from './pipeline-parts.ts';
import { markLive } from './topology.ts';

/** @throws GraphError, or the ElementError of the element that cannot be opened. */
export async function openPipeline(parts: PipelineParts): Promise<void> {
  const { elements, options, overload, scheduler, sorted, threads } = parts;
  parts.failure = undefined;
  parts.stopRequested = false;
  parts.sources.clear();
  parts.claims.clear();
  parts.warnings.clear();
  parts.live.clear();
  parts.abortion = new Abortion();
  markLive(sorted);
  const flaws = planQueues(sorted, scheduler, { cores: options.budget.cores });
  flaws.push(...gaugeIssues(overload.steps, elements));
  const { issues, total, behind } = queryLatency(sorted);
  if (flaws.length + issues.length > 0) throw new GraphError([...flaws, ...issues]);
  parts.latency = total;
  parts.timeline.follow({ ...parts.timeline.state, latency: total.min, behind });
  for (const { element, start } of threads.starts(parts.abortion.signal)) await attempt(parts, element, start);
  for (const element of [...sorted].reverse()) await attempt(parts, element, () => element.open());
  parts.to('ready');
}

/** @throws GraphError with every link that cannot be settled, or the ElementError of the element that cannot be made. */
export async function negotiatePipeline(parts: PipelineParts): Promise<void> {
  const { elements, overload, sorted } = parts;
  const issues: Issue[] = [];
  for (const element of sorted) {
    if (!hasCaps(element)) continue;
    try {
      negotiateSrcPads(element);
    } catch (error) {
      if (!(error instanceof GraphError)) throw await taken(parts, element, error);
      issues.push(...error.issues);
    }
    for (const { peer, caps } of element.srcPads.values()) if (peer !== undefined) peer.caps = caps;
  }
  await complain(parts, issues);
  for (const element of [...sorted].reverse()) if (hasCaps(element)) await attempt(parts, element, () => element.life.create());
  await complain(parts, changeIssues(overload.steps, elements));
  parts.to('paused');
}

/** Has an element do something that may take long; an abort is heard meanwhile. */
async function attempt(parts: PipelineParts, element: Element, work: () => Promise<void>): Promise<void> {
  try {
    if (parts.failure !== undefined) throw parts.failure;
    const working = work();
    await Promise.race([working, parts.abortion.isOver]);
    if (parts.failure === undefined) return;
    await parts.departure.within([working], 'opening', [element]);
    throw parts.failure;
  } catch (error) {
    throw await taken(parts, element, error);
  }
}

/** Closes everything after a fault on the way to playing; the error to throw. */
async function taken(parts: PipelineParts, element: Element, error: unknown): Promise<Error> {
  await closePipeline(parts);
  return parts.failure ?? ElementError.from(element.name, error);
}

async function complain(parts: PipelineParts, issues: readonly Issue[]): Promise<void> {
  if (issues.length === 0) return;
  await closePipeline(parts);
  throw new GraphError(issues);
}

/** Whether every linked sink pad knows what it will be given. */
function hasCaps(element: Element): boolean {
  for (const pad of element.sinkPads.values()) if (lacksCaps(pad)) return false;
  return true;
}
