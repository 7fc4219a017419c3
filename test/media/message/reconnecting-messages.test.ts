import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { MediaError } from '../../../src/media/media-error.ts';
import type { ConnectMessages, MessageListener } from '../../../src/media/message/message-connection.ts';
import { ReconnectingMessages } from '../../../src/media/message/reconnecting-messages.ts';
import type { ConnectionNote } from '../../../src/media/reader/reconnection.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { settled } from '../../../src/testing/settled.ts';

/** How a server behaves that is connected to. */
type Behaviour = 'takes' | 'refuses' | 'unauthorised' | 'silent' | 'takes and hangs up';

const MS = 1000;

describe('reconnecting messages', () => {
  const hearing = (options: { silenceTimeoutMs?: number; pingIntervalMs?: number } = {}) => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const notes: ConnectionNote[] = [];
    const heard: [string, number][] = [];
    const listeners: MessageListener[] = [];
    const counts = { open: 0, pings: 0, abandoned: 0 };
    let behaviour: Behaviour = 'takes';
    const connect: ConnectMessages = async (listener, signal) => {
      if (behaviour === 'refuses') throw new MediaError('media/refused', 'nothing listens there');
      if (behaviour === 'unauthorised') throw new MediaError('media/unauthorised', 'not you');
      if (behaviour === 'silent') {
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            counts.abandoned++;
            reject(new Error('abandoned'));
          }),
        );
      }
      listeners.push(listener);
      counts.open++;
      if (behaviour === 'takes and hangs up') queueMicrotask(() => listener.lost(new MediaError('media/ended', 'gone')));
      return {
        ping: () => void counts.pings++,
        close: async () => void counts.open--,
      };
    };
    const messages = new ReconnectingMessages(connect, {
      clock,
      signal: abort.signal,
      connectTimeoutMs: 1000,
      backoff: { firstDelayMs: 100, maxDelayMs: 400 },
      random: () => 1,
      message: ({ bytes }, epoch) => heard.push([Buffer.from(bytes).toString(), epoch]),
      dropped: () => undefined,
      tell: (note) => notes.push(note),
      ...options,
    });
    return {
      clock,
      abort,
      messages,
      notes,
      heard,
      counts,
      say: (text: string) => listeners.at(-1)!.message({ bytes: Buffer.from(text) }),
      alive: () => listeners.at(-1)!.alive(),
      lose: () => listeners.at(-1)!.lost(new MediaError('media/ended', 'gone')),
      behave: (how: Behaviour) => {
        behaviour = how;
      },
      pass: async (ms: number) => {
        clock.advanceBy(ms * MS);
        await settled();
      },
      kinds: () => notes.map((note) => (note.kind === 'lost' ? note.error.code : note.kind)),
    };
  };

  it('gives what comes after each reconnection a raised epoch', async () => {
    const { messages, heard, say, lose, pass, kinds, notes, counts } = hearing();
    await messages.start();
    say('a');
    lose();
    await settled();
    await pass(100);
    say('b');
    assert.deepEqual(heard, [
      ['a', 0],
      ['b', 1],
    ]);
    assert.deepEqual(kinds(), ['media/ended', 'back']);
    assert.deepEqual(notes[1], { kind: 'back', after: 100 * MS, attempts: 1 });
    await messages.close();
    assert.equal(counts.open, 0);
  });

  it('keeps nothing of the connections that it has lost', async () => {
    const { messages, lose, say, heard, pass, counts, abort, clock } = hearing();
    await messages.start();
    const listeners = getEventListeners(abort.signal, 'abort').length;
    for (let connection = 1; connection <= 200; connection++) {
      lose();
      await settled();
      await pass(400);
      say('here');
      assert.deepEqual(heard.at(-1), ['here', connection]);
      assert.equal(getEventListeners(abort.signal, 'abort').length, listeners);
      assert.deepEqual([counts.open, clock.next], [1, undefined]);
    }
    await messages.close();
    assert.deepEqual([counts.open, getEventListeners(abort.signal, 'abort').length], [0, 0]);
  });

  it('tries again after delays that double up to a limit', async () => {
    const { messages, behave, pass, notes, kinds } = hearing();
    behave('refuses');
    await messages.start();
    for (const ms of [100, 200, 400, 400]) await pass(ms);
    behave('takes');
    await pass(400);
    assert.deepEqual(
      notes.map((note) => (note.kind === 'lost' ? note.retryIn / MS : note.attempts)),
      [100, 200, 400, 400, 400, 5],
    );
    assert.equal(kinds().at(-1), 'back');
    await messages.close();
  });

  it('fails at the start where no waiting helps, and goes on trying where that comes later', async () => {
    const { messages, behave, lose, pass, kinds } = hearing();
    behave('unauthorised');
    await assert.rejects(messages.start(), { code: 'media/unauthorised' });
    behave('takes');
    await messages.start();
    behave('unauthorised');
    lose();
    await settled();
    await pass(100);
    behave('takes');
    await pass(200);
    assert.deepEqual(kinds(), ['media/ended', 'media/unauthorised', 'back']);
    await messages.close();
  });

  it('waits so long, and no longer, for a server that accepts and says nothing', async () => {
    const { messages, behave, pass, kinds, counts } = hearing();
    behave('silent');
    const start = messages.start();
    await pass(999);
    assert.deepEqual(kinds(), []);
    await pass(1);
    await start;
    assert.deepEqual(kinds(), ['media/timed-out']);
    assert.equal(counts.abandoned, 1);
    await messages.close();
  });

  it('takes silence for a fault only where it has a limit', async () => {
    const patient = hearing();
    await patient.messages.start();
    await patient.pass(10_000_000);
    assert.deepEqual(patient.kinds(), []);
    await patient.messages.close();

    const { messages, say, pass, kinds, counts } = hearing({ silenceTimeoutMs: 500 });
    await messages.start();
    await pass(499);
    say('a');
    await pass(499);
    assert.deepEqual(kinds(), []);
    await pass(1);
    assert.deepEqual(kinds(), ['media/timed-out']);
    assert.equal(counts.open, 0);
    await messages.close();
  });

  it('asks whether the other side is there, and takes no answer for a fault', async () => {
    const { messages, pass, alive, say, kinds, counts } = hearing({ pingIntervalMs: 100 });
    await messages.start();
    await pass(100);
    alive();
    await pass(100);
    say('a message is an answer too');
    await pass(100);
    assert.equal(counts.pings, 3);
    assert.deepEqual(kinds(), []);
    await pass(100);
    assert.deepEqual(kinds(), ['media/timed-out']);
    await messages.close();
  });

  it('is not left alone by one that hangs up at once, time after time', async () => {
    const { messages, behave, pass, kinds } = hearing();
    behave('takes and hangs up');
    await messages.start();
    await settled();
    for (const ms of [100, 200, 400]) await pass(ms);
    behave('takes');
    await pass(400);
    assert.equal(kinds().at(-1), 'back');
    assert.equal(kinds().filter((kind) => kind === 'media/ended').length, 4);
    await messages.close();
  });

  it('hears nothing, and connects to nothing, once it has ended', async () => {
    const { messages, abort, say, heard, clock, counts, pass } = hearing({ silenceTimeoutMs: 500, pingIntervalMs: 100 });
    await messages.start();
    abort.abort();
    say('late');
    await pass(10_000);
    await messages.close();
    assert.deepEqual(heard, []);
    assert.equal(counts.open, 0);
    assert.equal(clock.next, undefined);
  });
});
