// The way of a pipeline from null to ready: threads start, models load, files and devices open; and from there to paused: what flows
// through every pad is settled. Whatever fails on the way takes everything down again that is open by then.
import { lacksCaps, negotiateSrcPads, surveySrcPads } from '../caps/negotiate.ts';
import type { Element } from '../element/element.ts';
import { AbortedError, ElementError, GraphError, type Issue } from '../errors.ts';
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
  complainOfLeft(parts.departure.leftBehind);
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
  // Elements that are made note when they are: before a run begins, and not after another one.
  parts.timeline.follow({ ...parts.timeline.state, standsAt: 0, latency: total.min, behind });
  for (const { element, start } of threads.starts(parts.abortion.signal)) await attempt(parts, [element], start);
  const open = (element: Element): Promise<void> => element.open();
  for (const element of [...sorted].reverse()) if (element.isFed) await attempt(parts, [element], open);
  // Cameras, which may take seconds to answer, are not waited for one after the other.
  await attempt(
    parts,
    sorted.filter(({ isFed }) => !isFed),
    open,
  );
  parts.to('ready');
}

/** @throws GraphError with every link that cannot be settled, or the ElementError of the element that cannot be made. */
export async function negotiatePipeline(parts: PipelineParts): Promise<void> {
  const { elements, overload, sorted } = parts;
  const issues: Issue[] = [];
  for (const element of sorted) {
    if (!hasCaps(element)) continue;
    const { survey } = element.definition.negotiate ?? {};
    if (survey !== undefined && issues.length === 0) await attempt(parts, [element], surveySrcPads);
    try {
      negotiateSrcPads(element);
    } catch (error) {
      if (!(error instanceof GraphError)) throw await taken(parts, element, error);
      issues.push(...error.issues);
    }
    for (const { peer, caps } of element.srcPads.values()) if (peer !== undefined) peer.caps = caps;
  }
  await complain(parts, issues);
  for (const element of [...sorted].reverse()) if (hasCaps(element)) await attempt(parts, [element], () => element.life.create());
  await complain(parts, changeIssues(overload.steps, elements));
  parts.to('paused');
}

/** Has elements do something side by side that may take long; an abort is heard meanwhile, and a fault of one before the others are done. */
async function attempt(parts: PipelineParts, elements: readonly Element[], work: (element: Element) => Promise<void>): Promise<void> {
  let culprit: Element | undefined;
  const working: Promise<void>[] = [];
  try {
    if (parts.failure !== undefined) throw parts.failure;
    for (const element of elements) {
      const one = work(element);
      working.push(one);
      one.catch(() => {
        culprit ??= element;
      });
    }
    await Promise.race([Promise.all(working), parts.abortion.isOver]);
    if (parts.failure !== undefined) throw parts.failure;
  } catch (error) {
    // The others have no more reason to go on trying.
    const reason = new AbortedError('another element of the graph could not be opened');
    for (const element of elements) if (element !== culprit) parts.abortion.abortOnly(element, reason);
    await parts.departure.within([Promise.allSettled(working)], 'opening', elements);
    throw await taken(parts, culprit ?? elements[0]!, error);
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

/** What hooks of an earlier run do when they come back must not be taken for what those of this one do. */
function complainOfLeft(left: readonly Element[]): void {
  if (left.length === 0) return;
  const names = left.map(({ name }) => name).join(', ');
  const text = `Cannot open the graph again: ${names} has not come back since it was left behind, and may still use what it had; wait until it has, or make another pipeline`;
  throw new ElementError(left[0]!.name, 'element/still-away', text);
}

/** Whether every linked sink pad knows what it will be given. */
function hasCaps(element: Element): boolean {
  for (const pad of element.sinkPads.values()) if (lacksCaps(pad)) return false;
  return true;
}
