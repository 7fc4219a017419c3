import { type GraphView, isTelling } from './graph-view.ts';

/** A graph as a Mermaid flowchart, for documents. */
export function renderMermaid({ nodes, links }: GraphView): string {
  const ids = new Map(nodes.map(({ name }, index) => [name, `e${index}`]));
  const lines = [
    'flowchart LR',
    ...nodes.map(({ name, type }) => `  ${ids.get(name)}["<b>${escapeText(name)}</b><br>${escapeText(type)}"]`),
    ...links.map(({ from, to, media }) => {
      const label = [isTelling(from.pad) ? from.pad : undefined, media, isTelling(to.pad) ? to.pad : undefined]
        .filter((part) => part !== undefined)
        .join(' → ');
      return `  ${ids.get(from.node)} -->${label === '' ? '' : `|"${escapeText(label)}"|`} ${ids.get(to.node)}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
