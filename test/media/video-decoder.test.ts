import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type DecodedFrame, openVideoFile, probeVideoFile } from '../../src/media/video-decoder.ts';
import { Arena } from '../../src/memory/arena.ts';

const SHAPES = 'media/shapes.mp4';

describe('video decoder', () => {
  it('describes a file without decoding it', async () => {
    const info = await probeVideoFile(SHAPES);
    assert.equal(info.codec, 'h264');
    assert.deepEqual([info.width, info.height, info.frameRate, info.frameCount, info.durationUs], [640, 360, 25, 300, 12_000_000]);
  });

  it('gives every frame once, in order, with exact times', async () => {
    const arena = Arena.create();
    const decoder = await openVideoFile(SHAPES, { arena });
    const pts: number[] = [];
    for (let frame = await decoder.next(); frame !== undefined; frame = await decoder.next()) {
      pts.push((frame as DecodedFrame).ptsUs);
      frame.slab.release();
    }
    assert.deepEqual(
      pts,
      Array.from({ length: 300 }, (_, i) => i * 40_000),
    );
    decoder.pool?.assertAllReturned();
    await decoder.close();
    assert.equal(arena.statistics.slabsInUse, 0);
  });
});
