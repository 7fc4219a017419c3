// Reads an ONNX file. Weights are views of the bytes that were given, not copies.
import { type Field, fieldsOf, isScalar, type MessageName, type Scalar } from './field-tables.ts';
import type { Model } from './model.ts';
import { OnnxError } from './onnx-error.ts';
import { WireReader } from './wire-reader.ts';

// Subgraphs nest by four messages each; nobody nests twenty of them.
const MAXIMUM_DEPTH = 100;
const VARINT = 0;
const WIDE = 1;
const PIECE = 2;
const NARROW = 5;

const WIRE_TYPES: Record<Scalar, number> = { int: VARINT, float: NARROW, double: WIDE, text: PIECE, bytes: PIECE };

type Message = Record<string, unknown> & { unknownFields?: Uint8Array[] };

/**
 * Reads a model. Safe on bytes from anywhere.
 *
 * @throws OnnxError `onnx/truncated`, `onnx/malformed`, `onnx/too-deep`.
 */
export function readModel(bytes: Uint8Array): Model {
  const model: Model = {};
  readInto(model as Message, new WireReader(bytes), 'model', 0);
  return model;
}

/** Reads fields into a message that may have some already: embedded messages that come twice are merged. */
function readInto(message: Message, reader: WireReader, name: MessageName, depth: number): void {
  if (depth > MAXIMUM_DEPTH) throw new OnnxError('onnx/too-deep', `Messages nest deeper than ${MAXIMUM_DEPTH} at byte ${reader.offset}`);
  const fields = fieldsOf(name);
  while (!reader.done) {
    const start = reader.offset;
    const tag = reader.size();
    const number = Math.floor(tag / 8);
    if (number === 0) throw new OnnxError('onnx/malformed', `Field number 0 at byte ${start} of a ${name}`);
    const field = fields.get(number);
    if (field === undefined) {
      reader.pass(tag % 8);
      message.unknownFields ??= [];
      message.unknownFields.push(reader.bytes.subarray(start, reader.offset));
    } else {
      readField(message, reader, field, tag % 8, depth, start);
    }
  }
}

function readField(message: Message, reader: WireReader, field: Field, wireType: number, depth: number, start: number): void {
  const { name, kind, repeated } = field;
  if (isScalar(kind)) {
    if (wireType === WIRE_TYPES[kind]) {
      const value = readScalar(reader, kind);
      if (repeated) listOf(message, name).push(value);
      else message[name] = value;
      return;
    }
    if (repeated && wireType === PIECE) {
      const packed = reader.message();
      const list = listOf(message, name);
      while (!packed.done) list.push(readScalar(packed, kind));
      return;
    }
  } else if (wireType === PIECE) {
    const inner: Message = repeated ? {} : ((message[name] as Message | undefined) ?? {});
    readInto(inner, reader.message(), kind, depth + 1);
    if (repeated) listOf(message, name).push(inner);
    else message[name] = inner;
    return;
  }
  throw new OnnxError('onnx/malformed', `Field ${name} at byte ${start} has wire type ${wireType}`);
}

function listOf(message: Message, name: string): unknown[] {
  message[name] ??= [];
  return message[name] as unknown[];
}

function readScalar(reader: WireReader, kind: Scalar): unknown {
  switch (kind) {
    case 'int':
      return reader.int64();
    case 'float':
      return reader.float();
    case 'double':
      return reader.double();
    case 'text':
      return text(reader.piece());
    case 'bytes':
      return reader.piece();
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
