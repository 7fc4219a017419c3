/** Element types of tensors and of the arena's typed views. `float16` is held as its 16 bits. */
export const DTYPES = [
  'float32',
  'float64',
  'float16',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
] as const;

export type Dtype = (typeof DTYPES)[number];

const BYTES: Record<Dtype, number> = {
  float32: 4,
  float64: 8,
  float16: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1,
};

/** The size of one element in bytes. */
export function bytesOfDtype(dtype: Dtype): number {
  return BYTES[dtype];
}

const VIEWS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** The typed array that shows a dtype. */
export type ViewOf<D extends Dtype> = InstanceType<(typeof VIEWS)[D]>;

/** A typed array over part of a buffer. */
export function viewOf<D extends Dtype>(dtype: D, buffer: ArrayBufferLike, offset: number, count: number): ViewOf<D> {
  return new VIEWS[dtype](buffer as ArrayBuffer, offset, count) as ViewOf<D>;
}
