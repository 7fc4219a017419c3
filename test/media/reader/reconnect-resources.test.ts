// What a source that is lost again and again keeps: nothing. Everything is counted, and nothing is measured, so that it holds on any
// machine; what it does to resident memory is `npm run bench -- reconnects`.
import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SystemClock } from '../../../src/core/time/clock.ts';
import { MEDIA_BACKENDS } from '../../../src/media/reader/choose-backend.ts';
import { ReconnectingReader } from '../../../src/media/reader/reconnecting-reader.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { makeClip, temporaryFolder } from '../clip.ts';
import { needsFfmpeg } from '../reference-ffmpeg.ts';

const RECONNECTS = 12;

/** Of one connection: its frames, and its pool's own word. */
const FRAMES = 4;
const MOST_SLABS = FRAMES + 1;

/** What the system has given this process. */
function held(): { readonly files: number; readonly threads: number; readonly children: number } {
  const children = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const [, program, parent] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'latin1'))!;
      // Those that nobody has waited for are among them; others are the compiler's that loads this test.
      return Number(parent) === process.pid && /^(ffmpeg|setpriv)$/.test(program!);
    } catch {
      return false;
    }
  });
  return { files: readdirSync('/proc/self/fd').length, threads: readdirSync('/proc/self/task').length, children: children.length };
}

function listeners(reader: ReconnectingReader): readonly number[] {
  const { options, ending } = reader as unknown as { readonly options: { readonly signal: AbortSignal }; readonly ending: AbortController };
  return [options.signal, ending.signal].map((signal) => getEventListeners(signal, 'abort').length);
}

describe('source that is lost again and again', function () {
  this.timeout(120_000);
  const clip = join(temporaryFolder(), 'clip.mp4');
  let server: Server;

  before(async function () {
    if (process.platform !== 'linux') this.skip();
    await makeClip(clip, { frames: 3 });
    const whole = readFileSync(clip);
    server = createServer({ keepAliveTimeout: 0 }, (_, response) => void response.setHeader('Connection', 'close').end(whole));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  after(() => void server?.close());

  for (const name of ['node-av', 'ffmpeg'] as const) {
    it(`keeps no file, thread, child, slab or listener of ${name}`, async function () {
      if (name === 'ffmpeg') needsFfmpeg(this);
      const backend = MEDIA_BACKENDS.find((one) => one.name === name)!;
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clip.mp4`;
      const arena = Arena.create();
      const stop = new AbortController();
      const reader = new ReconnectingReader(
        (signal) =>
          backend.open(
            { kind: 'network', url, isLive: true, timeoutMs: 60_000 },
            { arena, video: {}, signal, maxFrames: FRAMES, framesAhead: 2 },
          ),
        {
          clock: new SystemClock(),
          signal: stop.signal,
          connectTimeoutMs: 60_000,
          silenceTimeoutMs: 60_000,
          backoff: { firstDelayMs: 0, maxDelayMs: 0 },
          tell: () => undefined,
        },
      );
      /** Reads to the first frame of a connection. */
      const until = async (connection: number): Promise<void> => {
        while (reader.connections <= connection) (await reader.next())!.slab.release();
      };
      // Has all of libuv's threads started.
      await stat(clip);
      await reader.start();
      await until(0);
      const first = { ...held(), listeners: listeners(reader) };
      await until(RECONNECTS);
      assert.deepEqual(listeners(reader), first.listeners);
      // Those before end when they like.
      const isMore = ({ files, threads, children }: ReturnType<typeof held>): boolean =>
        files > first.files || threads > first.threads || children > first.children;
      while (isMore(held()) || arena.statistics.slabsInUse > MOST_SLABS) await new Promise(setImmediate);
      assert.ok(arena.statistics.slabsMade <= 3 * MOST_SLABS, `slabs are used again, and ${arena.statistics.slabsMade} were made`);
      await reader.close();
      assert.equal(arena.statistics.slabsInUse, 0);
      assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
    });
  }
});
