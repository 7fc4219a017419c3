// The first half of an edit: what is added is opened, negotiated and made ready beside the graph that runs, which knows nothing of it
// yet; then the two are linked, at the boundary of a buffer. Whatever fails on the way is undone, the last step first.
import { type FixedCaps, fixateCaps, intersectCaps, isEmptyCaps } from '../caps/caps.ts';
import { explainDisjoint } from '../caps/explain-caps.ts';
import { acceptedCaps, lacksCaps, negotiateSrcPads, offeredCaps, surveySrcPads } from '../caps/negotiate.ts';
import type { Element } from '../element/element.ts';
import type { SinkPad, SrcPad } from '../element/pad.ts';
import { AbortedError, ElementError, GraphError, type Issue } from '../errors.ts';
import { joinPads, type PadLink } from '../pipeline/link-elements.ts';
import { markLive } from '../pipeline/topology.ts';
import { planQueues } from '../queue/plan-queues.ts';
import { EOS } from '../stream/event.ts';
import { type EditPlan, inAddition } from './edit-plan.ts';
import type { EditedGraph } from './edited-graph.ts';

export class EditTransaction {
  private readonly plan: EditPlan;
  private readonly graph: EditedGraph;
  private readonly fresh: ReadonlySet<Element>;
  private readonly undos: (() => void)[] = [];
  /** Elements that run and have taken on other pads. */
  private readonly touched: Element[] = [];
  /** What has failed of itself in what is added. */
  private fault: ElementError | undefined;
  private readonly faulted: Promise<void>;
  private tellFault = (): void => {};

  constructor(plan: EditPlan, graph: EditedGraph) {
    this.plan = plan;
    this.graph = graph;
    this.fresh = new Set(plan.added);
    this.faulted = new Promise((resolve) => {
      this.tellFault = resolve;
    });
  }

  /** @throws GraphError or ElementError; the graph is then as it was. */
  async carryOut(): Promise<void> {
    this.graph.expect(this.plan.added, (error) => this.failed(error));
    try {
      await this.prepare();
      await this.link();
      this.changeProps();
    } catch (error) {
      await this.rollBack();
      throw error;
    }
    this.begin();
  }

  private async prepare(): Promise<void> {
    const { added } = this.plan;
    if (added.length === 0) return;
    const { graph } = this;
    markLive(added);
    complain(planQueues(added, graph.scheduler, graph).map(inAddition));
    for (const { element, start } of graph.threadEntries(added)) await this.attempt(element, start);
    for (const element of added.toReversed()) await this.attempt(element, () => element.open());
    await this.negotiate();
    for (const element of added.toReversed()) if (!lacksAny(element)) await this.attempt(element, () => element.life.create());
  }

  private async negotiate(): Promise<void> {
    const issues: Issue[] = [];
    for (const element of this.plan.added) {
      for (const pad of element.sinkPads.values()) {
        if (pad.peer !== undefined && !this.fresh.has(pad.peer.element)) pad.caps = this.capsFor(pad.peer, pad, issues);
      }
      if (lacksAny(element)) continue;
      try {
        if (element.definition.negotiate?.survey !== undefined) await surveySrcPads(element);
        negotiateSrcPads(element);
      } catch (error) {
        if (!(error instanceof GraphError)) throw ElementError.from(element.name, error);
        issues.push(...error.issues.map(inAddition));
      }
      for (const { peer, caps } of element.srcPads.values()) if (peer !== undefined) peer.caps = caps;
    }
    // Links between elements that run.
    for (const { src, sink } of this.plan.links) {
      if (this.fresh.has(src.element) || this.fresh.has(sink.element)) continue;
      sink.caps = this.capsFor(src, sink, issues);
    }
    complain(issues);
  }

  /** What will come to a pad from an element that runs. */
  private capsFor(src: SrcPad, sink: SinkPad, issues: Issue[]): FixedCaps | undefined {
    const accepted = acceptedCaps(sink);
    const offered = src.caps === undefined ? offeredCaps(src) : [src.caps];
    const common = intersectCaps(offered, accepted);
    if (isEmptyCaps(common)) {
      issues.push(inAddition(explainDisjoint(src, sink, offered, accepted)));
      return undefined;
    }
    return src.caps ?? fixateCaps(common);
  }

  /** Those that run get to know their new pads, those nearer to the sinks first, so that nothing flows before all can take it. */
  private async link(): Promise<void> {
    const { links, added } = this.plan;
    if (added.length === 0 && links.length > 0) await this.negotiate();
    const joints = new Map<Element, PadLink[]>();
    for (const link of links) {
      if (!this.fresh.has(link.sink.element)) this.attachSink(link);
      for (const { element } of [link.sink, link.src])
        if (!this.fresh.has(element)) joints.set(element, [...(joints.get(element) ?? []), link]);
    }
    const order = [...joints].sort(([a], [b]) => b.depth - a.depth);
    for (const [element, own] of order) {
      const outgoing = own.filter(({ src }) => src.element === element);
      for (const link of outgoing) this.attachSrc(link);
      await this.takeEffect(element);
    }
    complain(this.graph.latencyIssues(added));
  }

  private attachSink({ src, sink }: PadLink): void {
    const { padChanges, sinkPads } = sink.element;
    const isNew = !sinkPads.has(sink.name);
    sink.peer = src;
    if (isNew) padChanges.attach(sink);
    complain(planQueues([sink.element], this.graph.scheduler, this.graph, new Set([sink])).map(inAddition));
    this.undos.push(() => {
      sink.close('not-linked');
      sink.peer = undefined;
      if (isNew) padChanges.withdraw(sink);
      else sink.reset();
    });
  }

  private attachSrc(link: PadLink): void {
    const { src, sink } = link;
    const { padChanges, srcPads } = src.element;
    const isNew = !srcPads.has(src.name);
    const before = src.peer;
    if (isNew) {
      padChanges.attach(src);
      src.caps = sink.caps;
      src.learnSticky();
    }
    joinPads(link);
    src.replaySticky();
    // It may have come to its end while what is added was opened.
    if (isNew && src.element.outlet.hasEnded) src.pushEvent(EOS);
    this.undos.push(() => {
      if (sink.peer === src) sink.close('not-linked');
      src.peer = before;
      if (isNew) padChanges.withdraw(src);
    });
  }

  private async takeEffect(element: Element): Promise<void> {
    this.touched.push(element);
    await this.attempt(element, () => element.padChanges.takeEffect());
  }

  private changeProps(): void {
    for (const [element, changes] of this.plan.changes) {
      const { written } = element;
      element.setProps(changes);
      this.undos.push(() => element.setProps(Object.fromEntries(Object.keys(changes).map((key) => [key, written[key]]))));
    }
  }

  /** From here on nothing fails that would not fail of itself. */
  private begin(): void {
    const { added, cuts } = this.plan;
    this.graph.change(added, []);
    for (const { src, sink } of cuts) {
      // What had come by the link is worked off, and its end follows.
      if (src.peer === sink) src.peer = undefined;
      sink.receiveEvent(EOS);
    }
    for (const element of added.toReversed()) if (element.isSource) this.graph.start(element);
  }

  private async rollBack(): Promise<void> {
    const { graph, touched } = this;
    for (const undo of this.undos.toReversed()) undo();
    graph.dismiss(this.plan.added);
    for (const element of touched) {
      if (graph.failure !== undefined) break;
      try {
        await element.padChanges.takeEffect();
      } catch (error) {
        graph.host.fail(ElementError.from(element.name, error));
      }
    }
    await graph.close(this.plan.added);
  }

  /** Something fails in what is added, which may be fed by then: those that feed it go on as without it. */
  private failed(error: ElementError): void {
    this.fault ??= error;
    for (const { sinkPads } of this.plan.added) for (const pad of sinkPads.values()) pad.close('not-linked');
    this.tellFault();
  }

  private checkFaults(): void {
    const fault = this.graph.failure ?? this.fault;
    if (fault !== undefined) throw fault;
  }

  private async attempt(element: Element, work: () => Promise<void>): Promise<void> {
    try {
      this.checkFaults();
      await Promise.race([work(), this.graph.aborted, this.faulted]);
      this.checkFaults();
    } catch (error) {
      if (error instanceof GraphError) throw new GraphError(error.issues.map(inAddition));
      throw error instanceof AbortedError ? error : ElementError.from(element.name, error);
    }
  }
}

function complain(issues: readonly Issue[]): void {
  if (issues.length > 0) throw new GraphError(issues);
}

function lacksAny(element: Element): boolean {
  return [...element.sinkPads.values()].some(lacksCaps);
}
