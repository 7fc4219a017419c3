// `leat inspect`: the elements there are, or everything about one of them.
import {
  type AnyElementDefinition,
  builtinRegistry,
  formatCaps,
  GraphError,
  type JsonSchema,
  loadPlugins,
  nearestName,
  propsSchema,
  type Registry,
} from '../index.ts';
import { UsageError } from './exit-code.ts';
import { formatTable } from './format-table.ts';
import { formatDefault, formatType } from './property-type.ts';
import { styleFor } from './style-text.ts';
import { wrapText } from './wrap-text.ts';

const WIDTH = 100;

export async function inspectCommand(name: string | undefined, options: { json?: boolean; plugin: readonly string[] }): Promise<void> {
  const registry = builtinRegistry();
  const requests = options.plugin.map((plugin) => ({ name: plugin, folder: process.cwd(), path: '' }));
  const issues = await loadPlugins(requests, registry);
  if (issues.length > 0) throw new GraphError(issues);
  if (name === undefined) {
    const definitions = [...registry];
    process.stdout.write(
      options.json === true ? toJson(definitions.map(({ name, klass, summary }) => ({ name, klass, summary }))) : formatList(definitions),
    );
    return;
  }
  const definition = registry.get(name);
  if (definition === undefined) {
    const nearest = nearestName(name, registry.names);
    throw new UsageError(
      `There is no element type ${name}; ${nearest === undefined ? 'leat inspect lists those there are' : `did you mean ${nearest}?`}`,
    );
  }
  process.stdout.write(options.json === true ? toJson(describeElement(definition)) : formatElement(definition, registry));
}

/** A definition as data. */
function describeElement(definition: AnyElementDefinition): object {
  const { name, klass, summary, example, pads } = definition;
  const templates = Object.entries(pads).map(([pad, { direction, presence, optional, media }]) => ({
    name: pad,
    direction,
    presence,
    optional,
    media: media.name,
    caps: media.caps,
  }));
  return {
    name,
    klass,
    summary,
    example,
    providesClock: definition.providesClock !== undefined,
    pads: templates,
    props: propsSchema(definition),
  };
}

function formatList(definitions: readonly AnyElementDefinition[]): string {
  const style = styleFor(process.stdout);
  const kinds = new Map<string, AnyElementDefinition[]>();
  for (const definition of definitions) {
    const kind = definition.klass.split('/')[0]!;
    kinds.set(kind, [...(kinds.get(kind) ?? []), definition]);
  }
  const width = Math.max(...definitions.map(({ name }) => name.length));
  const lines = [...kinds]
    .sort()
    .flatMap(([kind, members]) => [style('bold', kind), ...members.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`), '']);
  return `${lines.join('\n')}\n${definitions.length} elements; leat inspect <element> says everything about one.\n`;
}

function formatElement(definition: AnyElementDefinition, registry: Registry): string {
  const style = styleFor(process.stdout);
  const { name, klass, summary, example, pads } = definition;
  const padLines = Object.entries(pads).flatMap(([pad, { direction, presence, optional, media }]) => {
    const remarks = [direction, presence === 'always' ? (optional ? 'optional' : undefined) : presence].filter((one) => one !== undefined);
    const caps = wrapText(formatCaps(media.caps), WIDTH - 6).map((line) => `      ${line}`);
    return [`  ${style('bold', pad)} (${remarks.join(', ')})`, ...caps];
  });
  const lines = [
    `${style('bold', name)}  ${style('dim', klass)}`,
    ...wrapText(summary, WIDTH),
    ...(definition.providesClock === undefined ? [] : ['It may provide the clock of the graph.']),
    '',
    style('bold', 'Pads'),
    ...padLines,
    '',
    style('bold', 'Properties'),
    ...formatProps(propsSchema(definition)),
    '',
    style('bold', 'Example'),
    ...wrapText(`leat run '${example}'`, WIDTH - 2).map((line) => `  ${line}`),
  ];
  const origin = registry.originOf(name);
  if (origin !== undefined && origin !== 'leat') lines.push('', `From ${origin}`);
  return `${lines.join('\n')}\n`;
}

function formatProps(schema: JsonSchema): string[] {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
  if (properties.length === 0) return ['  none'];
  const required = (schema['required'] ?? []) as readonly string[];
  const rows = properties.map(([name, property]) => [
    name,
    formatType(property),
    required.includes(name) ? 'required' : formatDefault(property),
  ]);
  const [, ...table] = formatTable([{ title: 'name' }, { title: 'type' }, { title: 'default' }], rows);
  return properties.flatMap(([, { description }], index) => [
    `  ${table[index]!}`,
    ...(typeof description === 'string' ? wrapText(description, WIDTH - 6).map((line) => `      ${line}`) : []),
  ]);
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
