// Negotiation as far as it goes before anything is open: the caps that templates and props allow are followed from the sources to
// the sinks, and a link is complained of when its two ends can never meet. Hooks that need what an element opens are passed over.

import type { Element } from '../element/element.ts';
import type { SinkPad, SrcPad } from '../element/pad.ts';
import type { Issue } from '../errors.ts';
import { type Caps, type FixedCaps, fixateCaps, intersectCaps, isEmptyCaps, isFixedCaps } from './caps.ts';
import { explainDisjoint } from './explain-caps.ts';
import { acceptedCaps } from './negotiate.ts';

/**
 * Issues of links that nothing can flow through.
 *
 * @param sorted Elements from sources to sinks, linked.
 * @param sound Elements whose props are valid; the others' hooks are not asked.
 */
export function staticNegotiation(sorted: readonly Element[], sound: ReadonlySet<Element>): Issue[] {
  const issues: { issue: Issue; at: Element }[] = [];
  const later: { issue: Issue; at: Element }[] = [];
  const known = new Map<SinkPad, Caps>();
  for (const element of sorted) {
    for (const src of element.srcPads.values()) {
      const { peer } = src;
      if (peer === undefined) continue;
      const offered = intersectCaps(offeredCaps(element, src, known, sound), src.template.media.caps);
      const accepted = (sound.has(peer.element) ? attempt(() => acceptedCaps(peer)) : undefined) ?? peer.template.media.caps;
      const common = intersectCaps(offered, accepted);
      const own = intersectCaps(offered, peer.template.media.caps);
      known.set(peer, isEmptyCaps(common) ? (isEmptyCaps(own) ? 'any' : own) : common);
      if (!isEmptyCaps(common) || isEmptyCaps(offered)) continue;
      // What elements further down make impossible is said there, where it is nearer to the cause.
      (isEmptyCaps(own) ? issues : later).push({ issue: explainDisjoint(src, peer, offered, accepted), at: peer.element });
    }
  }
  for (const one of later.reverse()) if (!issues.some(({ at }) => isBehind(at, one.at))) issues.push(one);
  return issues.map(({ issue }) => issue);
}

/** Whether what leaves an element reaches another. */
function isBehind(element: Element, start: Element, seen = new Set<Element>()): boolean {
  if (element === start) return true;
  seen.add(start);
  return [...start.srcPads.values()].some(
    ({ peer }) => peer !== undefined && !seen.has(peer.element) && isBehind(element, peer.element, seen),
  );
}

function offeredCaps(element: Element, src: SrcPad, known: ReadonlyMap<SinkPad, Caps>, sound: ReadonlySet<Element>): Caps {
  const template = src.template.media.caps;
  const { negotiate } = element.definition;
  if (!sound.has(element)) return template;
  const linked = [...element.sinkPads.values()].filter((pad) => pad.peer !== undefined && pad.template.feedback !== true);
  if (negotiate?.srcCaps !== undefined) {
    const sink: Record<string, FixedCaps> = {};
    for (const pad of linked) {
      const caps = known.get(pad) ?? 'any';
      if (!isFixedCaps(caps)) return template;
      sink[pad.name] = fixateCaps(caps)!;
    }
    const hook = negotiate.srcCaps;
    const allowed = src.peer === undefined ? 'any' : (attempt(() => acceptedCaps(src.peer!)) ?? 'any');
    const query = { props: element.props as never, resource: undefined, pad: src.name, sink, allowed };
    return attempt(() => hook(query)) ?? template;
  }
  for (const pad of linked) {
    // Pads of the same media type carry the same caps.
    if (pad.template.media.name === src.template.media.name) return known.get(pad) ?? template;
  }
  return template;
}

/** What a hook says, unless it needs something that is not open yet. */
function attempt<T>(hook: () => T): T | undefined {
  try {
    return hook();
  } catch {
    return undefined;
  }
}
