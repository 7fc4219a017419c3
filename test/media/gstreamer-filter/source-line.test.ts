// What a source's line says of its buffers, against the buffers themselves. A fake stands for the process between its ends.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { caps } from '../../../src/core/caps/caps.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import type { GapEvent } from '../../../src/core/stream/event.ts';
import type { LineOutput } from '../../../src/media/gstreamer-filter/filter-line.ts';
import { launchCaps } from '../../../src/media/gstreamer-filter/launch-caps.ts';
import { type LineEnds, SourceLine } from '../../../src/media/gstreamer-filter/source-line.ts';
import { MediaError } from '../../../src/media/media-error.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { settled } from '../../../src/testing/settled.ts';

const [sound] = caps('audio/raw', { format: 'S16', rate: 8000, channels: 1 });
const BYTES = 160;

/** A line that gives what it is told to give. */
class FakeLine implements LineEnds {
  private readonly coming: (LineOutput | Error | undefined)[] = [];
  private waiting: ((next: LineOutput | undefined) => void) | undefined;
  private failing: ((error: Error) => void) | undefined;
  isEnded = false;
  isStopped = false;
  takes = true;

  give(one: LineOutput | Error | undefined): void {
    if (this.waiting === undefined) this.coming.push(one);
    else if (one instanceof Error) this.failing!(one);
    else this.waiting(one);
    this.waiting = undefined;
  }

  output(pts: number): void {
    this.give({ pts, duration: undefined, corrupt: false, bytes: BYTES, caps: launchCaps(sound) });
  }

  async write(): Promise<boolean> {
    return this.takes;
  }

  next(): Promise<LineOutput | undefined> {
    if (this.coming.length === 0)
      return new Promise((resolve, reject) => {
        this.waiting = resolve;
        this.failing = reject;
      });
    const one = this.coming.shift();
    return one instanceof Error ? Promise.reject(one) : Promise.resolve(one);
  }

  async read(): Promise<boolean> {
    return true;
  }

  end(): void {
    this.isEnded = true;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.give(undefined);
  }
}

function atWork() {
  const arena = Arena.create({ maximumBytes: 2 ** 22 });
  const clock = new ManualClock(0);
  const fake = new FakeLine();
  const sent: (StreamBuffer | GapEvent)[] = [];
  const dropped: Record<string, number> = {};
  let handled = 0;
  const drop = (cause: string, count = 1): void => {
    dropped[cause] = (dropped[cause] ?? 0) + count;
  };
  const line = new SourceLine(fake, 0, {
    context: { arena, clock, finished: () => handled++, discarded: drop, dropped: drop },
    slab: (bytes) => arena.allocate(bytes),
    send: async (output) => {
      if ('buffer' in output) output.buffer.release();
      sent.push('buffer' in output ? output.buffer : output);
    },
  });
  const write = async (pts: number): Promise<void> => {
    const slab = arena.allocate(BYTES);
    const buffer = new StreamBuffer({ caps: sound, pts, duration: 10, slabs: [slab], bytes: BYTES, source: 'it', sequence: pts / 10 });
    try {
      await line.write(buffer);
    } finally {
      buffer.release();
    }
  };
  const shown = () => sent.map((one) => ('type' in one ? `gap ${one.pts}` : one.pts));
  const assertReturned = (): void => assert.equal(arena.statistics.slabsInUse, 0);
  return { line, fake, clock, write, shown, sent, dropped, assertReturned, counts: () => ({ handled, ...dropped }) };
}

describe('line of a source', () => {
  it('gives what comes out the time and the place of what went in, from the first time on', async () => {
    const { write, fake, shown, sent, line, counts, assertReturned } = atWork();
    for (const pts of [1000, 1010, 1020]) await write(pts);
    for (const pts of [0, 10, 20]) fake.output(pts);
    await settled();
    assert.deepEqual(shown(), [1000, 1010, 1020]);
    assert.deepEqual(
      sent.map((one) => (one as StreamBuffer).sequence),
      [100, 101, 102],
    );
    await line.stop('flushing');
    assert.deepEqual(counts(), { handled: 3 });
    assertReturned();
  });

  it('has a gap stand for what never comes, and keeps gaps that come in their place', async () => {
    const { write, fake, shown, line, counts } = atWork();
    await write(0);
    await write(10);
    await line.gap({ type: 'gap', pts: 20, duration: 10, source: 'it', epoch: 0 });
    await write(30);
    fake.output(0);
    fake.output(30);
    await settled();
    await line.gap({ type: 'gap', pts: 40, duration: 10, source: 'it', epoch: 0 });
    assert.deepEqual(shown(), [0, 'gap 10', 'gap 20', 30, 'gap 40']);
    await line.stop('flushing');
    assert.deepEqual(counts(), { handled: 2, 'left-out': 1 });
  });

  it('drops what comes too late for its place', async () => {
    const { write, fake, shown, line, counts } = atWork();
    await write(0);
    await write(20);
    for (const pts of [20, 5]) fake.output(pts);
    await settled();
    assert.deepEqual(shown(), ['gap 0', 20]);
    await line.stop('flushing');
    assert.deepEqual(counts(), { handled: 1, 'left-out': 1, 'not-monotonic': 1 });
  });

  it('is given up where it does not end, once nothing has come of it for a while', async () => {
    const { write, fake, clock, line, counts, shown } = atWork();
    await write(0);
    await write(10);
    const drained = line.drain(1000);
    await settled();
    assert.ok(fake.isEnded);
    clock.advanceBy(999);
    fake.output(0);
    await settled();
    clock.advanceBy(1);
    await settled();
    assert.ok(!fake.isStopped, 'something has come meanwhile');
    clock.advanceBy(1000);
    await drained;
    assert.ok(fake.isStopped);
    assert.deepEqual(shown(), [0, 'gap 10']);
    assert.deepEqual(counts(), { handled: 1, 'left-out': 1 });
  });

  it('leaves what never got into it to whoever wrote it, and counts the rest', async () => {
    const { write, fake, counts, assertReturned, line } = atWork();
    await write(0);
    fake.takes = false;
    const failed = assert.rejects(write(10), { code: 'media/unreadable' });
    fake.give(new MediaError('media/unreadable', 'it broke'));
    await failed;
    assert.deepEqual(counts(), { handled: 0, 'line-failed': 1 });
    await assert.rejects(write(20), /it broke/);
    assert.deepEqual(counts(), { handled: 0, 'line-failed': 1 });
    await line.stop('flushing');
    assertReturned();
  });

  it('accounts once for each that it has taken, whatever comes of them', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant('in' as const) },
      { weight: 4, arbitrary: fc.nat({ max: 200 }) },
      { weight: 1, arbitrary: fc.constant('gap' as const) },
      { weight: 1, arbitrary: fc.constant('fail' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 40 }), fc.boolean(), async (steps, drains) => {
        const { line, fake, write, counts, assertReturned, shown, sent } = atWork();
        let taken = 0;
        let time = 0;
        let gaps = 0;
        for (const [one, waits] of steps) {
          if (one === 'in') {
            const isIn = await write(taken * 10).then(
              () => true,
              () => false,
            );
            if (isIn) taken++;
            else break;
          } else if (one === 'gap') {
            await line.gap({ type: 'gap', pts: taken * 10 + 5, duration: 1, source: 'it', epoch: 0 });
            gaps++;
          } else if (one === 'fail') {
            fake.takes = false;
            fake.give(new Error('it broke'));
          } else {
            time = Math.max(time, one);
            fake.output(time);
          }
          if (waits) await settled();
        }
        if (drains) {
          const drained = line.drain(1000).catch(() => {});
          fake.give(undefined);
          await drained;
        } else await line.stop('flushing');
        const { handled, unasked: _, 'not-monotonic': __, ...lost } = counts() as Record<string, number>;
        const all = Object.values(lost).reduce((sum, count) => sum + count, 0);
        assert.equal(handled! + all, taken);
        for (const [index, one] of sent.entries())
          if (one instanceof StreamBuffer)
            assert.ok(
              sent.slice(0, index).every(({ pts }) => pts <= one.pts),
              'nothing comes before what has been told to be over',
            );
        if (drains)
          assert.equal(
            shown().filter((one) => typeof one === 'string').length,
            gaps + (lost['left-out'] ?? 0) + (lost['line-failed'] ?? 0),
          );
        assertReturned();
      }),
      { numRuns: 200 },
    );
  });
});
