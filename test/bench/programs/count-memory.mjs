// node count-memory.mjs GRAPH FRAMES: runs a graph that never ends until its sink `end` has had so many frames, and prints the
// process's resident memory every 250 of them, in bytes.
import { createPipeline, loadGraph } from '../../../dist/index.js';

const [launch, frames] = [process.argv[2], Number(process.argv[3])];
const pipeline = createPipeline(await loadGraph({ launch }));
const samples = [];
const sink = pipeline.elements.get('end');
const timer = setInterval(() => {
  const { handled } = sink.statistics;
  while (samples.length * 250 <= handled) samples.push(process.memoryUsage.rss());
  if (handled >= frames) pipeline.stop();
}, 5);
const running = pipeline.run();
await running;
clearInterval(timer);
console.log(JSON.stringify({ frames: sink.statistics.handled, samples }));
