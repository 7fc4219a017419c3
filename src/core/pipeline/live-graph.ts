// The graph of a pipeline that runs, as edits see it and change it: order, latency, clock, watches and the end of the run follow.
import type { ElementSummary } from '../counts/statistics.ts';
import { summaryOf } from '../counts/summary.ts';
import type { EditedGraph } from '../edit/edited-graph.ts';
import type { Element } from '../element/element.ts';
import { tellHook } from '../element/tell-hook.ts';
import { AbortedError, type ElementError, type Issue } from '../errors.ts';
import { childPointer } from '../graph/json-pointer.ts';
import { queryLatency } from '../time/latency.ts';
import type { Threading } from './make-elements.ts';
import type { PipelineParts } from './pipeline-parts.ts';
import { downstreamCapacity, sortElements } from './topology.ts';

export class LiveGraph implements EditedGraph {
  readonly elements: EditedGraph['elements'];
  readonly registry: EditedGraph['registry'];
  readonly host: EditedGraph['host'];
  readonly scheduler: EditedGraph['scheduler'];
  readonly cores: number;
  /** What those did that have been taken out. */
  readonly removed: ElementSummary[] = [];
  private readonly parts: PipelineParts;
  /** Names of elements that have been taken out, whose faults are of no interest any more. */
  private readonly dismissed = new Set<string>();
  private readonly leaving = new Set<Element>();
  /** Who hears of faults of elements that are being added, by their names. */
  private readonly coming = new Map<string, (error: ElementError) => void>();

  constructor(parts: PipelineParts) {
    this.parts = parts;
    this.elements = parts.elements;
    this.registry = parts.options.registry;
    this.host = parts.host;
    this.scheduler = parts.scheduler;
    this.cores = parts.options.budget.cores;
  }

  get isHeld(): boolean {
    return this.parts.end.isHeldByApplication;
  }

  get aborted(): Promise<void> {
    return this.parts.abortion.isOver;
  }

  get failure(): Error | undefined {
    return this.parts.failure;
  }

  hasDismissed(name: string): boolean {
    return this.dismissed.has(name);
  }

  /** Whether an element is being added, and the graph has nothing to do with its faults yet. */
  isComing(name: string): boolean {
    return this.coming.has(name);
  }

  /** Tells an edit of a fault of what it adds; false where no edit is under way that does. */
  failComing(error: ElementError): boolean {
    const failed = this.coming.get(error.element);
    failed?.(error);
    return failed !== undefined;
  }

  expect(elements: readonly Element[], failed: (error: ElementError) => void): void {
    for (const { name } of elements) {
      this.coming.set(name, failed);
      this.dismissed.delete(name);
    }
  }

  /** Forgets what was taken out in another run. */
  clear(): void {
    this.dismissed.clear();
    this.coming.clear();
    this.removed.length = 0;
  }

  async check({ name, definition, props }: Element): Promise<Issue[]> {
    const found = (await definition.check?.({ props: props as never, baseFolder: this.parts.folderOf(name) })) ?? [];
    return found.map((issue) => ({ ...issue, path: `${childPointer('/elements', name)}${issue.path}` }));
  }

  latencyIssues(added: readonly Element[]): readonly Issue[] {
    return queryLatency(sortElements([...this.parts.sorted, ...added]).sorted).issues;
  }

  change(added: readonly Element[], removed: readonly Element[]): void {
    const { parts } = this;
    const { elements, end, overload, positions, threads, timeline } = parts;
    const resumeOverload = overload.suspend([...added, ...removed]);
    for (const element of added) {
      elements.set(element.name, element);
      this.coming.delete(element.name);
    }
    for (const element of removed) {
      elements.delete(element.name);
      this.dismissed.add(element.name);
      this.leaving.add(element);
      positions.forget(element.name);
    }
    parts.sorted = sortElements(elements.values()).sorted;
    this.growPools();
    for (const element of added) if (!element.outlet.hasEnded) end.expect(element);
    for (const element of removed) end.ended(element);
    const { total, behind } = queryLatency(parts.sorted);
    const before = parts.latency;
    parts.latency = total;
    timeline.follow({ ...timeline.state, latency: total.min, behind });
    threads.follow(timeline.state);
    parts.election.elect();
    parts.beginWatch();
    resumeOverload();
    parts.post({ type: 'edited', added: added.map(({ name }) => name), removed: removed.map(({ name }) => name) });
    if (total.min !== before?.min || total.max !== before.max) parts.post({ type: 'latency', latency: total });
  }

  /** Has pools hold what may sit behind their elements now. */
  private growPools(): void {
    for (const element of this.parts.sorted) {
      const capacity = downstreamCapacity(element);
      if (element.pools.grow(capacity)) this.parts.threads.grow(element, capacity);
    }
  }

  start(source: Element): void {
    const { sources, stopRequested, threads } = this.parts;
    const task = sources.add(source, (begins) => threads.source(source, begins));
    task.start();
    if (stopRequested) task.stop();
  }

  async stop(source: Element): Promise<number> {
    const epochs = await this.parts.sources.of(source)?.endNow();
    return epochs?.epoch ?? 0;
  }

  dismiss(elements: readonly Element[]): void {
    const { sources } = this.parts;
    for (const element of elements) {
      this.coming.delete(element.name);
      this.dismissed.add(element.name);
      sources.of(element)?.abort();
      element.restarts.cancel();
      this.abort(element);
      tellHook(
        () => element.hooks?.stop?.(),
        (error) => element.notices.warn('element/close-failed', error),
      );
      element.life.flush();
      for (const pad of element.sinkPads.values()) pad.close('flushing');
    }
  }

  endOf(element: Element): Promise<void> {
    return this.parts.end.endOf(element);
  }

  async close(gone: readonly Element[]): Promise<void> {
    const { claims, departure, elements, sources, threads } = this.parts;
    for (const element of gone) this.abort(element);
    await departure.rest(gone);
    await departure.close(gone);
    for (const element of gone) {
      sources.remove(element);
      if (!elements.has(element.name)) claims.release(element.name);
      // What it had at work is counted by now.
      if (this.leaving.delete(element)) this.removed.push(element.reported ?? summaryOf(element));
    }
    await departure.within([threads.leave(gone)], 'leaving its thread', gone);
  }

  /** Has an element that leaves let go of what it waits for. */
  private abort(element: Element): void {
    const { abortion, threads } = this.parts;
    const reason = new AbortedError(`${element.name} is being taken out of the graph`);
    abortion.abortOnly(element, reason);
    threads.dismiss(element, reason);
  }

  get threading(): Threading {
    return this.parts.threads.adopt;
  }

  threadEntries(elements: readonly Element[]): ReturnType<EditedGraph['threadEntries']> {
    const { abortion, threads } = this.parts;
    return threads.entries(elements, abortion.signal);
  }
}
