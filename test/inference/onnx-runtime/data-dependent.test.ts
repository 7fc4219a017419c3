// Output shapes that depend on what is in the inputs, not on their shapes: the second run of a model may not write where the
// first one did. Each way in which operators come to a shape of their own has a model.
import assert from 'node:assert/strict';
import { onnxRuntimeBackend } from '../../../src/inference/onnx-runtime/onnx-runtime-backend.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { graph, model, node, tensor, valueInfo } from '../../../src/onnx/build-model.ts';
import type { Node, Tensor } from '../../../src/onnx/model.ts';
import { writeModel } from '../../../src/onnx/write-model.ts';
import { floats, place, release, valuesOf } from '../tensors.ts';

const X = [1, 2, 3, 4];
const int64 = (name: string, values: readonly number[], shape: readonly number[] = [values.length]): Tensor =>
  tensor(name, 'int64', shape, BigInt64Array.from(values.map(BigInt)));
const repeated = (count: number): number[] => Array.from({ length: count }, () => X).flat();

interface Case {
  readonly nodes: Node[];
  readonly initializers?: Tensor[];
  /** Of the output, for what the input n holds. */
  readonly shape: (n: number) => number[];
  readonly values: (n: number) => number[];
}

const loopBody = graph({
  name: 'body',
  nodes: [node('Identity', ['going'], ['goesOn']), node('Identity', ['state'], ['next']), node('Identity', ['state'], ['row'])],
  inputs: [valueInfo('trip', 'int64', []), valueInfo('going', 'bool', []), valueInfo('state', 'float32', [4])],
  outputs: [valueInfo('goesOn', 'bool', []), valueInfo('next', 'float32', [4]), valueInfo('row', 'float32', [4])],
});
const branch = (name: string, one: Node) => graph({ name, nodes: [one], inputs: [], outputs: [valueInfo(name, 'float32', ['a'])] });

const cases: Readonly<Record<string, Case>> = {
  'a slice': {
    nodes: [node('Slice', ['x', 'zero', 'n'], ['y'])],
    initializers: [int64('zero', [0])],
    shape: (n) => [n],
    values: (n) => X.slice(0, n),
  },
  'the largest few': {
    nodes: [node('TopK', ['x', 'n'], ['y', 'places'])],
    shape: (n) => [n],
    values: (n) => X.slice().reverse().slice(0, n),
  },
  'memory that is used again under another shape': {
    nodes: [node('Concat', ['n', 'rest'], ['shape'], { axis: 0 }), node('Reshape', ['x', 'shape'], ['y'])],
    initializers: [int64('rest', [-1])],
    shape: (n) => [n, 4 / n],
    values: () => X,
  },
  'a shape passed on by another node': {
    nodes: [node('Tile', ['x', 'n'], ['tiled']), node('Identity', ['tiled'], ['y'])],
    shape: (n) => [4 * n],
    values: repeated,
  },
  'what a loop gathers': {
    nodes: [node('Squeeze', ['n'], ['trips']), node('Loop', ['trips', '', 'x'], ['last', 'y'], { body: loopBody })],
    shape: (n) => [n, 4],
    values: repeated,
  },
  'a branch': {
    nodes: [
      node('Squeeze', ['n'], ['one']),
      node('Less', ['one', 'two'], ['small']),
      node('If', ['small'], ['y'], {
        then_branch: branch('once', node('Identity', ['x'], ['once'])),
        else_branch: branch('twice', node('Concat', ['x', 'x'], ['twice'], { axis: 0 })),
      }),
    ],
    initializers: [int64('two', [2], [])],
    shape: (n) => [n < 2 ? 4 : 8],
    values: (n) => repeated(n < 2 ? 1 : 2),
  },
  'a rank': {
    nodes: [
      node('ConstantOfShape', ['n'], ['zeros']),
      node('Cast', ['zeros'], ['whole'], { to: 7 }),
      node('Add', ['whole', 'one'], ['ones']),
      node('Concat', ['ones', 'rest'], ['shape'], { axis: 0 }),
      node('Reshape', ['x', 'shape'], ['y']),
    ],
    initializers: [int64('one', [1]), int64('rest', [-1])],
    shape: (n) => [...Array.from({ length: n }, () => 1), 4],
    values: () => X,
  },
};

describe('outputs whose shape depends on the data', () => {
  for (const [what, { nodes, initializers = [], shape, values }] of Object.entries(cases)) {
    it(`are right, run after run: ${what}`, async () => {
      const arena = Arena.create({ maximumBytes: 2 ** 24 });
      const of = model({
        nodes,
        inputs: [valueInfo('x', 'float32', [4]), valueInfo('n', 'int64', [1])],
        outputs: [valueInfo('y', 'float32')],
        initializers,
      });
      const session = await onnxRuntimeBackend.open({ bytes: writeModel(of) }, {}, arena);
      const x = floats(arena, [4], X);
      for (const size of [1, 1, 2, 1, 4, 2, 2]) {
        const n = place(arena, { dtype: 'int64', shape: [1], data: [size] });
        const found = await session.run({ x, n });
        assert.deepEqual([found['y']!.shape, valuesOf(arena, found['y']!)], [shape(size), values(size)], `n is ${size}`);
        release({ n, ...found });
      }
      assert.deepEqual([session.statistics.runsRepeated, session.statistics.outputsInPlace], [1, 1]);
      release({ x });
      await session.close();
      assert.equal(arena.statistics.slabsInUse, 0);
    });
  }

  it('are right when runs of different shapes are in flight together', async () => {
    const arena = Arena.create({ maximumBytes: 2 ** 24 });
    const { nodes, initializers = [], shape, values } = cases['a slice']!;
    const inputs = [valueInfo('x', 'float32', [4]), valueInfo('n', 'int64', [1])];
    const of = model({ nodes, inputs, outputs: [valueInfo('y', 'float32')], initializers });
    const session = await onnxRuntimeBackend.open({ bytes: writeModel(of) }, {}, arena);
    const x = floats(arena, [4], X);
    const run = async (size: number): Promise<void> => {
      const n = place(arena, { dtype: 'int64', shape: [1], data: [size] });
      const found = await session.run({ x, n });
      assert.deepEqual([found['y']!.shape, valuesOf(arena, found['y']!)], [shape(size), values(size)]);
      release({ n, ...found });
    };
    await run(2);
    await Promise.all(Array.from({ length: 32 }, (_, index) => run((index % 4) + 1)));
    release({ x });
    await session.close();
    assert.equal(arena.statistics.slabsInUse, 0);
  });
});
