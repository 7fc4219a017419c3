// Reads what a session says about its model: inputs, outputs and notes.

import { dtypeOfElementType } from '../../onnx/element-type.ts';
import type { TensorDtype, TensorInfo } from '../backend.ts';
import type { OnnxRuntime, Pointer } from './api.ts';
import { NativeBlock } from './native-block.ts';
import { check } from './status.ts';

// ONNXType: what kind of value it is.
const VALUE_KINDS: readonly TensorDtype[] = ['unknown', 'unknown', 'sequence', 'map', 'opaque', 'sparse', 'optional'];
const TENSOR = 1;
const MAXIMUM_RANK = 256;

export interface Signature {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The signature of an opened session. */
export function readSignature(runtime: OnnxRuntime, session: bigint): Signature {
  const { api } = runtime;
  const out = new NativeBlock(runtime, 64);
  const pointer = (status: Pointer): bigint => {
    check(runtime, status);
    return out.words[0]!;
  };
  const allocator = pointer(api.getAllocatorWithDefaultOptions(out.words));
  const text = (status: Pointer): string => {
    const address = pointer(status);
    if (address === 0n) return '';
    const value = runtime.text(address);
    check(runtime, api.allocatorFree(allocator, address));
    return value;
  };
  const count = (status: Pointer): number => Number(pointer(status));

  const tensorInfo = (name: string, type: bigint): TensorInfo => {
    try {
      out.words[0] = 0n;
      const kind = Number(BigInt.asUintN(32, pointer(api.getOnnxTypeFromTypeInfo(type, out.words))));
      if (kind !== TENSOR) return { name, dtype: VALUE_KINDS[kind] ?? 'unknown', shape: [] };
      const tensor = pointer(api.castTypeInfoToTensorInfo(type, out.words));
      out.words[0] = 0n;
      const dtype = dtypeOfElementType(Number(pointer(api.getTensorElementType(tensor, out.words))));
      // Older libraries do not tell a scalar from a tensor without a shape; the latter is by far the rarer.
      const unranked = api.tensorTypeAndShapeHasShape?.(tensor) === false;
      return unranked ? { name, dtype, shape: [], unranked } : { name, dtype, shape: readShape(runtime, tensor) };
    } finally {
      api.releaseTypeInfo(type);
    }
  };
  const inputs = Array.from({ length: count(api.sessionGetInputCount(session, out.words)) }, (_, index) =>
    tensorInfo(
      text(api.sessionGetInputName(session, index, allocator, out.words)),
      pointer(api.sessionGetInputTypeInfo(session, index, out.words)),
    ),
  );
  const outputs = Array.from({ length: count(api.sessionGetOutputCount(session, out.words)) }, (_, index) =>
    tensorInfo(
      text(api.sessionGetOutputName(session, index, allocator, out.words)),
      pointer(api.sessionGetOutputTypeInfo(session, index, out.words)),
    ),
  );

  const notes = pointer(api.sessionGetModelMetadata(session, out.words));
  try {
    const metadata: Record<string, string> = {
      producer: text(api.modelMetadataGetProducerName(notes, allocator, out.words)),
      graph: text(api.modelMetadataGetGraphName(notes, allocator, out.words)),
      description: text(api.modelMetadataGetDescription(notes, allocator, out.words)),
    };
    check(runtime, api.modelMetadataGetCustomMetadataMapKeys(notes, allocator, out.words, out.words.subarray(1)));
    const [keys, length] = [out.words[0]!, Number(out.words[1]!)];
    if (keys !== 0n) {
      for (const key of runtime.pointers(keys, length)) {
        const name = runtime.text(key);
        metadata[name] = text(api.modelMetadataLookupCustomMetadataMap(notes, allocator, name, out.words));
        check(runtime, api.allocatorFree(allocator, key));
      }
      check(runtime, api.allocatorFree(allocator, keys));
    }
    return { inputs, outputs, metadata: Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== '')) };
  } finally {
    api.releaseModelMetadata(notes);
  }
}

/** The sizes, symbols and unknowns of a tensor's declared shape. */
function readShape(runtime: OnnxRuntime, tensor: bigint): (number | string)[] {
  const { api } = runtime;
  const block = new NativeBlock(runtime, MAXIMUM_RANK * 8);
  check(runtime, api.getDimensionsCount(tensor, block.words));
  const rank = Number(block.words[0]!);
  check(runtime, api.getDimensions(tensor, block.words, rank));
  const sizes = [...block.words.subarray(0, rank)].map(Number);
  check(runtime, api.getSymbolicDimensions(tensor, block.words, rank));
  const symbols = [...block.words.subarray(0, rank)].map((address) => (address === 0n ? '' : runtime.text(address)));
  return sizes.map((size, axis) => (size >= 0 ? size : symbols[axis] || '?'));
}
