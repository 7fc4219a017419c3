// The second half of an edit: elements leave a graph that runs. With `drain` their sources end, what is under way is worked off, and
// an end of the stream goes down their branches alone; without, everything they hold is dropped and counted. Then the pads that
// linked them are taken away from those that stay.
import type { Element } from '../element/element.ts';
import type { SinkPad } from '../element/pad.ts';
import { ElementError } from '../errors.ts';
import { type PadLink, partPads } from '../pipeline/link-elements.ts';
import { EOS } from '../stream/event.ts';
import type { EditedGraph } from './edited-graph.ts';

export class ElementRemoval {
  private readonly removed: ReadonlySet<Element>;
  private readonly graph: EditedGraph;
  /** Links by which something comes to those that leave. */
  private readonly ins: readonly PadLink[];
  /** Links by which they give something to those that stay. */
  private readonly outs: readonly PadLink[];

  constructor(removed: ReadonlySet<Element>, graph: EditedGraph) {
    this.removed = removed;
    this.graph = graph;
    const all = [...removed];
    this.ins = all.flatMap((element) =>
      [...element.sinkPads.values()].flatMap((sink) =>
        sink.peer === undefined || removed.has(sink.peer.element) ? [] : [{ src: sink.peer, sink }],
      ),
    );
    this.outs = all.flatMap((element) =>
      [...element.srcPads.values()].flatMap((src) =>
        src.peer === undefined || removed.has(src.peer.element) ? [] : [{ src, sink: src.peer }],
      ),
    );
  }

  async drain(): Promise<void> {
    const sources = [...this.removed].filter(({ isSource }) => isSource);
    for (const element of this.removed) element.events.leave();
    const epochs = new Map<Element, number>();
    await this.unlessAborted(Promise.all(sources.map(async (source) => epochs.set(source, await this.graph.stop(source)))));
    await Promise.all(
      this.ins.map(async ({ src, sink }) => {
        // What comes back to them by way of those that stay is theirs, too.
        const own = sources.filter((source) => leadsTo(source, src.element));
        await this.unlessAborted(Promise.all(own.map((source) => src.stickyEvents.endOf(source.name, epochs.get(source)!))));
        await this.cut(src, sink);
        sink.receiveEvent(EOS);
      }),
    );
    const terminals = [...this.removed].filter((element) => element.isTerminal && (element.isSource || element.isFed));
    await this.unlessAborted(
      Promise.all([...terminals.map((element) => this.graph.endOf(element)), ...this.outs.map(({ sink }) => sink.end)]),
    );
    await this.leave();
  }

  async drop(): Promise<void> {
    for (const { src, sink } of this.ins) {
      if (src.peer === sink) src.peer = undefined;
      // Whoever is pushing to them goes on without them.
      sink.close('not-linked');
      await this.cut(src, sink);
    }
    this.graph.dismiss([...this.removed]);
    for (const { sink } of this.outs) sink.breakOff();
    await this.leave();
  }

  /** Those that stay forget those that leave, and go on. */
  private async leave(): Promise<void> {
    for (const link of this.outs) partPads(link);
    for (const { sink } of this.outs) sink.element.padChanges.remove(sink);
    const joints = new Set(this.outs.map(({ sink }) => sink.element));
    for (const element of joints) {
      try {
        await element.padChanges.takeEffect();
      } catch (error) {
        // What has left does not come back, and this one cannot go on without it.
        this.graph.host.fail(ElementError.from(element.name, error));
      }
    }
    this.graph.change([], [...this.removed]);
    await this.graph.close([...this.removed]);
  }

  private async cut(src: PadLink['src'], sink: SinkPad): Promise<void> {
    if (src.peer === sink) src.peer = undefined;
    // It has been led to others by now.
    if (src.peer !== undefined) return;
    src.element.padChanges.remove(src);
    await src.element.padChanges.takeEffect();
  }

  private async unlessAborted(work: Promise<unknown>): Promise<void> {
    await Promise.race([work, this.graph.aborted]);
    if (this.graph.failure !== undefined) throw this.graph.failure;
  }
}

/** Whether what leaves an element comes to another. */
function leadsTo(from: Element, to: Element, seen = new Set<Element>()): boolean {
  if (from === to) return true;
  seen.add(from);
  return [...from.srcPads.values()].some(({ peer }) => peer !== undefined && !seen.has(peer.element) && leadsTo(peer.element, to, seen));
}
