// node make-model.mjs FOLDER SIZE CHANNELS: writes a detector-shaped convolutional net with random weights and its manifest: of
// 1 GFLOP with size 640 and 16 channels in its first layer, of 0.07 with 320 and 8. What it finds means nothing; how long it
// takes is like that of a small real detector. The folder's name becomes the model's.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { model, node, tensor, valueInfo } from '../../../dist/onnx/build-model.js';
import { writeModel } from '../../../dist/onnx/write-model.js';

const [folder, size, channels] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const name = basename(folder);
const cells = (size / 8) ** 2;
const CLASSES = 6;

let state = 7;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32 - 0.5;
};

const nodes = [];
const weights = [];
let operations = 0;

function conv(from, to, { inputs, outputs, kernel = 3, stride = 1, side, bias = () => 0 }) {
  const spread = Math.sqrt(24 / (inputs * kernel * kernel));
  const values = Float32Array.from({ length: outputs * inputs * kernel * kernel }, () => random() * spread);
  weights.push(tensor(`${to}_w`, 'float32', [outputs, inputs, kernel, kernel], values));
  weights.push(
    tensor(
      `${to}_b`,
      'float32',
      [outputs],
      Float32Array.from({ length: outputs }, (_, index) => bias(index)),
    ),
  );
  const pad = kernel >> 1;
  const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] };
  nodes.push(node('Conv', [from, `${to}_w`, `${to}_b`], [to], attributes));
  operations += 2 * inputs * outputs * kernel * kernel * side * side;
  return to;
}

const relu = (name) => {
  nodes.push(node('Relu', [name], [`${name}_r`]));
  return `${name}_r`;
};

let x = relu(conv('images', 'c1', { inputs: 3, outputs: channels, stride: 2, side: size / 2 }));
x = relu(conv(x, 'c2', { inputs: channels, outputs: channels * 2, stride: 2, side: size / 4 }));
x = relu(conv(x, 'c3', { inputs: channels * 2, outputs: channels * 4, stride: 2, side: size / 8 }));
x = relu(conv(x, 'c4', { inputs: channels * 4, outputs: channels * 4, side: size / 8 }));
// Scores start low, so that few places pass the threshold, as in a real scene.
conv(x, 'head', { inputs: channels * 4, outputs: 4 + CLASSES, kernel: 1, side: size / 8, bias: (index) => (index < 4 ? 0 : -6) });
nodes.push(node('Sigmoid', ['head'], ['bounded']));
weights.push(
  tensor(
    'sizes',
    'float32',
    [1, 4 + CLASSES, 1, 1],
    Float32Array.from({ length: 4 + CLASSES }, (_, index) => (index < 4 ? size : 1)),
  ),
);
nodes.push(node('Mul', ['bounded', 'sizes'], ['scaled']));
weights.push(tensor('flat', 'int64', [3], BigInt64Array.from([0n, BigInt(4 + CLASSES), BigInt(cells)])));
nodes.push(node('Reshape', ['scaled', 'flat'], ['predictions']));

const bytes = writeModel(
  model({
    name,
    nodes,
    inputs: [valueInfo('images', 'float32', ['batch', 3, size, size])],
    outputs: [valueInfo('predictions', 'float32', ['batch', 4 + CLASSES, cells])],
    initializers: weights,
  }),
);
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/${name}.onnx`, bytes);
const scale = 1 / 255;
const manifest = {
  manifestVersion: 1,
  name,
  version: '1.0.0',
  description: 'A detector-shaped net with random weights, to measure with.',
  licence: 'MIT',
  origin: 'test/bench/programs/make-model.mjs',
  file: `${name}.onnx`,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  inputs: {
    images: {
      role: 'image',
      dtype: 'float32',
      axes: ['batch', 'channel', 'height', 'width'],
      shape: ['batch', 3, size, size],
      preprocess: {
        fit: 'letterbox',
        anchor: 'center',
        padValue: 114,
        interpolation: 'bilinear',
        channelOrder: 'RGB',
        mean: [0, 0, 0],
        scale: [scale, scale, scale],
      },
    },
  },
  outputs: {
    predictions: { role: 'detections', dtype: 'float32', axes: ['batch', 'attribute', 'anchor'], shape: ['batch', 4 + CLASSES, cells] },
  },
  decoder: { type: 'yolov8', scoreThreshold: 0.35, iouThreshold: 0.5 },
  labels: Array.from({ length: CLASSES }, (_, index) => `class ${index}`),
};
writeFileSync(`${folder}/model.json`, `${JSON.stringify(manifest, null, 2)}\n`);
console.log(JSON.stringify({ gflop: operations / 1e9, bytes: bytes.length }));
