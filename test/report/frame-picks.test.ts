import assert from 'node:assert/strict';
import type { DetectionSet } from '../../src/media/detection/detections.ts';
import { Arena } from '../../src/memory/arena.ts';
import { FramePicks } from '../../src/report/frame-picks.ts';

const objects = (count: number): DetectionSet => ({
  width: 8,
  height: 8,
  items: Array.from({ length: count }, () => ({ box: [0, 0, 1, 1], score: 1, classId: 0, label: 'a' }) as const),
});

/** Feeds frames of 40 ms, each with `count(frame)` objects, whose sets come `lag` frames after them (or before, where negative). */
function feed(frames: number, { count, lag = 0 }: { count?: (frame: number) => number; lag?: number } = {}) {
  const arena = Arena.create();
  const picks = new FramePicks({ expectsSets: count !== undefined });
  let shrunk = 0;
  let most = 0;
  const moment = (frame: number) => ({ source: 'v', epoch: 0, sequence: frame, pts: frame * 40_000 });
  const shrink = () => {
    shrunk++;
    return { slab: arena.allocate(192), width: 8, height: 8, affine: { sx: 1, sy: 1, tx: 0, ty: 0 } };
  };
  const addSet = (frame: number): void => {
    if (count !== undefined && frame >= 0 && frame < frames) picks.addSet(moment(frame), objects(count(frame)));
  };
  for (let frame = Math.min(0, lag); frame < frames + Math.max(0, lag); frame++) {
    if (lag <= 0) addSet(frame - lag);
    if (frame >= 0 && frame < frames) picks.addFrame(moment(frame), shrink);
    if (lag > 0) addSet(frame - lag);
    most = Math.max(most, arena.statistics.slabsInUse);
  }
  const found = picks.picks.map(({ sequence, found }) => ({ sequence, count: found?.items.length }));
  picks.close();
  assert.equal(arena.statistics.slabsInUse, 0, 'every slab is back');
  return { found, shrunk, most, sequences: found.map(({ sequence }) => sequence) };
}

describe('frame-picks', () => {
  it('shows every frame of a short run', () => assert.deepEqual(feed(3).sequences, [0, 1, 2]));

  for (const frames of [100, 1000, 12_345]) {
    it(`spreads over ${frames} frames`, () => {
      const { sequences } = feed(frames);
      assert.ok(sequences.length >= 8 && sequences.length <= 12, `${sequences.length} pictures`);
      const last = frames - sequences[sequences.length - 1]!;
      const gaps = sequences.slice(1).map((sequence, index) => sequence - sequences[index]!);
      assert.equal(sequences[0], 0);
      assert.ok(Math.max(last, ...gaps) <= frames / 4, `${sequences}`);
    });
  }

  const busyAt = (peaks: readonly number[]) => (frame: number) => (peaks.includes(frame) ? 9 : 2);

  for (const lag of [-5, -1, 0]) {
    it(`finds the busiest frames when sets come ${-lag} frames before them`, () => {
      const { found } = feed(1000, { count: busyAt([101, 402, 703, 904]), lag });
      for (const peak of [101, 402, 703, 904])
        assert.ok(
          found.some(({ sequence, count }) => sequence === peak && count === 9),
          `${peak}`,
        );
    });
  }

  it('finds busy stretches when sets come after the frames', () => {
    // Frames are set aside every 100 ms: a peak of 200 ms is seen.
    const { found, shrunk } = feed(1000, { count: (frame) => (frame >= 400 && frame < 405 ? 9 : 2), lag: 20 });
    assert.ok(found.some(({ sequence, count }) => sequence >= 400 && sequence < 405 && count === 9));
    assert.ok(found.every(({ count }) => count !== undefined));
    assert.ok(shrunk < 450, `${shrunk} of 1000 frames were made small`);
  });

  it('shows neighbours once', () => {
    const { sequences } = feed(1000, { count: (frame) => Math.max(0, 20 - Math.abs(frame - 500)), lag: -1 });
    assert.deepEqual(
      sequences.filter((sequence) => Math.abs(sequence - 500) < 15),
      [500],
    );
  });

  it('keeps a bounded number of frames however long it runs', () => {
    const counts = [1000, 20_000].map((frames) => feed(frames, { count: (frame) => frame % 7, lag: 40 }).most);
    assert.ok(Math.max(...counts) <= 2 * 8 + 1 + 4 + 12 + 1, `${counts}`);
  });

  it('tells the same moment of two sources apart', () => {
    const arena = Arena.create();
    const picks = new FramePicks({ expectsSets: true });
    const shrink = () => ({ slab: arena.allocate(192), width: 8, height: 8, affine: { sx: 1, sy: 1, tx: 0, ty: 0 } });
    for (const source of ['a', 'b']) picks.addFrame({ source, epoch: 0, sequence: 0, pts: 0 }, shrink);
    picks.addSet({ source: 'b', epoch: 0, sequence: 0, pts: 0 }, objects(3));
    const counts = Object.fromEntries(picks.picks.map(({ source, found }) => [source, found?.items.length]));
    assert.deepEqual(counts, { a: undefined, b: 3 });
    picks.close();
    assert.equal(arena.statistics.slabsInUse, 0);
  });
});
