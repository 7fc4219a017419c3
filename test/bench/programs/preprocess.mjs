// node preprocess.mjs COUNT: brings 1080p I420 to a letterboxed, normalised 640×640 tensor COUNT times and prints the CPU time
// of one, in ms, and the mean of the tensor. Eight frames take turns, so that the caches hold no more of them than in a pipeline.
import { frameLayout } from '../../../dist/media/frame-layout.js';
import { Arena } from '../../../dist/memory/arena.js';
import { kernelsFor } from '../../../dist/memory/kernels.js';

const count = Number(process.argv[2]);
const arena = Arena.create();
const layout = frameLayout('I420', 1920, 1080);
const plan = kernelsFor(arena).plan({
  source: layout,
  target: { kind: 'tensor', width: 640, height: 640, dtype: 'float32', layout: 'CHW', order: 'RGB' },
  place: { x: 0, y: 140, width: 640, height: 360 },
  pad: 114,
  scale: [1 / 255],
});
const frames = Array.from({ length: 8 }, (_, frame) => {
  const slab = arena.allocate(layout.bytes);
  for (const [p, { offset, stride, rows }] of layout.planes.entries()) {
    const bytes = arena.bytes(slab.offset + offset, stride * rows);
    // The peer draws the same pattern.
    for (let y = 0; y < rows; y++) for (let x = 0; x < stride; x++) bytes[y * stride + x] = ((p + 2) * x + 3 * y + 31 * frame) & 255;
  }
  return slab.offset;
});
const outputs = Array.from({ length: 4 }, () => arena.allocate(640 * 640 * 3 * 4).offset);
const run = (times) => {
  for (let i = 0; i < times; i++) plan.run(frames[i % 8], outputs[i % 4]);
};
run(100);
const before = process.cpuUsage();
run(count);
const { user, system } = process.cpuUsage(before);
plan.run(frames[0], outputs[0]);
const tensor = arena.view('float32', outputs[0], 640 * 640 * 3);
console.log(JSON.stringify({ cpuMs: (user + system) / 1000 / count, mean: tensor.reduce((sum, value) => sum + value, 0) / tensor.length }));
