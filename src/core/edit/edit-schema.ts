import type { AnyElementDefinition } from '../element/define-element.ts';
import { graphSchema, type JsonSchema, schemaOf } from '../graph/graph-schema.ts';
import { graphEdit } from './graph-edit.ts';

/** The JSON Schema of edits that add elements of the given kinds, or of others that plugins bring. */
export function editSchema(definitions: Iterable<AnyElementDefinition>): JsonSchema {
  const graph = graphSchema(definitions, { pluginsMayAdd: true });
  const { elements } = graph['properties'] as { elements: JsonSchema };
  const { minProperties: _, ...added } = elements;
  const edit = schemaOf(graphEdit);
  const properties = edit['properties'] as Record<string, JsonSchema>;
  const add = properties['add'] as { properties: Record<string, JsonSchema> };
  return {
    $schema: graph['$schema'],
    ...edit,
    title: 'Leat edit',
    properties: { ...properties, add: { ...add, properties: { ...add.properties, elements: added } } },
    definitions: graph['definitions'],
  };
}
