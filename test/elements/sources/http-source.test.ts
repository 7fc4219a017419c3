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
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';

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
    let look = (): void => undefined;
    const made = testPipeline(
      [httpSource, keepingSink('screen', kept, 'any', () => look())],
      {
        elements: { 'http-source': { props: { reconnect: { firstDelayMs: 20, maxDelayMs: 50 }, ...props } } },
        links: ['http-source ! screen'],
      },
      { clock: new SystemClock() },
    );
    const until = (condition: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        look = () => {
          if (condition()) resolve();
        };
        made.pipeline.bus.on('*', look);
        look();
      });
    return { ...made, kept, until };
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
      const { pipeline, kept, assertClean } = watching({ url: `${await serve(files)}/clip.mp4`, live: false });
      await pipeline.run();
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
      const { pipeline, kept } = watching({ url: `${await serve(files)}/list.m3u8`, live: false });
      await pipeline.run();
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
      const { pipeline, kept, until, assertClean } = watching({ url: `${url}/stream.mjpg` });
      const run = pipeline.run();
      await until(() => kept.some(({ buffer }) => buffer.epoch === 2));
      pipeline.stop();
      await run;
      assertClean();
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
        await assert.rejects(watching({ url: `${url}/a.mjpg?key=s3cret` }).pipeline.run(), (error: Error & { code?: string }) => {
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
      await assert.rejects(watching({ url: `${url}/clip.mp4`, live: false }).pipeline.run(), /127\.0\.0\.1/);
    });

    it('trusts no certificate that nobody vouches for, and one that is named', async function () {
      if (spawnSync('openssl', ['version']).error !== undefined) this.skip();
      const { status } = spawnSync('openssl', [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        at('key.pem'),
        '-out',
        at('cert.pem'),
        '-days',
        '2',
        '-subj',
        '/CN=127.0.0.1',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
      ]);
      assert.equal(status, 0);
      const url = `${await serve(files, { key: readFileSync(at('key.pem')), cert: readFileSync(at('cert.pem')) })}/clip.mp4`;
      await assert.rejects(watching({ url, live: false }).pipeline.run(), { name: 'ElementError' });
      for (const props of [{ caFile: at('cert.pem') }, { verifyTls: false }]) {
        const { pipeline, kept } = watching({ url, live: false, ...props });
        await pipeline.run();
        assert.equal(kept.length, 12);
      }
    });
  });
});
