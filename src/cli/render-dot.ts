import { type GraphView, isTelling } from './graph-view.ts';
import { KIND_COLOURS, OTHER_COLOUR } from './kind-colours.ts';

/** A graph in the language of Graphviz. */
export function renderDot({ nodes, links }: GraphView): string {
  const lines = [
    'digraph leat {',
    '  rankdir=LR;',
    '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, color="#00000040"];',
    '  edge [fontname="Helvetica", fontsize=9, color="#64748b", fontcolor="#64748b"];',
    ...nodes.map(({ name, type, kind, props }) => {
      const label = [name, type, ...props].map(quoted).join('\\n');
      return `  "${quoted(name)}" [label="${label}", fillcolor="${(KIND_COLOURS[kind] ?? OTHER_COLOUR).fill}"];`;
    }),
    ...links.map(({ from, to, media }) => {
      const labels = [
        media === undefined ? undefined : `label="${quoted(media)}"`,
        isTelling(from.pad) ? `taillabel="${quoted(from.pad)}"` : undefined,
        isTelling(to.pad) ? `headlabel="${quoted(to.pad)}"` : undefined,
      ].filter((label) => label !== undefined);
      return `  "${quoted(from.node)}" -> "${quoted(to.node)}"${labels.length === 0 ? '' : ` [${labels.join(', ')}]`};`;
    }),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
