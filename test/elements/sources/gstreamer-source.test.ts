import assert from 'node:assert/strict';
import { SystemClock } from '../../../src/core/time/clock.ts';
import { gstreamerSource } from '../../../src/elements/sources/gstreamer-source.ts';
import { needsGstreamer } from '../../peers/gstreamer.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { Watch } from '../../support/watch.ts';

const SMALL = 'video/x-raw,format=I420,width=64,height=48,framerate=25/1';

/** Soon, so that a test is. */
const RECONNECT = { firstDelayMs: 20, maxDelayMs: 100 };

describe('gstreamer-source', function () {
  this.timeout(60_000);

  before(function () {
    needsGstreamer(this as never);
  });

  /** What a line gives, and somebody who waits for what is to come of it. */
  const reading = (props: object) => {
    const kept: Kept[] = [];
    const watch = new Watch();
    const made = testPipeline(
      [gstreamerSource, keepingSink('kept', kept, 'any', watch.look)],
      { elements: { 'gstreamer-source': { props: { reconnect: RECONNECT, ...props } } }, links: ['gstreamer-source ! kept'] },
      { clock: new SystemClock() },
    );
    return { ...made, kept, ...watch.play(made) };
  };

  describe('data', () => {
    it('gives every picture of a line that is not live, with its own times', async () => {
      const { kept, running, assertClean } = reading({ line: `videotestsrc pattern=white num-buffers=30 ! ${SMALL}`, live: false });
      await running;
      assertClean();
      assert.deepEqual(
        kept.map(({ pts }) => pts),
        Array.from({ length: 30 }, (_, index) => index * 40_000),
      );
      assert.deepEqual(kept[0]!.caps.fields, { format: 'I420', width: 64, height: 48 });
      assert.ok(kept.every(({ bytes }) => bytes.subarray(0, 64 * 48).every((luma) => luma === 235)));
    });

    it('gives sound in buffers of the length that is wanted, whatever the line has', async () => {
      const line = 'audiotestsrc num-buffers=10 samplesperbuffer=441 ! audio/x-raw,rate=44100,channels=2';
      const sound = { gives: 'audio', audioFormat: 'S16', channels: 1, chunkMs: 30 };
      const { kept, running, assertClean } = reading({ line, live: false, ...sound });
      await running;
      assertClean();
      assert.deepEqual(kept[0]!.caps.fields, { format: 'S16', rate: 44_100, channels: 1 });
      // 100 ms, and the last one is what is left of them.
      assert.deepEqual(
        kept.map(({ bytes }) => bytes.length / 2),
        [1323, 1323, 1323, 441],
      );
      assert.deepEqual(
        kept.map(({ pts }) => pts),
        [0, 30_000, 60_000, 90_000],
      );
    });
  });

  describe('process', () => {
    const notes = ({ messages }: Pick<ReturnType<typeof reading>, 'messages'>): unknown[] =>
      messages.flatMap((message) => (message.type === 'element' && message.name === 'process' ? [message.value] : []));

    it('is its own, and that is told', async () => {
      const made = reading({ line: `videotestsrc num-buffers=2 ! ${SMALL}`, live: false });
      await made.running;
      assert.match(
        String(notes(made)),
        /^a process of its own, by gst-launch-1.0, GStreamer .*: what breaks down there takes nothing along$/,
      );
    });
  });

  describe('timing', () => {
    it('gives pictures and sound of live lines in running time', async () => {
      const pictures = reading({ line: `videotestsrc is-live=true ! ${SMALL}` });
      const sound = reading({ line: 'audiotestsrc is-live=true', gives: 'audio', rate: 16_000, channels: 1 });
      for (const { kept, until, stop } of [pictures, sound]) {
        await until(() => kept.length >= 5);
        await stop();
        assert.ok(kept.every(({ pts }, index) => pts >= (kept[index - 1]?.pts ?? 0)));
      }
      assert.deepEqual(sound.kept[0]!.caps.fields, { format: 'F32', rate: 16_000, channels: 1 });
    });
  });

  describe('EOS, stop and abort', () => {
    it('runs a live line that has ended anew, with a raised epoch', async () => {
      const { kept, until, stop, codes } = reading({ line: `videotestsrc is-live=true num-buffers=3 ! ${SMALL}` });
      await until(() => kept.some(({ buffer }) => buffer.epoch === 1));
      await stop();
      assert.ok(codes().includes('media/reconnecting'));
    });

    it('stops with pictures on their way, and while a line is silent', async () => {
      const many = reading({ line: `videotestsrc ! ${SMALL}`, live: false });
      await many.until(() => many.kept.length >= 3);
      await many.stop();
      const silent = reading({ line: 'appsrc', connectTimeoutMs: 100 });
      await silent.until(() => silent.codes().includes('media/reconnecting'));
      await silent.stop();
    });
  });

  describe('errors', () => {
    for (const live of [true, false]) {
      it(`fails for a line that is none, ${live ? 'live' : 'not live'}, and shows no password`, async () => {
        const { running, assertClean } = reading({ line: 'nosuchelement location=rtsp://me:hush@camera/x user-pw=hush2', live });
        await assert.rejects(running, (error: Error & { code?: string }) => {
          assert.equal(error.code, 'media/bad-launch');
          assert.doesNotMatch(error.message, /hush/);
          return true;
        });
        assertClean();
      });
    }

    it('fails for a line that is not live and stays silent', async () => {
      const { running, assertClean } = reading({ line: 'appsrc', live: false, connectTimeoutMs: 100 });
      await assert.rejects(running, { code: 'media/timed-out' });
      assertClean();
    });

    it('fails for a file that is not there', async () => {
      const { running, assertClean } = reading({ line: 'filesrc location=/no/such/file ! decodebin' });
      await assert.rejects(running, { code: 'media/not-found' });
      assertClean();
    });

    it('refuses props that say nothing of what it gives', async () => {
      await assert.rejects(async () => reading({ line: 'videotestsrc', rate: 16_000 }).running, /rate and channels are those of sound/);
      const sound = { line: 'audiotestsrc', gives: 'audio', placeholder: 'black' };
      await assert.rejects(async () => reading(sound).running, /nothing stands in for sound/);
    });
  });
});
