// Reads a property's value out of text, as launch strings and the command line give it, by what the property may be.
import type { JsonSchema } from './graph-schema.ts';

/**
 * The value that a text stands for. Text that fits none of the types the schema names is given back as it is, for the
 * validator to complain of.
 *
 * Lists may be written with commas (`providers=cuda,cpu`) or as JSON, objects as JSON.
 */
export function readPropertyValue(text: string, schema: JsonSchema | undefined): unknown {
  const types = typesOf(schema);
  if (types.has('null') && text === 'null') return null;
  if (types.has('boolean') && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if ((types.has('number') || types.has('integer')) && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  if (types.has('array') || types.has('object')) {
    const value = readJson(text);
    if (Array.isArray(value) ? types.has('array') : typeof value === 'object' && types.has('object')) return value;
  }
  if (types.has('array') && !types.has('string')) {
    const items = itemsOf(schema);
    return text === '' ? [] : text.split(',').map((item) => readPropertyValue(item.trim(), items));
  }
  return text;
}

/**
 * The names that a dotted path goes through, and the part of the schema that speaks of its end: `queue.maxBuffers`. In an
 * object whose names are free and whose values are plain, the rest of the path is one name: `config.session.use_xnnpack`.
 */
export function walkSchema(schema: JsonSchema | undefined, path: string): { names: string[]; end: JsonSchema | undefined } {
  const names: string[] = [];
  let rest = path;
  let at = schema;
  for (;;) {
    const properties = at?.['properties'] as Record<string, JsonSchema> | undefined;
    const others = at?.['additionalProperties'];
    const free = properties === undefined && typeof others === 'object' && others !== null ? (others as JsonSchema) : undefined;
    const dot = free !== undefined && !typesOf(free).has('object') ? -1 : rest.indexOf('.');
    const name = dot === -1 ? rest : rest.slice(0, dot);
    names.push(name);
    at = properties?.[name] ?? free;
    if (dot === -1) return { names, end: at };
    rest = rest.slice(dot + 1);
  }
}

function typesOf(schema: JsonSchema | undefined): Set<unknown> {
  if (schema === undefined) return new Set();
  const options = (schema['anyOf'] ?? schema['oneOf'] ?? schema['allOf']) as JsonSchema[] | undefined;
  if (options !== undefined) return new Set(options.flatMap((one) => [...typesOf(one)]));
  const choices = 'const' in schema ? [schema['const']] : (schema['enum'] as unknown[] | undefined);
  const type = schema['type'];
  if (type !== undefined) return new Set(Array.isArray(type) ? type : [type]);
  return new Set(
    choices?.map((choice) => (choice === null ? 'null' : typeof choice)) ?? ['null', 'boolean', 'number', 'array', 'object', 'string'],
  );
}

function itemsOf(schema: JsonSchema | undefined): JsonSchema | undefined {
  const options = (schema?.['anyOf'] ?? schema?.['oneOf']) as JsonSchema[] | undefined;
  const items = schema?.['items'] ?? options?.find((one) => one['items'] !== undefined)?.['items'];
  return Array.isArray(items) ? items[0] : (items as JsonSchema | undefined);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
