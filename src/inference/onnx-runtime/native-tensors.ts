// Tensors of the arena as the library knows them, and tensors of the library's as the arena takes them.
import type { Arena } from '../../memory/arena.ts';
import { dtypeOfElementType, elementTypeOf } from '../../onnx/element-type.ts';
import { isArenaDtype } from '../arena-dtype.ts';
import type { TensorRef } from '../backend.ts';
import { bytesOfTensor } from '../check-tensors.ts';
import { InferenceError } from '../inference-error.ts';
import type { OnnxRuntime } from './api.ts';
import { NativeBlock } from './native-block.ts';
import { check } from './status.ts';

const MAXIMUM_RANK = 256;

export class NativeTensors {
  private readonly runtime: OnnxRuntime;
  private readonly memoryInfo: bigint;
  private readonly arena: Arena;
  /** For results and sizes of calls that are over before the next begins. */
  private readonly scratch: NativeBlock;

  constructor(runtime: OnnxRuntime, memoryInfo: bigint, arena: Arena) {
    this.runtime = runtime;
    this.memoryInfo = memoryInfo;
    this.arena = arena;
    this.scratch = new NativeBlock(runtime, (MAXIMUM_RANK + 1) * 8);
  }

  /** The library's description of a tensor where it lies; the caller releases it and keeps the slab meanwhile. */
  describe({ dtype, shape, slab, offset = 0 }: TensorRef): bigint {
    const { runtime, memoryInfo, scratch } = this;
    checkRank(shape.length);
    for (const [axis, size] of shape.entries()) scratch.words[axis + 1] = BigInt(size);
    const data = arenaAddress(runtime, slab.arena) + BigInt(slab.offset + offset);
    const bytes = bytesOfTensor(dtype, shape);
    const { createTensorWithDataAsOrtValue: create } = runtime.api;
    check(runtime, create(memoryInfo, data, bytes, scratch.at(1), shape.length, elementTypeOf(dtype), scratch.address));
    return scratch.words[0]!;
  }

  /** A copy in the arena of a tensor that the library made. @throws InferenceError `inference/unsupported-type`. */
  copyOut(value: bigint): TensorRef {
    const { runtime, arena, scratch } = this;
    const { api } = runtime;
    const { words } = scratch;
    check(runtime, api.getTensorTypeAndShape(value, words));
    const info = words[0]!;
    try {
      words[0] = 0n;
      check(runtime, api.getTensorElementType(info, words));
      const dtype = dtypeOfElementType(Number(words[0]));
      if (!isArenaDtype(dtype)) {
        throw new InferenceError('inference/unsupported-type', `An output is ${dtype}, which no tensor of ours can hold`);
      }
      check(runtime, api.getDimensionsCount(info, words));
      const rank = Number(words[0]);
      checkRank(rank);
      check(runtime, api.getDimensions(info, words, rank));
      const shape = Array.from(words.subarray(0, rank), Number);
      const bytes = bytesOfTensor(dtype, shape);
      check(runtime, api.getTensorMutableData(value, words));
      const slab = arena.allocate(bytes);
      if (bytes > 0) arena.bytes(slab.offset, bytes).set(runtime.view(words[0]!, bytes));
      return { dtype, shape, slab };
    } finally {
      api.releaseTensorTypeAndShapeInfo(info);
    }
  }
}

/** Native code writes as many sizes as a tensor has axes, whatever room there is. */
function checkRank(rank: number): void {
  if (rank > MAXIMUM_RANK)
    throw new InferenceError('inference/wrong-shape', `A tensor has ${rank} axes; at most ${MAXIMUM_RANK} are possible`);
}

const addresses = new WeakMap<object, bigint>();

/** Where an arena begins in the process's memory; it grows in place. */
function arenaAddress(runtime: OnnxRuntime, { memory }: Arena): bigint {
  let address = addresses.get(memory);
  if (address === undefined) {
    address = runtime.address(new Uint8Array(memory.buffer));
    addresses.set(memory, address);
  }
  return address;
}
