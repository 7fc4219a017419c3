// Adds an execution provider to a session's options. Loading a provider's library takes seconds on a first use, so that it
// happens off the event loop.
import { nativeCalls } from '../../threads/native-calls.ts';
import type { CheckedWish } from '../provider-table.ts';
import type { Api, OnnxRuntime, Pointer } from './api.ts';
import { NativeBlock, nativeTexts } from './native-block.ts';
import { check, faultOf, type LibraryFault } from './status.ts';

/** Appends a provider; gives the library's complaint when it cannot. */
export async function appendProvider(runtime: OnnxRuntime, sessionOptions: bigint, wish: CheckedWish): Promise<LibraryFault | undefined> {
  const { name, entry, options } = wish;
  if (name === 'cpu') return undefined;
  const keys = nativeTexts(runtime, Object.keys(options));
  const values = nativeTexts(runtime, Object.values(options));
  const count = Object.keys(options).length;
  const { api } = runtime;
  if (entry.appendName !== undefined) {
    const provider = nativeTexts(runtime, [entry.appendName]);
    const status = await call((done) =>
      api.appendProvider.async(sessionOptions, provider.words[0]!, keys.address, values.address, count, done),
    );
    return keeping([keys, values, provider], faultOf(runtime, status));
  }
  const functions = name === 'tensorrt' ? tensorRt(api) : cuda(api);
  const out = new NativeBlock(runtime, 8);
  check(runtime, functions.create(out.address));
  const handle = out.words[0]!;
  try {
    const updated = faultOf(runtime, await call((done) => functions.update.async(handle, keys.address, values.address, count, done)));
    const fault = updated ?? faultOf(runtime, await call((done) => functions.append.async(sessionOptions, handle, done)));
    return keeping([keys, values], fault);
  } finally {
    functions.release(handle);
  }
}

const tensorRt = (api: Api) => ({
  create: api.createTensorRtOptions,
  update: api.updateTensorRtOptions,
  append: api.appendTensorRt,
  release: api.releaseTensorRtOptions,
});

const cuda = (api: Api) => ({
  create: api.createCudaOptions,
  update: api.updateCudaOptions,
  append: api.appendCuda,
  release: api.releaseCudaOptions,
});

async function call(start: (done: (error: Error | null, status: Pointer) => void) => void): Promise<Pointer> {
  return (await nativeCalls.run(start)) ?? null;
}

/** Names what has to stay alive until here. */
function keeping<T>(_alive: readonly NativeBlock[], value: T): T {
  return value;
}
