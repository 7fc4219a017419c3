// ONNX's numbers for element types (TensorProto.DataType).

const NAMES = [
  'unknown',
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'uint4',
  'int4',
  'float4e2m1',
  'float8e8m0',
  'uint2',
  'int2',
] as const;

/** Every element type that ONNX knows. */
export type OnnxDtype = (typeof NAMES)[number];

/** The name of an element type's number; `unknown` for one that is newer than this program. */
export function dtypeOfElementType(type: number): OnnxDtype {
  return NAMES[type] ?? 'unknown';
}

export function elementTypeOf(dtype: OnnxDtype): number {
  return NAMES.indexOf(dtype);
}
