import assert from 'node:assert/strict';
import { type Colour, DETECTION_COLOURS } from '../../../src/media/detection/detection-colours.ts';
import type { Box } from '../../../src/media/detection/detections.ts';
import { type FrameLayout, frameLayout, VIDEO_FORMATS, type VideoFormat } from '../../../src/media/frame-layout.ts';
import { type Painter, painterFor } from '../../../src/media/picture/painter.ts';
import { Arena } from '../../../src/memory/arena.ts';
import type { Slab } from '../../../src/memory/slab.ts';
import { readPixel } from '../read-pixel.ts';

const WIDTH = 200;
const HEIGHT = 120;
const RED: Colour = [255, 0, 0];

// Red by BT.601-7 in limited range, and as luma in full range for grey.
const RED_IN: Record<VideoFormat, readonly number[]> = {
  I420: [81, 90, 240],
  NV12: [81, 90, 240],
  RGB: [255, 0, 0],
  BGR: [0, 0, 255],
  RGBA: [255, 0, 0, 255],
  GRAY8: [76],
};

describe('painter', () => {
  let arena: Arena;
  let slab: Slab;
  let layout: FrameLayout;
  let painter: Painter;

  beforeEach(() => {
    arena = Arena.create();
  });

  afterEach(() => {
    painter.close();
    slab.release();
    assert.equal(arena.statistics.slabsInUse, 0, 'every slab is back');
  });

  /** A frame whose every byte is the same, with as much behind it. */
  const prepare = (format: VideoFormat, value = 128, width = WIDTH, height = HEIGHT) => {
    layout = frameLayout(format, width, height);
    slab = arena.allocate(layout.bytes + 4096);
    arena.bytes(slab.offset, layout.bytes + 4096).fill(value);
    painter = painterFor(arena, layout, { matrix: 'bt601', range: 'limited' });
  };
  const pixel = (x: number, y: number) => readPixel(arena, slab.offset, layout, x, y);
  const isClose = (found: readonly number[], expected: readonly number[], text = '') =>
    assert.ok(
      found.every((value, c) => Math.abs(value - expected[c]!) <= 1),
      `${found} for ${expected} ${text}`,
    );
  /** The corners of what has been changed in a frame filled with `value`. */
  const changed = (value = 128): Box | undefined => {
    let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
    for (let y = 0; y < layout.height; y++) {
      for (let x = 0; x < layout.width; x++) {
        if (pixel(x, y).every((one) => one === value)) continue;
        [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
      }
    }
    return right < 0 ? undefined : [left, top, right, bottom];
  };

  describe('outlines', () => {
    for (const format of VIDEO_FORMATS) {
      it(`lie inside their box, in their colour, in ${format}`, () => {
        prepare(format);
        painter.outline(slab.offset, [40, 20, 100, 80], 2, RED);
        for (const [x, y] of [
          [40, 20],
          [41, 21],
          [99, 20],
          [70, 21],
          [98, 50],
          [40, 79],
          [60, 78],
        ] as const)
          isClose(pixel(x, y), RED_IN[format], `at ${x}, ${y}`);
        const plain = pixel(0, 0);
        // Two thin dark lines around it, and nothing beyond.
        assert.ok(pixel(39, 50)[0]! < plain[0]! && pixel(42, 50)[0]! < plain[0]!);
        for (const [x, y] of [
          [37, 50],
          [44, 50],
          [70, 50],
          [103, 50],
          [70, 17],
          [70, 83],
        ] as const)
          assert.deepEqual(pixel(x, y), plain, `at ${x}, ${y}`);
      });
    }

    it('lie on even pixels where chroma is shared, and bleed nowhere', () => {
      prepare('I420');
      painter.outline(slab.offset, [41, 21, 101, 81], 1, RED);
      for (const x of [42, 43]) isClose(pixel(x, 50), RED_IN.I420);
      for (const x of [40, 41, 44, 45]) isClose(pixel(x, 50).slice(1), [128, 128], `at ${x}`);
    });

    it('follow the edge of the frame where their box goes beyond it', () => {
      prepare('RGB');
      painter.outline(slab.offset, [-50, -50, 60, 60], 3, RED);
      assert.deepEqual(pixel(0, 0), [255, 0, 0]);
      assert.deepEqual(pixel(2, 30), [255, 0, 0]);
      assert.deepEqual(pixel(59, 30), [255, 0, 0]);
      painter.outline(slab.offset, [150, 80, 1e9, Infinity], 3, RED);
      assert.deepEqual(pixel(WIDTH - 1, HEIGHT - 1), [255, 0, 0]);
    });

    it('fill boxes that are smaller than themselves', () => {
      prepare('RGB');
      painter.outline(slab.offset, [50, 50, 53, 54], 4, RED);
      for (let y = 50; y < 54; y++) for (let x = 50; x < 53; x++) assert.deepEqual(pixel(x, y), [255, 0, 0], `at ${x}, ${y}`);
      painter.outline(slab.offset, [80.2, 50.3, 80.3, 50.4], 4, RED);
      assert.deepEqual(pixel(80, 50), [255, 0, 0]);
    });

    it('are left out of boxes that mean nothing or lie outside', () => {
      prepare('RGB');
      const boxes: Box[] = [
        [NaN, 0, 10, 10],
        [0, 0, 10, NaN],
        [30, 30, 20, 40],
        [-20, 10, -10, 20],
        [WIDTH, 10, WIDTH + 20, 20],
        [10, HEIGHT + 5, 20, HEIGHT + 9],
      ];
      for (const box of boxes) {
        painter.outline(slab.offset, box, 2, RED);
        painter.label(slab.offset, 'nobody', box, RED);
      }
      assert.equal(changed(), undefined);
    });
  });

  describe('labels', () => {
    it('stand above their box, at its left', () => {
      prepare('RGB');
      painter.label(slab.offset, 'cat', [40, 60, 100, 100], RED);
      const [left, top, right, bottom] = changed()!;
      assert.deepEqual([left, bottom], [40, 60]);
      assert.ok(top >= 60 - 20 && right < 100);
    });

    it('stand in their box where there is no room above', () => {
      prepare('RGB');
      painter.label(slab.offset, 'cat', [40, 3, 100, 100], RED);
      const [left, top] = changed()!;
      assert.deepEqual([left, top], [40, 3]);
    });

    it('stay inside the picture', () => {
      for (const [width, height] of [
        [WIDTH, HEIGHT],
        [161, 91],
        [31, 9],
        [3, 1],
      ] as const) {
        for (const format of VIDEO_FORMATS) {
          prepare(format, 128, width, height);
          for (const box of [
            [width - 4, 40, width + 50, 60],
            [-90, -90, 4, 4],
            [0, height - 1, width, height],
          ] as const)
            painter.label(slab.offset, 'a rather long label that goes on 0.99', box, RED);
          // Nothing in the padding of rows, nor behind the frame.
          for (const { offset, stride, rows, rowBytes } of layout.planes) {
            for (let y = 0; y < rows; y++) {
              const rest = arena.bytes(slab.offset + offset + y * stride + rowBytes, stride - rowBytes);
              assert.ok(
                rest.every((value) => value === 128),
                `${format} ${width}×${height}, row ${y}`,
              );
            }
          }
          assert.ok(arena.bytes(slab.offset + layout.bytes, 4096).every((value) => value === 128));
          slab.release();
          painter.close();
        }
      }
      prepare('RGB');
      painter.label(slab.offset, 'right', [WIDTH - 4, 60, WIDTH, 80], RED);
      assert.equal(changed()![2], WIDTH);
    });

    it('can be read in every colour that classes have', () => {
      for (const colour of DETECTION_COLOURS) {
        prepare('RGB', 128);
        painter.label(slab.offset, 'HHHH', [20, 60, 150, 100], colour);
        const [left, top, right, bottom] = changed()!;
        const values = new Map<string, number>();
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) values.set(pixel(x, y).join(), (values.get(pixel(x, y).join()) ?? 0) + 1);
        }
        const [ground, ink] = [...values].sort((a, b) => b[1] - a[1]).map(([key]) => key.split(',').map(Number));
        assert.deepEqual(ground, [...colour]);
        assert.ok(ink!.every((value) => value === ink![0]) && [0, 255].includes(ink![0]!), `${ink}`);
        // 4.5 is what WCAG 2.2 asks of text, computed here from its definition.
        const luminance = (rgb: readonly number[]) =>
          [0.2126, 0.7152, 0.0722].reduce(
            (sum, weight, c) => sum + weight * (rgb[c]! <= 10 ? rgb[c]! / 3294.6 : ((rgb[c]! / 255 + 0.055) / 1.055) ** 2.4),
            0,
          );
        const [a, b] = [luminance(ground!), luminance(ink!)];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        assert.ok(ratio >= 4.5, `${ratio} on ${colour}`);
        slab.release();
        painter.close();
      }
      prepare('RGB');
    });

    it('are the same letters in every format', () => {
      const shapeOf = (format: VideoFormat): string => {
        prepare(format, 128);
        painter.label(slab.offset, 'Ag8ü', [20, 60, 150, 100], [240, 215, 40]);
        let shape = '';
        for (let y = 44; y < 58; y++) for (let x = 20; x < 70; x++) shape += pixel(x, y)[format === 'BGR' ? 2 : 0]! < 100 ? '#' : '.';
        slab.release();
        painter.close();
        return shape;
      };
      const inRgb = shapeOf('RGB');
      assert.ok(inRgb.includes('#'));
      for (const format of ['BGR', 'RGBA'] as const) assert.equal(shapeOf(format), inRgb);
      assert.equal(shapeOf('I420'), shapeOf('NV12'));
      prepare('RGB');
    });
  });
});
