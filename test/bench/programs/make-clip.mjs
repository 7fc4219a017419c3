// node make-clip.mjs FILE FRAMES: writes a 1920×1080 H.264 clip at 30 frames a second, about 6 Mbit/s, always the same: textured
// ground that pans, objects that cross it, and a little sensor noise, since a clean drawing would decode too easily.

import { frameLayout } from '../../../dist/media/frame-layout.js';
import { createVideoFile } from '../../../dist/media/video/video-encoder.js';
import { Arena } from '../../../dist/memory/arena.js';

const [file, frames] = [process.argv[2], Number(process.argv[3])];
const [width, height] = [1920, 1080];
const ground = { width: width + 512, height: height + 256 };

let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

/** Noise at three scales, as pavement and foliage have it. */
function texture(columns, rows) {
  const plane = new Uint8Array(columns * rows);
  const layers = [64, 16, 4].map((step) => ({ step, grid: Float32Array.from({ length: 4096 }, () => random() * step) }));
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      let value = 70;
      for (const { step, grid } of layers) {
        const [column, row] = [Math.floor(x / step), Math.floor(y / step)];
        const [u, v] = [(x % step) / step, (y % step) / step];
        const at = (dx, dy) => grid[((row + dy) * 61 + column + dx) & 4095];
        value += (at(0, 0) * (1 - u) + at(1, 0) * u) * (1 - v) + (at(0, 1) * (1 - u) + at(1, 1) * u) * v;
      }
      plane[y * columns + x] = value;
    }
  }
  return plane;
}

const luma = texture(ground.width, ground.height);
const noise = Int8Array.from({ length: 65536 }, () => (random() < 0.5 ? Math.round((random() - 0.5) * 20) : 0));
const objects = Array.from({ length: 12 }, () => ({
  x: random() * width,
  y: random() * height,
  dx: (random() - 0.5) * 14,
  dy: (random() - 0.5) * 6,
  size: 60 + Math.floor(random() * 140),
  colour: [random() * 220, 60 + random() * 140, 60 + random() * 140].map(Math.floor),
}));

const arena = Arena.create();
const layout = frameLayout('I420', width, height);
const encoder = await createVideoFile(file, { arena, layout, frameRate: 30, codec: 'h264', quality: 23 });
for (let frame = 0; frame < frames; frame++) {
  const slab = arena.allocate(layout.bytes);
  draw(arena.bytes(slab.offset, layout.bytes), frame);
  const pts = Math.round((frame * 1e6) / 30);
  await encoder.write(slab, pts);
  slab.release();
}
const { bytes } = await encoder.finish();
console.log(JSON.stringify({ frames, bytes }));

function draw(bytes, frame) {
  const [y0, u0, v0] = layout.planes;
  const pan = { x: Math.round(256 + 250 * Math.sin(frame / 90)), y: Math.round(128 + 120 * Math.sin(frame / 130)) };
  bytes.fill(128, u0.offset);
  for (let y = 0; y < height; y++) {
    const from = (y + pan.y) * ground.width + pan.x;
    const row = bytes.subarray(y0.offset + y * y0.stride, y0.offset + y * y0.stride + width);
    row.set(luma.subarray(from, from + width));
    const shift = Math.floor(random() * 65536);
    for (let x = 0; x < width; x++) row[x] += noise[(x + shift) & 65535];
  }
  for (const { x, y, dx, dy, size, colour } of objects) {
    const left = Math.floor((((x + dx * frame) % width) + width) % width);
    const top = Math.floor((((y + dy * frame) % height) + height) % height);
    fill(bytes, y0, left, top, Math.min(width, left + size), Math.min(height, top + size), colour[0]);
    fill(bytes, u0, left >> 1, top >> 1, Math.min(width, left + size) >> 1, Math.min(height, top + size) >> 1, colour[1]);
    fill(bytes, v0, left >> 1, top >> 1, Math.min(width, left + size) >> 1, Math.min(height, top + size) >> 1, colour[2]);
  }
}

function fill(bytes, plane, left, top, right, bottom, value) {
  for (let y = top; y < bottom; y++) bytes.fill(value, plane.offset + y * plane.stride + left, plane.offset + y * plane.stride + right);
}
