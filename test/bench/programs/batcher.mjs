// node batcher.mjs cost SOURCES ITEMS: prints what an item costs in a batcher of so many sources, in microseconds: its arrival,
// its share of a batch, and the question when to wake.
// node batcher.mjs mlp SIZE ITEMS TARGET_MS: prints how many items a second a graph takes through a net of four layers of 256 in
// batches of up to SIZE, one run at a time with one thread, and how long 99 of 100 took from source to result, in milliseconds, where
// none is to wait longer than TARGET_MS for its batch.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Batcher } from '../../../dist/core/batch/batcher.js';
import { batchOptions } from '../../../dist/core/queue/queue-options.js';
import { createPipeline, loadGraph } from '../../../dist/index.js';
import { model, node, tensor, valueInfo } from '../../../dist/onnx/build-model.js';
import { writeModel } from '../../../dist/onnx/write-model.js';

const way = process.argv[2];
const [first, items, targetMs] = process.argv.slice(3).map(Number);
const WIDTH = 256;

console.log(JSON.stringify(way === 'cost' ? cost(first, items) : await throughput(first, items, targetMs)));

function cost(sources, items) {
  const batcher = new Batcher(batchOptions.parse({ maxSize: sources, maxWaitMs: 33 }));
  const names = Array.from({ length: sources }, (_, index) => `sink_${index}`);
  for (const name of names) batcher.addSource(name, 0, { idleMs: 1000 });
  let taken = 0;
  const pass = (count, from) => {
    for (let index = 0; index < count; index++) {
      const now = (from + index) * 500;
      batcher.add(index, { source: names[index % sources], at: now });
      for (let batch = batcher.take(now); batch !== undefined; batch = batcher.take(now)) taken += batch.items.length;
      if (batcher.wakeAt < now) throw new Error('The batcher wants to be woken in the past');
    }
  };
  // Compiled by then.
  pass(items / 10, 0);
  taken = 0;
  const start = performance.now();
  pass(items, items / 10);
  const microseconds = (performance.now() - start) * 1000;
  if (Math.abs(taken - items) > sources) throw new Error(`Of ${items} items ${taken} left`);
  return microseconds / items;
}

async function throughput(maxSize, items, latencyTargetMs) {
  const folder = mkdtempSync(join(tmpdir(), 'leat-mlp-'));
  try {
    writeFileSync(join(folder, 'mlp.onnx'), mlp());
    const graph = {
      elements: {
        items: { type: 'fake-source', props: { media: 'tensor', sizeBytes: WIDTH * 4, count: items } },
        mlp: {
          type: 'onnx-inference',
          props: { model: join(folder, 'mlp.onnx'), threads: 1 },
          inFlight: 1,
          queue: { maxBuffers: 64 },
          batch: { maxSize, maxWaitMs: 5, latencyTargetMs },
        },
        out: { type: 'fake-sink' },
      },
      links: ['items ! mlp ! out'],
    };
    const pipeline = createPipeline(await loadGraph({ description: graph }));
    // Compiled by then.
    await pipeline.run();
    const { runTime, elements } = await pipeline.run();
    await pipeline.close();
    // Of elements with batches the ages of all are taken, of others those of the first few thousand and few of the rest.
    const { handled, batches, age } = elements.find(({ name }) => name === 'mlp');
    if (handled !== items || (maxSize > 1 && batches.bySize[maxSize] === undefined)) throw new Error(JSON.stringify(batches));
    return { perSecond: (items * 1e6) / runTime, p99Ms: age.p99 / 1000 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function mlp() {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32 - 0.5) / 8;
  };
  const nodes = [];
  const initializers = [];
  for (let layer = 0; layer < 4; layer++) {
    initializers.push(tensor(`w${layer}`, 'float32', [WIDTH, WIDTH], Float32Array.from({ length: WIDTH * WIDTH }, random)));
    nodes.push(node('MatMul', [`x${layer}`, `w${layer}`], [`y${layer}`]), node('Relu', [`y${layer}`], [`x${layer + 1}`]));
  }
  const [inputs, outputs] = ['x0', 'x4'].map((name) => [valueInfo(name, 'float32', ['batch', WIDTH])]);
  return writeModel(model({ name: 'mlp', nodes, inputs, outputs, initializers }));
}
