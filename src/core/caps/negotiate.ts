// Negotiation: downstream says what it would take, upstream decides.
//
// `acceptedCaps` asks a sink pad what it takes, which it answers from its template, its element and, where the element passes
// things on, what is behind it. With the caps of its sink pads fixed, an element then settles those of its src pads.

import type { Element } from '../element/element.ts';
import type { SinkPad, SrcPad } from '../element/pad.ts';
import { GraphError, type Issue } from '../errors.ts';
import { type Caps, type FixedCaps, fixateCaps, formatStructure, intersectCaps, isEmptyCaps } from './caps.ts';
import { explainDisjoint } from './explain-caps.ts';

/** What a sink pad takes, downstream of its element considered. */
export function acceptedCaps(pad: SinkPad): Caps {
  const { element } = pad;
  const { negotiate } = element.definition;
  let accepted = pad.template.media.caps;
  // What leads back is not passed on, and asking on would lead in a circle.
  if (pad.template.feedback === true) return accepted;
  if (negotiate?.sinkCaps !== undefined) {
    const allowed = Object.fromEntries([...element.srcPads.values()].map((src) => [src.name, allowedCaps(src)]));
    const own = negotiate.sinkCaps({ props: element.props as never, resource: element.resource as never, pad: pad.name, allowed });
    return intersectCaps(own, accepted);
  }
  for (const src of element.srcPads.values()) {
    if (src.peer !== undefined && passesOn(pad, src)) accepted = intersectCaps(accepted, allowedCaps(src));
  }
  return accepted;
}

/** What a src pad can give, before downstream is asked. */
export function offeredCaps(pad: SrcPad): Caps {
  return intersectCaps(possibleCaps(pad.element, pad), pad.template.media.caps);
}

/** What may leave through a src pad, as far as its template and its peer allow. */
export function allowedCaps(pad: SrcPad): Caps {
  return pad.peer === undefined ? pad.template.media.caps : intersectCaps(pad.template.media.caps, acceptedCaps(pad.peer));
}

/** Has an element that has to ask for it find out what its src pads give. */
export async function surveySrcPads(element: Element): Promise<void> {
  const { props, resource, context, sinkPads, srcPads } = element;
  const sink: Record<string, FixedCaps> = {};
  for (const one of sinkPads.values()) if (one.caps !== undefined) sink[one.name] = one.caps;
  const allowed = Object.fromEntries([...srcPads.values()].map((src) => [src.name, allowedCaps(src)]));
  await element.definition.negotiate?.survey?.({ props: props as never, resource: resource as never, sink, allowed, context });
}

/**
 * Settles the caps of an element's src pads from those of its sink pads. Their peers hear of it by the caps event, which has its
 * place among the buffers.
 *
 * @throws GraphError when there is no way.
 */
export function negotiateSrcPads(element: Element): void {
  const issues: Issue[] = [];
  for (const pad of element.srcPads.values()) {
    const possible = offeredCaps(pad);
    const accepted = pad.peer === undefined ? 'any' : acceptedCaps(pad.peer);
    const common = intersectCaps(possible, accepted);
    // The stream is not there this time.
    if (pad.template.presence === 'sometimes' && isEmptyCaps(possible)) pad.caps = undefined;
    else if (isEmptyCaps(common)) issues.push(explainDisjoint(pad, pad.peer!, possible, accepted));
    else pad.caps = settle(element, common);
  }
  if (issues.length > 0) throw new GraphError(issues);
}

/** Takes new caps on a sink pad in mid-stream; false when other sink pads have none yet. @throws GraphError when they do not fit. */
export function renegotiate(element: Element, pad: SinkPad, caps: FixedCaps): boolean {
  if (!takeCaps(element, pad, caps)) return false;
  negotiateSrcPads(element);
  return true;
}

/** The same of an element that has to ask what its src pads give. */
export async function renegotiateWithSurvey(element: Element, pad: SinkPad, caps: FixedCaps): Promise<boolean> {
  if (!takeCaps(element, pad, caps)) return false;
  await surveySrcPads(element);
  negotiateSrcPads(element);
  return true;
}

/** Whether all sink pads have caps with that. */
function takeCaps(element: Element, pad: SinkPad, caps: FixedCaps): boolean {
  const accepted = acceptedCaps(pad);
  if (isEmptyCaps(intersectCaps([caps], accepted))) throw new GraphError([explainDisjoint(pad.peer!, pad, [caps], accepted)]);
  pad.caps = caps;
  for (const other of element.sinkPads.values()) if (lacksCaps(other)) return false;
  return true;
}

function possibleCaps(element: Element, pad: SrcPad): Caps {
  const sink: Record<string, FixedCaps> = {};
  for (const one of element.sinkPads.values()) if (one.caps !== undefined) sink[one.name] = one.caps;
  const { negotiate } = element.definition;
  if (negotiate?.srcCaps !== undefined) {
    const allowed = pad.peer === undefined ? 'any' : acceptedCaps(pad.peer);
    return negotiate.srcCaps({ props: element.props as never, resource: element.resource as never, pad: pad.name, sink, allowed });
  }
  for (const one of element.sinkPads.values()) if (one.caps !== undefined && passesOn(one, pad)) return [one.caps];
  return pad.template.media.caps;
}

function settle(element: Element, common: Caps): FixedCaps | undefined {
  const { negotiate } = element.definition;
  if (negotiate?.fixate === undefined || common === 'any') return fixateCaps(common);
  const sink: Record<string, FixedCaps> = {};
  for (const one of element.sinkPads.values()) if (one.caps !== undefined) sink[one.name] = one.caps;
  const chosen = fixateCaps([negotiate.fixate({ props: element.props as never, candidates: common, sink })]);
  if (isEmptyCaps(intersectCaps([chosen!], common))) {
    throw new TypeError(`${element.name}: its fixate hook chose ${formatStructure(chosen!)}, which was not among the candidates`);
  }
  return chosen;
}

/** Pads of the same media type carry the same caps unless the element says otherwise. */
function passesOn(sink: SinkPad, src: SrcPad): boolean {
  return sink.template.feedback !== true && sink.template.media.name === src.template.media.name;
}

/** Whether its element has to wait for the caps of a sink pad. */
export function lacksCaps({ peer, caps, template }: SinkPad): boolean {
  return peer !== undefined && caps === undefined && template.feedback !== true;
}
