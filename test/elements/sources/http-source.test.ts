import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SystemClock } from '../../../src/core/time/clock.ts';
import { httpSource } from '../../../src/elements/sources/http-source.ts';
import { makeClip, temporaryFolder } from '../../media/clip.ts';
import { needsFfmpeg } from '../../media/reference-ffmpeg.ts';
import { hasOpenssl, makeCertificate } from '../../peers/certificate.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { Watch } from '../../support/watch.ts';

describe('http-source', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const servers: Server[] = [];

  const serve = async (answer: RequestListener, tls?: { key: Buffer; cert: Buffer }): Promise<string> => {
    const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
    servers.push(server as Server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  /** What stands in the folder. */
  const files: RequestListener = (request, response) => {
    try {
      response.end(readFileSync(at(new URL(request.url!, 'http://x').pathname.slice(1))));
    } catch {
      response.statusCode = 404;
      response.end();
    }
  };

  const watching = (props: object) => {
    const kept: Kept[] = [];
    const watch = new Watch();
    const made = testPipeline(
      [httpSource, keepingSink('screen', kept, 'any', watch.look)],
      {
        elements: { 'http-source': { props: { reconnect: { firstDelayMs: 20, maxDelayMs: 50 }, connectTimeoutMs: 60_000, ...props } } },
        links: ['http-source ! screen'],
      },
      { clock: new SystemClock() },
    );
    return { ...made, kept, ...watch.play(made) };
  };

  before(() => makeClip(at('clip.mp4'), { frames: 12 }));

  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  describe('data', () => {
    it('of a file on a server is what it is of the file', async () => {
      const { running, kept, assertClean } = watching({ url: `${await serve(files)}/clip.mp4`, live: false });
      await running;
      assert.deepEqual(
        kept.map(({ pts }) => pts),
        Array.from({ length: 12 }, (_, index) => index * 40_000),
      );
      assertClean();
    });

    it('of a list of pieces (HLS) comes whole', async function () {
      needsFfmpeg(this);
      const { status } = spawnSync('ffmpeg', [
        '-v',
        'error',
        '-i',
        at('clip.mp4'),
        '-c:v',
        'libx264',
        '-g',
        '4',
        '-f',
        'hls',
        '-hls_time',
        '0.16',
        '-hls_list_size',
        '0',
        at('list.m3u8'),
      ]);
      assert.equal(status, 0);
      const { running, kept } = watching({ url: `${await serve(files)}/list.m3u8`, live: false });
      await running;
      assert.equal(kept.length, 12);
    });

    it('of a camera that sends JPEG pictures comes as they do, and again when the camera has hung up', async function () {
      needsFfmpeg(this);
      spawnSync('ffmpeg', ['-v', 'error', '-i', at('clip.mp4'), '-frames:v', '1', at('one.jpg')]);
      const picture = readFileSync(at('one.jpg'));
      const url = await serve((_, response) => {
        response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' });
        let sent = 0;
        const send = (): void => {
          if (sent++ === 40) response.end();
          else {
            response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`);
            response.write(picture);
            response.write('\r\n', () => setImmediate(send));
          }
        };
        send();
      });
      const { kept, until, stop } = watching({ url: `${url}/stream.mjpg` });
      await until(() => kept.some(({ buffer }) => buffer.epoch === 2));
      await stop();
      assert.ok(kept.every(({ pts }, index) => index === 0 || pts >= kept[index - 1]!.pts));
    });
  });

  describe('errors', () => {
    for (const [name, status, code] of [
      ['not there', 404, 'media/not-found'],
      ['locked', 401, 'media/unauthorised'],
      ['forbidden', 403, 'media/unauthorised'],
    ] as const) {
      it(`says that it is ${name}, without the key in its URL`, async () => {
        const url = await serve((_, response) => {
          response.statusCode = status;
          response.end();
        });
        await assert.rejects(watching({ url: `${url}/a.mjpg?key=s3cret` }).running, (error: Error & { code?: string }) => {
          assert.equal(error.code, code);
          assert.doesNotMatch(error.message, /s3cret/);
          return true;
        });
      });
    }

    it('breaks off with an error where a file does, unless it is live', async () => {
      const whole = readFileSync(at('clip.mp4'));
      const url = await serve((_, response) => {
        response.writeHead(200, { 'Content-Length': whole.length });
        response.write(whole.subarray(0, whole.length >> 1), () => response.destroy());
      });
      await assert.rejects(watching({ url: `${url}/clip.mp4`, live: false }).running, /127\.0\.0\.1/);
    });

    for (const backend of ['node-av', 'ffmpeg'] as const) {
      it(`trusts no certificate that nobody vouches for, and one that is named, by ${backend}`, async function () {
        if (!hasOpenssl()) this.skip();
        if (backend === 'ffmpeg') needsFfmpeg(this);
        makeCertificate(at('cert.pem'), at('key.pem'), 1);
        makeCertificate(at('old-cert.pem'), at('old-key.pem'), -1);
        const show = (name: string): Promise<string> =>
          serve(files, { key: readFileSync(at(`${name}key.pem`)), cert: readFileSync(at(`${name}cert.pem`)) });
        const good = { url: `${await show('')}/clip.mp4`, live: false, backend };
        const expired = { ...good, url: `${await show('old-')}/clip.mp4`, caFile: at('old-cert.pem') };
        for (const [props, text] of [
          [good, /nobody vouches/],
          [expired, /has expired/],
        ] as const) {
          await assert.rejects(watching(props).running, (error: Error & { code?: string }) => {
            assert.equal(error.code, 'media/certificate');
            assert.match(error.message, text);
            return true;
          });
        }
        for (const props of [
          { ...good, caFile: at('cert.pem') },
          { ...good, verifyTls: false },
          { ...expired, verifyTls: false },
        ]) {
          const { running, kept } = watching(props);
          await running;
          assert.equal(kept.length, 12);
        }
      });
    }
  });
});
