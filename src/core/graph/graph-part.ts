// Joins a graph with the graphs it includes. The elements of a part get its name before their own (`left/fit`), and links to the
// part lead to the inner pads that it shows as its own.

import type { Direction } from '../element/pad-template.ts';
import type { Issue } from '../errors.ts';
import { childPointer } from './json-pointer.ts';
import { type LinkEnd, parseLinks } from './link-chain.ts';
import { nearestName } from './nearest-name.ts';

/** Puts an issue where it belongs, given the pointer below what it is about. */
export type Origin = (rest: string, issue: Issue) => Issue;

export interface PartElement {
  readonly description: unknown;
  readonly folder: string;
  readonly flawed: boolean;
  readonly origin: Origin;
}

/** A graph with everything that it includes put in. */
export interface GraphPart {
  readonly elements: ReadonlyMap<string, PartElement>;
  readonly links: readonly { readonly text: string; readonly origin: Origin }[];
  /** Its steps against overload, with elements by their names in the whole. */
  readonly overload: readonly { readonly step: unknown; readonly origin: Origin }[];
  /** The clock that it asks for; of parts of a whole, nobody asks. */
  readonly clock: unknown;
  /** The pads it shows, and the inner ends they stand for. */
  readonly pads: Readonly<Record<Direction, ReadonlyMap<string, LinkEnd>>>;
}

export interface PartContext {
  readonly folder: string;
  isFlawed(element: string): boolean;
  origin(pointer: string): Origin;
  complain(issue: Issue): void;
}

/** @param parts What is included, by name; undefined for what could not be opened. */
export function joinParts(
  graph: Readonly<Record<string, unknown>>,
  parts: ReadonlyMap<string, GraphPart | undefined>,
  { folder, isFlawed, origin, complain }: PartContext,
): GraphPart {
  const elements = new Map<string, PartElement>();
  const links: { text: string; origin: Origin }[] = [];
  for (const [name, description] of Object.entries((graph['elements'] ?? {}) as object)) {
    elements.set(name, { description, folder, flawed: isFlawed(name), origin: origin(childPointer('/elements', name)) });
  }
  for (const [name, part] of parts) {
    if (elements.has(name)) {
      const message = `An element and an include are both named ${name}`;
      complain({ code: 'graph/duplicate-name', path: childPointer('/include', name), message, hint: 'rename one' });
    }
    for (const [inner, element] of part?.elements ?? []) elements.set(`${name}/${inner}`, element);
    for (const link of part?.links ?? []) links.push({ ...link, text: prefixed(link.text, name) });
  }
  const overload = (Array.isArray(graph['overload']) ? graph['overload'] : []).map((step: unknown, index) => ({
    step,
    origin: origin(`/overload/${index}`),
  }));
  for (const [name, part] of parts) for (const one of part?.overload ?? []) overload.push({ ...one, step: within(one.step, name) });
  const resolver = new EndResolver(elements, parts, complain);
  const chains = Array.isArray(graph['links']) ? graph['links'] : [];
  for (const [index, chain] of chains.entries()) {
    if (typeof chain !== 'string') continue;
    const from = origin(`/links/${index}`);
    if (!mentions(chain, parts)) {
      links.push({ text: chain, origin: from });
      continue;
    }
    const parsed = parseLinks([chain]);
    for (const issue of parsed.issues) complain({ ...issue, path: `/links/${index}` });
    for (const link of parsed.links) {
      const [src, sink] = [resolver.resolve(link.from, 'src', `/links/${index}`), resolver.resolve(link.to, 'sink', `/links/${index}`)];
      if (src !== undefined && sink !== undefined) links.push({ text: `${formatEnd(src)} ! ${formatEnd(sink)}`, origin: from });
    }
  }
  const padsOf = (key: 'sinkPads' | 'srcPads', direction: Direction): Map<string, LinkEnd> => {
    const pads = new Map<string, LinkEnd>();
    for (const [name, inner] of Object.entries((graph[key] ?? {}) as object)) {
      const end = resolver.inner(String(inner), direction, childPointer(`/${key}`, name));
      if (end !== undefined) pads.set(name, end);
    }
    return pads;
  };
  return { elements, links, overload, clock: graph['clock'], pads: { sink: padsOf('sinkPads', 'sink'), src: padsOf('srcPads', 'src') } };
}

class EndResolver {
  private readonly elements: ReadonlyMap<string, PartElement>;
  private readonly parts: ReadonlyMap<string, GraphPart | undefined>;
  private readonly complain: (issue: Issue) => void;

  constructor(
    elements: ReadonlyMap<string, PartElement>,
    parts: ReadonlyMap<string, GraphPart | undefined>,
    complain: (issue: Issue) => void,
  ) {
    this.elements = elements;
    this.parts = parts;
    this.complain = complain;
  }

  /** The end that an end of a link really means; undefined where there is none. */
  resolve(end: LinkEnd, direction: Direction, path: string): LinkEnd | undefined {
    if (!this.parts.has(end.element)) return end;
    const part = this.parts.get(end.element);
    if (part === undefined) return undefined;
    const pads = part.pads[direction];
    const other = part.pads[direction === 'src' ? 'sink' : 'src'];
    // In the middle of a chain the pad that is named belongs to one side only.
    const named = end.pad !== undefined && !(other.has(end.pad) && !pads.has(end.pad)) ? end.pad : undefined;
    const inner = named !== undefined ? pads.get(named) : pads.size === 1 ? [...pads.values()][0] : pads.get(direction);
    if (inner !== undefined) return { element: `${end.element}/${inner.element}`, pad: inner.pad };
    const names = [...pads.keys()];
    const key = direction === 'src' ? 'srcPads' : 'sinkPads';
    if (named === undefined && names.length > 1) {
      const hint = `name one: ${names.map((name) => `${end.element}.${name}`).join(' or ')}`;
      this.complain({ code: 'graph/ambiguous-pad', path, message: `${end.element} has several ${direction} pads`, hint });
    } else {
      const nearest = named === undefined ? undefined : nearestName(named, names);
      const hint =
        nearest === undefined ? `its file declares them under ${key}: ${names.join(', ') || 'none'}` : `did you mean ${nearest}?`;
      const message = `${end.element} has no ${direction} pad${named === undefined ? '' : ` named ${named}`}`;
      this.complain({ code: 'graph/unknown-pad', path, message, hint });
    }
    return undefined;
  }

  /** The end that a pad shown to others stands for. */
  inner(text: string, direction: Direction, path: string): LinkEnd | undefined {
    const match = /^([A-Za-z0-9_/-]+)(?:\.(\w+))?$/.exec(text);
    const name = match?.[1];
    if (name === undefined || !(this.elements.has(name) || this.parts.has(name))) {
      const nearest = nearestName(name ?? text, this.elements.keys());
      const hint = nearest === undefined ? 'write the name of an element, or element.pad' : `did you mean ${nearest}?`;
      this.complain({ code: 'graph/unknown-element', path, message: `There is no element named ${name ?? text}`, hint });
      return undefined;
    }
    return this.resolve({ element: name, pad: match![2] }, direction, path);
  }
}

function mentions(chain: string, parts: ReadonlyMap<string, unknown>): boolean {
  return chain.split('!').some((end) => parts.has(end.trim().split('.')[0]!));
}

function prefixed(chain: string, name: string): string {
  return chain
    .split('!')
    .map((end) => `${name}/${end.trim()}`)
    .join(' ! ');
}

/** A step against overload as it reads from outside the part it belongs to. */
function within(step: unknown, part: string): unknown {
  const { when, pause, ...rest } = Object(step) as Record<string, unknown>;
  const { element, ...condition } = Object(when) as Record<string, unknown>;
  const renamed = (changes: unknown): object =>
    Object.fromEntries(Object.entries(Object(changes) as object).map(([name, one]) => [`${part}/${name}`, one]));
  const changed = ['do', 'batch', 'queue'].flatMap((key) => (rest[key] === undefined ? [] : [[key, renamed(rest[key])]]));
  const paused = Array.isArray(pause) ? { pause: pause.map((name) => `${part}/${name}`) } : {};
  return { ...rest, when: { ...condition, element: `${part}/${element}` }, ...Object.fromEntries(changed), ...paused };
}

function formatEnd({ element, pad }: LinkEnd): string {
  return pad === undefined ? element : `${element}.${pad}`;
}
