// The worker's side: one stock session. Its run() is synchronous and copies what it gives, so that it has a thread to itself,
// and tensors are copied out of the arena and back: the binding takes no shared memory.
import { parentPort, workerData } from 'node:worker_threads';
import type { Tensor } from 'onnxruntime-node';
import { Arena } from '../../memory/arena.ts';
import { bytesOfDtype, viewOf } from '../../memory/dtype.ts';
import type { TensorInfo } from '../backend.ts';
import { checkTypes, modelName } from '../check-model.ts';
import { bytesOfTensor } from '../check-tensors.ts';
import { runFault } from '../fault-codes.ts';
import { InferenceError } from '../inference-error.ts';
import { notesOf, readOnnx, unrankedNames } from '../read-onnx.ts';
import { createStockSession } from './create-stock-session.ts';
import { loadStockLibrary, type StockLibrary, type StockSession } from './stock-library.ts';
import type { PlacedTensor, Reply, Request, WorkerData } from './worker-protocol.ts';

const port = parentPort!;
const { arena: handle, model, options } = workerData as WorkerData;
const arena = Arena.attach(handle);
const reply = (message: Reply) => port.postMessage(message);

/** Memory of the binding's own kind for each input, kept as long as it is large enough. */
const inputMemory = new Map<string, ArrayBuffer>();

try {
  const library = await loadStockLibrary();
  const { session, provider } = await createStockSession(library, model, options);
  const own = await readOnnx(model);
  const unranked = own === undefined ? new Set<string>() : unrankedNames(own);
  const inputs = session.inputMetadata.map((metadata) => tensorInfo(metadata, unranked));
  const outputs = session.outputMetadata.map((metadata) => tensorInfo(metadata, unranked));
  checkTypes(modelName(model), { inputs, outputs });
  reply({ type: 'opened', inputs, outputs, metadata: own === undefined ? {} : notesOf(own), provider });
  port.on('message', (request: Request) => {
    if (request.type === 'run') void run(library, session, request.inputs, request.outputs);
    else void session.release().finally(() => port.close());
  });
} catch (error) {
  fail(error);
  // Left when the other side has heard: a thread that ends by itself may take what it said last with it.
  port.once('message', () => port.close());
}

async function run(library: StockLibrary, session: StockSession, inputs: readonly PlacedTensor[], names: readonly string[]): Promise<void> {
  try {
    const feeds = Object.fromEntries(inputs.map((input) => [input.name, copyIn(library, input)]));
    const results = await session.run(feeds, names);
    reply({ type: 'ran', outputs: copyAllOut(results, names) });
  } catch (error) {
    fail(error instanceof InferenceError ? error : runFault((error as Error).message));
  }
}

function copyIn({ Tensor }: StockLibrary, { name, dtype, shape, address }: PlacedTensor): Tensor {
  const bytes = bytesOfTensor(dtype, shape);
  let memory = inputMemory.get(name);
  if (memory === undefined || memory.byteLength < bytes) {
    memory = new ArrayBuffer(bytes);
    inputMemory.set(name, memory);
  }
  new Uint8Array(memory, 0, bytes).set(arena.bytes(address, bytes));
  return new Tensor(dtype as 'float32', viewOf(dtype, memory, 0, bytes / bytesOfDtype(dtype)) as Float32Array, shape);
}

function copyAllOut(results: Awaited<ReturnType<StockSession['run']>>, names: readonly string[]): PlacedTensor[] {
  const placed: PlacedTensor[] = [];
  try {
    for (const name of names) placed.push(copyOut(name, results[name] as Tensor));
    return placed;
  } catch (error) {
    for (const { address } of placed) arena.slabAt(address).release();
    throw error;
  }
}

function copyOut(name: string, { type, dims, data }: Tensor): PlacedTensor {
  const view = data as Float32Array;
  const slab = arena.allocate(view.byteLength);
  arena.bytes(slab.offset, view.byteLength).set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return { name, dtype: type as PlacedTensor['dtype'], shape: dims, address: slab.offset };
}

/** The binding does not tell a scalar from a tensor without a shape; the file does. */
function tensorInfo(metadata: StockSession['inputMetadata'][number], unranked: ReadonlySet<string>): TensorInfo {
  const { name } = metadata;
  if (!metadata.isTensor) return { name, dtype: 'sequence', shape: [] };
  const dtype = metadata.type as TensorInfo['dtype'];
  if (metadata.shape.length === 0 && unranked.has(name)) return { name, dtype, shape: [], unranked: true };
  return { name, dtype, shape: metadata.shape.map(dimension) };
}

function dimension(size: number | string): number | string {
  return typeof size === 'number' && size < 0 ? '?' : size === '' ? '?' : size;
}

function fail(error: unknown): void {
  const { code = 'inference/worker-failed', message } = error as { code?: string; message: string };
  reply({ type: 'failed', code, message });
}
