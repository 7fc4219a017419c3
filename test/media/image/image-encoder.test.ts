import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { frameLayout, VIDEO_FORMATS, type VideoFormat } from '../../../src/media/frame-layout.ts';
import { createImageEncoder, type ImageEncoderOptions } from '../../../src/media/image/image-encoder.ts';
import { Arena } from '../../../src/memory/arena.ts';
import type { Slab } from '../../../src/memory/slab.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { readPng } from '../read-png.ts';
import { needsFfmpeg } from '../reference-ffmpeg.ts';

const WIDTH = 50;
const HEIGHT = 34;

/** Left half and right half, in red, green and blue. */
const HALVES = [
  [200, 60, 40],
  [30, 120, 210],
] as const;

/** BT.601, limited range: ITU-R BT.601-7, 2.5.3. */
function yuvOf([r, g, b]: readonly [number, number, number]): [number, number, number] {
  const y = 0.299 * r + 0.587 * g + 0.114 * b;
  return [16 + (219 * y) / 255, 128 + (224 * (b - y)) / 1.772 / 255, 128 + (224 * (r - y)) / 1.402 / 255];
}

/** A frame whose halves have the two colours. */
function twoHalves(arena: Arena, format: VideoFormat): Slab {
  const layout = frameLayout(format, WIDTH, HEIGHT);
  const slab = arena.allocate(layout.bytes);
  const bytes = arena.bytes(slab.offset, layout.bytes).fill(0xee);
  const samples = HALVES.map((rgb): readonly (readonly number[])[] => {
    const [y, u, v] = yuvOf(rgb);
    const [r, g, b] = rgb;
    const of = { I420: [[y], [u], [v]], NV12: [[y], [u, v]], RGB: [[r, g, b]], BGR: [[b, g, r]], RGBA: [[r, g, b, 77]], GRAY8: [[y]] };
    return of[format];
  });
  for (const [index, { offset, stride, rows, rowBytes }] of layout.planes.entries()) {
    for (let row = 0; row < rows; row++) {
      for (let x = 0; x < rowBytes; x++) {
        const sample = samples[x < rowBytes / 2 ? 0 : 1]![index]!;
        bytes[offset + row * stride + x] = Math.round(sample[x % sample.length]!);
      }
    }
  }
  return slab;
}

describe('image-encoder', () => {
  const at = temporaryFolder();

  const encoded = async (format: VideoFormat, options: Pick<ImageEncoderOptions, 'format' | 'quality'>): Promise<Uint8Array> => {
    const arena = Arena.create();
    const layout = frameLayout(format, WIDTH, HEIGHT);
    const encoder = await createImageEncoder({ arena, layout, ...options });
    const slab = twoHalves(arena, format);
    const encoding = encoder.encode(slab.offset);
    // The frame may go, and be written over, at once.
    arena.bytes(slab.offset, layout.bytes).fill(0);
    slab.release();
    encoder.close();
    const bytes = await encoding;
    assert.equal(arena.statistics.slabsInUse, 0);
    return bytes;
  };

  for (const format of VIDEO_FORMATS) {
    it(`writes ${format} as PNG with every pixel in its place`, async () => {
      const { width, height, channels, pixels } = readPng(await encoded(format, { format: 'png' }));
      assert.deepEqual([width, height], [WIDTH, HEIGHT]);
      assert.equal(channels, format === 'GRAY8' ? 1 : format === 'RGBA' ? 4 : 3);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          // Where the halves meet chroma is a mixture.
          if (Math.abs(x - WIDTH / 2) < 3) continue;
          const rgb = HALVES[x < WIDTH / 2 ? 0 : 1]!;
          const expected = format === 'GRAY8' ? [Math.round(yuvOf(rgb)[0])] : [...rgb, 77];
          for (let channel = 0; channel < channels; channel++) {
            const found = pixels[(y * width + x) * channels + channel]!;
            // Y, U and V were rounded, which costs up to 2 in blue.
            const slack = format === 'I420' || format === 'NV12' ? 2 : 0;
            assert.ok(Math.abs(found - expected[channel]!) <= slack, `${x}, ${y}: ${found} for ${expected[channel]}`);
          }
        }
      }
    });
  }

  for (const [format, name] of [
    ['jpeg', 'picture.jpg'],
    ['webp', 'picture.webp'],
  ] as const) {
    it(`writes ${format} that FFmpeg reads, in the right colours`, async function () {
      needsFfmpeg(this);
      writeFileSync(at(name), await encoded('I420', { format, quality: 95 }));
      const decoded = spawnSync('ffmpeg', ['-v', 'error', '-i', at(name), '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-']);
      assert.equal(decoded.stdout.length, WIDTH * HEIGHT * 3, String(decoded.stderr));
      for (const [half, x] of [WIDTH / 4, (3 * WIDTH) / 4].entries()) {
        const start = (16 * WIDTH + Math.floor(x)) * 3;
        for (const [channel, value] of HALVES[half]!.entries()) {
          const found = decoded.stdout[start + channel]!;
          // What either codec loses at this quality.
          assert.ok(Math.abs(found - value) <= 5, `half ${half}, channel ${channel}: ${found} for ${value}`);
        }
      }
    });
  }

  it('makes smaller files of a lower quality', async () => {
    const sizes = [];
    for (const quality of [20, 60, 95]) sizes.push((await encoded('RGB', { format: 'jpeg', quality })).length);
    assert.deepEqual(
      sizes,
      [...sizes].sort((a, b) => a - b),
    );
    assert.ok(sizes[0]! < sizes[2]!);
  });
});
