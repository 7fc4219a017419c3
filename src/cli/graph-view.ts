// A graph as something to be drawn: elements with their pads, and links with what flows through them.
import { type Pipeline, withoutSecrets } from '../index.ts';

export interface ViewNode {
  readonly name: string;
  readonly type: string;
  /** The first part of its class: Source, Filter, Sink … */
  readonly kind: string;
  /** The properties that the graph sets, as short lines. */
  readonly props: readonly string[];
  /** Pads that are linked. */
  readonly sinks: readonly string[];
  readonly srcs: readonly string[];
  /** Distance from the sources. */
  readonly depth: number;
}

export interface ViewLink {
  readonly from: { readonly node: string; readonly pad: string };
  readonly to: { readonly node: string; readonly pad: string };
  /** The media type, as far as templates tell. */
  readonly media: string | undefined;
}

export interface GraphView {
  readonly nodes: readonly ViewNode[];
  readonly links: readonly ViewLink[];
}

export function viewGraph(pipeline: Pipeline): GraphView {
  const elements = [...pipeline.elements.values()].sort((a, b) => a.depth - b.depth);
  const flowing = new Map<object, string | undefined>();
  const links: ViewLink[] = [];
  for (const element of elements) {
    const passed = [...element.sinkPads.values()].map((pad) => flowing.get(pad)).find((media) => media !== undefined);
    for (const src of element.srcPads.values()) {
      const { peer } = src;
      if (peer === undefined) continue;
      const media = commonMedia(src.template.media.name, peer.template.media.name) ?? passed;
      flowing.set(peer, media);
      links.push({ from: { node: element.name, pad: src.name }, to: { node: peer.element.name, pad: peer.name }, media });
    }
  }
  const nodes = elements.map(({ name, definition, description, sinkPads, srcPads, depth }) => ({
    name,
    type: definition.name,
    kind: definition.klass.split('/')[0]!,
    props: Object.entries(description.props ?? {}).map(([key, value]) => `${key} ${shorten(value)}`),
    sinks: [...sinkPads.values()].filter(({ peer }) => peer !== undefined).map((pad) => pad.name),
    srcs: [...srcPads.values()].filter(({ peer }) => peer !== undefined).map((pad) => pad.name),
    depth,
  }));
  return { nodes, links };
}

/** What two templates have in common; undefined when both take anything. */
function commonMedia(a: string, b: string): string | undefined {
  if (a === 'any') return b === 'any' ? undefined : b;
  if (b === 'any') return a;
  return a
    .split('|')
    .filter((media) => b.split('|').includes(media))
    .join(' or ');
}

function shorten(value: unknown): string {
  // Half of a secret would not be known for one.
  if (typeof value === 'string') return end(withoutSecrets(value));
  return end(Array.isArray(value) ? value.map(shorten).join(', ') : withoutSecrets(JSON.stringify(value)));
}

function end(text: string): string {
  return text.length > 26 ? `…${text.slice(-25)}` : text;
}

/** Whether a pad's name says more than its direction. */
export function isTelling(pad: string): boolean {
  return pad !== 'sink' && pad !== 'src' && !/^(sink|src)_\d+$/.test(pad);
}
