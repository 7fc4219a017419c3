import assert from 'node:assert/strict';
import { Statistics } from '../../../src/core/counts/statistics.ts';
import { CROSSING_CAPACITY, Crossing } from '../../../src/core/thread/crossing.ts';
import { LastingCrossing } from '../../../src/core/thread/lasting-crossing.ts';
import { LostCounts } from '../../../src/core/thread/lost-counts.ts';
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

describe('a crossing that outlives its thread', () => {
  function lasting() {
    const sent: unknown[] = [];
    const send = (item: { readonly type: string; readonly pts?: number; readonly discont?: boolean }): void =>
      void sent.push(item.type === 'buffer' ? `${item.pts}${item.discont === true ? ' marked' : ''}` : item.type);
    const failed = (error: unknown): void => assert.fail(String(error));
    const crossing = new LastingCrossing(new CapsWire(1), { send, failed, turnedAway: (buffer) => buffer.release() });
    const anew = (): unknown[] => {
      crossing.attach(new CapsWire(1), send);
      crossing.resume();
      return sent.splice(0);
    };
    return { crossing, anew, said: () => sent.splice(0) };
  }

  it('marks what comes after something that was lost, and nothing where nothing was', () => {
    for (const isLost of [true, false]) {
      const { crossing, anew, said } = lasting();
      if (isLost) void crossing.push(makeBuffer(1));
      crossing.suspend();
      said();
      anew();
      for (const pts of [2, 3]) void crossing.push(makeBuffer(pts));
      assert.deepEqual(said(), [isLost ? '2 marked' : '2', '3']);
    }
  });

  it('tells the next thread what the one before knew, and then gives it what waited', () => {
    const { crossing, anew, said } = lasting();
    crossing.pushEvent({ type: 'stream-start', source: 'a', epoch: 0 });
    void crossing.push(makeBuffer(1));
    crossing.suspend();
    said();
    void crossing.push(makeBuffer(2));
    crossing.pushEvent({ type: 'eos' });
    assert.deepEqual([said(), crossing.isFull], [[], true]);
    assert.deepEqual(anew(), ['stream-start', '2 marked', 'eos']);
    crossing.suspend();
    assert.deepEqual(anew(), ['stream-start', 'eos'], 'the end, too, has passed');
  });
});

describe('what was counted in threads that have died', () => {
  it('is counted with what the next one counts, cause by cause, whatever had gone in but was not told of as lost', () => {
    const lost = new LostCounts();
    const told: [string, number][] = [];
    const statistics = new Statistics();
    Object.assign(statistics, { received: 5, handled: 2 });
    statistics.drop('late', 1);
    const losses = { dropped: (cause: string, count: number) => told.push([cause, count]) };
    const element = { name: 'one', definition: { name: 'one' }, sinkPads: new Map(), statistics, losses } as never;
    const summary = { name: 'one', received: 5, handled: 2, produced: 2, inFlight: 2, dropped: { late: 1 } } as never;
    Object.assign(element, { reported: summary });
    lost.close(element, 7);
    assert.deepEqual(told, [['crashed', 4]]);
    assert.deepEqual([statistics.received, statistics.inFlight], [7, 0]);
    const next = { name: 'one', received: 3, handled: 1, produced: 1, inFlight: 0, dropped: { late: 1, crashed: 1 } } as never;
    const { received, handled, dropped } = lost.with(next);
    assert.deepEqual([received, handled, dropped], [10, 3, { late: 2, crashed: 5 }]);
    lost.forget('one');
    assert.equal(lost.with(next), next);
  });
});
