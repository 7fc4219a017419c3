import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import type { VideoFrame } from '../../../src/media/reader/media-frame.ts';
import { openVideoFile } from '../../../src/media/reader/open-media.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { temporaryFolder } from '../clip.ts';

const REFERENCES = fileURLToPath(new URL('../../references/media/', import.meta.url));

// The quadrants that references/media/make.py draws: from top left, row by row.
const YUV = [
  [81, 90, 240],
  [145, 54, 34],
  [41, 240, 110],
  [200, 128, 128],
] as const;
const RGB = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [180, 120, 60],
] as const;

/** ITU-R BT.601, limited range, from 8-bit R'G'B'. */
function bt601([r, g, b]: readonly [number, number, number]): number[] {
  const y = 0.299 * r + 0.587 * g + 0.114 * b;
  return [16 + (219 * y) / 255, 128 + (224 * (b - y)) / (2 * 255 * (1 - 0.114)), 128 + (224 * (r - y)) / (2 * 255 * (1 - 0.299))];
}

describe('video decoder', () => {
  const arena = Arena.create();
  const folder = temporaryFolder();

  const first = async <T>(path: string, format: 'I420' | 'native', look: (frame: VideoFrame) => T): Promise<T> => {
    const decoder = await openVideoFile(path, { arena, format });
    const frame = await decoder.next();
    assert.ok(frame !== undefined);
    const seen = look(frame);
    frame.slab.release();
    await decoder.close();
    assert.equal(arena.statistics.slabsInUse, 0);
    return seen;
  };

  const value = ({ slab, layout }: VideoFrame, plane: number, x: number, y: number): number => {
    const { offset, stride } = layout.planes[plane]!;
    return arena.bytes(slab.offset + offset + y * stride + x, 1)[0]!;
  };

  /** Y, U and V in the middle of each quadrant of a frame of 64×48. */
  const quadrants = (frame: VideoFrame): number[][] =>
    [
      [16, 12],
      [48, 12],
      [16, 36],
      [48, 36],
    ].map(([x, y]) => {
      const luma = value(frame, 0, x!, y!);
      if (frame.layout.format === 'GRAY8') return [luma];
      if (frame.layout.format === 'NV12') return [luma, value(frame, 1, x!, y! / 2), value(frame, 1, x! + 1, y! / 2)];
      return [luma, value(frame, 1, x! / 2, y! / 2), value(frame, 2, x! / 2, y! / 2)];
    });

  describe('pixel formats', () => {
    for (const format of ['yuv420p', 'yuv420p10le', 'yuv422p', 'yuv422p10le', 'yuv444p', 'yuv444p12le', 'yuv410p', 'nv12']) {
      it(`turns ${format} into I420 with the same values`, async () => {
        const { seen, info } = await first(join(REFERENCES, `${format}.mkv`), 'I420', (frame) => ({
          seen: quadrants(frame),
          info: frame.info,
        }));
        assert.deepEqual(seen, YUV);
        assert.deepEqual([info.codedFormat, info.format, info.range, info.matrix], [format, 'I420', 'limited', 'bt601']);
      });
    }

    it('turns RGB into I420 by the matrix of its size', async () => {
      const seen = await first(join(REFERENCES, 'bgr0.mkv'), 'I420', quadrants);
      seen.forEach((quadrant, i) => {
        const expected = bt601(RGB[i]!);
        // Half a step for rounding, and one for the converter's fixed point.
        for (const [c, found] of quadrant.entries()) {
          assert.ok(Math.abs(found - expected[c]!) <= 1.5, `quadrant ${i}: ${quadrant} for ${expected}`);
        }
      });
    });

    it('keeps grey’s values, without colour, and calls untagged grey full range', async () => {
      const { seen, range } = await first(join(REFERENCES, 'gray.mkv'), 'I420', (frame) => ({
        seen: quadrants(frame),
        range: frame.info.range,
      }));
      assert.deepEqual(
        seen,
        YUV.map(([y]) => [y, 128, 128]),
      );
      assert.equal(range, 'full');
    });

    it('hands NV12 and grey on as they are when told to', async () => {
      const nv12 = await first(join(REFERENCES, 'nv12.mkv'), 'native', (frame) => [frame.layout.format, quadrants(frame)]);
      assert.deepEqual(nv12, ['NV12', YUV]);
      const gray = await first(join(REFERENCES, 'gray.mkv'), 'native', (frame) => [frame.layout.format, quadrants(frame)]);
      assert.deepEqual(gray, ['GRAY8', YUV.map(([y]) => [y])]);
    });
  });

  describe('rotation', () => {
    // FFmpeg's command line counts the turns of its tag the other way round.
    for (const [tag, rotation] of [
      [0, 0],
      [90, 270],
      [180, 180],
      [270, 90],
    ] as const) {
      it(`gives upright frames of a clip to be turned by ${rotation}°, as FFmpeg’s command line does`, async () => {
        const wanted = readFileSync(join(REFERENCES, `turn${tag}.i420`));
        const turned = await first(join(REFERENCES, `turn${tag}.mp4`), 'I420', (frame) => {
          const { layout, info, slab } = frame;
          assert.deepEqual([info.width, info.height], rotation % 180 === 0 ? [64, 48] : [48, 64]);
          assert.deepEqual([layout.width, layout.height, info.rotation], [info.width, info.height, rotation]);
          const rows = layout.planes.flatMap(({ offset, stride, rows, rowBytes }) =>
            Array.from({ length: rows }, (_, y) => arena.bytes(slab.offset + offset + y * stride, rowBytes)),
          );
          return Buffer.concat(rows);
        });
        assert.ok(turned.equals(wanted));
      });
    }

    it('mirrors what is to be mirrored', async () => {
      const bytes = readFileSync(join(REFERENCES, 'turn0.mp4'));
      // The display matrix stands 40 bytes into the track header's payload; its first entry is minus one for a mirror.
      const matrix = bytes.indexOf('tkhd') + 4 + 40;
      assert.equal(bytes.readInt32BE(matrix), 65_536);
      bytes.writeInt32BE(-65_536, matrix);
      writeFileSync(join(folder, 'mirror.mp4'), bytes);
      const seen = await first(join(folder, 'mirror.mp4'), 'I420', quadrants);
      assert.deepEqual(seen, [YUV[1], YUV[0], YUV[3], YUV[2]]);
    });
  });
});
