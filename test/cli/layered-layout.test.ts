import assert from 'node:assert/strict';
import fc from 'fast-check';
import { layOut } from '../../src/cli/layered-layout.ts';

const GAP = { gapX: 50, gapY: 20 };
const node = (name: string, layer: number) => ({ name, layer, width: 100, height: 40 });

describe('layered layout', () => {
  it('draws a chain as a straight line', () => {
    const { nodes, width, height } = layOut(
      [node('a', 0), node('b', 1), node('c', 2)],
      [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'c' },
      ],
      GAP,
    );
    assert.deepEqual(
      [...nodes.values()],
      [
        { x: 0, y: 0 },
        { x: 150, y: 0 },
        { x: 300, y: 0 },
      ],
    );
    assert.deepEqual([width, height], [400, 40]);
  });

  it('orders a layer so that links do not cross', () => {
    const nodes = [node('a', 0), node('b', 0), node('c', 1), node('d', 1)];
    const { nodes: places } = layOut(
      nodes,
      [
        { from: 'a', to: 'd' },
        { from: 'b', to: 'c' },
      ],
      GAP,
    );
    const above = (one: string, other: string): boolean => places.get(one)!.y < places.get(other)!.y;
    assert.equal(above('a', 'b'), above('d', 'c'));
  });

  it('leads a long link past what is between its ends', () => {
    const { nodes, waypoints } = layOut(
      [node('a', 0), node('b', 1), node('c', 2)],
      [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'c' },
        { from: 'a', to: 'c' },
      ],
      GAP,
    );
    const { y } = nodes.get('b')!;
    for (const point of waypoints[2]!) assert.ok(point.y < y || point.y > y + 40);
  });

  it('never lets two elements overlap', () => {
    const layers = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(layers, fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 20 }), (counts, pairs) => {
        const all = counts.flatMap((count, layer) => Array.from({ length: count }, (_, index) => node(`${layer}-${index}`, layer)));
        const links = pairs.flatMap(([a, b]) => {
          const [from, to] = [all[a % all.length]!, all[b % all.length]!];
          return from.layer < to.layer ? [{ from: from.name, to: to.name }] : [];
        });
        const { nodes, height } = layOut(all, links, GAP);
        for (const one of all) {
          const { y } = nodes.get(one.name)!;
          assert.ok(y >= -1e-6 && y + 40 <= height + 1e-6);
          for (const other of all) {
            if (other === one || other.layer !== one.layer) continue;
            assert.ok(Math.abs(nodes.get(other.name)!.y - y) >= 40 + GAP.gapY - 1e-6, `${one.name} and ${other.name}`);
          }
        }
      }),
    );
  });
});
