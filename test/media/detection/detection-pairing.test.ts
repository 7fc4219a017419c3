import assert from 'node:assert/strict';
import { DetectionPairing } from '../../../src/media/detection/detection-pairing.ts';
import type { DetectionSet } from '../../../src/media/detection/detections.ts';

const set = (width: number): DetectionSet => ({ width, height: 1, items: [] });
const at = (pts: number, source = 'a', epoch = 0) => ({ source, epoch, pts });

describe('detection pairing', () => {
  it('leaves a frame open until its set has come', () => {
    const pairing = new DetectionPairing();
    assert.equal(pairing.match(at(10)), undefined);
    pairing.add(at(10), set(1));
    assert.equal(pairing.waiting, 1);
    assert.deepEqual(pairing.match(at(10)), set(1));
    assert.equal(pairing.waiting, 0);
  });

  it('settles a frame without a set by a later set, by a gap beyond it, and by the end', () => {
    const pairing = new DetectionPairing();
    pairing.add(at(20), set(2));
    assert.equal(pairing.match(at(10)), 'none');
    assert.deepEqual(pairing.match(at(20)), set(2));
    pairing.settle('a', 0, 30);
    assert.equal(pairing.match(at(30)), undefined, 'a gap up to 30 says nothing of 30');
    pairing.settle('a', 0, 31);
    assert.equal(pairing.match(at(30)), 'none');
    pairing.end();
    assert.equal(pairing.match(at(40)), 'none');
    assert.equal(new DetectionPairing().match(at(0)), undefined);
  });

  it('forgets sets whose frames were lost, and remembers the last', () => {
    const pairing = new DetectionPairing();
    for (const pts of [0, 10, 20]) pairing.add(at(pts), set(pts + 1));
    assert.deepEqual(pairing.match(at(20)), set(21));
    assert.equal(pairing.waiting, 0);
    for (const pts of [30, 40]) pairing.add(at(pts), set(pts + 1));
    pairing.pass(at(40));
    assert.equal(pairing.waiting, 1);
    assert.deepEqual(pairing.lastOf('a'), set(31));
  });

  it('puts a later epoch behind an earlier one, whatever its times', () => {
    const pairing = new DetectionPairing();
    pairing.add(at(1000), set(1));
    pairing.add(at(0, 'a', 1), set(2));
    assert.deepEqual(pairing.match(at(1000)), set(1));
    assert.equal(pairing.match(at(2000)), 'none');
    assert.deepEqual(pairing.match(at(0, 'a', 1)), set(2));
    assert.equal(pairing.match(at(10, 'a', 1)), undefined);
  });

  it('keeps sources apart', () => {
    const pairing = new DetectionPairing();
    pairing.add(at(0, 'a'), set(1));
    assert.deepEqual(pairing.match(at(0, 'a')), set(1));
    assert.equal(pairing.match(at(0, 'b')), undefined);
    pairing.settle('a', 0, 1e9);
    assert.equal(pairing.match(at(0, 'b')), undefined);
    pairing.add(at(0, 'b'), set(2));
    assert.deepEqual(pairing.match(at(0, 'b')), set(2));
  });

  it('takes detections under a name of their own for the frames that have none', () => {
    const pairing = new DetectionPairing();
    pairing.add(at(0, 'boxes'), set(1));
    assert.deepEqual(pairing.match(at(0, 'camera')), set(1));
    assert.equal(pairing.match(at(10, 'camera')), undefined);
    pairing.settle('boxes', 0, 11);
    assert.equal(pairing.match(at(10, 'camera')), 'none');
  });
});
