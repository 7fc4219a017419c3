import assert from 'node:assert/strict';
import type { MediaFrame } from '../../../src/media/reader/media-frame.ts';
import type { StreamExtents } from '../../../src/media/reader/stream-extent.ts';
import { StreamGaps } from '../../../src/media/reader/stream-gaps.ts';

const MS = 1000;

describe('StreamGaps', () => {
  /** What is told before frames of 40 ms of pictures and 20 ms of sound, each given as `v` or `a` and its time in milliseconds. */
  const toldOf = (extents: Partial<StreamExtents>, frames: readonly string[]): string[] => {
    const gaps = new StreamGaps(extents);
    return frames.flatMap((frame) => {
      const [, letter, ms, epoch] = /^([va])(\d+)(?:@(\d+))?$/.exec(frame)!;
      const kind = letter === 'v' ? 'video' : 'audio';
      const durationUs = (kind === 'video' ? 40 : 20) * MS;
      const gap = gaps.before({ kind, ptsUs: Number(ms) * MS, durationUs, epoch: Number(epoch ?? 0) } as MediaFrame);
      return gap === undefined ? [] : [`${frame}: ${gap.kind} ${gap.pts / MS}+${gap.duration / MS}@${gap.epoch}`];
    });
  };
  const extent = (startMs: number, endMs: number) => ({ startUs: startMs * MS, endUs: endMs * MS });

  it('tells that a stream has not begun, as far as the other one has come', () => {
    const extents = { video: extent(0, 9000), audio: extent(100, 9000) };
    const told = toldOf(extents, ['v0', 'v40', 'v80', 'v120', 'a100', 'v160']);
    assert.deepEqual(told, ['v40: audio 0+40@0', 'v80: audio 40+40@0', 'v120: audio 80+20@0']);
  });

  it('tells that a stream is over once it is there to its end, and the file well behind it', () => {
    const extents = { video: extent(0, 9000), audio: extent(0, 60) };
    assert.deepEqual(toldOf(extents, ['a0', 'v0', 'v40', 'v320']), [], 'the last of it may still come');
    const told = toldOf(extents, ['a0', 'v0', 'a20', 'v40', 'a40', 'v300', 'v320']);
    assert.deepEqual(told, ['v320: audio 60+260@0']);
    assert.deepEqual(toldOf({ video: extent(0, 40), audio: extent(0, 9000) }, ['v0', 'a0', 'a320']), ['a320: video 40+280@0']);
  });

  it('tells of holes of sound, and of none of pictures, which a decoder may hold', () => {
    assert.deepEqual(toldOf({}, ['a0', 'v0', 'v1000', 'v1040']), ['v1040: audio 20+20@0']);
    assert.deepEqual(toldOf({}, ['v0', 'a0', 'a5000']), []);
  });

  it('begins anew where the file does', () => {
    const extents = { video: extent(0, 400), audio: extent(20, 40) };
    const told = toldOf(extents, ['v0', 'a20', 'v360', 'v400@1', 'v440@1', 'a420@1', 'v760@1']);
    assert.deepEqual(told, ['v360: audio 40+320@0', 'v400@1: audio 360+40@1', 'v440@1: audio 400+20@1', 'v760@1: audio 440+320@1']);
  });
});
