import assert from 'node:assert/strict';
import { CROSSING_CAPACITY, Crossing } from '../../../src/core/thread/crossing.ts';
import { CapsWire } from '../../../src/core/thread/wire-caps.ts';
import { settled } from '../../../src/testing/settled.ts';
import { makeBuffer } from '../../support/make-buffer.ts';

describe('crossing', () => {
  it('never has more buffers on their way than its capacity, and keeps events in their place among those that wait', async () => {
    const sent: string[] = [];
    const crossing = new Crossing(
      new CapsWire(1),
      (item) => sent.push(item.type),
      (error) => assert.fail(String(error)),
    );
    const answers: string[] = [];
    for (let index = 0; index < CROSSING_CAPACITY + 3; index++) {
      const flow = crossing.push(makeBuffer(index));
      if (flow instanceof Promise) void flow.then((answer) => answers.push(answer));
      if (index === CROSSING_CAPACITY) crossing.pushEvent({ type: 'gap', pts: index, duration: 1, source: 'test', epoch: 0 });
    }
    const buffers = new Array<string>(CROSSING_CAPACITY).fill('buffer');
    assert.deepEqual([sent, crossing.level, crossing.isFull], [buffers, CROSSING_CAPACITY, true]);
    const more: string[] = [];
    for (const next of [['buffer', 'gap'], ['buffer'], ['buffer']]) {
      crossing.taken('ok');
      more.push(...next);
      assert.deepEqual([sent.slice(CROSSING_CAPACITY), crossing.level], [more, CROSSING_CAPACITY]);
    }
    crossing.taken('ok');
    await settled(1);
    assert.deepEqual([crossing.isFull, answers], [false, ['ok', 'ok', 'ok']]);
    assert.notEqual(crossing.busy, undefined);
    for (let left = CROSSING_CAPACITY - 1; left > 0; left--) crossing.taken('ok');
    assert.equal(crossing.busy, undefined);
  });
});
