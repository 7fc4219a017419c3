// Settings from the command line, `element.property=value`, put into a graph's description.

import type { Issue } from '../errors.ts';
import { elementDescription } from './graph-description.ts';
import { type JsonSchema, propsSchema, schemaOf } from './graph-schema.ts';
import { childPointer } from './json-pointer.ts';
import { nearestName } from './nearest-name.ts';
import { readPropertyValue, walkSchema } from './property-value.ts';
import type { Registry } from './registry.ts';

/** What an element may be given beside its own properties. */
const OWN_SETTINGS = Object.keys(elementDescription.shape).filter((name) => !['type', 'props', 'description'].includes(name));

type Elements = Record<string, { type?: unknown; props?: Record<string, unknown> } & Record<string, unknown>>;

/**
 * Puts settings into elements.
 *
 * @returns A copy of the elements, and the pointers of what was set.
 */
export function applySettings(
  elements: Elements,
  settings: readonly string[],
  registry: Registry,
  issues: Issue[],
): { elements: Elements; pointers: string[] } {
  const result = structuredClone(elements);
  const pointers: string[] = [];
  for (const setting of settings) {
    const match = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(setting);
    if (match === null) {
      const message = `Cannot read the setting "${setting}"`;
      issues.push({ code: 'graph/bad-setting', path: '', message, hint: 'write element.property=value, such as fit.width=640' });
      continue;
    }
    const [, name, property, text] = match as unknown as [string, string, string, string];
    const element = Object.hasOwn(result, name) ? result[name] : undefined;
    if (element === undefined) {
      const nearest = nearestName(name, Object.keys(elements));
      const hint = nearest === undefined ? `the graph has ${Object.keys(elements).join(', ')}` : `did you mean ${nearest}?`;
      issues.push({ code: 'graph/unknown-element', path: '', message: `Cannot set ${property}: there is no element named ${name}`, hint });
      continue;
    }
    pointers.push(childPointer('/elements', name) + setProperty(element, property, text, registry));
  }
  return { elements: result, pointers };
}

/** Sets one property, or one of the settings that every element has, from text; returns its pointer below the element. */
export function setProperty(element: Elements[string], property: string, text: string, registry: Registry): string {
  const definition = registry.get(String(element.type));
  const schema = definition === undefined ? undefined : propsSchema(definition);
  const first = property.split('.')[0]!;
  const isOwn = walkSchema(schema, first).end === undefined && OWN_SETTINGS.includes(first);
  const { names, end } = walkSchema(isOwn ? settingsSchema() : schema, property);
  let target: Record<string, unknown> = element;
  if (!isOwn) {
    element.props ??= {};
    target = element.props;
  }
  for (const name of names.slice(0, -1)) {
    const next = target[name];
    target[name] = typeof next === 'object' && next !== null ? next : {};
    target = target[name] as Record<string, unknown>;
  }
  target[names.at(-1)!] = readPropertyValue(text, end);
  return names.reduce<string>(childPointer, isOwn ? '' : '/props');
}

let settings: JsonSchema | undefined;

function settingsSchema(): JsonSchema {
  settings ??= schemaOf(elementDescription);
  return settings;
}
