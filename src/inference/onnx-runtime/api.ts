// ONNX Runtime's C interface: which functions of its table we call, with their places and types.
//
// The table only ever grows at its end, so that a place means the same function in every library of major version 1. Every
// pointer is a bigint, every result goes through memory whose address is passed, and a status of null means success.
import { createRequire } from 'node:module';
import type { LibraryHandle } from 'koffi';
import { InferenceError } from '../inference-error.ts';
import { findLibrary } from './find-library.ts';
import { minorVersion } from './library-version.ts';

/** An address; null is the null pointer. */
export type Pointer = bigint | null;

const STATUS = 'void *';
// Where a path is expected: UTF-8, or UTF-16 on Windows; see nativePath.
const PATH = 'void *';

// name: [place in the table, result, ...arguments]
const FUNCTIONS = {
  getErrorCode: [1, 'int', 'void *'],
  getErrorMessage: [2, 'str', 'void *'],
  createEnv: [3, STATUS, 'int', 'str', 'void *'],
  createSession: [7, STATUS, 'void *', PATH, 'void *', 'void *'],
  createSessionFromArray: [8, STATUS, 'void *', 'void *', 'size_t', 'void *', 'void *'],
  run: [9, STATUS, 'void *', 'void *', 'void *', 'void *', 'size_t', 'void *', 'size_t', 'void *'],
  createSessionOptions: [10, STATUS, 'void *'],
  setSessionExecutionMode: [13, STATUS, 'void *', 'int'],
  enableProfiling: [14, STATUS, 'void *', PATH],
  setSessionGraphOptimizationLevel: [23, STATUS, 'void *', 'int'],
  setIntraOpNumThreads: [24, STATUS, 'void *', 'int'],
  setInterOpNumThreads: [25, STATUS, 'void *', 'int'],
  sessionGetInputCount: [30, STATUS, 'void *', 'void *'],
  sessionGetOutputCount: [31, STATUS, 'void *', 'void *'],
  sessionGetInputTypeInfo: [33, STATUS, 'void *', 'size_t', 'void *'],
  sessionGetOutputTypeInfo: [34, STATUS, 'void *', 'size_t', 'void *'],
  sessionGetInputName: [36, STATUS, 'void *', 'size_t', 'void *', 'void *'],
  sessionGetOutputName: [37, STATUS, 'void *', 'size_t', 'void *', 'void *'],
  createRunOptions: [39, STATUS, 'void *'],
  runOptionsSetTerminate: [46, STATUS, 'void *'],
  runOptionsUnsetTerminate: [47, STATUS, 'void *'],
  createTensorWithDataAsOrtValue: [49, STATUS, 'void *', 'void *', 'size_t', 'void *', 'size_t', 'int', 'void *'],
  getTensorMutableData: [51, STATUS, 'void *', 'void *'],
  castTypeInfoToTensorInfo: [55, STATUS, 'void *', 'void *'],
  getOnnxTypeFromTypeInfo: [56, STATUS, 'void *', 'void *'],
  getTensorElementType: [60, STATUS, 'void *', 'void *'],
  getDimensionsCount: [61, STATUS, 'void *', 'void *'],
  getDimensions: [62, STATUS, 'void *', 'void *', 'size_t'],
  getSymbolicDimensions: [63, STATUS, 'void *', 'void *', 'size_t'],
  getTensorTypeAndShape: [65, STATUS, 'void *', 'void *'],
  getValueType: [67, STATUS, 'void *', 'void *'],
  createCpuMemoryInfo: [69, STATUS, 'int', 'int', 'void *'],
  allocatorFree: [76, STATUS, 'void *', 'void *'],
  getAllocatorWithDefaultOptions: [78, STATUS, 'void *'],
  releaseStatus: [93, 'void', 'void *'],
  releaseSession: [95, 'void', 'void *'],
  releaseValue: [96, 'void', 'void *'],
  releaseRunOptions: [97, 'void', 'void *'],
  releaseTypeInfo: [98, 'void', 'void *'],
  releaseTensorTypeAndShapeInfo: [99, 'void', 'void *'],
  releaseSessionOptions: [100, 'void', 'void *'],
  sessionGetModelMetadata: [111, STATUS, 'void *', 'void *'],
  modelMetadataGetProducerName: [112, STATUS, 'void *', 'void *', 'void *'],
  modelMetadataGetGraphName: [113, STATUS, 'void *', 'void *', 'void *'],
  modelMetadataGetDescription: [115, STATUS, 'void *', 'void *', 'void *'],
  modelMetadataLookupCustomMetadataMap: [116, STATUS, 'void *', 'void *', 'str', 'void *'],
  releaseModelMetadata: [118, 'void', 'void *'],
  modelMetadataGetCustomMetadataMapKeys: [123, STATUS, 'void *', 'void *', 'void *', 'void *'],
  addFreeDimensionOverrideByName: [124, STATUS, 'void *', 'str', 'int64_t'],
  getAvailableProviders: [125, STATUS, 'void *', 'void *'],
  releaseAvailableProviders: [126, STATUS, 'void *', 'int'],
  addSessionConfigEntry: [130, STATUS, 'void *', 'str', 'str'],
  appendTensorRt: [170, STATUS, 'void *', 'void *'],
  createTensorRtOptions: [171, STATUS, 'void *'],
  updateTensorRtOptions: [172, STATUS, 'void *', 'void *', 'void *', 'size_t'],
  releaseTensorRtOptions: [174, 'void', 'void *'],
  appendCuda: [204, STATUS, 'void *', 'void *'],
  createCudaOptions: [205, STATUS, 'void *'],
  updateCudaOptions: [206, STATUS, 'void *', 'void *', 'void *', 'size_t'],
  releaseCudaOptions: [208, 'void', 'void *'],
  appendProvider: [216, STATUS, 'void *', 'void *', 'void *', 'void *', 'size_t'],
  getBuildInfoString: [254, 'str'],
} as const satisfies Record<string, readonly [number, string, ...string[]]>;

// The same for functions that came later: absent where the library is older than the minor version before them.
const LATER_FUNCTIONS = {
  tensorTypeAndShapeHasShape: [24, 390, 'bool', 'void *'],
  sessionGetGraphAssignment: [24, 407, STATUS, 'void *', 'void *', 'void *'],
  assignedSubgraphGetProvider: [24, 408, STATUS, 'void *', 'void *'],
  assignedSubgraphGetNodes: [24, 409, STATUS, 'void *', 'void *', 'void *'],
} as const satisfies Record<string, readonly [since: number, number, string, ...string[]]>;

type Argument<T extends string> = T extends 'int' | 'size_t' | 'int64_t'
  ? number | bigint
  : T extends 'str'
    ? string
    : Pointer | ArrayBufferView;
type Result<T extends string> = T extends 'void'
  ? undefined
  : T extends 'int'
    ? number
    : T extends 'str'
      ? string
      : T extends 'bool'
        ? boolean
        : Pointer;
type ArgumentsOf<T extends readonly unknown[]> = T extends readonly [number, string, ...infer A extends string[]]
  ? { [Index in keyof A]: Argument<A[Index]> }
  : never;
type NativeFunction<T extends readonly [number, string, ...string[]]> = ((...args: ArgumentsOf<T>) => Result<T[1]>) & {
  async(...args: [...ArgumentsOf<T>, (error: Error | null, result: Result<T[1]>) => void]): void;
};

/** The functions of the table that we call. */
export type Api = { readonly [Name in keyof typeof FUNCTIONS]: NativeFunction<(typeof FUNCTIONS)[Name]> } & {
  readonly [Name in keyof typeof LATER_FUNCTIONS]?: NativeFunction<Tail<(typeof LATER_FUNCTIONS)[Name]>>;
};

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest extends [number, string, ...string[]]] ? Rest : never;

export interface OnnxRuntime {
  readonly api: Api;
  readonly version: string;
  readonly path: string;
  /** The address of the first byte of a typed array that does not move: one over shared memory. */
  address(view: ArrayBufferView): bigint;
  /** The text at an address. */
  text(address: bigint): string;
  /** The pointers at an address. */
  pointers(address: bigint, count: number): bigint[];
  /** The bytes at an address, not a copy; to be used up before anything else is called. */
  view(address: bigint, bytes: number): Uint8Array;
  /** Held, since koffi unloads a library once nobody refers to it, whoever still has pointers into it. */
  readonly library: LibraryHandle;
}

// A native function runs on a stack that koffi makes, not on the thread's own. Its default for asynchronous calls is 128 KiB,
// which a deep model overruns; the memory is committed on first touch only.
const STACK_BYTES = 8 * 2 ** 20;

let loaded: OnnxRuntime | undefined;

/** The library, loaded once a thread. @throws InferenceError `inference/library-missing`, `inference/library-version`. */
export function onnxRuntime(): OnnxRuntime {
  loaded ??= load(findLibrary());
  return loaded;
}

function load(path: string): OnnxRuntime {
  const koffi = loadKoffi();
  try {
    koffi.config({ async_stack_size: STACK_BYTES, sync_stack_size: STACK_BYTES, resident_async_pools: 16 });
  } catch {
    // Somebody else in this process loaded a library through koffi first; large stacks are then theirs to set.
  }
  let library: LibraryHandle;
  try {
    library = koffi.load(path);
  } catch (error) {
    throw new InferenceError('inference/library-missing', `Cannot load ONNX Runtime from ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  pin(koffi, path);
  const base = library.func('OrtGetApiBase', 'void *', [])() as bigint;
  const [getApi, getVersion] = koffi.decode(base, 'void *', 2) as [bigint, bigint];
  const version = koffi.decode(getVersion, koffi.proto('str', []))() as string;
  const minor = minorVersion(version, path);
  const table = koffi.decode(getApi, koffi.proto('void *', ['uint32_t']))(minor) as bigint;
  const bind = ([place, result, ...args]: readonly [number, string, ...string[]]) =>
    koffi.decode(koffi.decode(table, place * 8, 'void *') as bigint, koffi.proto(result, args));
  const later = Object.entries(LATER_FUNCTIONS).filter(([, [since]]) => minor >= since);
  const api = Object.fromEntries([
    ...Object.entries(FUNCTIONS).map(([name, signature]) => [name, bind(signature)]),
    ...later.map(([name, [, ...signature]]) => [name, bind(signature)]),
  ]) as Api;
  return {
    api,
    version,
    path,
    address: (view) => koffi.address(view),
    text: (address) => koffi.decode.string(address),
    pointers: (address, count) => (count === 0 ? [] : (koffi.decode(address, 'void *', count) as bigint[])),
    view: (address, bytes) => new Uint8Array(koffi.view(address, bytes)),
    library,
  };
}

/** Loaded synchronously, since koffi is a small native module and everything here waits for it. */
function loadKoffi(): typeof import('koffi') {
  try {
    return createRequire(import.meta.url)('koffi') as typeof import('koffi');
  } catch (error) {
    throw new InferenceError(
      'inference/library-missing',
      `Cannot load the package koffi, which calls ONNX Runtime: ${(error as Error).message.split('\n')[0]}; install it, or use the backend onnxruntime-node`,
      { cause: error },
    );
  }
}

/**
 * Keeps a library loaded for as long as the process lives. A worker that ends would otherwise unload it under a run that is
 * still in flight, and the library's own threads with it.
 */
function pin(koffi: typeof import('koffi'), path: string): void {
  const noDelete = NO_DELETE[process.platform];
  if (noDelete === undefined) return;
  koffi.load(null).func('dlopen', 'void *', ['str', 'int'])(path, LOAD_NOW | noDelete);
}

// RTLD_NOW, and RTLD_NODELETE, of <dlfcn.h>.
const LOAD_NOW = 2;
const NO_DELETE: Partial<Record<NodeJS.Platform, number>> = { linux: 0x1000, darwin: 0x80 };
