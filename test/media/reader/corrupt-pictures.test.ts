import assert from 'node:assert/strict';
import { Skipped } from '../../../src/core/stream/skipped.ts';
import { CorruptPictures } from '../../../src/media/reader/corrupt-pictures.ts';
import type { VideoFrame } from '../../../src/media/reader/media-frame.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

describe('corrupt pictures', () => {
  const passing = (onCorrupt: 'mark' | 'drop') => {
    const clock = new ManualClock();
    const told: unknown[] = [];
    let released = 0;
    const pictures = new CorruptPictures({ onCorrupt }, { clock, post: (key, value) => told.push([key, value]) });
    const pass = (ptsUs: number, corrupt: boolean): VideoFrame | Skipped =>
      pictures.pass({
        kind: 'video',
        ptsUs,
        durationUs: 40,
        epoch: 3,
        corrupt,
        discont: false,
        slab: { release: () => released++ },
      } as unknown as VideoFrame);
    return { clock, told, pictures, pass, released: () => released };
  };

  it('are given as they are, where they are to be marked', () => {
    const { pass, told, pictures, released } = passing('mark');
    for (const [pts, corrupt] of [
      [0, false],
      [40, true],
      [80, false],
    ] as const) {
      const frame = pass(pts, corrupt) as VideoFrame;
      assert.deepEqual([frame.ptsUs, frame.corrupt, frame.discont], [pts, corrupt, false]);
    }
    pictures.tell();
    assert.deepEqual(told, [['corruptFrames', 1]]);
    assert.equal(released(), 0);
  });

  it('are left out where that is asked for, and what follows says so', () => {
    const { pass, released } = passing('drop');
    pass(0, false);
    assert.deepEqual([pass(40, true), pass(80, true)], [new Skipped(40, 40, 'corrupt', 3), new Skipped(80, 40, 'corrupt', 3)]);
    assert.equal(released(), 2);
    assert.deepEqual([(pass(120, false) as VideoFrame).discont, (pass(160, false) as VideoFrame).discont], [true, false]);
  });

  it('are told of once a second, and at the end', () => {
    const { pass, told, clock, pictures } = passing('mark');
    for (let index = 0; index < 60; index++) {
      pass(index, true);
      clock.advanceBy(40_000);
    }
    pictures.tell();
    pictures.tell();
    assert.deepEqual(
      told,
      [1, 26, 51, 60].map((count) => ['corruptFrames', count]),
    );
  });
});
