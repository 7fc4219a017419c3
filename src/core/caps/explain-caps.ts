// Says why two caps have nothing in common: what was offered, what was accepted, the fewest fields that stand in the way, and
// what would put it right.

import type { SinkPad, SrcPad } from '../element/pad.ts';
import type { Issue } from '../errors.ts';
import { childPointer } from '../graph/json-pointer.ts';
import { type Caps, type CapsStructure, formatCaps } from './caps.ts';
import { type CapsValue, formatValue, intersectValues } from './caps-value.ts';

export interface FieldConflict {
  readonly field: string;
  readonly offered: string;
  readonly accepted: string;
  /** What was accepted, as a value. */
  readonly wanted: CapsValue;
}

/** The smallest set of fields that keeps two caps apart; undefined when not even a media type is common. */
export function conflictingFields(
  offered: readonly CapsStructure[],
  accepted: readonly CapsStructure[],
): readonly FieldConflict[] | undefined {
  let fewest: FieldConflict[] | undefined;
  for (const one of offered) {
    for (const other of accepted) {
      if (one.media !== other.media) continue;
      const conflicts: FieldConflict[] = [];
      for (const [field, value] of Object.entries(one.fields)) {
        const wanted = other.fields[field];
        if (wanted === undefined || intersectValues(value, wanted) !== undefined) continue;
        conflicts.push({ field, offered: formatValue(value), accepted: formatValue(wanted), wanted });
      }
      if (fewest === undefined || conflicts.length < fewest.length) fewest = conflicts;
    }
  }
  return fewest;
}

/** The issue of a link whose ends have nothing in common. */
export function explainDisjoint(src: SrcPad, sink: SinkPad, offered: Caps, accepted: Caps): Issue {
  const conflicts = offered === 'any' || accepted === 'any' ? undefined : conflictingFields(offered, accepted);
  const reason =
    conflicts === undefined
      ? `${formatCaps(offered)} does not fit ${formatCaps(accepted)}`
      : conflicts.map(({ field, offered: a, accepted: b }) => `${field} ${a} does not fit ${b}`).join(', and ');
  return {
    code: 'negotiation/no-common-caps',
    path: childPointer('/elements', sink.element.name),
    message: `Cannot link ${src.path} to ${sink.path}: ${reason}`,
    hint: conflicts === undefined ? hintForMedia(offered, accepted) : hintForFields(src, sink, conflicts),
  };
}

function hintForFields(src: SrcPad, sink: SinkPad, conflicts: readonly FieldConflict[]): string | undefined {
  const hints = conflicts.flatMap(({ field, offered, accepted, wanted }) => {
    const suggested = src.element.definition.negotiate?.suggest?.(field, wanted);
    if (suggested !== undefined)
      return Object.entries(suggested).map(([prop, value]) => `${src.element.name}.${prop} to ${formatValue(value as never)}`);
    if (field in src.element.definition.props.shape) return [`${src.element.name}.${field} to ${accepted}`];
    return field in sink.element.definition.props.shape ? [`${sink.element.name}.${field} to ${offered}`] : [];
  });
  return hints.length === 0 ? undefined : `set ${hints.join(' and ')}`;
}

function hintForMedia(offered: Caps, accepted: Caps): string | undefined {
  const media = (list: Caps): string => (list === 'any' ? '' : [...new Set(list.map((one) => one.media))].join(' or '));
  const [from, to] = [media(offered), media(accepted)];
  return from === '' || to === '' ? undefined : `put an element in between that turns ${from} into ${to} (leat inspect lists them)`;
}
