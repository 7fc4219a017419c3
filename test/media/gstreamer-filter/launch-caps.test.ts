import assert from 'node:assert/strict';
import { caps } from '../../../src/core/caps/caps.ts';
import { fractionOf, launchCaps, wishOf } from '../../../src/media/gstreamer-filter/launch-caps.ts';
import { ownCaps } from '../../../src/media/gstreamer-filter/source-line.ts';
import { rawVideo } from '../../../src/media/media-types.ts';

describe('caps of a launch line', () => {
  it('mean the same there and back', () => {
    for (const matrix of ['bt601', 'bt709'] as const)
      for (const range of ['limited', 'full'] as const)
        for (const frameRate of [undefined, 25, 12.5]) {
          const [one] = caps('video/raw', { format: 'I420', width: 64, height: 48 }, { matrix, range, frameRate });
          assert.deepEqual(ownCaps(launchCaps(one)), one);
        }
    for (const format of ['F32', 'S16']) {
      const [one] = caps('audio/raw', { format, rate: 44_100, channels: 6 });
      assert.deepEqual(ownCaps(launchCaps(one)), one);
    }
  });

  it('have rates as fractions', () => {
    assert.deepEqual([undefined, 0, 25, 29.97, 23.976, 59.94, 12.5].map(fractionOf), [
      '0/1',
      '0/1',
      '25/1',
      '30000/1001',
      '24000/1001',
      '60000/1001',
      '12500/1000',
    ]);
  });

  it('ask for another format or size only where that of the input will not do', () => {
    const [own] = caps('video/raw', { format: 'NV12', width: 64, height: 48 });
    assert.deepEqual(wishOf(own, 'any'), { format: 'NV12', width: undefined, height: undefined });
    assert.deepEqual(wishOf(own, rawVideo({ format: 'RGB' }).caps), { format: 'RGB', width: undefined, height: undefined });
    assert.deepEqual(wishOf(own, caps('video/raw', { width: 64, height: 30 })), { format: 'NV12', width: undefined, height: 30 });
  });
});
