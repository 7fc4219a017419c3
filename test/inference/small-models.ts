// The models of test/references/inference/make.py, put together with our own means.
import { readFileSync } from 'node:fs';
import { viewOf } from '../../src/memory/dtype.ts';
import { float, graph, model, node, tensor, valueInfo } from '../../src/onnx/build-model.ts';
import { elementTypeOf, type OnnxDtype } from '../../src/onnx/element-type.ts';
import type { Model, Tensor } from '../../src/onnx/model.ts';
import type { PlainTensor } from './tensors.ts';

export interface Reference {
  readonly weights: Readonly<Record<string, PlainTensor>>;
  readonly cases: readonly {
    readonly inputs: Readonly<Record<string, PlainTensor>>;
    readonly outputs: Readonly<Record<string, PlainTensor>>;
  }[];
}

const file = new URL('../references/inference/models.truth.json', import.meta.url);

/** What an independent implementation says the models give. */
export const references = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<keyof typeof smallModels, Reference>>;

const x = (...shape: (number | string)[]) => valueInfo('x', 'float32', shape);
const y = (...shape: (number | string)[]) => valueInfo('y', 'float32', shape);

const CASTS: readonly (readonly [string, OnnxDtype])[] = [
  ['FLOAT16', 'float16'],
  ['DOUBLE', 'float64'],
  ['INT8', 'int8'],
  ['UINT8', 'uint8'],
  ['INT16', 'int16'],
  ['UINT16', 'uint16'],
  ['INT32', 'int32'],
  ['UINT32', 'uint32'],
  ['INT64', 'int64'],
  ['UINT64', 'uint64'],
  ['BOOL', 'bool'],
];

export const smallModels = {
  linear: (): Model =>
    model({
      nodes: [node('MatMul', ['x', 'w'], ['xw']), node('Add', ['xw', 'b'], ['z']), node('Relu', ['z'], ['y'])],
      inputs: [x('N', 4)],
      outputs: [y('N', 3)],
      initializers: weights('linear'),
      metadata: { maker: 'a test', note: 'größer' },
    }),
  notNumbers: (): Model =>
    model({ nodes: [node('Add', ['x', 'b'], ['y'])], inputs: [x('N', 4)], outputs: [y('N', 4)], initializers: weights('notNumbers') }),
  convolution: (): Model =>
    model({
      nodes: [node('Conv', ['x', 'k'], ['c'], { pads: [1, 1, 1, 1] }), node('Sigmoid', ['c'], ['y'])],
      inputs: [x('N', 2, 'H', 'W')],
      outputs: [y('N', 3, 'H', 'W')],
      initializers: weights('convolution'),
    }),
  nonzero: (): Model => model({ nodes: [node('NonZero', ['x'], ['y'])], inputs: [x(6)], outputs: [valueInfo('y', 'int64', [1, 'found'])] }),
  casts: (): Model =>
    model({
      nodes: CASTS.map(([name, dtype]) => node('Cast', ['x'], [name], { to: elementTypeOf(dtype) })),
      inputs: [x('N')],
      outputs: CASTS.map(([name, dtype]) => valueInfo(name, dtype, ['N'])),
    }),
  scalars: (): Model =>
    model({
      nodes: [
        node('Cast', ['rate'], ['factor'], { to: elementTypeOf('float32') }),
        node('Mul', ['x', 'factor'], ['y']),
        node('Add', ['rate', 'one'], ['next']),
      ],
      inputs: [x('N'), valueInfo('rate', 'int64', [])],
      outputs: [y('N'), valueInfo('next', 'int64', [])],
      initializers: [tensor('one', 'int64', [], new BigInt64Array([1n]))],
    }),
  empty: (): Model =>
    model({
      nodes: [node('ReduceSum', ['x', 'axes'], ['sum'], { keepdims: 0 }), node('Mul', ['x', 'x'], ['square'])],
      inputs: [x('N', 4)],
      outputs: [valueInfo('sum', 'float32', [4]), valueInfo('square', 'float32', ['N', 4])],
      initializers: [tensor('axes', 'int64', [1], new BigInt64Array([0n]))],
    }),
  names: (): Model => {
    const [a, b, sum, difference] = ['serving:0', 'model/in/1', '2', 'größe/ü:1'] as const;
    const pair = (name: string) => valueInfo(name, 'float32', [2]);
    return model({
      nodes: [node('Add', [a, b], [sum]), node('Sub', [a, b], [difference])],
      inputs: [pair(a), pair(b)],
      outputs: [pair(sum), pair(difference)],
    });
  },
  passed: (): Model =>
    model({
      nodes: [node('Identity', ['x'], ['same']), node('Identity', ['c'], ['constant']), node('Neg', ['x'], ['negated'])],
      inputs: [x('N')],
      outputs: [valueInfo('same', 'float32', ['N']), valueInfo('constant', 'float32', [3]), valueInfo('negated', 'float32', ['N'])],
      initializers: weights('passed'),
    }),
};

/** Multiplies a 32×32 matrix with itself as often as its input `trips` says: a run that takes as long as one likes. */
export function loopModel(): Model {
  const size = 32;
  const body = graph({
    name: 'body',
    nodes: [node('Identity', ['going'], ['goesOn']), node('MatMul', ['before', 'w'], ['after'])],
    inputs: [valueInfo('trip', 'int64', []), valueInfo('going', 'bool', []), valueInfo('before', 'float32', [size, size])],
    outputs: [valueInfo('goesOn', 'bool', []), valueInfo('after', 'float32', [size, size])],
  });
  const identity = new Float32Array(size * size).map((_, index) => (index % (size + 1) === 0 ? 1 : 0));
  return model({
    nodes: [node('Loop', ['trips', '', 'start'], ['y'], { body })],
    inputs: [valueInfo('trips', 'int64', [])],
    outputs: [valueInfo('y', 'float32', [size, size])],
    initializers: [tensor('w', 'float32', [size, size], identity), tensor('start', 'float32', [size, size], identity)],
  });
}

/** Ends in int4, which nothing of ours can hold. */
export function int4Model(): Model {
  return model({
    nodes: [node('QuantizeLinear', ['x', 'scale', 'zero'], ['y'])],
    inputs: [x(4)],
    outputs: [valueInfo('y', 'int4', [4])],
    initializers: [tensor('scale', 'float32', [], new Float32Array([1])), tensor('zero', 'int4', [], new Uint8Array(1))],
    opset: 21,
    irVersion: 10,
  });
}

/** Ends in a list of tensors. */
export function sequenceModel(): Model {
  const elemType = { tensorType: { elemType: elementTypeOf('float32') } };
  return model({
    nodes: [node('SequenceConstruct', ['x'], ['y'])],
    inputs: [x(2)],
    outputs: [{ name: 'y', type: { sequenceType: { elemType } } }],
  });
}

/** Takes and gives tensors of any rank. */
export function unrankedModel(): Model {
  return model({
    nodes: [node('Elu', ['x'], ['y'], { alpha: float(1) })],
    inputs: [valueInfo('x', 'float32')],
    outputs: [valueInfo('y', 'float32')],
  });
}

function weights(name: string): Tensor[] {
  return Object.entries(references[name as keyof typeof references].weights).map(([weight, { dtype, shape, data }]) => {
    const values = viewOf(dtype, new ArrayBuffer(data.length * 8), 0, data.length);
    (values as Float32Array).set(data.map(Number));
    return tensor(weight, dtype, shape, values);
  });
}
