import assert from 'node:assert/strict';
import type { Caps } from '../../../src/core/caps/caps.ts';
import { caps } from '../../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { GraphError } from '../../../src/core/errors.ts';
import { crop } from '../../../src/elements/preprocess/crop.ts';
import { frameToTensor } from '../../../src/elements/preprocess/frame-to-tensor.ts';
import { letterbox } from '../../../src/elements/preprocess/letterbox.ts';
import { resize } from '../../../src/elements/preprocess/resize.ts';
import { frameLayout, VIDEO_FORMATS } from '../../../src/media/frame-layout.ts';
import { invertAffine } from '../../../src/media/geometry.ts';
import { fillPlane, frameSource, type Kept, keepingSink, type TestFrame } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';

type Props = Record<string, unknown>;

/** What a model with an image input asks for. */
const model = (shape: readonly number[], info: Record<string, unknown> = {}, more: Record<string, string> = {}): Caps =>
  caps('tensor', { dtype: 'float32', layout: 'CHW', shape, ...more }, { preprocess: info });

const floats = ({ bytes }: Kept): Float32Array => new Float32Array(bytes.buffer, 0, bytes.length / 4);

/** Runs frames through elements into a sink that takes certain caps. */
async function through(frames: readonly TestFrame[], steps: readonly (readonly [AnyElementDefinition, Props])[], accepts: Caps = 'any') {
  const kept: Kept[] = [];
  // An element may stand in a chain twice.
  const own = steps.map(([definition], index) => ({ ...definition, name: `${definition.name}-${index}` }));
  const { pipeline, assertClean } = testPipeline([frameSource('frames', frames), ...own, keepingSink('model', kept, accepts)], {
    elements: Object.fromEntries(own.map(({ name }, index) => [name, { props: steps[index]![1] }])),
    links: [['frames', ...own.map(({ name }) => name), 'model'].join(' ! ')],
  });
  await pipeline.run();
  assertClean();
  return kept;
}

/** A frame of one colour: red, green, blue. */
const flat = (width: number, height: number, colour: readonly number[]): TestFrame => ({
  width,
  height,
  format: 'RGB',
  draw: (bytes, layout) => fillPlane(bytes, layout, 0, colour),
});

describe('letterbox, resize, crop and frame-to-tensor', () => {
  describe('negotiation', () => {
    it('takes size, type and preprocessing from the model downstream', async () => {
      const wishes = { channelOrder: 'BGR', mean: [10, 20, 30], scale: [0.5, 0.25, 0.125], padValue: 50, anchor: 'topLeft' };
      const [one] = await through([flat(40, 20, [200, 100, 60])], [[letterbox, {}]], model([3, 32, 32], wishes));
      assert.deepEqual(one!.caps.fields, { dtype: 'float32', layout: 'CHW', shape: [3, 32, 32] });
      const values = floats(one!);
      const at = (c: number, y: number, x: number) => values[(c * 32 + y) * 32 + x]!;
      // 40×20 becomes 32×16 at the top; blue comes first.
      assert.deepEqual([at(0, 8, 8), at(1, 8, 8), at(2, 8, 8)], [(60 - 10) * 0.5, (100 - 20) * 0.25, (200 - 30) * 0.125]);
      assert.deepEqual([at(0, 20, 8), at(1, 20, 8), at(2, 31, 31)], [20, 7.5, 2.5]);
      assert.equal(at(0, 15, 31), 25);
      assert.equal(at(0, 16, 31), 20);
    });

    it('lets its own props go before those of the model', async () => {
      const wishes = { channelOrder: 'BGR', scale: [0.5], padValue: 50 };
      const [one] = await through(
        [flat(40, 20, [200, 100, 60])],
        [[letterbox, { channelOrder: 'RGB', padValue: 8 }]],
        model([3, 40, 40], wishes),
      );
      const values = floats(one!);
      assert.deepEqual([values[20 * 40], values[0]], [100, 4]);
    });

    it('gives the element types and layouts that are asked for', async () => {
      const frame = flat(8, 8, [1, 2, 3]);
      const [chw] = await through([frame], [[resize, {}]], model([3, 8, 8], {}, { dtype: 'uint8' }));
      assert.deepEqual(
        [...chw!.bytes.subarray(0, 2), ...chw!.bytes.subarray(64, 66), ...chw!.bytes.subarray(128, 130)],
        [1, 1, 2, 2, 3, 3],
      );
      const [hwc] = await through([frame], [[resize, {}]], model([8, 8, 3], {}, { dtype: 'uint8', layout: 'HWC' }));
      assert.deepEqual([...hwc!.bytes.subarray(0, 6)], [1, 2, 3, 1, 2, 3]);
      const [half] = await through([frame], [[resize, {}]], model([3, 8, 8], {}, { dtype: 'float16' }));
      // 1, 2 and 3 in IEEE 754 half precision.
      const words = new Uint16Array(half!.bytes.buffer);
      assert.deepEqual([words[0], words[64], words[128]], [0x3c00, 0x4000, 0x4200]);
      const [grey] = await through([flat(8, 8, [90, 90, 90])], [[resize, {}]], model([1, 8, 8]));
      assert.ok(Math.abs(floats(grey!)[5]! - 90) < 0.01);
      assert.equal(grey!.bytes.length, 8 * 8 * 4);
    });

    it('gives video in the format of the source where downstream takes it', async () => {
      for (const format of VIDEO_FORMATS) {
        const [one] = await through([{ width: 64, height: 48, format }], [[letterbox, { width: 32, height: 32 }]], caps('video/raw'));
        assert.deepEqual(one!.caps.fields, { format, width: 32, height: 32 });
        assert.equal(one!.bytes.length, frameLayout(format, 32, 32).bytes);
      }
    });

    it('gives video in the format and with the range that downstream asks for', async () => {
      const grey: TestFrame = {
        width: 16,
        height: 16,
        draw: (bytes, layout) => {
          for (const [p, v] of [235, 128, 128].entries()) fillPlane(bytes, layout, p, [v]);
        },
      };
      const [one] = await through([grey], [[resize, {}]], caps('video/raw', { format: 'RGB' }));
      assert.deepEqual([one!.bytes[0], one!.caps.info?.range], [255, 'full']);
      const [back] = await through([flat(16, 16, [255, 255, 255])], [[resize, {}]], caps('video/raw', { format: 'I420' }));
      assert.deepEqual([back!.bytes[0], back!.caps.info?.range, back!.caps.info?.matrix], [235, 'limited', 'bt601']);
    });

    it('keeps the size where nobody asks for another', async () => {
      const [one] = await through([{ width: 50, height: 30 }], [[resize, {}]]);
      assert.deepEqual([one!.caps.fields['width'], one!.caps.fields['height']], [50, 30]);
      const [cut] = await through([{ width: 50, height: 30 }], [[crop, { x: 10, y: 4, cropWidth: 20 }]]);
      assert.deepEqual([cut!.caps.fields['width'], cut!.caps.fields['height']], [20, 26]);
    });

    it('says which props would fit when sizes do not', async () => {
      const error = await through([{ width: 64, height: 48 }], [[letterbox, { width: 320, height: 320 }]], model([3, 640, 640])).catch(
        (e) => e,
      );
      assert.ok(error instanceof GraphError, String(error));
      const [issue] = error.issues;
      assert.equal(issue!.code, 'negotiation/no-common-caps');
      assert.match(`${issue!.message} ${issue!.hint}`, /letterbox-0\.width.*640.*letterbox-0\.height.*640/);
    });

    it('refuses a tensor of another size than the frame where nothing may be scaled', async () => {
      await assert.rejects(through([{ width: 64, height: 48 }], [[frameToTensor, {}]], model([3, 32, 32])), GraphError);
      const [one] = await through([{ width: 64, height: 48 }], [[frameToTensor, {}]], model([3, 48, 64]));
      assert.deepEqual(one!.caps.fields['shape'], [3, 48, 64]);
    });

    it('negotiates anew when the size changes in mid-stream, and keeps what the model wants', async () => {
      const kept = await through(
        [
          { width: 64, height: 32 },
          { width: 32, height: 64 },
          { width: 64, height: 32 },
        ],
        [[letterbox, {}]],
        model([3, 32, 32]),
      );
      assert.deepEqual(
        kept.map(({ caps: { fields }, geometry }) => [fields['shape'], geometry?.frame, geometry?.affine]),
        [
          [[3, 32, 32], { width: 64, height: 32 }, { sx: 0.5, sy: 0.5, tx: 0, ty: 8 }],
          [[3, 32, 32], { width: 32, height: 64 }, { sx: 0.5, sy: 0.5, tx: 8, ty: 0 }],
          [[3, 32, 32], { width: 64, height: 32 }, { sx: 0.5, sy: 0.5, tx: 0, ty: 8 }],
        ],
      );
    });
  });

  describe('data', () => {
    it('keeps the aspect and centres the picture between bars', async () => {
      const [one] = await through([flat(100, 50, [200, 200, 200])], [[letterbox, {}]], model([1, 50, 50]));
      const rows = Array.from({ length: 50 }, (_, y) => Math.round(floats(one!)[y * 50 + 25]!));
      // 50×25 rows of picture, 12 of bar above and 13 below.
      assert.deepEqual(rows, [...Array(12).fill(114), ...Array(25).fill(200), ...Array(13).fill(114)]);
    });

    it('stretches where a letterbox would leave bars', async () => {
      const [one] = await through([flat(100, 50, [200, 200, 200])], [[resize, {}]], model([1, 50, 50]));
      assert.ok(floats(one!).every((value) => Math.abs(value - 200) < 0.01));
    });

    it('cuts out what it is told to, and no more than there is', async () => {
      const frame: TestFrame = {
        width: 16,
        height: 8,
        format: 'GRAY8',
        draw: (bytes, { planes: [plane] }) => {
          for (let y = 0; y < 8; y++) for (let x = 0; x < 16; x++) bytes[y * plane!.stride + x] = y * 16 + x;
        },
      };
      const [cut] = await through([frame], [[crop, { x: 3, y: 2, cropWidth: 4, cropHeight: 2 }]], model([1, 2, 4]));
      assert.deepEqual([...floats(cut!)], [35, 36, 37, 38, 51, 52, 53, 54]);
      const [edge] = await through([frame], [[crop, { x: 14, y: 7, cropWidth: 400 }]], model([1, 1, 2]));
      assert.deepEqual([...floats(edge!)], [126, 127]);
    });

    for (const interpolation of ['nearest', 'bilinear', 'area'] as const) {
      it(`finds pixels between pixels as told: ${interpolation}`, async () => {
        const frame: TestFrame = { width: 8, height: 1, format: 'GRAY8', draw: (bytes) => bytes.set([0, 10, 20, 130, 40, 50, 60, 70]) };
        const [one] = await through([frame], [[resize, { interpolation }]], model([1, 1, 2]));
        // Centres lie between pixels 1 and 2, and 5 and 6.
        const expected = { nearest: [20, 60], bilinear: [15, 55], area: [40, 55] }[interpolation];
        assert.deepEqual(
          [...floats(one!)].map((value) => Math.round(value * 100) / 100),
          expected,
        );
      });
    }
  });

  describe('geometry', () => {
    const MARKER = 6;
    const marked = (width: number, height: number, x: number, y: number): TestFrame => ({
      width,
      height,
      format: 'GRAY8',
      draw: (bytes, layout) => {
        const { stride } = layout.planes[0]!;
        for (let row = 0; row < MARKER; row++) bytes.fill(255, (y + row) * stride + x, (y + row) * stride + x + MARKER);
      },
    });

    /** The middle of what is bright in a picture, in its own pixels. */
    const middle = (values: ArrayLike<number>, width: number): [number, number] => {
      let [sum, sumX, sumY] = [0, 0, 0];
      for (let i = 0; i < values.length; i++) {
        sum += values[i]!;
        sumX += values[i]! * ((i % width) + 0.5);
        sumY += values[i]! * (Math.floor(i / width) + 0.5);
      }
      return [sumX / sum, sumY / sum];
    };

    const CHAINS: readonly (readonly [string, readonly (readonly [AnyElementDefinition, Props])[]])[] = [
      ['letterbox', [[letterbox, { padValue: 0 }]]],
      ['letterbox at the top left', [[letterbox, { padValue: 0, anchor: 'topLeft' }]]],
      ['resize', [[resize, {}]]],
      ['crop and resize', [[crop, { x: 60, y: 30, cropWidth: 120, cropHeight: 100 }]]],
      [
        'crop, then letterbox',
        [
          [crop, { x: 61, y: 33, cropWidth: 150, cropHeight: 101 }],
          [letterbox, { padValue: 0 }],
        ],
      ],
      [
        'crop, resize, letterbox and resize again',
        [
          [crop, { x: 50, y: 20, cropWidth: 180, cropHeight: 140 }],
          [resize, { width: 211, height: 99 }],
          [letterbox, { width: 160, height: 160, padValue: 0 }],
          [resize, {}],
        ],
      ],
    ];
    for (const [name, steps] of CHAINS) {
      it(`leads back to the source frame within half a pixel: ${name}`, async () => {
        for (const [x, y] of [
          [100, 60],
          [131, 87],
          [77, 101],
        ] as const) {
          const [one] = await through([marked(320, 180, x, y)], steps, model([1, 96, 128]));
          const { frame, affine } = one!.geometry!;
          assert.deepEqual(frame, { width: 320, height: 180 });
          const [px, py] = middle(floats(one!), 128);
          const { sx, sy, tx, ty } = invertAffine(affine);
          const [backX, backY] = [px * sx + tx, py * sy + ty];
          assert.ok(Math.abs(backX - (x + MARKER / 2)) < 0.5, `${backX} for ${x + MARKER / 2}`);
          assert.ok(Math.abs(backY - (y + MARKER / 2)) < 0.5, `${backY} for ${y + MARKER / 2}`);
        }
      });
    }
  });

  describe('errors', () => {
    it('says that a cut lies outside of the frame, from the start and after a change of size', async () => {
      const outside = { code: 'media/crop-outside', message: /Cannot cut at 100, 0: frames are 64×48; lower x and y/ };
      await assert.rejects(through([{ width: 64, height: 48 }], [[crop, { x: 100 }]]), outside);
      await assert.rejects(
        through(
          [
            { width: 200, height: 48 },
            { width: 64, height: 48 },
          ],
          [[crop, { x: 100 }]],
        ),
        outside,
      );
    });
  });
});
