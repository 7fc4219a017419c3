import assert from 'node:assert/strict';
import type { Caps, FixedCaps } from '../../../src/core/caps/caps.ts';
import { caps } from '../../../src/core/caps/caps.ts';
import { srcPad } from '../../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { letterbox } from '../../../src/elements/preprocess/letterbox.ts';
import { normalize } from '../../../src/elements/preprocess/normalize.ts';
import { tensor } from '../../../src/media/media-types.ts';
import { fillPlane, frameSource, type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

/** Gives one tensor. */
const tensorSource = (own: FixedCaps, bytes: Uint8Array) =>
  tinyElement('tensors', {
    pads: { src: srcPad(tensor()) },
    negotiate: { srcCaps: () => [own] },
    create: ({ context }) => {
      let made = false;
      return {
        produce: () => {
          if (made) return undefined;
          made = true;
          const slab = context.arena.allocate(bytes.length);
          context.arena.bytes(slab.offset, bytes.length).set(bytes);
          return new StreamBuffer({ caps: own, pts: 0, slabs: [slab], bytes: bytes.length });
        },
      };
    },
  });

async function normalized(own: FixedCaps, data: Uint8Array | Float32Array, props: object, accepts: Caps = 'any'): Promise<Kept> {
  const kept: Kept[] = [];
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const { pipeline, assertClean } = testPipeline([tensorSource(own, bytes), normalize, keepingSink('model', kept, accepts)], {
    elements: { normalize: { props } },
    links: ['tensors ! normalize ! model'],
  });
  await pipeline.run();
  assertClean();
  return kept[0]!;
}

const floats = ({ bytes }: Kept): number[] => [...new Float32Array(bytes.buffer, 0, bytes.length / 4)];

const [chw] = caps('tensor', { dtype: 'uint8', layout: 'CHW', shape: [3, 2, 11] });
const [hwc] = caps('tensor', { dtype: 'uint8', layout: 'HWC', shape: [2, 11, 3] });
const values = Uint8Array.from({ length: 66 }, (_, i) => (i * 37) & 255);
const MEAN = [10, 100, 200];
const SCALE = [0.5, 2, -0.25];

/** (x − mean) × scale, worked out in doubles. */
const expected = (data: ArrayLike<number>, channelOf: (index: number) => number, mean = MEAN, scale = SCALE) =>
  Array.from({ length: data.length }, (_, i) => (data[i]! - mean[channelOf(i)]!) * scale[channelOf(i)]!);

describe('normalize', () => {
  describe('data', () => {
    it('subtracts, then multiplies, channel by channel, in both layouts', async () => {
      assert.deepEqual(
        floats(await normalized(chw, values, { mean: MEAN, scale: SCALE })),
        expected(values, (i) => Math.floor(i / 22)),
      );
      assert.deepEqual(
        floats(await normalized(hwc, values, { mean: MEAN, scale: SCALE })),
        expected(values, (i) => i % 3),
      );
    });

    it('takes float32 too', async () => {
      const data = Float32Array.from(values, (value) => value * 4 - 300);
      for (const own of [chw, hwc]) {
        const one = await normalized({ ...own, fields: { ...own.fields, dtype: 'float32' } }, data, { mean: MEAN, scale: SCALE });
        assert.deepEqual(floats(one), expected(data, own === chw ? (i) => Math.floor(i / 22) : (i) => i % 3));
      }
    });

    it('uses one value for all channels, and tensors of any shape', async () => {
      const [own] = caps('tensor', { dtype: 'uint8', shape: [66] });
      assert.deepEqual(
        floats(await normalized(own, values, { mean: [8], scale: [0.25] })),
        expected(values, () => 0, [8], [0.25]),
      );
      assert.deepEqual(
        floats(await normalized(hwc, values, { scale: [2, 2, 2] })),
        [...values].map((value) => value * 2),
      );
    });

    it('gives float16 where downstream takes nothing else', async () => {
      const half = caps('tensor', { dtype: 'float16' });
      for (const own of [chw, hwc]) {
        const one = await normalized(own, values, { mean: [128, 128, 128], scale: [1, 2, 4] }, half);
        assert.equal(one.bytes.length, 132);
        const words = new Uint16Array(one.bytes.buffer, 0, 66);
        // Whole numbers up to 2048 are exact in half precision: sign, exponent and fraction by hand.
        const read = (word: number) => {
          const exponent = (word >> 10) & 31;
          const size = exponent === 0 ? (word & 1023) * 2 ** -24 : (1 + (word & 1023) / 1024) * 2 ** (exponent - 15);
          return word & 0x8000 ? -size : size;
        };
        const right = expected(values, own === chw ? (i) => Math.floor(i / 22) : (i) => i % 3, [128, 128, 128], [1, 2, 4]);
        assert.deepEqual(
          [...words].map(read),
          right.map((value) => value + 0),
        );
      }
    });
  });

  describe('negotiation', () => {
    it('does what the model wants, which elements upstream then leave alone', async () => {
      const wishes = { preprocess: { mean: [50, 60, 70], scale: [0.5, 0.5, 0.5], channelOrder: 'BGR' } };
      const kept: Kept[] = [];
      const { pipeline, assertClean } = testPipeline(
        [
          frameSource('frames', [
            { width: 8, height: 8, format: 'RGB', draw: (bytes, layout) => fillPlane(bytes, layout, 0, [250, 160, 90]) },
          ]),
          letterbox,
          normalize,
          keepingSink('model', kept, caps('tensor', { dtype: 'float32', layout: 'CHW', shape: [3, 8, 8] }, wishes)),
        ],
        { links: ['frames ! letterbox ! normalize ! model'] },
      );
      await pipeline.run();
      assertClean();
      const found = floats(kept[0]!);
      assert.deepEqual([found[0], found[64], found[128]], [(90 - 50) / 2, (160 - 60) / 2, (250 - 70) / 2]);
      assert.equal(kept[0]!.geometry?.affine.sx, 1);
    });
  });

  describe('errors', () => {
    it('says that means and channels do not fit', () =>
      assert.rejects(normalized(chw, values, { mean: [1, 2] }), {
        code: 'media/wrong-channels',
        message: /3 channels by 2 values \(1, 2\); give one, or 3/,
      }));
  });
});
