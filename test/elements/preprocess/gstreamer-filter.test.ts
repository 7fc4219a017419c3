import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type Caps, caps } from '../../../src/core/caps/caps.ts';
import { SystemClock } from '../../../src/core/time/clock.ts';
import { funnel } from '../../../src/elements/flow/funnel.ts';
import { gstreamerFilter } from '../../../src/elements/preprocess/gstreamer-filter.ts';
import { audioTestSource } from '../../../src/elements/sources/audio-test-source.ts';
import { type FrameLayout, frameLayout, VIDEO_FORMATS } from '../../../src/media/frame-layout.ts';
import { needsElements, needsGstreamer } from '../../peers/gstreamer.ts';
import { fillPlane, frameSource, type Kept, keepingSink, type TestFrame } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { Watch } from '../../support/watch.ts';

const W = 64;
const H = 48;

/** Frames of one brightness each. */
const frames = (count: number, more: Partial<TestFrame> = {}): TestFrame[] =>
  Array.from({ length: count }, (_, index) => ({
    width: W,
    height: H,
    draw: (bytes, layout) => {
      fillPlane(bytes, layout, 0, [20 + index * 5]);
      fillPlane(bytes, layout, 1, [100]);
      fillPlane(bytes, layout, 2, [150]);
    },
    ...more,
  }));

/** Those of all processes that there are, on Linux. */
const commandLines = (): string[] =>
  readdirSync('/proc').flatMap((id) => {
    try {
      return /^\d+$/.test(id) ? [readFileSync(`/proc/${id}/cmdline`, 'utf8')] : [];
    } catch {
      // It has gone meanwhile.
      return [];
    }
  });

/** Each is more than a pipe holds. */
const BIG = frames(30, { width: 640, height: 480 });

describe('gstreamer-filter', function () {
  this.timeout(60_000);

  before(function () {
    needsGstreamer(this as never);
  });

  const filtering = (line: string, given: readonly TestFrame[], more: Record<string, unknown> = {}, accepts: Caps = 'any') => {
    const { props = {}, hold, ...description } = more as { props?: object; hold?: () => Promise<void> };
    const kept: Kept[] = [];
    const watch = new Watch();
    const keep = async (): Promise<void> => {
      watch.look();
      await hold?.();
    };
    const made = testPipeline(
      [frameSource('frames', given), gstreamerFilter, keepingSink('kept', kept, accepts, keep)],
      {
        elements: { 'gstreamer-filter': { props: { line, ...props }, ...description } },
        links: ['frames ! gstreamer-filter ! kept'],
      },
      { clock: new SystemClock() },
    );
    const it = () => made.pipeline.summary().elements.find(({ name }) => name === 'gstreamer-filter')!;
    return { ...made, kept, it, ...watch.play(made) };
  };

  /** What is said where a graph cannot run. */
  const failure = async (
    line: string,
    accepts: Caps = 'any',
    given: readonly TestFrame[] = frames(3),
  ): Promise<{ code: string; message: string }> => {
    const { running, assertClean } = filtering(line, given, {}, accepts);
    const error = await running.then(
      () => assert.fail('it ran'),
      (one: unknown) => one as { code: string; message: string },
    );
    assertClean();
    return error;
  };

  describe('data', () => {
    it('gives every frame back, byte for byte, with its time and its place in the source', async () => {
      const { kept, running, assertClean, it } = filtering('identity', frames(20));
      await running;
      assertClean();
      assert.deepEqual(
        kept.map(({ pts, buffer }) => [pts, buffer.sequence, buffer.source, buffer.epoch, buffer.duration]),
        Array.from({ length: 20 }, (_, index) => [index * 10_000, index, 'frames', 0, 10_000]),
      );
      assert.ok(kept.every(({ bytes }, index) => bytes.subarray(0, W * H).every((luma) => luma === 20 + index * 5)));
      assert.deepEqual(it().dropped, {});
    });

    for (const format of VIDEO_FORMATS)
      it(`brings pictures of odd sizes there and back: ${format}`, async () => {
        const draw = (bytes: Uint8Array, layout: FrameLayout): void =>
          layout.planes.forEach((_, plane) => {
            fillPlane(bytes, layout, plane, [10, 60, 110, 160, 210]);
          });
        const { kept, running, assertClean } = filtering('identity', [{ width: 61, height: 47, format, draw }]);
        await running;
        assertClean();
        const layout = frameLayout(format, 61, 47);
        const expected = new Uint8Array(layout.bytes);
        draw(expected, layout);
        for (const { offset, stride, rows, rowBytes } of layout.planes)
          for (let y = 0; y < rows; y++) {
            const at = offset + y * stride;
            assert.deepEqual(kept[0]!.bytes.subarray(at, at + rowBytes), expected.subarray(at, at + rowBytes));
          }
      });

    it('does to pictures what the line says', async () => {
      const { kept, running, assertClean } = filtering('videobalance saturation=0 ! videoflip video-direction=180', [
        {
          width: W,
          height: H,
          draw: (bytes, layout) => {
            fillPlane(bytes, layout, 0, [...Array.from({ length: W / 2 }, () => 50), ...Array.from({ length: W / 2 }, () => 200)]);
            fillPlane(bytes, layout, 1, [90]);
            fillPlane(bytes, layout, 2, [170]);
          },
        },
      ]);
      await running;
      assertClean();
      const { bytes } = kept[0]!;
      const { planes } = frameLayout('I420', W, H);
      assert.deepEqual([bytes[0], bytes[W - 1]], [200, 50]);
      for (const { offset, rowBytes } of planes.slice(1))
        assert.ok(bytes.subarray(offset, offset + rowBytes).every((chroma) => Math.abs(chroma - 128) <= 1));
    });

    it('knows frames that a line doubles for what they were', async () => {
      const { kept, running, assertClean, it } = filtering(
        'videorate ! video/x-raw,framerate=200/1',
        frames(5, { info: { frameRate: 100 } }),
      );
      await running;
      assertClean();
      const repeats = kept.map(({ buffer }) => buffer.sequence);
      assert.ok(repeats.every((sequence, index) => sequence >= (repeats[index - 1] ?? 0)));
      assert.deepEqual([...new Set(repeats)], [0, 1, 2, 3, 4]);
      assert.ok(kept.every(({ pts }, index) => pts === index * 5000));
      assert.ok(kept.length >= 8);
      assert.equal(it().handled, 5);
    });

    it('counts what a line leaves out', async () => {
      const { kept, running, assertClean, it } = filtering(
        'videorate ! video/x-raw,framerate=25/1',
        frames(21, { info: { frameRate: 100 } }),
      );
      await running;
      assertClean();
      assert.ok(kept.every(({ pts }, index) => pts === index * 40_000));
      const { handled, dropped } = it();
      assert.deepEqual(dropped, { 'left-out': 21 - handled });
      assert.ok(handled >= 5 && handled <= 7);
    });

    it('counts everything where nothing comes back', async () => {
      const { kept, running, assertClean, it } = filtering('identity drop-probability=1', frames(7));
      await running;
      assertClean();
      assert.equal(kept.length, 0);
      assert.deepEqual(it().dropped, { 'left-out': 7 });
    });
  });

  describe('sources', () => {
    const several = (count: number, props: object = {}) => {
      const kept: Kept[] = [];
      const names = Array.from({ length: count }, (_, index) => `camera-${index}`);
      const made = testPipeline(
        [...names.map((name, index) => frameSource(name, frames(6 + index))), funnel, gstreamerFilter, keepingSink('kept', kept)],
        {
          elements: { 'gstreamer-filter': { props: { line: 'queue', ...props } } },
          links: [...names.map((name) => `${name} ! funnel`), 'funnel ! gstreamer-filter ! kept'],
        },
        { clock: new SystemClock() },
      );
      return { ...made, kept, names };
    };

    it('have a line each, and mix with no other', async () => {
      const { pipeline, kept, names, assertClean } = several(3);
      await pipeline.run();
      assertClean();
      for (const [index, name] of names.entries()) {
        const own = kept.filter(({ buffer }) => buffer.source === name);
        assert.deepEqual(
          own.map(({ pts, buffer, bytes }) => [pts, buffer.sequence, bytes[0]]),
          Array.from({ length: 6 + index }, (_, at) => [at * 10_000, at, 20 + at * 5]),
        );
      }
    });

    it('are refused when there are more of them than lines', async () => {
      const { pipeline, assertClean } = several(3, { maxLines: 2 });
      await assert.rejects(pipeline.run(), { code: 'media/too-many-lines', message: /put gstreamer-filter before they come together/ });
      assertClean();
    });

    it('begin with a new line in each epoch', async () => {
      const given = [0, 1, 2].flatMap((epoch) => frames(3, { epoch }).map((frame, index) => ({ ...frame, pts: index * 10_000 })));
      const { kept, running, assertClean, it } = filtering('queue', given);
      await running;
      assertClean();
      assert.deepEqual(
        kept.map(({ pts, buffer }) => [buffer.epoch, pts]),
        [0, 1, 2].flatMap((epoch) => [0, 10_000, 20_000].map((pts) => [epoch, pts])),
      );
      assert.deepEqual(it().dropped, {});
    });
  });

  describe('sound', () => {
    it('comes back with its time, whatever the line makes of it', async () => {
      const kept: Kept[] = [];
      const made = testPipeline(
        [audioTestSource, gstreamerFilter, keepingSink('kept', kept)],
        {
          elements: {
            'audio-test-source': { props: { rate: 16_000, channels: 1, format: 'S16', chunkMs: 20, count: 10 } },
            'gstreamer-filter': { props: { line: 'volume volume=0 ! audioresample ! audio/x-raw,rate=8000' } },
          },
          links: ['audio-test-source ! gstreamer-filter ! kept'],
        },
        { clock: new SystemClock() },
      );
      await made.pipeline.run();
      made.assertClean();
      assert.deepEqual(kept[0]!.caps.fields, { format: 'S16', rate: 8000, channels: 1 });
      // A resampler gives at the end what it has heard beyond.
      const samples = kept.reduce((all, { bytes }) => all + bytes.length / 2, 0);
      assert.ok(Math.abs(samples - 1600) <= 64, `${samples}`);
      assert.ok(kept.every(({ bytes }) => bytes.every((byte) => byte === 0)));
      assert.equal(kept[0]!.pts, 0);
      assert.ok(kept.every(({ pts }, index) => pts > (kept[index - 1]?.pts ?? -1)));
    });
  });

  describe('negotiation', () => {
    it('is of the size that the line gives, before there is any picture', async () => {
      const { kept, running, assertClean } = filtering('videoscale ! video/x-raw,width=32,height=24', frames(3));
      await running;
      assertClean();
      assert.deepEqual(
        kept.map(({ caps }) => caps.fields),
        Array.from({ length: 3 }, () => ({ format: 'I420', width: 32, height: 24 })),
      );
    });

    it('is of the format and the size that alone will do downstream', async () => {
      const { kept, running, assertClean } = filtering(
        'videoscale',
        frames(2),
        {},
        caps('video/raw', { format: 'RGB', width: 40, height: 30 }),
      );
      await running;
      assertClean();
      assert.deepEqual(kept[0]!.caps.fields, { format: 'RGB', width: 40, height: 30 });
    });

    it('goes on with frames of another size', async () => {
      const given = [...frames(3), ...frames(2, { width: 80, height: 60 })].map((frame, index) => ({ ...frame, pts: index * 10_000 }));
      const { kept, running, assertClean } = filtering('videoflip video-direction=90r', given);
      await running;
      assertClean();
      assert.deepEqual(
        kept.map(({ caps, pts }) => [caps.fields['width'], caps.fields['height'], pts]),
        [48, 48, 48, 60, 60].map((width, index) => [width, width === 48 ? 64 : 80, index * 10_000]),
      );
    });

    it('learns with the first picture what a line gives that does not know before', async function () {
      needsElements(this, 'pngenc', 'pngdec');
      const { kept, running, assertClean } = filtering('videoscale ! video/x-raw,width=32,height=24 ! pngenc ! pngdec', frames(2));
      await running;
      assertClean();
      assert.deepEqual(
        kept.map(({ caps }) => caps.fields),
        Array.from({ length: 2 }, () => ({ format: 'I420', width: 32, height: 24 })),
      );
    });
  });

  describe('backpressure', () => {
    it('holds back what comes while nothing is taken, and loses nothing', async () => {
      let pauses = 20;
      const hold = async (): Promise<void> => {
        if (pauses-- > 0) await new Promise(setImmediate);
      };
      // More than the arena holds.
      const big = frames(200, { width: 640, height: 480 });
      const { kept, running, assertClean } = filtering('queue', big, { hold });
      await running;
      assertClean();
      assert.equal(kept.length, 200);
    });
  });

  describe('EOS, stop and abort', () => {
    it('gives up what a line keeps that does not end', async () => {
      const { running, assertClean, it } = filtering('identity ! valve drop=true', frames(4), { props: { drainTimeoutMs: 100 } });
      await running;
      assertClean();
      assert.deepEqual(it().dropped, { 'left-out': 4 });
    });

    it('ends the line when the graph is aborted, whatever it is at', async () => {
      const mark = `leat-test-${process.pid}`;
      const line = `identity name=${mark} sleep-time=100000000`;
      const { pipeline, running, until, messages, assertClean } = filtering(line, BIG);
      await until(() => messages.some((message) => message.type === 'state-changed' && message.to === 'playing'));
      pipeline.abort();
      await assert.rejects(running, /aborted/);
      assertClean();
      if (!existsSync('/proc/self/cmdline')) return;
      assert.deepEqual(
        commandLines().filter((one) => one.includes(mark)),
        [],
      );
    });
  });

  describe('errors', () => {
    it('says what GStreamer says of a line, and what would mend it', async () => {
      const unknown = await failure('videoflip ! no-such-element');
      assert.equal(unknown.code, 'media/bad-launch');
      assert.match(unknown.message, /no element "no-such-element"; correct its name, or install the plugin/);
      const unfit = await failure('videoscale ! audioconvert');
      assert.equal(unfit.code, 'media/bad-launch');
      assert.match(
        unfit.message,
        /could not link .*it is given video\/x-raw, format=\(string\)I420, width=\(int\)64.*videoconvert ! videoscale/,
      );
      const size = await failure('identity', caps('video/raw', { format: 'I420', width: 40, height: 30 }));
      assert.equal(size.code, 'media/bad-launch');
      assert.match(size.message, /is to end in I420, 40×30; put videoconvert ! videoscale/);
    });

    it('shows no secrets of a line', async () => {
      const { message } = await failure('no-such-element location=rtsp://me:hidden@host/ password=hidden');
      assert.doesNotMatch(message, /hidden/);
    });

    it('is a fault when the line fails or ends of itself', async () => {
      assert.match((await failure('identity error-after=2')).message, /Failed after iterations as requested/);
      const ended = await failure('identity eos-after=1', 'any', BIG);
      assert.equal(ended.code, 'media/ended');
    });

    it('goes on with another line after a fault that is borne', async () => {
      for (const onError of ['skip', 'restart']) {
        const { kept, running, assertClean, it } = filtering('identity error-after=3', BIG, {
          onError,
          ...(onError === 'restart' ? { restart: { firstDelayMs: 1, maxDelayMs: 1, maxAttempts: null } } : {}),
        });
        await running.catch(() => {});
        assertClean();
        const { dropped } = it();
        assert.ok((dropped['quarantined'] ?? 0) >= 1, JSON.stringify(dropped));
        assert.ok(kept.every(({ pts }, index) => pts > (kept[index - 1]?.pts ?? -1)));
      }
    });
  });
});
