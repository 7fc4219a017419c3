// The pages about elements, in Markdown, from their definitions.

import { formatType } from '../dist/cli/property-type.js';
import { formatCaps, propsSchema } from '../dist/index.js';

/** All elements by kind, with links to their pages. */
export function elementIndex(definitions, folder, withTitle = true) {
  const kinds = new Map();
  for (const definition of definitions) {
    const kind = definition.klass.split('/')[0];
    kinds.set(kind, [...(kinds.get(kind) ?? []), definition]);
  }
  const rows = [...kinds]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([kind, members]) => members.map(({ name, summary }) => `| ${kind} | [${name}](${folder}${name}.md) | ${cell(summary)} |`));
  const table = ['| kind | element | what it does |', '|---|---|---|', ...rows, ''].join('\n');
  return withTitle ? `# Elements\n\nMade from their definitions by \`npm run generate\`.\n\n${table}` : table;
}

export function elementPage(definition) {
  const { name, klass, summary, example, pads } = definition;
  const schema = propsSchema(definition);
  const padRows = Object.entries(pads).map(([pad, { direction, presence, optional, media }]) => {
    const there =
      presence === 'always' ? (optional ? 'may stay unlinked' : 'always') : presence === 'request' ? 'one per link' : 'sometimes';
    return `| \`${pad}\` | ${direction} | ${there} | ${cell(formatCaps(media.caps))} |`;
  });
  const lines = [
    `# ${name}`,
    '',
    summary,
    '',
    `Class \`${klass}\`.${definition.providesClock === undefined ? '' : ' It may provide the [clock](../graphs.md#clock) of the graph.'}`,
    '',
    '```sh',
    `leat run '${example}'`,
    '```',
    '',
    '## Pads',
    '',
    '| pad | direction | there | caps |',
    '|---|---|---|---|',
    ...padRows,
    '',
    '## Properties',
    '',
    ...propertyTable(schema),
  ];
  return `${lines.join('\n')}\n`;
}

function propertyTable(schema) {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return ['None.'];
  const rows = properties.map(([name, property]) => {
    const preset = schema.required?.includes(name)
      ? 'required'
      : property.default === undefined
        ? ''
        : `\`${JSON.stringify(property.default)}\``;
    return `| \`${name}\` | ${cell(formatType(property))} | ${preset} | ${cell(property.description ?? '')} |`;
  });
  return ['| property | type | default | |', '|---|---|---|---|', ...rows];
}

function cell(text) {
  return text.replaceAll('|', '\\|');
}
