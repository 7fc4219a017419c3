// node many-streams.mjs SOURCES SECONDS: plays so many live sources of 30 small buffers a second through stream-mux, a model of 2 ms
// a batch, stream-demux and a sink each. Prints, of the time after the first six seconds, in which the program is still being
// compiled while it runs, the processor time as a part of one core, and of the whole time how
// long 99 of 100 buffers took from their source to their sink beyond the window of the batches, in milliseconds.
import { createPipeline, loadGraph } from '../../../dist/index.js';

const [sources, seconds] = process.argv.slice(2).map(Number);
const [RATE, WINDOW_MS, SERVICE_MS] = [30, 10, 2];

const numbers = Array.from({ length: sources }, (_, index) => index);
const frames = RATE * seconds;
const graph = {
  elements: {
    batch: { type: 'stream-mux', props: { maxSize: sources, maxWaitMs: WINDOW_MS } },
    model: { type: 'fake-inference', props: { serviceMs: SERVICE_MS, parallel: 2 }, queue: { maxBuffers: 4, onFull: 'block' } },
    apart: { type: 'stream-demux' },
    ...Object.fromEntries(
      numbers.flatMap((index) => {
        const pattern = { pattern: 'solid', width: 16, height: 16, format: 'RGB', live: true };
        return [
          // At any time within a frame, as cameras that know nothing of one another.
          [
            `camera${index}`,
            { type: 'video-test-source', props: { ...pattern, frameRate: RATE, jitterMs: 1000 / RATE, seed: index, count: frames } },
          ],
          [`tensor${index}`, { type: 'frame-to-tensor' }],
          [`sink${index}`, { type: 'fake-sink' }],
        ];
      }),
    ),
  },
  links: [
    ...numbers.map((index) => `camera${index} ! tensor${index} ! batch.sink_${index}`),
    'batch ! model ! apart',
    ...numbers.map((index) => `apart.src_${index} ! sink${index}`),
  ],
};
const pipeline = createPipeline(await loadGraph({ description: graph }));
let [cpu, wall] = [0, 0];
pipeline.bus.on('state-changed', ({ to }) => {
  if (to !== 'playing') return;
  setTimeout(() => {
    cpu = process.cpuUsage();
    wall = performance.now();
  }, 6000);
});
const { elements } = await pipeline.run();
const { user, system } = process.cpuUsage(cpu);
const part = (user + system) / 1000 / (performance.now() - wall);
await pipeline.close();
const sinks = elements.filter(({ name }) => name.startsWith('sink'));
const arrived = sinks.reduce((sum, { handled }) => sum + handled, 0);
if (arrived < 0.9 * sources * frames) throw new Error(`Only ${arrived} of ${sources * frames} buffers arrived`);
// Of each sink's own, the middle one: a sink has too few buffers for its percentile to be good.
const p99 = sinks.map(({ age }) => age.p99).sort((a, b) => a - b)[Math.floor(sinks.length / 2)];
console.log(
  JSON.stringify({ part, beyondMs: p99 / 1000 - WINDOW_MS, arrived, batches: elements.find(({ name }) => name === 'batch').batches }),
);
