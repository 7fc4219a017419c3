// Run by read-here.test.ts in a process of their own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { SystemClock } from '../../../src/core/time/clock.ts';
import { gstreamerSource } from '../../../src/elements/sources/gstreamer-source.ts';
import { GstreamerBackend } from '../../../src/media/gstreamer/gstreamer-backend.ts';
import { MediaError } from '../../../src/media/media-error.ts';
import type { MediaFrame } from '../../../src/media/reader/media-frame.ts';
import type { LaunchInput } from '../../../src/media/reader/media-input.ts';
import type { MediaReader, ReadOptions } from '../../../src/media/reader/media-reader.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { needsElements, needsGstreamer } from '../../peers/gstreamer.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { Watch } from '../../support/watch.ts';

const SMALL = 'video/x-raw,format=I420,width=62,height=46,framerate=25/1';

interface Taken {
  readonly pts: number;
  readonly kind: string;
  readonly bytes: Uint8Array;
}

describe('GStreamer in this process', function () {
  this.timeout(60_000);
  const backend = new GstreamerBackend();
  const input = (line: string, process: 'own' | 'this' = 'this', isLive = false): LaunchInput => ({
    kind: 'launch',
    line,
    isLive,
    process,
  });
  const open = (one: LaunchInput, options: Partial<ReadOptions> = {}): Promise<MediaReader> =>
    backend.open(one, { arena, video: { format: 'I420' }, ...options });
  let arena: Arena;

  before(function () {
    needsGstreamer(this as never);
  });

  beforeEach(() => {
    arena = Arena.create({ maximumBytes: 2 ** 26 });
  });

  afterEach(() => {
    assert.equal(arena.statistics.slabsInUse, 0);
  });

  const readAll = async (reader: MediaReader): Promise<Taken[]> => {
    const taken: Taken[] = [];
    try {
      for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) taken.push(take(frame));
    } finally {
      await reader.close();
    }
    return taken;
  };

  const take = (frame: MediaFrame): Taken => {
    const bytes = arena.bytes(frame.slab.offset, frame.slab.bytes).slice();
    const { ptsUs: pts, kind } = frame;
    frame.slab.release();
    return { pts, kind, bytes };
  };

  it('gives the same pictures at the same times as in a process of its own', async () => {
    const line = `videotestsrc num-buffers=40 ! ${SMALL}`;
    const here = await readAll(await open(input(line)));
    const there = await readAll(await open(input(line, 'own')));
    assert.equal(here.length, 40);
    assert.deepEqual(
      here.map(({ pts }) => pts),
      there.map(({ pts }) => pts),
    );
    assert.ok(here.every(({ bytes }, index) => Buffer.compare(bytes, there[index]!.bytes) === 0));
  });

  it('tells times that do not come at equal distances, as they come out of a decoder', async function () {
    needsElements(this, 'x264enc', 'avdec_h264');
    const line = `videotestsrc num-buffers=20 ! ${SMALL} ! videorate drop-only=true max-rate=7 ! x264enc bframes=2 ! avdec_h264`;
    const here = await readAll(await open(input(line)));
    const there = await readAll(await open(input(line, 'own')));
    assert.ok(here.length > 3);
    assert.deepEqual(
      here.map(({ pts }) => pts),
      there.map(({ pts }) => pts),
    );
  });

  it('gives sound', async () => {
    const line = 'audiotestsrc num-buffers=10 samplesperbuffer=441 ! audio/x-raw,rate=44100,channels=2';
    const reader = await backend.open(input(line), { arena, audio: { format: 'S16', channels: 1, chunkUs: 30_000 } });
    assert.deepEqual([reader.audio?.rate, reader.audio?.channels, reader.audio?.format], [44_100, 1, 'S16']);
    assert.deepEqual(
      (await readAll(reader)).map(({ pts, kind }) => [pts, kind]),
      [0, 30_000, 60_000, 90_000].map((pts) => [pts, 'audio']),
    );
  });

  it('gives pictures and sound of one line', async function () {
    needsElements(this, 'matroskamux', 'decodebin3');
    const picture = `videotestsrc num-buffers=10 ! ${SMALL}`;
    const sound = 'audiotestsrc num-buffers=20 samplesperbuffer=320 ! audio/x-raw,rate=16000,channels=1';
    const line = `${picture} ! mix. ${sound} ! mix. matroskamux name=mix ! decodebin3`;
    const both = { audio: { format: 'S16' as const, chunkUs: 20_000 } };
    const kinds = async (process: 'own' | 'this') =>
      (await readAll(await open(input(line, process), both))).map(({ pts, kind }) => `${kind} ${pts}`).sort();
    const here = await kinds('this');
    assert.ok(here.some((one) => one.startsWith('video')) && here.some((one) => one.startsWith('audio')));
    assert.deepEqual(here, await kinds('own'));
  });

  it('is held back while nobody takes what it gives', async () => {
    const reader = await open(input(`videotestsrc num-buffers=100 ! ${SMALL}`), { maxFrames: 4, framesAhead: 2 });
    await new Promise(setImmediate);
    assert.ok(arena.statistics.slabsInUse < 10);
    assert.equal((await readAll(reader)).length, 100);
  });

  it('ends whenever it is told to, and runs again', async () => {
    for (let round = 0; round < 5; round++) {
      const reader = await open(input(`videotestsrc is-live=true ! ${SMALL}`, 'this', true));
      const frame = await reader.next();
      frame?.slab.release();
      await reader.close();
    }
  });

  it('says what is wrong with a line as a process of its own does', async () => {
    const faultOf = async (line: string, process: 'own' | 'this'): Promise<{ code: string; message: string }> => {
      try {
        await readAll(await open(input(line, process)));
      } catch (error) {
        return error as MediaError;
      }
      throw new Error('it ran');
    };
    for (const line of [
      'no-such-element',
      'videotestsrc ! audioconvert',
      'filesrc location=/no/such/file ! decodebin',
      'videotestsrc ! identity error-after=3',
    ]) {
      const here = await faultOf(line, 'this');
      assert.ok(here instanceof MediaError);
      assert.equal(here.code, (await faultOf(line, 'own')).code, line);
    }
  });

  it('runs no line that holds secrets, which GStreamer could write down', async () => {
    await assert.rejects(open(input('filesrc location=http://me:hidden@host/')), (error: MediaError) => {
      assert.equal(error.code, 'media/bad-launch');
      assert.doesNotMatch(error.message, /hidden/);
      return true;
    });
  });

  it('lets the process end while a line is at work', () => {
    const module = new URL('../../../src/media/gstreamer/gstreamer-backend.ts', import.meta.url).href;
    const memory = new URL('../../../src/memory/arena.ts', import.meta.url).href;
    const program = `
      import { GstreamerBackend } from ${JSON.stringify(module)};
      import { Arena } from ${JSON.stringify(memory)};
      const input = { kind: 'launch', line: 'videotestsrc is-live=true', isLive: true, process: 'this' };
      const reader = await new GstreamerBackend().open(input, { arena: Arena.create(), video: {} });
      await reader.next();
      process.exit(7);`;
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { timeout: 50_000 });
    assert.equal(status, 7);
  });

  it('leaves threads of libuv to others', async () => {
    const first = await open(input(`videotestsrc is-live=true ! ${SMALL}`, 'this', true));
    const more: MediaReader[] = [];
    const fault = await (async () => {
      for (;;) more.push(await open(input(`videotestsrc is-live=true ! ${SMALL}`, 'this', true)));
    })().catch((error: MediaError) => error);
    assert.equal(fault.code, 'media/too-many-lines');
    assert.match(fault.message, /UV_THREADPOOL_SIZE=/);
    for (const one of [first, ...more]) await one.close();
  });

  describe('gstreamer-source', () => {
    const reading = (props: object) => {
      const kept: Kept[] = [];
      const watch = new Watch();
      const made = testPipeline(
        [gstreamerSource, keepingSink('kept', kept, 'any', watch.look)],
        {
          elements: { 'gstreamer-source': { props: { reconnect: { firstDelayMs: 20, maxDelayMs: 100 }, process: 'this', ...props } } },
          links: ['gstreamer-source ! kept'],
        },
        { clock: new SystemClock() },
      );
      return { ...made, kept, ...watch.play(made) };
    };

    it('gives every picture, and tells where the line runs', async () => {
      const { kept, messages, running, assertClean } = reading({ line: `videotestsrc num-buffers=30 ! ${SMALL}`, live: false });
      await running;
      assertClean();
      const notes = messages.flatMap((message) => (message.type === 'element' && message.name === 'process' ? [message.value] : []));
      assert.match(String(notes), /^this process, by gstreamer-superficial .*: it was asked for$/);
      assert.deepEqual(
        kept.map(({ pts }) => pts),
        Array.from({ length: 30 }, (_, index) => index * 40_000),
      );
    });

    it('begins a live line that has ended anew, as one in a process of its own', async () => {
      const { kept, until, stop } = reading({ line: `videotestsrc is-live=true num-buffers=3 ! ${SMALL}` });
      await until(() => new Set(kept.map(({ buffer }) => buffer.epoch)).size >= 3);
      await stop();
    });
  });
});
