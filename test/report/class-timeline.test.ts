import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Detection } from '../../src/media/detection/detections.ts';
import { ClassTimeline } from '../../src/report/class-timeline.ts';

const found = (label: string, classId = 0, score = 0.5): Detection => ({ box: [0, 0, 1, 1], label, classId, score });
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('class-timeline', () => {
  it('counts objects, frames with them, the most in a frame and the mean score', () => {
    const timeline = new ClassTimeline();
    timeline.add(0, [found('cat', 3, 0.5), found('cat', 3, 0.7), found('dog', 1, 0.9)]);
    timeline.add(40_000, [found('cat', 3, 0.6)]);
    timeline.add(80_000, []);
    const [cat, dog] = timeline.bins(10).classes;
    assert.deepEqual([cat?.label, cat?.classId, cat?.objects, cat?.frames, cat?.most], ['cat', 3, 3, 2, 2]);
    assert.ok(Math.abs(cat!.meanScore - 0.6) < 1e-9);
    assert.deepEqual([dog?.label, dog?.objects, dog?.frames, dog?.most], ['dog', 1, 1, 1]);
    assert.deepEqual([timeline.frames, timeline.objects], [3, 4]);
  });

  it('puts what was found where it was found', () => {
    const timeline = new ClassTimeline();
    // 100 frames of 40 ms: a cat in the second half.
    for (let frame = 0; frame < 100; frame++) timeline.add(5e6 + frame * 40_000, frame < 50 ? [] : [found('cat')]);
    const { startUs, widthUs, frames, classes } = timeline.bins(50);
    assert.equal(startUs, 5e6);
    assert.equal(sum(frames), 100);
    for (const [bin, count] of classes[0]!.counts.entries()) {
      const isBefore = (bin + 1) * widthUs <= 50 * 40_000;
      assert.equal(count, isBefore ? 0 : frames[bin], `bin ${bin}`);
    }
    assert.ok(frames.length <= 50 && frames.length > 12);
  });

  it('loses nothing, whatever times come in whatever order', () => {
    const moment = fc.record({ pts: fc.integer({ min: 0, max: 1e15 }), objects: fc.nat({ max: 4 }) });
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 60 }), fc.integer({ min: 1, max: 300 }), (moments, atMost) => {
        const timeline = new ClassTimeline();
        for (const { pts, objects } of moments) timeline.add(pts, new Array(objects).fill(found('cat')));
        const { frames, classes } = timeline.bins(atMost);
        assert.equal(sum(frames), moments.length);
        assert.equal(sum(classes.flatMap(({ counts }) => counts)), sum(moments.map(({ objects }) => objects)));
        assert.ok(frames.length <= atMost);
      }),
    );
  });

  it('stays small for months of frames and thousands of classes', () => {
    const timeline = new ClassTimeline();
    for (let day = 0; day < 200; day++) {
      for (let index = 0; index < 20; index++) timeline.add(day * 86_400e6 + index, [found(`class ${day * 20 + index}`, index)]);
    }
    const { frames, classes } = timeline.bins(256);
    assert.ok(frames.length <= 256);
    assert.equal(classes.length, 32);
    assert.deepEqual([classes[0]?.label, classes[0]?.classId, classes[0]?.objects], ['others', -1, 4000 - 31]);
  });
});
