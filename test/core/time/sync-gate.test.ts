import assert from 'node:assert/strict';
import { SyncGate } from '../../../src/core/time/sync-gate.ts';
import { Timeline } from '../../../src/core/time/timeline.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { makeBuffer } from '../../support/make-buffer.ts';

function makeGate() {
  const clock = new ManualClock(5000);
  const timeline = new Timeline(clock);
  timeline.begin();
  const abortion = new AbortController();
  const options = { maxLatenessMs: null, processingDeadlineMs: 0, offsetMs: 0 };
  return { clock, abortion, gate: new SyncGate('sink', options, timeline, abortion.signal) };
}

describe('sync gate', () => {
  it('maps times by the segment of their source, else by that of all', () => {
    const { gate } = makeGate();
    const jitterOf = (source: string): number => {
      void gate.pass(makeBuffer(1000, { source }));
      return gate.jitter;
    };
    assert.equal(jitterOf('a'), -1000);
    gate.segment({ type: 'segment', start: 1000, base: 0 });
    assert.equal(jitterOf('a'), 0);
    gate.segment({ type: 'segment', source: 'a', start: 900, base: 30 });
    assert.deepEqual([jitterOf('a'), jitterOf('b')], [-130, 0]);
  });

  it('says whether anybody waits, until the time has come or nothing is worth waiting for', async () => {
    const { clock, gate, abortion } = makeGate();
    const first = gate.pass(makeBuffer(1000));
    assert.equal(gate.isWaiting, true);
    clock.advanceBy(1000);
    assert.deepEqual([await first, gate.isWaiting], ['now', false]);
    assert.deepEqual([gate.pass(makeBuffer(1000)), gate.isWaiting], ['now', false]);
    const second = gate.pass(makeBuffer(9000));
    abortion.abort();
    assert.deepEqual([await second, gate.isWaiting], ['flushing', false]);
  });
});
