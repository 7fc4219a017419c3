import { nearestName } from '../../core/graph/nearest-name.ts';
import { DecoderError } from '../video/decoder-error.ts';

/** What a class is called; `class 7` where there is no label. */
export function labelOf(labels: readonly string[] | undefined, classId: number): string {
  return labels?.[classId] ?? `class ${classId}`;
}

/** The number of a class that was written by its label or its number. @throws DecoderError `decoder/unknown-class`. */
export function classIdOf(labels: readonly string[] | undefined, written: string | number): number {
  const text = String(written);
  const found = labels?.indexOf(text) ?? -1;
  if (found >= 0) return found;
  const number = Number(/^class (\d+)$/.exec(text)?.[1] ?? (/^\d+$/.test(text) ? text : Number.NaN));
  if (Number.isInteger(number) && (labels === undefined || number < labels.length)) return number;
  const near = nearestName(text, labels ?? []);
  const hint =
    near !== undefined
      ? `did you mean ${near}?`
      : labels === undefined
        ? 'the model has no labels, so classes go by their numbers'
        : `there are ${labels.length} classes: ${labels.slice(0, 10).join(', ')}${labels.length > 10 ? ' …' : ''}`;
  throw new DecoderError('decoder/unknown-class', `The model has no class ${text}; ${hint}`);
}
