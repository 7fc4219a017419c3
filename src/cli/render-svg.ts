// Draws a graph as SVG: elements as boxes coloured by kind, links as curves between pads, with what flows through them.
import { type GraphView, isTelling, type ViewNode } from './graph-view.ts';
import { KIND_COLOURS, OTHER_COLOUR } from './kind-colours.ts';
import { layOut, type Point } from './layered-layout.ts';

const MARGIN = 24;
const LINE = 15;
const PADDING = 12;
/** Mean width of a character at 12 px, with some to spare. */
const CHARACTER = 6.9;
const PAD_PITCH = 20;
const GAP = { gapX: 84, gapY: 30 };
const MAX_PROPS = 4;

interface Box extends ViewNode {
  readonly lines: readonly string[];
  readonly layer: number;
  readonly width: number;
  readonly height: number;
}

export function renderSvg({ nodes, links }: GraphView): string {
  const boxes = nodes.map(boxOf);
  const {
    nodes: places,
    waypoints,
    width,
    height,
  } = layOut(
    boxes,
    links.map(({ from, to }) => ({ from: from.node, to: to.node })),
    GAP,
  );
  // Pads stand in the order of what they are linked to, so that links part without crossing.
  const heightOf = (name: string): number => places.get(name)!.y + boxes.find((box) => box.name === name)!.height / 2;
  const byName = new Map(
    boxes.map((box) => {
      const target = (pad: string): number => {
        const index = links.findIndex(({ from }) => from.node === box.name && from.pad === pad);
        return waypoints[index]![0]?.y ?? heightOf(links[index]!.to.node);
      };
      const origin = (pad: string): number => {
        const index = links.findIndex(({ to }) => to.node === box.name && to.pad === pad);
        return waypoints[index]!.at(-1)?.y ?? heightOf(links[index]!.from.node);
      };
      const sorted = (pads: readonly string[], by: (pad: string) => number): string[] => [...pads].sort((a, b) => by(a) - by(b));
      return [box.name, { ...box, sinks: sorted(box.sinks, origin), srcs: sorted(box.srcs, target) }];
    }),
  );
  const anchor = (name: string, pad: string, side: 'sinks' | 'srcs'): Point => {
    const box = byName.get(name)!;
    const corner = places.get(name)!;
    const pads = box[side];
    const first = box.height / 2 - ((pads.length - 1) * PAD_PITCH) / 2;
    return { x: corner.x + (side === 'srcs' ? box.width : 0), y: corner.y + first + pads.indexOf(pad) * PAD_PITCH };
  };
  const drawnLinks = links.map(({ from, to, media }, index) => {
    const points = [anchor(from.node, from.pad, 'srcs'), ...waypoints[index]!, anchor(to.node, to.pad, 'sinks')];
    // A pad that is named after what it takes says it already.
    return linkOf(points, media === from.pad || media === to.pad ? undefined : media);
  });
  const drawnBoxes = boxes.map((box) => drawBox(box, places.get(box.name)!));
  const drawnPads = links.flatMap(({ from, to }) => [
    drawPad(anchor(from.node, from.pad, 'srcs'), from.pad, 'start'),
    drawPad(anchor(to.node, to.pad, 'sinks'), to.pad, 'end'),
  ]);
  const [w, h] = [Math.ceil(width + 2 * MARGIN), Math.ceil(height + 2 * MARGIN)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="${-MARGIN} ${-MARGIN} ${w} ${h}" font-family="Helvetica, Arial, sans-serif">`,
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${w}" height="${h}" fill="#ffffff"/>`,
    ...drawnLinks.map(({ curve }) => curve),
    ...drawnBoxes,
    ...drawnPads,
    ...drawnLinks.map(({ label }) => label),
    '</svg>',
    '',
  ].join('\n');
}

function boxOf(node: ViewNode): Box {
  const props =
    node.props.length > MAX_PROPS ? [...node.props.slice(0, MAX_PROPS - 1), `and ${node.props.length - MAX_PROPS + 1} more`] : node.props;
  const lines = [node.name, node.type, ...props];
  const text = Math.max(...lines.map((line, index) => line.length * (index === 0 ? CHARACTER * 1.1 : CHARACTER * 0.92)));
  const pads = Math.max(node.sinks.length, node.srcs.length);
  return {
    ...node,
    lines,
    layer: node.depth,
    width: Math.round(Math.max(96, text + 2 * PADDING)),
    height: Math.max(lines.length * LINE + 2 * PADDING - 3, pads * PAD_PITCH + 6),
  };
}

function drawBox({ kind, lines, width, height }: Box, { x, y }: Point): string {
  const { fill, edge } = KIND_COLOURS[kind] ?? OTHER_COLOUR;
  const top = y + (height - lines.length * LINE) / 2 + 11.5;
  const texts = lines.map((line, index) => {
    const style =
      index === 0
        ? 'font-size="13" font-weight="bold" fill="#0f172a"'
        : index === 1
          ? `font-size="11" fill="${edge}"`
          : 'font-size="11" fill="#475569"';
    return `<text x="${round(x + width / 2)}" y="${round(top + index * LINE)}" text-anchor="middle" ${style}>${escapeText(line)}</text>`;
  });
  return `<g><rect x="${round(x)}" y="${round(y)}" width="${width}" height="${height}" rx="8" fill="${fill}" stroke="${edge}" stroke-width="1.25"/>${texts.join('')}</g>`;
}

function drawPad({ x, y }: Point, pad: string, side: 'start' | 'end'): string {
  const dot = `<circle cx="${round(x)}" cy="${round(y)}" r="3.5" fill="#ffffff" stroke="#475569" stroke-width="1.25"/>`;
  if (!isTelling(pad)) return dot;
  const label = `<text x="${round(side === 'start' ? x + 7 : x - 7)}" y="${round(y - 5)}" text-anchor="${side}" font-size="10" fill="#334155">${escapeText(pad)}</text>`;
  return dot + label;
}

/** A smooth curve through points that leaves and arrives level; the label stands on its first stretch. */
function linkOf(points: readonly Point[], media: string | undefined): { curve: string; label: string } {
  const [start, ...rest] = points as [Point, ...Point[]];
  let path = `M${round(start.x)} ${round(start.y)}`;
  let last = start;
  for (const point of rest) {
    const bend = (point.x - last.x) / 2;
    path += ` C${round(last.x + bend)} ${round(last.y)} ${round(point.x - bend)} ${round(point.y)} ${round(point.x)} ${round(point.y)}`;
    last = point;
  }
  const curve = `<path d="${path}" fill="none" stroke="#94a3b8" stroke-width="1.75"/>`;
  if (media === undefined) return { curve, label: '' };
  const middle = { x: (start.x + rest[0]!.x) / 2, y: (start.y + rest[0]!.y) / 2 };
  const half = (media.length * 5.2) / 2 + 3;
  const label =
    `<rect x="${round(middle.x - half)}" y="${round(middle.y - 7)}" width="${round(half * 2)}" height="14" rx="3" fill="#ffffff" fill-opacity="0.85"/>` +
    `<text x="${round(middle.x)}" y="${round(middle.y + 3.5)}" text-anchor="middle" font-size="10" fill="#64748b">${escapeText(media)}</text>`;
  return { curve, label };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
