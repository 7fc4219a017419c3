// Links elements as a description says: finds or makes the pads, and complains of those that cannot be linked and of those
// that were forgotten.
import type { Element } from '../element/element.ts';
import type { SinkPad, SrcPad } from '../element/pad.ts';
import type { Direction } from '../element/pad-template.ts';
import type { Issue } from '../errors.ts';
import { childPointer } from '../graph/json-pointer.ts';
import type { Link, LinkEnd } from '../graph/link-chain.ts';
import { nearestName } from '../graph/nearest-name.ts';

/** Two pads that are linked. */
export interface PadLink {
  readonly src: SrcPad;
  readonly sink: SinkPad;
}

/** Links elements; returns the links that were made, and what is wrong. */
export function linkElements(elements: ReadonlyMap<string, Element>, links: readonly Link[]): { made: PadLink[]; issues: Issue[] } {
  const issues: Issue[] = [];
  const made: PadLink[] = [];
  const failed = new Set<string>();
  for (const link of links) {
    const src = findPad(elements, link.from, 'src', link.path, issues);
    const sink = findPad(elements, link.to, 'sink', link.path, issues);
    if (src === undefined || sink === undefined) {
      failed.add(link.from.element).add(link.to.element);
      continue;
    }
    const pads = { src: src as SrcPad, sink: sink as SinkPad };
    joinPads(pads);
    made.push(pads);
  }
  // A pad that is free because its link could not be made has been complained of.
  for (const element of elements.values()) if (!failed.has(element.name)) issues.push(...danglingPads(element));
  return { made, issues };
}

export function joinPads({ src, sink }: PadLink): void {
  src.peer = sink;
  sink.peer = src;
}

/** Takes two pads apart; what either has been linked to since is left alone. */
export function partPads({ src, sink }: PadLink): void {
  if (src.peer === sink) src.peer = undefined;
  if (sink.peer === src) sink.peer = undefined;
}

function findPad(
  elements: ReadonlyMap<string, Element>,
  end: LinkEnd,
  direction: Direction,
  path: string,
  issues: Issue[],
): SinkPad | SrcPad | undefined {
  const element = elements.get(end.element);
  if (element === undefined) {
    const nearest = nearestName(end.element, elements.keys());
    issues.push({
      code: 'graph/unknown-element',
      path,
      message: `There is no element named ${end.element}`,
      hint: nearest === undefined ? `the graph has ${[...elements.keys()].join(', ')}` : `did you mean ${nearest}?`,
    });
    return undefined;
  }
  const pads: ReadonlyMap<string, SinkPad | SrcPad> = direction === 'src' ? element.srcPads : element.sinkPads;
  // In the middle of a chain the pad that is named belongs to one side only.
  const named = end.pad !== undefined && directionOf(element, end.pad) !== opposite(direction) ? end.pad : undefined;
  if (named !== undefined) {
    const pad = pads.get(named) ?? requestPad(element, named, direction);
    if (pad === undefined) {
      const nearest = nearestName(named, padNames(element, direction));
      const hint =
        nearest === undefined ? `it has ${padNames(element, direction).join(', ') || 'none'}` : `did you mean ${element.name}.${nearest}?`;
      issues.push({
        code: 'graph/unknown-pad',
        path,
        message: `${element.name} (${element.definition.name}) has no ${direction} pad named ${named}`,
        hint,
      });
    } else if (pad.peer !== undefined) {
      const hint = direction === 'src' ? 'put a tee after it' : 'put a funnel before it';
      issues.push({ code: 'graph/pad-linked-twice', path, message: `${pad.path} is linked already, to ${pad.peer.path}`, hint });
      return undefined;
    }
    return pad;
  }
  // What leads back has to be named.
  const free = [...pads.values()].filter((pad) => pad.peer === undefined && pad.template.feedback !== true);
  const required = free.filter((pad) => !pad.template.optional);
  const pick = required.length === 1 ? required[0] : free.length === 1 ? free[0] : undefined;
  if (pick !== undefined) return pick;
  if (free.length > 1) {
    issues.push({
      code: 'graph/ambiguous-pad',
      path,
      message: `${element.name} has several free ${direction} pads`,
      hint: `name one: ${free.map((pad) => pad.path).join(' or ')}`,
    });
    return undefined;
  }
  const requested = requestPad(element, undefined, direction);
  if (requested !== undefined) return requested;
  issues.push(
    pads.size === 0
      ? {
          code: 'graph/no-such-direction',
          path,
          message: `${element.name} (${element.definition.name}) has no ${direction} pad`,
          hint: direction === 'src' ? 'nothing can come after it' : 'nothing can come before it',
        }
      : {
          code: 'graph/pad-linked-twice',
          path,
          message: `Every ${direction} pad of ${element.name} is linked already`,
          hint: direction === 'src' ? 'put a tee after it' : 'put a funnel before it',
        },
  );
  return undefined;
}

function requestPad(element: Element, wanted: string | undefined, direction: Direction): SinkPad | SrcPad | undefined {
  const pads = direction === 'src' ? element.srcPads : element.sinkPads;
  for (const [template, { presence, direction: its }] of Object.entries(element.definition.pads)) {
    if (presence === 'always' || its !== direction) continue;
    const stem = template.replace('%u', '');
    if (wanted !== undefined) {
      if (stem === template && wanted === template) return element.addPad(wanted, template);
      if (stem === template) continue;
      if (wanted.startsWith(stem) && /^\d+$/.test(wanted.slice(stem.length))) return element.addPad(wanted, template);
      continue;
    }
    if (stem === template) {
      if (pads.has(template)) continue;
      return element.addPad(template, template);
    }
    let index = 0;
    while (element.padChanges.isUsed(`${stem}${index}`)) index++;
    return element.addPad(`${stem}${index}`, template);
  }
  return undefined;
}

function danglingPads(element: Element): Issue[] {
  const issues: Issue[] = [];
  const path = childPointer('/elements', element.name);
  for (const pad of [...element.sinkPads.values(), ...element.srcPads.values()]) {
    if (pad.peer !== undefined || pad.template.optional || pad.template.presence !== 'always') continue;
    const { direction, media } = pad.template;
    const name = media.name === 'any' ? '' : ` that ${direction === 'src' ? 'takes' : 'gives'} ${media.name}`;
    const hint = direction === 'src' ? `link it to something${name}, or to a fake-sink` : `link something${name} to it`;
    issues.push({ code: 'graph/unlinked-pad', path, message: `${pad.path} is not linked`, hint });
  }
  return issues;
}

function directionOf(element: Element, pad: string): Direction | undefined {
  if (element.sinkPads.has(pad)) return 'sink';
  if (element.srcPads.has(pad)) return 'src';
  for (const [template, { presence, direction }] of Object.entries(element.definition.pads)) {
    if (presence !== 'always' && new RegExp(`^${template.replace('%u', '\\d+')}$`).test(pad)) return direction;
  }
  return undefined;
}

function padNames(element: Element, direction: Direction): string[] {
  return Object.entries(element.definition.pads).flatMap(([name, template]) => (template.direction === direction ? [name] : []));
}

function opposite(direction: Direction): Direction {
  return direction === 'src' ? 'sink' : 'src';
}
