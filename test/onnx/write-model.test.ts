import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { onnxRuntimeBackend } from '../../src/inference/onnx-runtime/onnx-runtime-backend.ts';
import { Arena } from '../../src/memory/arena.ts';
import { float, graph, model, node, tensor, valueInfo } from '../../src/onnx/build-model.ts';
import type { Model } from '../../src/onnx/model.ts';
import { readModel } from '../../src/onnx/read-model.ts';
import { writeModel, writeModelPieces } from '../../src/onnx/write-model.ts';
import { floats, release, valuesOf } from '../inference/tensors.ts';

const shapes = readFileSync(new URL('../../models/shapes/shapes.onnx', import.meta.url));

describe('write model', () => {
  it('writes what it reads: the bundled detector, field by field', () => {
    const read = readModel(shapes);
    assert.deepEqual(readModel(writeModel(read)), read);
  });

  it('writes what ONNX Runtime runs with the same results, bit for bit', async () => {
    const arena = Arena.create({ maximumBytes: 2 ** 26 });
    const results: number[][] = [];
    for (const bytes of [shapes, writeModel(readModel(shapes))]) {
      const session = await onnxRuntimeBackend.open({ bytes }, {}, arena);
      const images = floats(arena, [1, 3, 320, 320], 0.25);
      const found = await session.run({ images });
      results.push(valuesOf(arena, found['predictions']!));
      release({ images, ...found });
      await session.close();
    }
    assert.deepEqual(results[0], results[1]);
    assert.equal(arena.statistics.slabsInUse, 0);
  });

  it('passes weights on without copying them', () => {
    const weights = new Float32Array(5000);
    const pieces = writeModelPieces(model({ nodes: [], inputs: [], outputs: [], initializers: [tensor('w', 'float32', [5000], weights)] }));
    assert.ok(pieces.some(({ buffer, byteLength }) => buffer === weights.buffer && byteLength === 20_000));
  });

  it('writes every kind of attribute', () => {
    const value = valueInfo('v', 'int64', [1]);
    const body = graph({ nodes: [node('Neg', ['v'], ['v2'], { none: 0 })], inputs: [value], outputs: [value], name: 'inner' });
    const one = node('Op', ['a', ''], ['b'], {
      int: -5,
      wide: 2n ** 62n,
      text: 'größe',
      ints: [1, -1, 2n ** 60n],
      texts: ['a', ''],
      float: float(0.5),
      floats: float([1, 2.5]),
      tensor: tensor('t', 'uint8', [2], new Uint8Array([1, 2])),
      graph: body,
    });
    const written: Model = model({ nodes: [one], inputs: [valueInfo('a', 'float32', ['N', 3, '?'])], outputs: [valueInfo('b', 'bool')] });
    const read = readModel(writeModel(written));
    assert.deepEqual(plain(read), plain(written));
  });

  it('writes whole numbers of any size', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
        const { irVersion } = readModel(writeModel({ irVersion: value }));
        assert.equal(BigInt(irVersion!), value);
      }),
    );
  });

  it('keeps fields that it does not know', () => {
    const bytes = Uint8Array.from([1 * 8, 8, ((100 * 8) % 128) | 128, 6, 5]);
    assert.deepEqual([...writeModel(readModel(bytes))], [...bytes]);
  });

  it('refuses to write more than an ONNX file can hold', () => {
    // One piece of memory, named many times: nothing of that size is ever made.
    const megabytes = new Uint8Array(64 * 2 ** 20);
    const initializers = Array.from({ length: 32 }, (_, index) => tensor(`w${index}`, 'uint8', [megabytes.length], megabytes));
    const parts = { nodes: [], inputs: [], outputs: [] };
    assert.throws(() => writeModel(model({ ...parts, initializers })), {
      name: 'OnnxError',
      code: 'onnx/too-large',
      message: /takes 2147\d{6} bytes.*external data/,
    });
    const pieces = writeModelPieces(model({ ...parts, initializers: initializers.slice(1) }));
    assert.ok(pieces.reduce((sum, { length }) => sum + length, 0) > 31 * 64 * 2 ** 20);
  });
});

/** With all bytes as arrays of numbers, since buffers and typed arrays of equal contents are not deeply equal. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}n` : isBytes(one) ? [...bytesOf(one)] : one)));
}

function isBytes(value: unknown): value is Uint8Array | { type: 'Buffer'; data: number[] } {
  return value instanceof Uint8Array || (typeof value === 'object' && (value as { type?: string } | null)?.type === 'Buffer');
}

function bytesOf(value: Uint8Array | { data: number[] }): ArrayLike<number> & Iterable<number> {
  return value instanceof Uint8Array ? value : value.data;
}
