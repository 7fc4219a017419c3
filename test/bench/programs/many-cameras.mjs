// node many-cameras.mjs URL CAMERAS SECONDS: plays so many cameras of peers/stamped-cameras.py, every fifth picture of each
// through the bundled detector to JSON Lines. Prints, of the time after the first seconds, in which the program is still being compiled
// while it runs: the processor time as a part of one core, how many pictures a second came, how many the sources lost and what is behind them shed, and of 95 of 100
// lines how old at most what stands in them is when they are written, in milliseconds by the time that the camera wrote into the picture.
import { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { builtinRegistry, createPipeline, defineElement, frameLayout, loadGraph, rawVideo, sinkPad, srcPad } from '../../../dist/index.js';

const [url, cameras, seconds] = process.argv.slice(2);
const WARM_UP_MS = 5000;
const [BITS, BLOCK] = [20, 16];

/** By source and frame. */
const stamps = new Map();
const ages = [];
let damaged = 0;
let isMeasuring = false;

const stampReader = defineElement({
  name: 'stamp-reader',
  klass: 'Test',
  summary: 'Reads the time that a camera wrote into its picture.',
  example: 'video-test-source count=1 ! stamp-reader ! fake-sink',
  props: z.strictObject({}),
  pads: { sink: sinkPad(rawVideo()), src: srcPad(rawVideo()) },
  create: ({ caps, context }) => {
    const { format, width, height } = caps.sink.fields;
    const { offset, stride } = frameLayout(format, width, height).planes[0];
    return {
      transform: (buffer) => {
        const row = context.arena.bytes(buffer.slab.offset + offset + (stride * BLOCK) / 2, stride);
        const bits = Array.from({ length: 2 * BITS }, (_, index) => (row[index * BLOCK + BLOCK / 2] > 128 ? 1 : 0));
        const isWhole = bits.slice(0, BITS).every((bit, index) => bit !== bits[BITS + index]);
        if (isWhole) stamps.set(`${buffer.source} ${buffer.sequence}`, Number.parseInt(bits.slice(0, BITS).join(''), 2));
        else if (isMeasuring) damaged++;
        return buffer;
      },
    };
  },
});

const lines = new Writable({
  write(chunk, _encoding, done) {
    const now = Date.now();
    for (const line of chunk.toString().split('\n').filter(Boolean)) {
      const { source, frame } = JSON.parse(line);
      const stamp = stamps.get(`${source} ${frame}`);
      stamps.delete(`${source} ${frame}`);
      if (isMeasuring && stamp !== undefined) ages.push((now - stamp) & (2 ** BITS - 1));
    }
    done();
  },
});

const registry = builtinRegistry();
registry.add([stampReader], 'bench');
const numbers = Array.from({ length: Number(cameras) }, (_, index) => index);
const description = {
  elements: {
    together: { type: 'funnel' },
    fit: { type: 'letterbox' },
    detect: { type: 'onnx-inference', props: { model: 'models/shapes' } },
    boxes: { type: 'detection-decoder' },
    apart: { type: 'nms' },
    lines: { type: 'json-lines-sink', props: { path: '-' } },
    ...Object.fromEntries(
      numbers.flatMap((index) => [
        [`camera${index}`, { type: 'rtsp-source', props: { url: url.replace(/0$/, index) } }],
        [`every-fifth${index}`, { type: 'decimate', props: { every: 5 } }],
        [`stamp${index}`, { type: 'stamp-reader' }],
      ]),
    ),
  },
  links: [
    ...numbers.map((index) => `camera${index} ! every-fifth${index} ! stamp${index} ! together`),
    'together ! fit ! detect ! boxes ! apart ! lines',
  ],
};
const pipeline = createPipeline(await loadGraph({ description }, { registry }), { standardOutput: lines });
const warnings = [];
pipeline.bus.on('warning', ({ code, text }) => warnings.push(`${code}: ${text}`));
const run = pipeline.run();
await new Promise((resolve) => pipeline.bus.on('state-changed', ({ to }) => to === 'playing' && resolve()));
await wait(WARM_UP_MS);

const now = () => {
  const { elements } = pipeline.summary();
  const sources = elements.filter(({ name }) => name.startsWith('camera'));
  const lostBy = (list) => list.reduce((sum, { dropped }) => sum + Object.values(dropped).reduce((a, b) => a + b, 0), 0);
  const others = elements.filter(({ name }) => !name.startsWith('camera') && !name.startsWith('every'));
  return { came: sources.reduce((sum, { handled }) => sum + handled, 0), lost: lostBy(sources), shed: lostBy(others) };
};
const [before, began, cpu] = [now(), performance.now(), process.cpuUsage()];
isMeasuring = true;
await wait(Number(seconds) * 1000);
isMeasuring = false;
const { user, system } = process.cpuUsage(cpu);
const wallMs = performance.now() - began;
const after = now();
pipeline.stop();
await run;
await pipeline.close();

ages.sort((a, b) => a - b);
const at = (share) => ages[Math.floor((ages.length - 1) * share)];
const part = (user + system) / 1000 / wallMs;
const rate = ((after.came - before.came) / wallMs) * 1000;
const [lost, shed] = [after.lost - before.lost, after.shed - before.shed];
console.log(
  JSON.stringify({ part, rate, lost, shed, damaged, warnings, lines: ages.length, ageMs: { p50: at(0.5), p95: at(0.95), most: at(1) } }),
);
