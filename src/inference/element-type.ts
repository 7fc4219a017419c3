// ONNX's numbers for element types, which are ONNX Runtime's too.
import type { Dtype } from '../memory/dtype.ts';
import { DTYPES } from '../memory/dtype.ts';
import type { TensorDtype } from './backend.ts';

const NAMES: readonly TensorDtype[] = [
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
];

/** The name of an element type. */
export function dtypeOfElementType(type: number): TensorDtype {
  return NAMES[type] ?? 'unknown';
}

export function elementTypeOf(dtype: Dtype): number {
  return NAMES.indexOf(dtype);
}

/** Whether tensors of this type can lie in the arena. */
export function isArenaDtype(dtype: TensorDtype): dtype is Dtype {
  return (DTYPES as readonly string[]).includes(dtype);
}
