// The links of a worker thread: those between elements that are in it, and the near halves of those that lead out of it. At the end
// of such a half is a double of the neighbour.

import { Element } from '../element/element.ts';
import type { ElementHost } from '../element/element-host.ts';
import type { SinkPad, SrcPad } from '../element/pad.ts';
import { anyMedia, type PadTemplate, sinkPad, srcPad } from '../element/pad-template.ts';
import { ElementError } from '../errors.ts';
import { Arrival, Crossing } from './crossing.ts';
import type { PipelineConnection } from './pipeline-connection.ts';
import type { PlannedEnd, PlannedLink } from './thread-notes.ts';

export class ThreadLinks {
  readonly inward = new Map<number, Arrival>();
  readonly outward = new Map<number, Crossing>();
  /** Pads that links lead out from. */
  readonly sources = new Map<number, SrcPad>();
  private readonly connection: PipelineConnection;
  private readonly host: ElementHost;
  private readonly elements: ReadonlyMap<string, Element>;

  constructor(connection: PipelineConnection, host: ElementHost, elements: ReadonlyMap<string, Element>) {
    this.connection = connection;
    this.host = host;
    this.elements = elements;
  }

  add({ from, to, isLive, crossing }: PlannedLink): void {
    const src = this.endOf(from, srcPad(anyMedia())) as SrcPad;
    const sink = this.endOf(to, sinkPad(anyMedia())) as SinkPad;
    src.element.isLive = isLive;
    src.peer = sink;
    sink.peer = src;
    if (crossing === undefined) return;
    const { connection } = this;
    const { id: link, direction } = crossing;
    if (direction === 'in') {
      this.inward.set(link, new Arrival(src, connection, (flow) => connection.post({ note: 'taken', link, flow })));
      src.sendNeed = (need) => connection.post({ note: 'need', link, need });
      return;
    }
    const failed = (error: unknown): void => this.host.fail(ElementError.from(from.element, error));
    sink.crossing = new Crossing(connection.wire, (item) => connection.post({ note: 'item', link, item }), failed);
    this.outward.set(link, sink.crossing);
    this.sources.set(link, src);
  }

  /** Takes the links of elements away that are no more. */
  remove(elements: readonly string[]): void {
    // Of a link that leads across only the near end counts: who is at the far end may be another by now, or another of that name.
    const isGone = ({ from, to, crossing }: PlannedLink): boolean =>
      (crossing?.direction !== 'in' && elements.includes(from.element)) || (crossing?.direction !== 'out' && elements.includes(to.element));
    const { connection, inward, outward, sources } = this;
    for (const { crossing } of connection.links.filter(isGone)) {
      if (crossing === undefined) continue;
      // What is still under way goes nowhere.
      outward.get(crossing.id)?.cut();
      for (const links of [inward, outward, sources]) links.delete(crossing.id);
    }
    connection.links = connection.links.filter((link) => !isGone(link));
  }

  /** A pad of an element that is here, or that of a double. */
  private endOf({ element, pad }: PlannedEnd, template: PadTemplate): SinkPad | SrcPad {
    const owner =
      this.elements.get(element) ?? new Element(element, { pads: { [pad]: template } } as never, {}, { type: 'elsewhere' }, this.host);
    return (template.direction === 'src' ? owner.srcPads : owner.sinkPads).get(pad)!;
  }
}
