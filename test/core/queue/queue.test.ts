import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Queue } from '../../../src/core/queue/queue.ts';
import { flawOf, type QueueOptions, queueOptions } from '../../../src/core/queue/queue-options.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import type { SegmentEvent, StreamEvent } from '../../../src/core/stream/event.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { makeBuffer } from '../../support/make-buffer.ts';

const caps: StreamEvent = { type: 'caps', caps: { media: 'test', fields: {} } };
const gap = (pts: number, duration = 1, epoch = 0): StreamEvent => ({ type: 'gap', pts, duration, source: 'test', epoch });

function makeQueue(options: Partial<QueueOptions>) {
  const clock = new ManualClock();
  const dropped: { pts: number; cause: string }[] = [];
  const counts = { ready: 0, overruns: 0, underruns: 0 };
  const queue = new Queue(queueOptions.parse(options), clock, {
    ready: () => counts.ready++,
    dropped: (buffer, cause) => {
      dropped.push({ pts: buffer.pts, cause });
      buffer.release();
    },
    overrun: () => counts.overruns++,
    underrun: () => counts.underruns++,
  });
  const takeAll = (): (number | string)[] => {
    const items: (number | string)[] = [];
    while (queue.peek() !== undefined) {
      const item = queue.take()!;
      items.push(item instanceof StreamBuffer ? item.pts : item.type);
      if (item instanceof StreamBuffer) item.release();
    }
    return items;
  };
  return { queue, clock, dropped, counts, takeAll };
}

describe('queue', () => {
  describe('limits', () => {
    it('takes one of three limits at least', () => {
      assert.throws(() => makeQueue({ maxBuffers: 0 }), /needs a limit: maxBuffers, maxBytes and maxTimeMs cannot all be 0/);
      assert.doesNotThrow(() => makeQueue({ maxBuffers: 0, maxTimeMs: 5 }));
    });

    it('is full at its number of buffers', () => {
      const { queue } = makeQueue({ maxBuffers: 2 });
      assert.equal(queue.push(makeBuffer(0)), 'ok');
      assert.equal(queue.push(makeBuffer(1)), 'ok');
      assert.ok(queue.push(makeBuffer(2)) instanceof Promise);
      assert.equal(queue.level, 2);
      assert.equal(queue.blocked, 1);
    });

    it('is full at its number of bytes', () => {
      const { queue } = makeQueue({ maxBuffers: 0, maxBytes: 100 });
      assert.equal(queue.push(makeBuffer(0, { bytes: 60 })), 'ok');
      assert.equal(queue.push(makeBuffer(1, { bytes: 40 })), 'ok');
      assert.ok(queue.push(makeBuffer(2, { bytes: 1 })) instanceof Promise);
      assert.equal(queue.levelBytes, 100);
    });

    it('is full at its span of stream time', () => {
      const { queue } = makeQueue({ maxBuffers: 0, maxTimeMs: 100 });
      assert.equal(queue.push(makeBuffer(0)), 'ok');
      assert.equal(queue.push(makeBuffer(100_000)), 'ok');
      assert.ok(queue.push(makeBuffer(100_001)) instanceof Promise);
      assert.equal(queue.levelTime, 100_000);
    });

    it('keeps the times of what is inside when it grows', () => {
      const { queue } = makeQueue({ maxBuffers: 0, maxTimeMs: 100 });
      for (let index = 0; index < 40; index++) queue.push(makeBuffer(index * 1000));
      assert.equal(queue.levelTime, 39_000);
      for (let left = 5; left > 0; left--) (queue.take() as StreamBuffer).release();
      assert.equal(queue.levelTime, 34_000);
    });

    it('goes by the order of arrival where a new epoch begins at an earlier time', () => {
      const { queue } = makeQueue({ maxBuffers: 0, maxTimeMs: 100 });
      queue.push(makeBuffer(5_000_000));
      queue.push(makeBuffer(0, { epoch: 1 }));
      assert.equal(queue.push(makeBuffer(40_000, { epoch: 1 })), 'ok');
      queue.take();
      assert.equal(queue.levelTime, 40_000);
      assert.equal(queue.push(makeBuffer(80_000, { epoch: 1 })), 'ok');
    });

    it('is full at its span of stream time though times begin anew, from the end of the epoch before', () => {
      const { queue, takeAll } = makeQueue({ maxBuffers: 0, maxTimeMs: 100 });
      for (const pts of [5_000_000, 5_030_000]) queue.push(makeBuffer(pts, { duration: 30_000 }));
      assert.equal(queue.push(makeBuffer(0, { epoch: 1 })), 'ok');
      assert.equal(queue.levelTime, 60_000);
      assert.equal(queue.push(makeBuffer(40_000, { epoch: 1 })), 'ok');
      assert.ok(queue.push(makeBuffer(40_001, { epoch: 1 })) instanceof Promise);
      assert.deepEqual(takeAll(), [5_000_000, 5_030_000, 0, 40_000, 40_001]);
      assert.equal(queue.levelTime, 0);
    });

    it('does not compare the times of different sources', () => {
      const { queue } = makeQueue({ maxBuffers: 0, maxTimeMs: 50 });
      for (const pts of [0, 25_000, 50_000]) {
        assert.equal(queue.push(makeBuffer(9_000_000 + pts, { source: 'one' })), 'ok');
        assert.equal(queue.push(makeBuffer(pts, { source: 'two' })), 'ok');
      }
      assert.equal(queue.levelTime, 50_000);
      assert.ok(queue.push(makeBuffer(50_001, { source: 'two' })) instanceof Promise);
    });

    it('is bounded by time however often times begin anew, and whatever sources take turns', () => {
      const push = fc.record({ source: fc.constantFrom('a', 'b', 'c'), span: fc.nat(30), isNew: fc.boolean(), takes: fc.nat(2) });
      fc.assert(
        fc.property(fc.array(push, { maxLength: 80 }), (pushes) => {
          const { queue } = makeQueue({ maxBuffers: 0, maxTimeMs: 100, onFull: 'dropOldest' });
          const lasts = new Map<string, { pts: number; epoch: number; time: number }>();
          const inside: { source: string; time: number }[] = [];
          for (const { source, span, isNew, takes } of pushes) {
            const last = lasts.get(source) ?? { pts: 0, epoch: 0, time: 0 };
            // A duration of 20 ms, which is all the time that passes where an epoch begins anew.
            const next =
              isNew && last.pts > 0
                ? { pts: 0, epoch: last.epoch + 1, time: last.time + 20 }
                : { pts: last.pts + span, epoch: last.epoch, time: last.time + span };
            lasts.set(source, next);
            queue.push(makeBuffer(next.pts * 1000, { source, epoch: next.epoch, duration: 20_000 }));
            inside.push({ source, time: next.time });
            inside.splice(0, inside.length - queue.level);
            for (let left = takes; left > 0 && queue.level > 1; left--) {
              queue.take();
              inside.shift();
            }
            for (const one of lasts.keys()) {
              const times = inside.flatMap((item) => (item.source === one ? item.time : []));
              assert.ok(times.length === 0 || times.at(-1)! - times[0]! <= 100, 'no source has more inside');
            }
            assert.ok(queue.levelTime <= 100_000);
          }
        }),
        { seed: 20262, numRuns: 300 },
      );
    });

    it('holds no time of a source of which nothing is inside any more', () => {
      const { queue } = makeQueue({ maxBuffers: 0, maxTimeMs: 1 });
      void queue.push(makeBuffer(0, { source: 'a' }));
      (queue.take() as StreamBuffer).release();
      void queue.push(makeBuffer(0, { source: 'b' }));
      assert.equal(queue.push(makeBuffer(5000, { source: 'a' })), 'ok');
      assert.equal(queue.levelTime, 0);
    });

    it('tells how full it is by the limit that is nearest', () => {
      const { queue } = makeQueue({ maxBuffers: 10, maxBytes: 100, maxTimeMs: 10 });
      assert.equal(queue.fill, 0);
      void queue.push(makeBuffer(0, { bytes: 60 }));
      assert.equal(queue.fill, 0.6);
      void queue.push(makeBuffer(7000, { bytes: 5 }));
      assert.equal(queue.fill, 0.7);
      for (let index = 2; index < 8; index++) void queue.push(makeBuffer(7000, { bytes: 1 }));
      assert.equal(queue.fill, 0.8);
    });

    it('lets in one buffer that is larger than the limit', () => {
      const { queue } = makeQueue({ maxBuffers: 0, maxBytes: 10 });
      assert.equal(queue.push(makeBuffer(0, { bytes: 1000 })), 'ok');
      assert.ok(queue.push(makeBuffer(1, { bytes: 1 })) instanceof Promise);
    });

    it('does not count events', () => {
      const { queue } = makeQueue({ maxBuffers: 1 });
      for (let index = 0; index < 40; index++) queue.pushEvent(caps);
      assert.equal(queue.level, 0);
      assert.equal(queue.push(makeBuffer(0)), 'ok');
    });

    it('remembers how full it has been', () => {
      const { queue, takeAll } = makeQueue({ maxBuffers: 5 });
      for (const pts of [0, 1, 2]) queue.push(makeBuffer(pts));
      takeAll();
      queue.push(makeBuffer(3));
      assert.equal(queue.highWater, 3);
    });
  });

  describe('onFull: block', () => {
    it('lets blocked pushes in in their order, as room appears', async () => {
      const { queue, takeAll } = makeQueue({ maxBuffers: 1 });
      queue.push(makeBuffer(0));
      const answers: number[] = [];
      for (const pts of [1, 2, 3]) void Promise.resolve(queue.push(makeBuffer(pts))).then(() => answers.push(pts));
      await Promise.resolve();
      assert.deepEqual(answers, []);
      assert.equal((queue.take() as StreamBuffer).pts, 0);
      assert.equal(queue.level, 1);
      assert.equal(queue.blocked, 2);
      assert.deepEqual(takeAll(), [1, 2, 3]);
      await new Promise(setImmediate);
      assert.deepEqual(answers, [1, 2, 3]);
    });

    it('keeps an event behind the pushes that wait, and itself within its limit', () => {
      const { queue, takeAll } = makeQueue({ maxBuffers: 2 });
      for (const pts of [0, 1, 2, 3]) queue.push(makeBuffer(pts));
      queue.pushEvent({ type: 'eos' });
      assert.equal(queue.level, 2);
      assert.deepEqual(takeAll(), [0, 1, 2, 3, 'eos']);
      assert.equal(queue.highWater, 2);
    });

    it('says that there is something to take when a blocked push comes in', () => {
      const { queue, counts } = makeQueue({ maxBuffers: 1 });
      queue.push(makeBuffer(0));
      queue.push(makeBuffer(1));
      const before = counts.ready;
      queue.take();
      assert.equal(counts.ready, before + 1);
    });
  });

  describe('onFull: dropOldest', () => {
    it('drops the oldest buffer when full', () => {
      const { queue, dropped, takeAll, counts } = makeQueue({ maxBuffers: 2, onFull: 'dropOldest' });
      for (const pts of [0, 1, 2, 3]) assert.equal(queue.push(makeBuffer(pts)), 'ok');
      assert.deepEqual(dropped, [
        { pts: 0, cause: 'overflow' },
        { pts: 1, cause: 'overflow' },
      ]);
      assert.equal(counts.overruns, 2);
      assert.deepEqual(takeAll(), [2, 3]);
    });

    it('drops as many as a large one needs', () => {
      const { queue, takeAll } = makeQueue({ maxBuffers: 0, maxBytes: 10, onFull: 'dropOldest' });
      for (const pts of [0, 1, 2]) queue.push(makeBuffer(pts, { bytes: 3 }));
      queue.push(makeBuffer(3, { bytes: 7 }));
      assert.deepEqual(takeAll(), [2, 3]);
    });

    it('keeps the events where they were among the buffers that are left', () => {
      const { queue, takeAll } = makeQueue({ maxBuffers: 2, onFull: 'dropOldest' });
      queue.pushEvent({ type: 'stream-start', source: 'test', epoch: 0 });
      queue.pushEvent(caps);
      queue.push(makeBuffer(0));
      queue.pushEvent({ type: 'segment', start: 0, base: 0 });
      queue.push(makeBuffer(1));
      queue.push(makeBuffer(2));
      assert.deepEqual(takeAll(), ['stream-start', 'caps', 'segment', 1, 2]);
    });

    it('marks the next buffer after a loss, and that one only', () => {
      const { queue } = makeQueue({ maxBuffers: 2, onFull: 'dropOldest' });
      for (const pts of [0, 1, 2]) queue.push(makeBuffer(pts));
      const [first, second] = [queue.take() as StreamBuffer, queue.take() as StreamBuffer];
      assert.deepEqual([first.pts, first.discont, second.pts, second.discont], [1, true, 2, false]);
    });
  });

  describe('onFull: dropNewest', () => {
    it('drops the buffer that finds it full', () => {
      const { queue, dropped, takeAll } = makeQueue({ maxBuffers: 2, onFull: 'dropNewest' });
      for (const pts of [0, 1, 2]) queue.push(makeBuffer(pts));
      assert.deepEqual(dropped, [{ pts: 2, cause: 'overflow' }]);
      assert.deepEqual(takeAll(), [0, 1]);
    });

    it('marks the next buffer that comes after the loss, not those before it', () => {
      const { queue } = makeQueue({ maxBuffers: 1, onFull: 'dropNewest' });
      queue.push(makeBuffer(0));
      queue.push(makeBuffer(1));
      assert.equal((queue.take() as StreamBuffer).discont, false);
      queue.push(makeBuffer(2));
      assert.equal((queue.take() as StreamBuffer).discont, true);
    });
  });

  it('marks nothing of a source that comes again when the one that has lost something has ended', () => {
    for (const onFull of ['dropOldest', 'dropNewest'] as const) {
      const { queue } = makeQueue({ maxBuffers: 1, onFull });
      void queue.push(makeBuffer(0, { source: 'a' }));
      void queue.push(makeBuffer(1, { source: onFull === 'dropNewest' ? 'a' : 'b' }));
      queue.pushEvent({ type: 'source-end', source: 'a', epoch: 0 });
      (queue.take() as StreamBuffer).release();
      assert.equal((queue.take() as StreamEvent).type, 'source-end');
      void queue.push(makeBuffer(2, { source: 'a', epoch: 1 }));
      assert.equal((queue.take() as StreamBuffer).discont, false);
    }
  });

  it('marks the next buffer of the source that has lost one, not of others', () => {
    for (const onFull of ['dropOldest', 'dropNewest'] as const) {
      const { queue } = makeQueue({ maxBuffers: 2, onFull });
      const of = (source: string, pts: number) => makeBuffer(pts, { source });
      // Drops a0, or a1.
      for (const buffer of [of('a', 0), of('b', 0), of('a', 1)]) queue.push(buffer);
      const out: string[] = [];
      const take = (): void => {
        const { source, pts, discont } = queue.take() as StreamBuffer;
        out.push(`${source}${pts}${discont ? '!' : ''}`);
      };
      take();
      queue.push(of('b', 2));
      take();
      queue.push(of('a', 3));
      while (queue.level > 0) take();
      assert.deepEqual(out, onFull === 'dropOldest' ? ['b0', 'a1!', 'b2', 'a3'] : ['a0', 'b0', 'b2', 'a3!']);
    }
  });

  describe('maxAgeMs', () => {
    it('drops what has waited longer when its turn comes, and marks what follows', () => {
      const { queue, clock, dropped } = makeQueue({ maxAgeMs: 10 });
      queue.push(makeBuffer(0));
      clock.advanceBy(5_000);
      queue.push(makeBuffer(1));
      clock.advanceBy(5_001);
      assert.equal(queue.level, 2);
      assert.equal((queue.peek() as StreamBuffer).pts, 1);
      assert.deepEqual(dropped, [{ pts: 0, cause: 'stale' }]);
      assert.equal((queue.take() as StreamBuffer).discont, true);
    });

    it('keeps what has waited just as long', () => {
      const { queue, clock } = makeQueue({ maxAgeMs: 10 });
      queue.push(makeBuffer(0));
      clock.advanceBy(10_000);
      assert.equal((queue.peek() as StreamBuffer).pts, 0);
    });

    it('takes what was shown, even when it has become too old since', () => {
      const { queue, clock } = makeQueue({ maxAgeMs: 10 });
      queue.push(makeBuffer(0));
      queue.pushEvent({ type: 'eos' });
      queue.peek();
      clock.advanceBy(1_000_000);
      assert.equal((queue.take() as StreamBuffer).pts, 0);
    });

    it('makes room for a push that waits', async () => {
      const { queue, clock } = makeQueue({ maxBuffers: 1, maxAgeMs: 10 });
      queue.push(makeBuffer(0));
      const blocked = queue.push(makeBuffer(1));
      clock.advanceBy(10_001);
      assert.equal((queue.peek() as StreamBuffer).pts, 1);
      assert.equal(await blocked, 'ok');
    });
  });

  describe('minimum', () => {
    it('lets nothing go before so many buffers are inside, and then all until it has run dry', () => {
      const { queue, takeAll } = makeQueue({ minBuffers: 3 });
      queue.push(makeBuffer(0));
      queue.push(makeBuffer(1));
      assert.deepEqual(takeAll(), []);
      queue.push(makeBuffer(2));
      assert.deepEqual(takeAll(), [0, 1, 2]);
      queue.push(makeBuffer(3));
      assert.deepEqual(takeAll(), [], 'it fills up again');
      for (const pts of [4, 5]) queue.push(makeBuffer(pts));
      assert.deepEqual(takeAll(), [3, 4, 5]);
    });

    it('does not hold back what comes while it has not run dry', () => {
      const { queue, takeAll } = makeQueue({ minBuffers: 2 });
      for (const pts of [0, 1]) queue.push(makeBuffer(pts));
      queue.peek();
      queue.take();
      queue.push(makeBuffer(2));
      assert.deepEqual(takeAll(), [1, 2]);
    });

    it('holds as many bytes, or as much time, all of what is asked for', () => {
      const { queue, takeAll } = makeQueue({ minBytes: 100, minTimeMs: 20 });
      queue.push(makeBuffer(0, { bytes: 100 }));
      assert.deepEqual(takeAll(), []);
      queue.push(makeBuffer(19_999));
      assert.deepEqual(takeAll(), []);
      queue.push(makeBuffer(20_000));
      assert.deepEqual(takeAll(), [0, 19_999, 20_000]);
    });

    it('lets go what there is at the end of the stream', () => {
      const { queue, takeAll } = makeQueue({ minBuffers: 3 });
      queue.push(makeBuffer(0));
      assert.deepEqual(takeAll(), []);
      queue.pushEvent({ type: 'eos' });
      assert.deepEqual(takeAll(), [0, 'eos']);
    });

    it('lets go when it is full by another limit, rather than wait for what cannot come in', () => {
      const { queue, takeAll } = makeQueue({ minBuffers: 3, maxBytes: 10 });
      queue.push(makeBuffer(0, { bytes: 8 }));
      assert.deepEqual(takeAll(), []);
      queue.push(makeBuffer(1, { bytes: 8 }));
      assert.deepEqual(takeAll(), [0, 1]);
    });

    for (const onFull of ['block', 'dropOldest', 'dropNewest'] as const) {
      it(`lets go when what comes next does not fit, as near to its limit as it can come: ${onFull}`, () => {
        for (const limits of [
          { minBytes: 95, maxBytes: 100, maxBuffers: 0 },
          { minTimeMs: 95, maxTimeMs: 100, maxBuffers: 0 },
        ]) {
          const { queue, takeAll, counts } = makeQueue({ ...limits, onFull });
          for (const at of [0, 1, 2]) queue.push(makeBuffer(at * 40_000, { bytes: 30 }));
          assert.deepEqual(takeAll(), []);
          const before = counts.ready;
          void queue.push(makeBuffer(120_000, { bytes: 30 }));
          assert.ok(counts.ready > before, 'its reader is told');
          assert.equal(takeAll().length, onFull === 'block' ? 4 : 3);
        }
      });
    }

    it('lets events pass that no buffer is before', () => {
      const { queue, takeAll } = makeQueue({ minBuffers: 2 });
      queue.pushEvent(caps);
      queue.push(makeBuffer(0));
      queue.pushEvent(gap(1));
      assert.deepEqual(takeAll(), ['caps']);
    });

    it('is refused where it could never be reached', () => {
      assert.throws(() => makeQueue({ minBuffers: 17 }), /cannot fill up to minBuffers 17: its maxBuffers is 16; lower minBuffers/);
      assert.throws(() => makeQueue({ maxTimeMs: 5, minTimeMs: 6 }), /cannot fill up to minTimeMs 6: its maxTimeMs is 5/);
      assert.throws(() => makeQueue({ maxAgeMs: 5, minTimeMs: 6 }), /what waits longer than maxAgeMs 5 is dropped/);
    });
  });

  describe('levels', () => {
    it('can be read at any time, in buffers, bytes and time', () => {
      const { queue, clock } = makeQueue({ maxBuffers: 4, maxBytes: 100, maxTimeMs: 50 });
      assert.equal(queue.fill, 0);
      queue.push(makeBuffer(0, { bytes: 30 }));
      clock.advanceBy(1_000);
      queue.push(makeBuffer(40_000, { bytes: 30 }));
      clock.advanceBy(2_000);
      assert.equal(queue.fill, 0.8, 'of the limit that is nearest, which is time');
      assert.equal(queue.oldestAge, 3_000);
      const { waiting, ...levels } = queue.summary('sink');
      assert.deepEqual(levels, {
        pad: 'sink',
        buffers: 2,
        bytes: 60,
        time: 40_000,
        highWater: 2,
        highWaterBytes: 60,
        maxBuffers: 4,
        maxBytes: 100,
        maxTime: 50_000,
        overruns: 0,
        underruns: 0,
      });
      assert.equal(waiting.count, 0);
    });

    it('tell how long buffers waited that were taken', () => {
      const { queue, clock, takeAll } = makeQueue({});
      queue.push(makeBuffer(0));
      clock.advanceBy(10);
      queue.push(makeBuffer(1));
      clock.advanceBy(5);
      takeAll();
      const { count, mean, max } = queue.summary('sink').waiting;
      assert.deepEqual([count, mean, max], [2, 10, 15]);
    });

    it('tell of running dry once for each time, not of being empty before the first buffer or after the last', () => {
      const { queue, takeAll, counts } = makeQueue({});
      takeAll();
      assert.equal(counts.underruns, 0);
      queue.push(makeBuffer(0));
      takeAll();
      takeAll();
      assert.equal(counts.underruns, 1);
      queue.push(makeBuffer(1));
      queue.pushEvent({ type: 'eos' });
      takeAll();
      assert.deepEqual([counts.underruns, queue.underruns], [1, 1]);
    });
  });

  describe('change', () => {
    it('drops by the new policy for a push that waits already', async () => {
      const { queue, dropped, takeAll } = makeQueue({ maxBuffers: 2 });
      for (const pts of [0, 1]) queue.push(makeBuffer(pts));
      const waiting = [2, 3].map((pts) => queue.push(makeBuffer(pts)));
      queue.change(queueOptions.parse({ maxBuffers: 2, onFull: 'dropOldest' }));
      assert.deepEqual(await Promise.all(waiting), ['ok', 'ok']);
      assert.deepEqual(
        dropped.map(({ pts }) => pts),
        [0, 1],
      );
      assert.deepEqual(takeAll(), [2, 3]);
    });

    it('drops those that wait where the newest are to go', async () => {
      const { queue, dropped, takeAll } = makeQueue({ maxBuffers: 1 });
      queue.push(makeBuffer(0));
      const waiting = queue.push(makeBuffer(1));
      queue.pushEvent({ type: 'eos' });
      queue.change(queueOptions.parse({ maxBuffers: 1, onFull: 'dropNewest' }));
      assert.equal(await waiting, 'ok');
      assert.deepEqual(dropped, [{ pts: 1, cause: 'overflow' }]);
      assert.deepEqual(takeAll(), [0, 'eos']);
    });

    it('lets in who waits when there is more room', async () => {
      const { queue } = makeQueue({ maxBuffers: 1 });
      queue.push(makeBuffer(0));
      const waiting = queue.push(makeBuffer(1));
      queue.change(queueOptions.parse({ maxBuffers: 2 }));
      assert.equal(await waiting, 'ok');
      assert.equal(queue.level, 2);
    });

    it('lets go what it was filling up with when it is to fill up no more, and says so', () => {
      const { queue, counts, takeAll } = makeQueue({ minBuffers: 3 });
      void queue.push(makeBuffer(0));
      assert.deepEqual([takeAll(), counts.ready], [[], 1]);
      queue.change(queueOptions.parse({}));
      assert.deepEqual([counts.ready, takeAll()], [2, [0]]);
    });

    it('throws nothing away that is inside already', () => {
      const { queue, dropped, takeAll } = makeQueue({ maxBuffers: 3 });
      for (const pts of [0, 1, 2]) queue.push(makeBuffer(pts));
      queue.change(queueOptions.parse({ maxBuffers: 1 }));
      assert.deepEqual([queue.level, dropped], [3, []]);
      assert.deepEqual(takeAll(), [0, 1, 2]);
    });

    it('refuses limits that are none', () => {
      const { queue } = makeQueue({});
      assert.throws(() => queue.change(queueOptions.parse({ maxBuffers: 0 })), RangeError);
      assert.equal(queue.options.maxBuffers, 16);
    });
  });

  describe('a buffer in two queues', () => {
    it('has an age of its own in each, also where the other takes no time', () => {
      const [one, other] = [makeQueue({ maxAgeMs: 50 }), makeQueue({})];
      for (let count = 0; count < 5000; count++) {
        other.queue.push(makeBuffer(count));
        other.queue.take();
      }
      for (const pts of [0, 1, 2]) {
        const buffer = makeBuffer(pts);
        one.queue.push(buffer);
        other.queue.push(buffer.retain());
      }
      one.clock.advanceBy(50_000);
      assert.deepEqual([one.takeAll(), one.dropped], [[0, 1, 2], []]);
      assert.equal(one.queue.waited.summary.max, 50_000);
    });
  });

  describe('gaps', () => {
    it('keeps silence of any length in one event', () => {
      const { queue } = makeQueue({ maxBuffers: 1 });
      for (let pts = 0; pts < 1000; pts++) queue.pushEvent(gap(pts));
      assert.deepEqual(queue.take(), { type: 'gap', pts: 0, duration: 1000, source: 'test', epoch: 0 });
      assert.equal(queue.take(), undefined);
    });

    it('keeps the gaps of another epoch apart', () => {
      const { queue, takeAll } = makeQueue({ maxBuffers: 1 });
      queue.pushEvent(gap(0));
      queue.pushEvent(gap(1, 1, 1));
      assert.deepEqual(takeAll(), ['gap', 'gap']);
    });

    it('does not grow when buffers between gaps are dropped', () => {
      const { queue, takeAll } = makeQueue({ maxBuffers: 2, onFull: 'dropOldest' });
      queue.pushEvent(caps);
      for (let pts = 0; pts < 100; pts++) {
        queue.push(makeBuffer(2 * pts));
        queue.pushEvent(gap(2 * pts + 1));
      }
      assert.deepEqual(takeAll(), ['caps', 'gap', 196, 'gap', 198, 'gap']);
    });
  });

  describe('close', () => {
    it('drops what is inside and answers every push, waiting or to come', async () => {
      const { queue, dropped } = makeQueue({ maxBuffers: 1 });
      queue.push(makeBuffer(0));
      const blocked = queue.push(makeBuffer(1));
      queue.pushEvent({ type: 'eos' });
      queue.close('flushing');
      assert.equal(await blocked, 'flushing');
      assert.equal(queue.push(makeBuffer(2)), 'flushing');
      assert.deepEqual(
        dropped.map(({ pts, cause }) => `${pts} ${cause}`),
        ['0 flushing', '1 flushing', '2 flushing'],
      );
      assert.deepEqual([queue.level, queue.levelBytes, queue.blocked, queue.take()], [0, 0, 0, undefined]);
    });

    it('lets events pass when its reader has had enough, so that the end still comes', () => {
      const { queue, takeAll } = makeQueue({ maxBuffers: 1 });
      queue.pushEvent(caps);
      queue.push(makeBuffer(0));
      queue.push(makeBuffer(1));
      queue.pushEvent({ type: 'segment', start: 0, base: 0 });
      queue.close('eos');
      assert.equal(queue.push(makeBuffer(2)), 'eos');
      queue.pushEvent({ type: 'eos' });
      assert.deepEqual(takeAll(), ['caps', 'segment', 'eos']);
    });

    it('keeps its first reason', () => {
      const { queue } = makeQueue({});
      queue.close('error');
      queue.close('flushing');
      assert.equal(queue.push(makeBuffer(0)), 'error');
    });
  });

  describe('laws', () => {
    const onFull = fc.constantFrom('block' as const, 'dropOldest' as const, 'dropNewest' as const);
    type Step =
      | { kind: 'push'; bytes: number; span: number }
      | { kind: 'event' | 'take' | 'close' }
      | { kind: 'wait'; ms: number }
      | { kind: 'change'; onFull: QueueOptions['onFull'] };
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 60, arbitrary: fc.record({ kind: fc.constant('push' as const), bytes: fc.nat(40), span: fc.nat(30) }) },
      { weight: 40, arbitrary: fc.constant({ kind: 'take' as const }) },
      { weight: 20, arbitrary: fc.constant({ kind: 'event' as const }) },
      { weight: 10, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(20) }) },
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('change' as const), onFull }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'close' as const }) },
    );
    const options = fc
      .record({
        maxBuffers: fc.nat(4),
        maxBytes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100 })),
        maxTimeMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 })),
        maxAgeMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30 })),
        minBuffers: fc.oneof(fc.constant(0), fc.nat(4)),
        minBytes: fc.oneof(fc.constant(0), fc.nat(80)),
        minTimeMs: fc.oneof(fc.constant(0), fc.nat(40)),
        onFull,
      })
      .filter((options) => flawOf(options) === undefined);

    it('loses nothing uncounted, keeps the order and its limits, and never blocks a push that has room', async () => {
      await fc.assert(
        fc.asyncProperty(options, fc.array(step, { maxLength: 60 }), async (chosen, steps) => {
          const { queue, clock, dropped } = makeQueue(chosen);
          const arena = Arena.create({ maximumBytes: 2 ** 24 });
          let policy = chosen.onFull;
          let [pushed, events, pts, closed, answered] = [0, 0, 0, false, 0];
          const taken: { readonly event?: number; readonly buffer?: number }[] = [];
          // How many buffers had been pushed before each event.
          const places: number[] = [];
          const take = (): boolean => {
            if (queue.peek() === undefined) return false;
            const item = queue.take()!;
            taken.push(item instanceof StreamBuffer ? { buffer: item.sequence } : { event: (item as SegmentEvent).start });
            if (item instanceof StreamBuffer) item.release();
            return true;
          };
          for (const one of steps) {
            if (one.kind === 'push') {
              pts += one.span * 1000;
              const buffer = makeBuffer(pts, { bytes: one.bytes, sequence: pushed++, slabs: [arena.allocate(64)] });
              void Promise.resolve(queue.push(buffer)).then(() => answered++);
            } else if (one.kind === 'event') {
              places.push(pushed);
              queue.pushEvent({ type: 'segment', start: events++, base: 0 });
            } else if (one.kind === 'wait') clock.advanceBy(one.ms * 1000);
            else if (one.kind === 'take') take();
            else if (one.kind === 'change') {
              policy = one.onFull;
              queue.change({ ...chosen, onFull: policy });
            } else {
              queue.close('flushing');
              closed = true;
            }
            const out = taken.filter(({ buffer }) => buffer !== undefined).length;
            assert.equal(pushed, out + dropped.length + queue.level + queue.blocked, 'in = out + dropped + inside + waiting');
            assert.ok(chosen.maxBuffers === 0 || queue.level <= chosen.maxBuffers, 'within the limit of buffers');
            assert.ok(chosen.maxBytes === 0 || queue.level <= 1 || queue.levelBytes <= chosen.maxBytes, 'within the limit of bytes');
            assert.ok(chosen.maxTimeMs === 0 || queue.levelTime <= chosen.maxTimeMs * 1000, 'within the limit of time');
            assert.ok(queue.blocked === 0 || (queue.level > 0 && policy === 'block'), 'only a full, blocking queue blocks');
            assert.equal(arena.statistics.slabsInUse, queue.level + queue.blocked, 'dropped buffers are let go');
          }
          if (!closed) {
            places.push(pushed);
            queue.pushEvent({ type: 'eos' });
          }
          while (take()) {}
          assert.equal(queue.level, 0, 'nothing is left at the end');
          await new Promise(setImmediate);
          assert.equal(answered, pushed, 'every push is answered');
          for (const [at, { event, buffer }] of taken.entries()) {
            if (buffer !== undefined) assert.ok(taken.slice(at + 1).every((later) => (later.buffer ?? Number.POSITIVE_INFINITY) > buffer));
            if (event === undefined) continue;
            for (const [other, { buffer: sequence }] of taken.entries())
              if (sequence !== undefined) assert.equal(other < at, sequence < places[event]!, 'an event keeps its place');
          }
          const seenEvents = taken.flatMap(({ event }) => event ?? []);
          const all = Array.from({ length: events }, (_, index) => index);
          assert.deepEqual(seenEvents, closed ? all.slice(0, seenEvents.length) : all, 'events in order, none lost');
          assert.equal(arena.statistics.slabsInUse, 0);
        }),
        { numRuns: 2000 },
      );
    });
  });
});
