// Places the elements of a graph in layers from left to right, after Sugiyama: long links get a waypoint in every layer they
// pass, each layer is ordered by the mean place of its neighbours, and then everything moves towards its neighbours as far as
// the distances allow.

export interface LayoutNode {
  readonly name: string;
  readonly layer: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  /** The upper left corner of every node. */
  readonly nodes: ReadonlyMap<string, Point>;
  /** The waypoints of each link between its two ends. */
  readonly waypoints: readonly (readonly Point[])[];
  readonly width: number;
  readonly height: number;
}

interface Box {
  readonly layer: number;
  readonly width: number;
  readonly height: number;
  readonly before: Box[];
  readonly after: Box[];
  /** The middle. */
  y: number;
}

const SWEEPS = 12;

export function layOut(
  nodes: readonly LayoutNode[],
  links: readonly { readonly from: string; readonly to: string }[],
  { gapX, gapY }: { gapX: number; gapY: number },
): Layout {
  const boxes = new Map(nodes.map(({ name, ...size }): [string, Box] => [name, { ...size, before: [], after: [], y: 0 }]));
  const chains = links.map(({ from, to }) => waypointsOf(boxes.get(from)!, boxes.get(to)!));
  const layers: Box[][] = [];
  const place = (box: Box): void => {
    while (layers.length <= box.layer) layers.push([]);
    layers[box.layer]!.push(box);
  };
  for (const box of boxes.values()) place(box);
  for (const box of chains.flat()) place(box);
  order(layers);
  align(layers, gapY);
  const lefts: number[] = [];
  let x = 0;
  for (const layer of layers) {
    lefts.push(x);
    x += Math.max(...layer.map(({ width }) => width)) + gapX;
  }
  const all = layers.flat();
  const top = Math.min(...all.map(({ y, height }) => y - height / 2));
  const bottom = Math.max(...all.map(({ y, height }) => y + height / 2));
  const widthOf = (layer: number): number => Math.max(...layers[layer]!.map(({ width }) => width));
  return {
    nodes: new Map(
      [...boxes].map(([name, { layer, width, height, y }]) => [
        name,
        { x: lefts[layer]! + (widthOf(layer) - width) / 2, y: y - height / 2 - top },
      ]),
    ),
    // A link goes straight through the layers it passes.
    waypoints: chains.map((chain) =>
      chain.flatMap(({ layer, y }) => [
        { x: lefts[layer]!, y: y - top },
        { x: lefts[layer]! + widthOf(layer), y: y - top },
      ]),
    ),
    width: x - gapX,
    height: bottom - top,
  };
}

function waypointsOf(from: Box, to: Box): Box[] {
  const chain: Box[] = [];
  let last = from;
  for (let layer = from.layer + 1; layer < to.layer; layer++) {
    const waypoint: Box = { layer, width: 0, height: 8, before: [last], after: [], y: 0 };
    last.after.push(waypoint);
    chain.push(waypoint);
    last = waypoint;
  }
  last.after.push(to);
  to.before.push(last);
  return chain;
}

/** Orders every layer so that few links cross, keeping the best order met. */
function order(layers: Box[][]): void {
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const forward = sweep % 2 === 0;
    for (const layer of forward ? layers : [...layers].reverse()) {
      const mean = new Map(
        layer.map((box, index) => {
          const neighbours = forward ? box.before : box.after;
          const places = neighbours.map((one) => layers[one.layer]!.indexOf(one) / Math.max(1, layers[one.layer]!.length - 1));
          return [box, places.length === 0 ? index / Math.max(1, layer.length - 1) : average(places)];
        }),
      );
      layer.sort((a, b) => mean.get(a)! - mean.get(b)!);
    }
    const count = crossings(layers);
    if (count < fewest) {
      fewest = count;
      best = layers.map((layer) => [...layer]);
    }
  }
  for (const [index, layer] of best.entries()) layers[index]!.splice(0, layer.length, ...layer);
}

function crossings(layers: readonly (readonly Box[])[]): number {
  let count = 0;
  for (const [index, layer] of layers.entries()) {
    const next = layers[index + 1] ?? [];
    const edges = layer.flatMap((box, from) => box.after.map((one) => [from, next.indexOf(one)] as const));
    for (const [place, [a, b]] of edges.entries()) {
      for (const [c, d] of edges.slice(place + 1)) if ((a - c) * (b - d) < 0) count++;
    }
  }
  return count;
}

/** Moves boxes towards the middle of their neighbours without changing their order. */
function align(layers: readonly (readonly Box[])[], gap: number): void {
  for (const layer of layers) pack(layer, gap);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : [...layers].reverse()) {
      for (const box of layer) {
        const neighbours = sweep % 2 === 0 ? box.before : box.after;
        if (neighbours.length > 0) box.y = average(neighbours.map(({ y }) => y));
      }
      pack(layer, gap);
    }
  }
}

/** Resolves overlaps, so that the boxes stay as near to where they wanted to be as their order allows. */
function pack(layer: readonly Box[], gap: number): void {
  const wanted = layer.map(({ y }) => y);
  // Groups of touching boxes move as one, to the mean of what their members want.
  const groups: { boxes: number[]; offsets: number[]; y: number }[] = [];
  for (const index of layer.keys()) {
    let group = { boxes: [index], offsets: [0], y: wanted[index]! };
    for (let above = groups.at(-1); above !== undefined; above = groups.at(-1)) {
      const last = above.boxes.length - 1;
      const [upper, lower] = [layer[above.boxes[last]!]!, layer[group.boxes[0]!]!];
      const distance = upper.height / 2 + lower.height / 2 + gap;
      if (group.y - (above.y + above.offsets[last]!) >= distance) break;
      groups.pop();
      const shift = above.offsets[last]! + distance;
      const boxes = [...above.boxes, ...group.boxes];
      const offsets = [...above.offsets, ...group.offsets.map((offset) => offset + shift)];
      group = { boxes, offsets, y: average(boxes.map((box, place) => wanted[box]! - offsets[place]!)) };
    }
    groups.push(group);
  }
  for (const { boxes, offsets, y } of groups) for (const [place, box] of boxes.entries()) layer[box]!.y = y + offsets[place]!;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
