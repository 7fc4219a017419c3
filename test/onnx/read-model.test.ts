import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { OnnxError } from '../../src/onnx/onnx-error.ts';
import { readModel } from '../../src/onnx/read-model.ts';

const VARINT = 0;
const PIECE = 2;
const tag = (field: number, wireType: number) => field * 8 + wireType;
const GRAPH = tag(7, PIECE);

/** A piece with its length before it. */
function piece(field: number, bytes: Uint8Array): Buffer {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest >= 128 ? (rest % 128) | 128 : rest);
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from([tag(field, PIECE), ...length]), bytes]);
}

const refuses = (bytes: readonly number[] | Uint8Array, code: string, message?: RegExp) =>
  assert.throws(() => readModel(Uint8Array.from(bytes)), { name: 'OnnxError', code, ...(message === undefined ? {} : { message }) });

describe('read model', () => {
  it('reads an empty file as a model without anything', () => assert.deepEqual(readModel(new Uint8Array(0)), {}));

  it('reads the bundled detector', () => {
    const { graph, opsetImport } = readModel(readFileSync(new URL('../../models/shapes/shapes.onnx', import.meta.url)));
    assert.equal(opsetImport?.[0]?.version, 17);
    assert.deepEqual(
      graph?.input?.map(({ name }) => name),
      ['images'],
    );
    assert.ok(graph!.node!.some(({ opType }) => opType === 'Conv'));
  });

  it('gives weights as views of the file', () => {
    const bytes = readFileSync(new URL('../../models/shapes/shapes.onnx', import.meta.url));
    const weight = readModel(bytes).graph!.initializer!.find(({ rawData }) => (rawData?.length ?? 0) > 1000)!;
    assert.equal(weight.rawData!.buffer, bytes.buffer);
  });

  it('merges an embedded message that comes twice', () => {
    const bytes = Buffer.concat([piece(7, piece(2, Buffer.from('first'))), piece(7, piece(10, Buffer.from('note')))]);
    assert.deepEqual(readModel(bytes), { graph: { name: 'first', docString: 'note' } });
  });

  it('keeps fields that it does not know', () => {
    const bytes = Uint8Array.from([(tag(100, VARINT) & 127) | 128, 6, 5, tag(1, VARINT), 8]);
    const { irVersion, unknownFields } = readModel(bytes);
    assert.equal(irVersion, 8);
    assert.deepEqual(
      unknownFields?.map((one) => [...one]),
      [[...bytes.subarray(0, 3)]],
    );
  });

  it('reads whole numbers of all 64 bits, as bigints where a number is not exact', () => {
    const dims = (bytes: readonly number[]) =>
      readModel(piece(7, piece(5, Uint8Array.from([tag(1, VARINT), ...bytes])))).graph!.initializer![0]!.dims![0];
    const ff = (count: number) => Array.from({ length: count }, () => 0xff);
    assert.equal(dims([0x96, 0x01]), 150);
    assert.equal(dims([...ff(9), 0x01]), -1);
    assert.equal(dims([...ff(7), 0x0f]), Number.MAX_SAFE_INTEGER);
    assert.equal(dims([...ff(8), 0x7f]), 2n ** 63n - 1n);
    assert.equal(dims([...Array.from({ length: 9 }, () => 0x80), 0x01]), -(2n ** 63n));
    assert.equal(dims([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]), 2n ** 54n);
  });

  it('refuses a file that breaks off in the middle of a number', () => {
    refuses([tag(1, VARINT)], 'onnx/truncated', /ends at byte 1/);
    refuses([tag(1, VARINT), 0x80], 'onnx/truncated', /ends at byte 2/);
    refuses([0x80], 'onnx/truncated');
    refuses([GRAPH, 0xff], 'onnx/truncated');
  });

  it('refuses a piece that is longer than what is left', () => {
    refuses([GRAPH, 5, 1], 'onnx/truncated', /5 bytes are announced at byte 2, but only 1 are left/);
    refuses([GRAPH, 0xff, 0xff, 0xff, 0xff, 0x0f], 'onnx/truncated', /4294967295 bytes/);
    // An inner piece may not reach beyond its outer one, even where the file goes on.
    refuses([GRAPH, 2, tag(2, PIECE), 3, 65, 65, 65], 'onnx/truncated');
  });

  it('refuses numbers that are too long, wire types that do not exist, and field 0', () => {
    const long = Array.from({ length: 11 }, () => 0x80);
    refuses([tag(1, VARINT), ...long], 'onnx/malformed', /longer than 64 bits/);
    refuses([GRAPH, ...long], 'onnx/malformed', /longer than 32 bits/);
    refuses([tag(15, 3)], 'onnx/malformed', /Wire type 3/);
    refuses([tag(7, VARINT), 1], 'onnx/malformed', /Field graph at byte 0 has wire type 0/);
    refuses([0], 'onnx/malformed', /Field number 0/);
  });

  it('refuses to follow messages that nest without end', () => {
    // A sequence of sequences of …: a type holds a sequence type, which holds a type.
    const nested = (depth: number) => {
      let bytes: Uint8Array = Buffer.alloc(0);
      for (let level = 0; level < depth; level++) bytes = piece(4, piece(1, bytes));
      return piece(7, piece(11, piece(2, bytes)));
    };
    readModel(nested(40));
    refuses(nested(60), 'onnx/too-deep', /deeper than 100/);
    refuses(nested(2000), 'onnx/too-deep');
  });

  it('reads or refuses whatever it is given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readModel(bytes);
        } catch (error) {
          assert.ok(error instanceof OnnxError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads or refuses a model with any byte changed and any part cut off', () => {
    const bytes = readFileSync(new URL('../../models/shapes/shapes.onnx', import.meta.url)).subarray(0, 6000);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (index, value, length) => {
        const damaged = Uint8Array.from(bytes);
        damaged[index] = value;
        try {
          readModel(damaged.subarray(0, length));
        } catch (error) {
          assert.ok(error instanceof OnnxError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
