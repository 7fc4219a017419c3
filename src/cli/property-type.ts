// What a property may be, in a few words, from its JSON Schema.
import type { JsonSchema } from '../index.ts';

const NAMES: Record<string, string> = { integer: 'whole number', boolean: 'true or false', string: 'text', array: 'list' };

/** As in `whole number ≥ 1` or `block, dropOldest or dropNewest`. */
export function formatType(schema: JsonSchema): string {
  const options = (schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined;
  if (options !== undefined) return [...new Set(options.map(formatType))].join(' or ');
  if (Array.isArray(schema['enum'])) return joined(schema['enum'].map(String));
  if ('const' in schema) return JSON.stringify(schema['const']);
  const { type } = schema;
  if (type === undefined) return 'anything';
  if (Array.isArray(type)) return joined(type.map((one) => (one === 'null' ? 'null' : (NAMES[one as string] ?? String(one)))));
  if (type === 'array') {
    const { items, minItems, maxItems } = schema;
    const inner = Array.isArray(items)
      ? items.map((one) => formatType(one as JsonSchema)).join(', ')
      : items === undefined
        ? ''
        : formatType(items as JsonSchema);
    const count = minItems !== undefined && minItems === maxItems ? `list of ${minItems}` : 'list';
    return inner === '' ? count : `${count}: ${inner}`;
  }
  if (type === 'object') {
    const names = Object.keys((schema['properties'] ?? {}) as object);
    return names.length === 0 ? 'object' : `object: ${names.join(', ')}`;
  }
  return `${NAMES[type as string] ?? type}${rangeOf(schema)}`;
}

export function formatDefault(schema: JsonSchema): string {
  return schema['default'] === undefined ? '' : JSON.stringify(schema['default']);
}

function rangeOf(schema: JsonSchema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (minimum !== undefined && maximum !== undefined) return ` ${minimum} to ${maximum}`;
  const bounds = [
    minimum === undefined ? undefined : `≥ ${minimum}`,
    exclusiveMinimum === undefined ? undefined : `> ${exclusiveMinimum}`,
    maximum === undefined ? undefined : `≤ ${maximum}`,
    exclusiveMaximum === undefined ? undefined : `< ${exclusiveMaximum}`,
  ].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? '' : ` ${bounds.join(', ')}`;
}

function joined(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
