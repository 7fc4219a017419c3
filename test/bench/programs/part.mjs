// node part.mjs decode|preprocess|inference COUNT CLIP MODEL: one stage of a pipeline alone, through the adaptors that the
// elements use and without a graph. Decode takes COUNT frames of the clip; the others do their work COUNT times, over so many
// different frames that the caches hold no more of them than in a pipeline.

import { caps } from '../../../dist/core/caps/caps.js';
import { StreamBuffer } from '../../../dist/core/stream/buffer.js';
import { openModel } from '../../../dist/inference/open-model.js';
import { pictureHooks } from '../../../dist/media/picture/picture-hooks.js';
import { placePicture } from '../../../dist/media/picture/picture-place.js';
import { openVideoFile } from '../../../dist/media/reader/open-media.js';
import { Arena } from '../../../dist/memory/arena.js';
import { ThreadBudget } from '../../../dist/threads/thread-budget.js';

const [stage, count, clip, modelPath] = [process.argv[2], Number(process.argv[3]), process.argv[4], process.argv[5]];
const FRAMES = 8;
const arena = Arena.create();

const stages = { decode, preprocess, inference };
console.log(JSON.stringify({ stage, done: await stages[stage]() }));

function openClip(maxFrames, framesAhead) {
  return openVideoFile(clip, { arena, maxFrames, framesAhead, format: 'native', threads: 1 });
}

async function decode() {
  const decoder = await openClip(16, 4);
  let frames = 0;
  for (; frames < count; frames++) {
    const frame = await decoder.next();
    if (frame === undefined) break;
    frame.slab.release();
  }
  await decoder.close();
  return frames;
}

async function preprocess() {
  const model = await openModel(modelPath, { arena, budget: new ThreadBudget() });
  const decoder = await openClip(FRAMES, FRAMES);
  const frames = [];
  while (frames.length < FRAMES) frames.push(await decoder.next());
  const { format, width, height, matrix, range } = frames[0].info;
  const { dtype, shape, preprocess: rules } = Object.values(model.manifest.inputs)[0];
  const sink = caps('video/raw', { format, width, height }, { matrix, range })[0];
  const src = caps('tensor', { dtype, layout: 'CHW', shape: shape.slice(1) }, { preprocess: rules })[0];
  const size = { width: shape[3], height: shape[2] };
  const hooks = pictureHooks({ arena, sink, src, place: placePicture({ width, height }, size, rules), preprocess: rules });
  const outputs = Array.from({ length: 4 }, () => arena.allocate(hooks.outputBytes));
  const buffers = frames.map(({ slab }) => new StreamBuffer({ caps: sink, pts: 0, slabs: [slab] }));
  for (let done = 0; done < count; done++) hooks.transform(buffers[done % FRAMES], outputs[done % outputs.length].retain()).release();
  await decoder.close();
  await model.close();
  return count;
}

async function inference() {
  const model = await openModel(modelPath, { arena, budget: new ThreadBudget() });
  const [name, { dtype, shape }] = Object.entries(model.manifest.inputs)[0];
  const fixed = [1, ...shape.slice(1)];
  const elements = fixed.reduce((product, dimension) => product * dimension, 1);
  const inputs = Array.from({ length: 4 }, () => {
    const slab = arena.allocate(elements * 4);
    arena.view(dtype, slab.offset, elements).fill(0.4);
    return slab;
  });
  for (let done = 0; done < count; done++) {
    const outputs = await model.session.run({ [name]: { dtype, shape: fixed, slab: inputs[done % inputs.length] } });
    for (const { slab } of Object.values(outputs)) slab.release();
  }
  await model.close();
  return count;
}
