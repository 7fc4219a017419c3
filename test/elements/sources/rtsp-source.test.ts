import assert from 'node:assert/strict';
import { SystemClock } from '../../../src/core/time/clock.ts';
import { rtspSource } from '../../../src/elements/sources/rtsp-source.ts';
import { videoTestSource } from '../../../src/elements/sources/video-test-source.ts';
import { ffmpegProgram } from '../../../src/media/ffmpeg/ffmpeg-program.ts';
import { needsFfmpeg } from '../../media/reference-ffmpeg.ts';
import { hasOpenssl } from '../../peers/certificate.ts';
import { needsRtspServer, type OddCamera, type RtspCamera, startOddCamera, startRtspCamera } from '../../peers/rtsp-camera.ts';
import { startTlsFront } from '../../peers/tls-front.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { Watch } from '../../support/watch.ts';

/** Soon, so that a test is; and often enough that it is not the delay that a test waits for. */
const RECONNECT = { firstDelayMs: 50, maxDelayMs: 200 };

/** What others play of a camera is as fast as it is: so long a test may take. */
const PATIENCE = 60_000;

describe('rtsp-source', function () {
  this.timeout(PATIENCE);

  /** A camera's frames, and somebody who waits for what is to come of them. */
  const watching = (props: object, others: { readonly links?: readonly string[] } = {}) => {
    const kept: Kept[] = [];
    const beside: Kept[] = [];
    const watch = new Watch();
    const withOthers = others.links === undefined ? [] : [videoTestSource, keepingSink('beside', beside, 'any', watch.look)];
    const made = testPipeline(
      [rtspSource, keepingSink('screen', kept, 'any', watch.look), ...withOthers],
      {
        elements: {
          'rtsp-source': { props: { reconnect: RECONNECT, ...props } },
          ...(others.links === undefined
            ? {}
            : { 'video-test-source': { props: { live: true, ticks: 'catchUp', width: 32, height: 32, frameRate: 10 } } }),
        },
        links: ['rtsp-source ! screen', ...(others.links ?? [])],
      },
      { clock: new SystemClock() },
    );
    return { ...made, kept, beside, ...watch.play(made) };
  };

  const epochs = (kept: readonly Kept[]): number[] => [...new Set(kept.map(({ buffer }) => buffer.epoch))];
  const rising = (kept: readonly Kept[]): boolean => kept.every(({ pts }, index) => index === 0 || pts > kept[index - 1]!.pts);

  describe('with a camera', () => {
    let camera: RtspCamera;

    before(async function () {
      needsRtspServer(this as never);
      camera = await startRtspCamera();
    });

    after(() => camera?.kill());

    for (const transport of ['tcp', 'udp']) {
      it(`gives what comes by ${transport}, in running time and with the time of day`, async () => {
        const before = Date.now() * 1000;
        const { kept, until, stop, codes } = watching({ url: camera.url, transport });
        await until(() => kept.length >= 8);
        await stop();
        assert.deepEqual(kept[0]!.caps.fields, { format: 'I420', width: 320, height: 240 });
        assert.ok(rising(kept));
        assert.ok(kept.every(({ pts, buffer }) => pts >= 0 && buffer.epoch === 0));
        assert.ok(kept.every(({ buffer }) => buffer.meta.capturedAt! >= before && buffer.meta.capturedAt! <= Date.now() * 1000));
        assert.ok(!codes().includes('media/reconnecting'));
      });
    }

    it('is let in with the password, which is in no message', async () => {
      const { kept, until, stop, messages, pipeline } = watching({ url: `rtsp://eye:s3cret@${camera.locked}` });
      await until(() => kept.length >= 3);
      await stop();
      assert.doesNotMatch(JSON.stringify([messages, pipeline.summary()]), /s3cret/);
    });

    it('fails where no waiting helps, and says why', async () => {
      const { url, locked, port } = camera;
      for (const [wrong, code, text] of [
        [`rtsp://${locked}`, 'media/unauthorised', /user and a password/],
        [`rtsp://eye:wr0ng@${locked}`, 'media/unauthorised', /user and a password/],
        [`rtsp://127.0.0.1:${port}/nowhere`, 'media/not-found', /no such stream/],
        [`rtsp://127.0.0.1:${port}/audio`, 'media/no-video', /holds no video/],
        [url.replace('rtsp', 'gopher'), 'media/bad-url', /expected rtsp/],
        ['camera', 'media/bad-url', /it is no URL/],
      ] as const) {
        const { running, assertClean } = watching({ url: wrong });
        await assert.rejects(running, (error: Error & { code?: string }) => {
          assert.equal(error.code, code);
          assert.match(error.message, text);
          assert.doesNotMatch(error.message, /wr0ng/);
          return true;
        });
        assertClean();
      }
    });

    for (const backend of ['node-av', 'ffmpeg'] as const) {
      it(`trusts no certificate that nobody vouches for, and none that has expired, by ${backend}`, async function () {
        if (!hasOpenssl()) this.skip();
        if (backend === 'ffmpeg') needsFfmpeg(this as never);
        const checks = backend === 'node-av' || (await ffmpegProgram()).checksRtsps;
        const refused = checks ? 'media/certificate' : 'media/no-backend';
        for (const [kind, reason] of [
          ['good', /nobody vouches for its certificate/],
          ['expired', /has expired/],
        ] as const) {
          const front = await startTlsFront(camera.port, kind);
          const url = `rtsps://127.0.0.1:${front.port}/cam`;
          const fails = async (props: object, pattern: RegExp, code = refused): Promise<void> => {
            const { running, assertClean } = watching({ url, backend, connectTimeoutMs: PATIENCE, ...props });
            await assert.rejects(running, (error: Error & { code?: string }) => {
              assert.equal(error.code, code);
              assert.match(error.message, pattern);
              return true;
            });
            assertClean();
          };
          const isRead = async (props: object): Promise<void> => {
            const { kept, until, stop } = watching({ url, backend, connectTimeoutMs: PATIENCE, ...props });
            await until(() => kept.length >= 2);
            await stop();
          };
          const expected = checks ? reason : /cannot check the certificate/;
          await fails({}, kind === 'good' ? expected : /./);
          await isRead({ verifyTls: false });
          const named = { caFile: front.certificate };
          if (kind === 'expired') await fails(named, expected);
          else if (checks) await isRead(named);
          if (kind === 'good') await fails({ caFile: '/no/such/certificates' }, /no such file/, 'media/not-found');
          await front.close();
        }
      });
    }

    it('may be stopped and played any number of times', async () => {
      const { pipeline, kept, until, stop } = watching({ url: camera.url });
      await until(() => kept.length >= 2);
      await stop();
      const again = pipeline.run();
      const before = kept.length;
      await until(() => kept.length >= before + 2);
      pipeline.stop();
      await again;
    });

    it('falls silent when the camera hangs, comes back with it, and costs nobody else anything', async () => {
      const { kept, beside, until, stop, codes } = watching(
        { url: camera.url, silenceTimeoutMs: 1000, placeholder: 'last', placeholderRate: 10 },
        { links: ['video-test-source ! beside'] },
      );
      await until(() => kept.length >= 5);
      camera.freeze();
      await until(() => codes().includes('media/reconnecting'));
      const others = beside.length;
      const standsIn = ({ buffer }: Kept): boolean => buffer.meta.placeholder === true;
      await until(() => beside.length >= others + 5 && kept.filter(standsIn).length >= 3);
      camera.thaw();
      await until(() => kept.filter(({ buffer }) => buffer.epoch === 1).length >= 5);
      await stop();
      assert.deepEqual(epochs(kept), [0, 1]);
      assert.ok(rising(kept), 'no frame comes twice');
      const first = kept.findIndex(standsIn);
      assert.ok(
        kept
          .slice(first)
          .filter(standsIn)
          .every(({ bytes, buffer }) => buffer.corrupt && Buffer.compare(bytes, kept[first - 1]!.bytes) === 0),
      );
      assert.ok(codes().includes('media/reconnected'));
      assert.deepEqual(
        beside.map(({ pts }) => pts),
        beside.map((_, index) => index * 100_000),
        'the other source has lost nothing',
      );
    });

    it('comes back to a camera that was killed and is there again', async () => {
      const { kept, until, stop, codes } = watching({ url: camera.url });
      await until(() => kept.length >= 5);
      await camera.kill();
      await until(() => codes().includes('media/reconnecting'));
      const before = kept.length;
      camera = await startRtspCamera('--port', String(camera.port), '--size', '160x120');
      await until(() => kept.length >= before + 5);
      await stop();
      assert.deepEqual(epochs(kept), [0, 1]);
      assert.ok(rising(kept));
      assert.deepEqual(kept.at(-1)!.caps.fields, { format: 'I420', width: 160, height: 120 });
    });

    it('does not keep a graph from starting when the camera is away, and stands in for it', async () => {
      const { port } = camera;
      await camera.kill();
      const { kept, until, stop } = watching({
        url: `rtsp://127.0.0.1:${port}/cam`,
        assumedWidth: 64,
        assumedHeight: 48,
        placeholder: 'black',
        placeholderRate: 30,
      });
      await until(() => kept.length >= 5);
      assert.ok(kept.every(({ buffer, bytes }) => buffer.corrupt && buffer.meta.placeholder === true && bytes[0] === 16));
      assert.deepEqual(kept[0]!.caps.fields, { format: 'I420', width: 64, height: 48 });
      camera = await startRtspCamera('--port', String(port));
      await until(() => kept.filter(({ buffer }) => !buffer.corrupt).length >= 3);
      await stop();
      assert.ok(rising(kept));
      assert.deepEqual(kept.at(-1)!.caps.fields, { format: 'I420', width: 320, height: 240 });
    });
  });

  describe('with what is no camera', () => {
    const silence = 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n';
    for (const [name, behave, reason] of [
      ['accepts and says nothing', () => undefined, /could not be opened|answer/],
      ['hangs up', (socket) => socket.end(), /Cannot open|ended|could not be opened/],
      ['answers nonsense', (socket) => socket.end('220 mail.example.org ESMTP\r\n'.repeat(100)), /Cannot open|could not be opened/],
      ['begins an answer and never ends it', (socket) => socket.write(silence), /could not be opened|answer/],
    ] as readonly [string, Parameters<typeof startOddCamera>[0], RegExp][]) {
      for (const backend of ['node-av', 'ffmpeg'] as const) {
        it(`goes on trying where somebody ${name}, and ends at once when it is told to, by ${backend}`, async function () {
          if (backend === 'ffmpeg') needsFfmpeg(this as never);
          const odd: OddCamera = await startOddCamera(behave);
          const { until, messages, codes, stop } = watching({ url: odd.url, connectTimeoutMs: 300, backend });
          await until(() => codes().filter((code) => code === 'media/reconnecting').length >= 2);
          await stop();
          await odd.close();
          const warning = messages.find((message) => 'code' in message && message.code === 'media/reconnecting') as { text: string };
          assert.match(warning.text, reason);
        });
      }
    }

    it('goes on trying where nothing listens', async () => {
      const odd = await startOddCamera(() => undefined);
      await odd.close();
      const { until, codes, stop } = watching({ url: odd.url });
      await until(() => codes().filter((code) => code === 'media/reconnecting').length >= 3);
      await stop();
    });
  });
});
