import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { MediaError } from '../../../src/media/media-error.ts';
import type { MediaFrame, VideoFrame } from '../../../src/media/reader/media-frame.ts';
import type { MediaReader } from '../../../src/media/reader/media-reader.ts';
import { ReconnectingReader } from '../../../src/media/reader/reconnecting-reader.ts';
import type { ConnectionNote } from '../../../src/media/reader/reconnection.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { settled } from '../../../src/testing/settled.ts';

/** What a connection does: its frames by the time they bear, an error, or silence for good. */
type Script = readonly (number | 'silence' | 'end' | Error)[];

describe('reader that connects anew', () => {
  const SECOND = 1_000_000;
  let released = 0;
  let given = 0;

  const frame = (ptsUs: number): VideoFrame => {
    given++;
    return { kind: 'video', ptsUs, epoch: 0, slab: { release: () => released++ } } as unknown as VideoFrame;
  };

  /** A reader that follows a script. */
  class Scripted {
    readonly backend = 'node-av';
    readonly statistics = { frames: 0, corruptFrames: 0, corruptPackets: 0, overruns: 2 };
    closed = 0;
    private readonly script: (number | 'silence' | 'end' | Error)[];
    private waiting: ((frame: MediaFrame | undefined) => void) | undefined;

    constructor(script: Script) {
      this.script = [...script];
    }

    next(): Promise<MediaFrame | undefined> {
      const step = this.script.shift() ?? 'silence';
      if (step === 'end') return Promise.resolve(undefined);
      if (step instanceof Error) return Promise.reject(step);
      if (step === 'silence') return new Promise((resolve) => (this.waiting = resolve));
      return Promise.resolve(frame(step));
    }

    /** Comes out of its silence. */
    answer(ptsUs: number): void {
      this.waiting?.(frame(ptsUs));
    }

    async close(): Promise<void> {
      this.closed++;
    }
  }

  /** A reader of one connection after the other; an error or a silence in place of a script is what opening comes to. */
  function reading(...connections: readonly (Script | Error | 'silence')[]) {
    const clock = new ManualClock();
    const stop = new AbortController();
    const notes: ConnectionNote[] = [];
    const readers: Scripted[] = [];
    const left = [...connections];
    const connect = (): Promise<MediaReader> => {
      const next = left.shift() ?? 'silence';
      if (next === 'silence') return new Promise(() => undefined);
      if (next instanceof Error) return Promise.reject(next);
      const reader = new Scripted(next);
      readers.push(reader);
      return Promise.resolve(reader as unknown as MediaReader);
    };
    const reader = new ReconnectingReader(connect, {
      clock,
      signal: stop.signal,
      connectTimeoutMs: 5000,
      silenceTimeoutMs: 2000,
      backoff: { firstDelayMs: 100, maxDelayMs: 1000 },
      random: () => 1,
      tell: (note) => notes.push(note),
    });
    /** Lets time pass until a promise is settled, and tells how much did. */
    const outcome = async <T>(promise: T | Promise<T>): Promise<[T, number]> => {
      const from = clock.now();
      let value: { readonly is: T } | undefined;
      const settling = Promise.resolve(promise).then((is) => (value = { is }));
      for (await settled(); value === undefined; await settled()) {
        assert.ok(clock.next !== undefined, 'nobody waits for the clock');
        clock.advanceTo(clock.next);
      }
      await settling;
      return [value.is, clock.now() - from];
    };
    const lost = (): string[] => notes.flatMap((note) => (note.kind === 'lost' ? [note.error.code] : []));
    return { reader, readers, clock, stop, notes, outcome, lost };
  }

  const refused = new MediaError('media/refused', 'nothing listens there');

  it('gives what a connection gives', async () => {
    const { reader, outcome, notes } = reading([0, 40, 80]);
    await reader.start();
    for (const pts of [0, 40, 80]) assert.equal((await outcome(reader.next()))[0]?.ptsUs, pts);
    assert.deepEqual(notes, []);
    await reader.close();
  });

  it('raises the epoch with each connection, and tells how long it was away', async () => {
    const { reader, outcome, notes, lost } = reading([0, 40, 'end'], [0, new Error('broken')], [7]);
    await reader.start();
    const seen: [number, number][] = [];
    for (let i = 0; i < 4; i++) {
      const [one] = await outcome(reader.next());
      seen.push([one!.epoch, one!.ptsUs]);
    }
    assert.deepEqual(seen, [
      [0, 0],
      [0, 40],
      [1, 0],
      [2, 7],
    ]);
    assert.deepEqual(lost(), ['media/ended', 'media/unreadable']);
    const back = notes.filter((note) => note.kind === 'back');
    assert.deepEqual(
      back.map(({ after: away, attempts }) => [away, attempts]),
      [
        [100_000, 1],
        [200_000, 1],
      ],
    );
    await reader.close();
  });

  it('tells an input that does not answer from one that says nothing', async () => {
    const { reader, outcome, notes } = reading([0], ['silence'], 'silence', [5]);
    await reader.start();
    await outcome(reader.next());
    const [found, waited] = await outcome(reader.next());
    assert.equal(found!.ptsUs, 5);
    assert.deepEqual(
      notes.map((note) => (note.kind === 'lost' ? note.error.message : note.kind)),
      [
        'it has fallen silent: nothing came for 2.00 s',
        'it was connected to, and gave nothing for 5.00 s',
        'it could not be opened within 5.00 s',
        'back',
      ],
    );
    assert.equal(waited, 12 * SECOND + 700_000);
    await reader.close();
  });

  it('keeps nothing of the connections that it has lost', async () => {
    const { reader, readers, outcome, stop, clock } = reading(...Array.from({ length: 201 }, () => [0, 'end'] as const));
    await reader.start();
    await outcome(reader.next());
    const listeners = getEventListeners(stop.signal, 'abort').length;
    for (let connection = 1; connection <= 200; connection++) {
      assert.equal((await outcome(reader.next()))[0]!.epoch, connection);
      assert.equal(getEventListeners(stop.signal, 'abort').length, listeners);
      assert.equal(clock.next, undefined, 'nobody waits for the clock');
    }
    assert.deepEqual(
      readers.map(({ closed }) => closed),
      readers.map((_, index) => (index < 200 ? 1 : 0)),
    );
    await reader.close();
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
  });

  it('waits twice as long each time, up to a limit', async () => {
    const { reader, outcome, notes } = reading([0, 'end'], ...Array.from({ length: 6 }, () => refused), [1]);
    await reader.start();
    await outcome(reader.next());
    await outcome(reader.next());
    assert.deepEqual(
      notes.flatMap((note) => (note.kind === 'lost' ? [note.retryIn / 1000] : [])),
      [100, 200, 400, 800, 1000, 1000, 1000],
    );
    await reader.close();
  });

  it('does not keep others from starting when it is away, and comes then', async () => {
    const { reader, outcome, lost } = reading(refused, refused, [0, 40]);
    assert.equal(await reader.start(), undefined);
    assert.equal((await outcome(reader.next()))[0]?.epoch, 0);
    assert.deepEqual(lost(), ['media/refused', 'media/refused']);
    await reader.close();
  });

  it('fails at the start where no waiting helps', async () => {
    for (const code of ['media/unauthorised', 'media/certificate']) {
      const { reader } = reading(new MediaError(code, 'no'));
      await assert.rejects(reader.start(), { code });
      await reader.close();
    }
  });

  it('closes what it has lost, lets go of what comes too late, and counts what was lost in all', async () => {
    released = given = 0;
    const { reader, readers, outcome } = reading([0], [5]);
    await reader.start();
    (await outcome(reader.next()))[0]!.slab.release();
    (await outcome(reader.next()))[0]!.slab.release();
    assert.equal(readers[0]!.closed, 1);
    readers[0]!.answer(9);
    await settled();
    assert.equal(released, given);
    assert.equal(reader.overruns, 4);
    await reader.close();
    assert.equal(readers[1]!.closed, 1);
  });

  for (const [state, ...connections] of [
    ['it reads', [0, 'silence']],
    ['it waits for its next attempt', [0, 'end']],
    ['it connects', [0, 'end'], 'silence'],
  ] as const) {
    it(`ends at once while ${state}`, async () => {
      const { reader, outcome, clock, stop } = reading(...(connections as unknown as Script[]));
      await reader.start();
      await outcome(reader.next());
      const next = reader.next();
      await settled();
      if (state === 'it connects') clock.advanceBy(100_000);
      await settled();
      const before = clock.now();
      stop.abort();
      assert.equal(await next, undefined);
      assert.equal(clock.now(), before);
      await reader.close();
      assert.equal(clock.next, undefined);
    });
  }
});
