// What a camera, or the way to it, may do to a graph that watches it: packets that are lost, clocks that are set, sizes that change,
// streams that are no pictures. Every case by each of the back ends that read cameras.
import assert from 'node:assert/strict';
import { SystemClock } from '../../../src/core/time/clock.ts';
import { rtspSource } from '../../../src/elements/sources/rtsp-source.ts';
import { frameLayout } from '../../../src/media/frame-layout.ts';
import { needsFfmpeg } from '../../media/reference-ffmpeg.ts';
import { startOddStream } from '../../peers/odd-stream.ts';
import { needsRtspServer, type RtspCamera, startRtspCamera } from '../../peers/rtsp-camera.ts';
import { type Meddle, startRtspMeddler } from '../../peers/rtsp-meddler.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { Watch } from '../../support/watch.ts';

const PATIENCE = 120_000;

describe('rtsp-source on bad input', function () {
  this.timeout(PATIENCE);
  let camera: RtspCamera;

  before(async function () {
    needsRtspServer(this as never);
    camera = await startRtspCamera();
  });

  after(() => camera?.kill());

  for (const backend of ['node-av', 'ffmpeg'] as const) {
    describe(`by ${backend}`, () => {
      before(function () {
        if (backend === 'ffmpeg') needsFfmpeg(this as never);
      });

      const watching = (props: object) => {
        const kept: Kept[] = [];
        const watch = new Watch();
        const made = testPipeline(
          [rtspSource, keepingSink('screen', kept, 'any', watch.look)],
          {
            // Nothing here is about how soon anything comes.
            elements: { 'rtsp-source': { props: { backend, connectTimeoutMs: PATIENCE, silenceTimeoutMs: PATIENCE, ...props } } },
            links: ['rtsp-source ! screen'],
          },
          { clock: new SystemClock() },
        );
        const source = () => made.pipeline.summary().elements.find(({ name }) => name === 'rtsp-source')!;
        const texts = (): string => made.messages.map((message) => ('text' in message ? message.text : '')).join('\n');
        return { ...made, kept, source, texts, ...watch.play(made) };
      };

      const rising = (kept: readonly Kept[]): boolean =>
        kept.every(({ pts, buffer }, index) => (buffer.duration ?? 0) >= 0 && (index === 0 || pts >= kept[index - 1]!.pts));

      /** Loses one of twenty packets, always the same. */
      const losing = (): Meddle => {
        let count = 0;
        return (packet) => (++count > 20 && (count * 7919) % 100 < 5 ? undefined : packet);
      };

      it('marks pictures that lack packets, and counts them', async () => {
        const meddler = await startRtspMeddler(camera.port, losing());
        const { kept, until, stop, codes, source } = watching({ url: meddler.url, transport: 'udp' });
        await until(() => kept.filter(({ buffer }) => buffer.corrupt).length >= 2 && kept.length >= 20);
        await stop();
        await meddler.close();
        assert.ok(rising(kept));
        assert.ok(!codes().includes('media/reconnecting'));
        assert.ok((source().notes['corruptFrames'] as number) >= 2);
        assert.ok(kept.some(({ buffer }) => !buffer.corrupt));
      });

      it('leaves them out where that is asked for, counts them, and says that something is missing', async () => {
        const meddler = await startRtspMeddler(camera.port, losing());
        const { kept, until, stop, source } = watching({ url: meddler.url, transport: 'udp', onCorrupt: 'drop' });
        const left = (): number => source().dropped['corrupt'] ?? 0;
        const missing = (): number => kept.filter(({ buffer }) => buffer.discont).length;
        await until(() => left() >= 2 && missing() >= 2);
        await stop();
        await meddler.close();
        assert.ok(kept.every(({ buffer }) => !buffer.corrupt));
        assert.ok(rising(kept));
      });

      it('goes on in running time where the camera’s clock is set, forward and back, and tells of it', async () => {
        const HOUR = 3600 * 90_000;
        let by = 0;
        const meddler = await startRtspMeddler(camera.port, (packet) => {
          const set = Buffer.from(packet);
          set.writeUInt32BE((packet.readUInt32BE(4) + by) >>> 0, 4);
          return set;
        });
        const { kept, until, stop, codes, texts, source } = watching({ url: meddler.url });
        const jumps = (): number => codes().filter((code) => code === 'media/time-jump').length;
        await until(() => kept.length >= 3);
        const began = kept.at(-1)!.pts;
        by = HOUR;
        await until(() => jumps() === 1);
        // It is told of once a second at most.
        const told = kept.at(-1)!.pts;
        await until(() => kept.at(-1)!.pts > told + 1_500_000);
        by = 0;
        await until(() => jumps() === 2);
        const before = kept.length;
        await until(() => kept.length >= before + 5);
        await stop();
        await meddler.close();
        assert.ok(rising(kept));
        assert.ok(kept.at(-1)!.pts - began < 1800 * 1_000_000, 'no hour has passed');
        // None of those that came after it has the time of the one before.
        assert.equal(new Set(kept.slice(-5).map(({ pts }) => pts)).size, 5);
        assert.match(texts(), /have jumped by .* forward/);
        assert.match(texts(), /have jumped by .* back/);
        assert.ok(kept.filter(({ buffer }) => buffer.discont).length >= 2);
        assert.deepEqual([...new Set(kept.map(({ buffer }) => buffer.epoch))], [0]);
        assert.equal(source().notes['timeJumps'], 2);
        assert.ok(!codes().includes('media/reconnecting'));
      });

      it('follows sizes that change on the way, again and again', async () => {
        const { kept, until, stop, codes } = watching({ url: camera.url.replace('/cam', '/sizes') });
        const sizes = (): string[] => {
          const all = kept.map(({ caps: { fields } }) => `${fields['width']}x${fields['height']}`);
          return all.filter((one, index) => one !== all[index - 1]);
        };
        await until(() => sizes().length >= 4);
        await stop();
        assert.deepEqual(new Set(sizes()), new Set(['320x240', '640x480']));
        for (const { caps: one, bytes } of kept) {
          const { width, height } = one.fields as { width: number; height: number };
          assert.equal(bytes.length, frameLayout('I420', width, height).bytes);
        }
        assert.ok(rising(kept));
        assert.ok(!codes().includes('media/reconnecting'));
      });

      it('takes the pictures of a camera that gives sound beside them', async () => {
        const { kept, until, stop } = watching({ url: camera.url.replace('/cam', '/both') });
        await until(() => kept.length >= 5);
        await stop();
        assert.ok(rising(kept));
        assert.ok(kept.every(({ caps: { media } }) => media === 'video/raw'));
      });

      for (const [name, media, code] of [
        ['data', ['m=application 0 RTP/AVP 96', 'a=rtpmap:96 vnd.onvif.metadata/90000'], 'media/no-video'],
        ['a codec that nobody knows', ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 NOBODY-KNOWS/90000'], 'media/unknown-codec'],
      ] as const) {
        it(`fails where the camera gives ${name}`, async () => {
          const odd = await startOddStream(...media);
          const { running, assertClean } = watching({ url: odd.url });
          await assert.rejects(running, { code });
          assertClean();
          await odd.close();
        });
      }
    });
  }
});
