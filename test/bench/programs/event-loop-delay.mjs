// node event-loop-delay.mjs WAY RUNS: runs the bundled detector so often, as many at once as its plan says, and prints how late
// the event loop came meanwhile. WAY is a backend, or `plain`: onnxruntime-node as its own documentation has it.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Arena } from '../../../dist/index.js';
import { openModel } from '../../../dist/inference/open-model.js';
import { ThreadBudget } from '../../../dist/threads/thread-budget.js';

const [way, runs] = [process.argv[2], Number(process.argv[3])];
const folder = fileURLToPath(new URL('../../../models/shapes/', import.meta.url));
const SHAPE = [1, 3, 320, 320];
const COUNT = 3 * 320 * 320;

const { run, inFlight, close } = await (way === 'plain' ? plain() : ours());
await run();
// The timer it samples with fires every millisecond, which is part of what it shows.
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const start = performance.now();
let left = runs;
const worker = async () => {
  while (left-- > 0) await run();
};
await Promise.all(Array.from({ length: inFlight }, worker));
delay.disable();
const milliseconds = (nanoseconds) => nanoseconds / 1e6;
const perSecond = (runs * 1000) / (performance.now() - start);
await close();
console.log(
  JSON.stringify({
    p50: milliseconds(delay.percentile(50)),
    p99: milliseconds(delay.percentile(99)),
    most: milliseconds(delay.max),
    perSecond,
  }),
);

async function ours() {
  const arena = Arena.create();
  const model = await openModel(folder, { arena, budget: new ThreadBudget(), backend: way });
  const slab = arena.allocate(COUNT * 4);
  arena.view('float32', slab.offset, COUNT).fill(0.5);
  const images = { dtype: 'float32', shape: SHAPE, slab };
  const run = async () => {
    for (const output of Object.values(await model.session.run({ images }))) output.slab.release();
  };
  return { run, inFlight: model.plan.inFlight, close: () => model.close() };
}

async function plain() {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await InferenceSession.create(`${folder}shapes.onnx`);
  const images = new Tensor('float32', new Float32Array(COUNT).fill(0.5), SHAPE);
  return { run: () => session.run({ images }), inFlight: 1, close: () => session.release() };
}
