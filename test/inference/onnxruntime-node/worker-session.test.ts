import assert from 'node:assert/strict';
import type { Worker } from 'node:worker_threads';
import type { InferenceSession } from '../../../src/inference/backend.ts';
import { onnxruntimeNodeBackend } from '../../../src/inference/onnxruntime-node/onnxruntime-node-backend.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { writeModel } from '../../../src/onnx/write-model.ts';
import { loopModel, references, smallModels } from '../small-models.ts';
import { floats, place, placeAll, release } from '../tensors.ts';

describe('worker session', () => {
  let arena: Arena;
  beforeEach(() => {
    arena = Arena.create({ maximumBytes: 2 ** 24 });
  });
  afterEach(() => assert.equal(arena.statistics.slabsInUse, 0, 'every slab is back'));

  const open = (bytes: Uint8Array): Promise<InferenceSession> => onnxruntimeNodeBackend.open({ bytes }, {}, arena);
  const workerOf = (session: InferenceSession) => (session as unknown as { worker: Worker }).worker;

  it('fails the run, and every later one, when its thread has ended, and closes all the same', async () => {
    const session = await open(writeModel(smallModels.linear()));
    const placed = placeAll(arena, references.linear.cases[0]!.inputs);
    release(await session.run(placed));
    await workerOf(session).terminate();
    await assert.rejects(session.run(placed), { code: 'inference/worker-died', message: /The worker that runs the model ended/ });
    await assert.rejects(session.run(placed), { code: 'inference/worker-died' });
    assert.equal(session.statistics.failed, 2);
    release(placed);
    await session.close();
  });

  it('fails runs in flight, and those that wait, when its thread fails', async () => {
    const session = await open(writeModel(loopModel()));
    const trips = place(arena, { dtype: 'int64', shape: [], data: [2000] });
    const runs = [session.run({ trips }), session.run({ trips }), session.run({ trips })];
    const outcomes = Promise.allSettled(runs);
    workerOf(session).emit('error', new Error('out of luck'));
    for (const one of await outcomes) {
      assert.equal(one.status === 'rejected' ? one.reason.message : 'it ran', 'The worker that runs the model failed: out of luck');
    }
    release({ trips });
    // What it was at when it was given up comes too late, and is given back all the same.
    await new Promise<void>((resolve) => workerOf(session).once('message', () => setImmediate(resolve)));
    await session.close();
    await workerOf(session).terminate();
  });

  it('copies tensors of any size, the large after the small', async () => {
    const session = await open(writeModel(smallModels.passed()));
    for (const size of [1, 100_000, 3]) {
      const x = floats(arena, [size], size);
      const found = await session.run({ x }, { outputs: ['negated'] });
      const { slab } = found['negated']!;
      assert.equal(
        arena.view('float32', slab.offset, size).every((value) => value === -size),
        true,
      );
      release({ x, ...found });
    }
    await session.close();
  });

  it('takes models that lie in shared memory', async () => {
    const bytes = writeModel(smallModels.passed());
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const session = await open(shared);
    assert.equal(session.inputs[0]!.name, 'x');
    await session.close();
  });

  it('refuses options that the binding would drop in silence', async () => {
    const bytes = writeModel(smallModels.passed());
    const providers = [{ name: 'tensorrt', options: { trt_fp16_enable: true } }, 'cpu'];
    await assert.rejects(onnxruntimeNodeBackend.open({ bytes }, { providers }, arena), {
      code: 'inference/unknown-option',
      message: /passes no option trt_fp16_enable to tensorrt; use the backend onnxruntime/,
    });
  });
});
