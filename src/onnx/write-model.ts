// Writes an ONNX file, as pieces that can go to disk one after another without being joined in memory.
import { type Field, fieldsOf, isScalar, type MessageName, type Scalar } from './field-tables.ts';
import type { Int64, Model } from './model.ts';
import { OnnxError } from './onnx-error.ts';
import { WireWriter } from './wire-writer.ts';

// Protocol buffers end here; bigger models keep their weights in another file.
const MAXIMUM_BYTES = 2 ** 31 - 1;

const WIRE_TYPES: Record<Scalar, number> = { int: 0, float: 5, double: 1, text: 2, bytes: 2 };

type Message = Record<string, unknown> & { unknownFields?: readonly Uint8Array[] };

/**
 * The bytes of a model in order; weights are passed on as they are.
 *
 * @throws OnnxError `onnx/too-large` beyond 2 GiB.
 */
export function writeModelPieces(model: Model): readonly Uint8Array[] {
  const writer = writeMessage({ ...model }, 'model');
  const pieces = writer.finish();
  if (writer.length > MAXIMUM_BYTES) {
    throw new OnnxError(
      'onnx/too-large',
      `The model takes ${writer.length} bytes, and ONNX files end at 2 GiB; move its weights to external data`,
    );
  }
  return pieces;
}

/** The bytes of a model in one piece. */
export function writeModel(model: Model): Uint8Array {
  return Buffer.concat(writeModelPieces(model));
}

function writeMessage(message: Message, name: MessageName): WireWriter {
  const writer = new WireWriter();
  for (const [number, field] of fieldsOf(name)) {
    const value = message[field.name];
    if (value !== undefined) writeField(writer, number, field, value);
  }
  for (const bytes of message.unknownFields ?? []) writer.bytes(bytes);
  return writer;
}

function writeField(writer: WireWriter, number: number, { kind, repeated }: Field, value: unknown): void {
  if (!isScalar(kind)) {
    for (const inner of (repeated ? value : [value]) as Message[]) {
      writer.tag(number, 2);
      writer.message(writeMessage(inner, kind));
    }
    return;
  }
  if (repeated && WIRE_TYPES[kind] !== 2) {
    const packed = new WireWriter();
    for (const one of value as Iterable<number>) writeScalar(packed, kind, one);
    writer.tag(number, 2);
    writer.message(packed);
    return;
  }
  for (const one of (repeated ? value : [value]) as unknown[]) {
    writer.tag(number, WIRE_TYPES[kind]);
    writeScalar(writer, kind, one);
  }
}

function writeScalar(writer: WireWriter, kind: Scalar, value: unknown): void {
  switch (kind) {
    case 'int':
      writer.int64(value as Int64);
      break;
    case 'float':
      writer.float(value as number);
      break;
    case 'double':
      writer.double(value as number);
      break;
    case 'text':
    case 'bytes': {
      const bytes = kind === 'text' ? Buffer.from(value as string) : (value as Uint8Array);
      writer.size(bytes.length);
      writer.bytes(bytes);
    }
  }
}
