// The JSON Schema of graph files, made from the zod declarations of the graph and of the elements: what editors complete and
// check with, what graph files are validated against, and what documentation is made from.
//
// Draft 7, which every editor reads. Where the declaration wants a number, a choice or a structure, the schema also takes a
// reference such as `${width}`, whose value is put in before a graph is validated.
import { z } from 'zod';
import type { AnyElementDefinition } from '../element/define-element.ts';
import { graphDescription, NAME_PATTERN } from './graph-description.ts';

/** A JSON Schema, or a part of one. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

export interface GraphSchemaOptions {
  /** Takes elements of other types where the graph names plugins; for editors, which cannot load them. */
  readonly pluginsMayAdd?: boolean;
}

const REFERENCE = '#/definitions/reference';
const cache = new WeakMap<AnyElementDefinition, JsonSchema>();

/** The schema of an element's props as they are written, with descriptions and defaults. */
export function propsSchema(definition: AnyElementDefinition): JsonSchema {
  const known = cache.get(definition);
  if (known !== undefined) return known;
  const schema = schemaOf(definition.props);
  cache.set(definition, schema);
  return schema;
}

/** The schema of what a zod declaration takes in. */
export function schemaOf(declaration: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = tidy(z.toJSONSchema(declaration, { io: 'input', target: 'draft-7', unrepresentable: 'any' }));
  return schema;
}

/** The schema of graphs made of the given elements. */
export function graphSchema(definitions: Iterable<AnyElementDefinition>, { pluginsMayAdd = false }: GraphSchemaOptions = {}): JsonSchema {
  const list = [...definitions];
  const base = schemaOf(graphDescription);
  const properties = base['properties'] as Record<string, JsonSchema>;
  const element = (properties['elements'] as { additionalProperties: JsonSchema }).additionalProperties;
  const include = (properties['include'] as { additionalProperties: JsonSchema }).additionalProperties;
  const names = { pattern: NAME_PATTERN.source };
  const schema: JsonSchema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...base,
    title: 'Leat graph',
    properties: {
      ...properties,
      include: { ...properties['include'], propertyNames: names, additionalProperties: withReferences(include) },
      elements: {
        ...properties['elements'],
        minProperties: 1,
        propertyNames: names,
        additionalProperties: { $ref: '#/definitions/element' },
      },
    },
    definitions: {
      reference: { type: 'string', pattern: '\\$\\{[^}]+\\}', description: 'A param, such as `${width}`.' },
      element: elementSchema(element, list),
      ...Object.fromEntries(list.map((definition) => [`props:${definition.name}`, withReferences(propsSchema(definition))])),
    },
  };
  const types = { properties: { elements: { additionalProperties: { properties: { type: typeChoice(list) } } } } };
  if (!pluginsMayAdd) return { ...schema, ...{ allOf: [types] } };
  const hasPlugins = { required: ['plugins'], properties: { plugins: { minItems: 1 } } };
  return { ...schema, if: hasPlugins, else: types };
}

function elementSchema(element: JsonSchema, definitions: readonly AnyElementDefinition[]): JsonSchema {
  const { properties, ...rest } = withReferences(element) as { properties: Record<string, JsonSchema> };
  return {
    ...rest,
    properties: {
      ...properties,
      type: {
        description: properties['type']!['description'],
        anyOf: [
          ...(definitions.length === 0
            ? []
            : [{ enum: definitions.map(({ name }) => name), enumDescriptions: definitions.map(({ summary }) => summary) }]),
          { type: 'string' },
        ],
      },
    },
    ...(definitions.length === 0 ? {} : { allOf: definitions.map(propsOfType) }),
  };
}

function propsOfType(definition: AnyElementDefinition): JsonSchema {
  return {
    if: { required: ['type'], properties: { type: { const: definition.name } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      ...(Array.isArray(propsSchema(definition)['required']) ? { required: ['props'] } : {}),
      properties: { props: { description: definition.summary, $ref: `#/definitions/props:${definition.name}` } },
    },
  };
}

function typeChoice(definitions: readonly AnyElementDefinition[]): JsonSchema {
  // An empty enum is no valid schema; a graph whose types are all unknown still has one that fits nothing.
  if (definitions.length === 0) return { anyOf: [{ enum: [''] }, { $ref: REFERENCE }] };
  return { anyOf: [{ enum: definitions.map(({ name }) => name) }, { $ref: REFERENCE }] };
}

/** The schema with references allowed wherever a string would not do. */
function withReferences(schema: JsonSchema): JsonSchema {
  const inner: Record<string, unknown> = { ...schema };
  for (const keyword of ['properties', 'patternProperties'] as const) {
    if (isSchema(inner[keyword])) {
      inner[keyword] = Object.fromEntries(Object.entries(inner[keyword]).map(([name, one]) => [name, alternative(one as JsonSchema)]));
    }
  }
  for (const keyword of ['items', 'additionalProperties'] as const) {
    const value = inner[keyword];
    if (Array.isArray(value)) inner[keyword] = value.map((one) => alternative(one as JsonSchema));
    else if (isSchema(value)) inner[keyword] = alternative(value);
  }
  for (const keyword of ['anyOf', 'oneOf', 'allOf'] as const) {
    const value = inner[keyword];
    if (Array.isArray(value)) inner[keyword] = value.map((one) => withReferences(one as JsonSchema));
  }
  return inner;
}

function alternative(schema: JsonSchema): JsonSchema {
  const inner = withReferences(schema);
  if (takesAnyText(schema)) return inner;
  const { description, default: preset, ...rest } = inner;
  const said = { ...(description === undefined ? {} : { description }), ...(preset === undefined ? {} : { default: preset }) };
  const only = Object.keys(rest);
  const options = only.length === 1 && only[0] === 'anyOf' ? (rest['anyOf'] as JsonSchema[]) : [rest];
  return { ...said, anyOf: [...options, { $ref: REFERENCE }] };
}

function takesAnyText(schema: JsonSchema): boolean {
  if ('enum' in schema || 'const' in schema || 'pattern' in schema || 'format' in schema) return false;
  const options = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(options)) return options.some((one) => takesAnyText(one as JsonSchema));
  const type = schema['type'];
  return type === undefined || (Array.isArray(type) ? type.includes('string') : type === 'string');
}

function isSchema(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without what zod says of every object and every integer. */
function tidy(schema: unknown): JsonSchema {
  if (Array.isArray(schema)) return schema.map(tidy) as unknown as JsonSchema;
  if (!isSchema(schema)) return schema as JsonSchema;
  const entries = Object.entries(schema).filter(
    ([keyword, value]) =>
      !(keyword === 'propertyNames' && isSchema(value) && Object.keys(value).length === 1) &&
      !(keyword === 'maximum' && value === Number.MAX_SAFE_INTEGER) &&
      !(keyword === 'minimum' && value === Number.MIN_SAFE_INTEGER),
  );
  return Object.fromEntries(entries.map(([keyword, value]) => [keyword, keyword === 'default' ? value : tidy(value)]));
}
