// What every way to read media must make of what comes over the network and from devices: the same pictures, and the same errors.
// Cameras are GStreamer's RTSP server, servers are Node's.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { MediaBackend } from '../../../src/media/reader/media-backend.ts';
import type { NetworkInput } from '../../../src/media/reader/media-input.ts';
import type { MediaReader, ReadOptions } from '../../../src/media/reader/media-reader.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { needsRtspServer, type RtspCamera, startOddCamera, startRtspCamera } from '../../peers/rtsp-camera.ts';
import { startTlsFront, type TlsFront } from '../../peers/tls-front.ts';

/** Writes what servers give, once for all back ends. */
export function makeServedClips(folder: string): void {
  const ffmpeg = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], { encoding: 'utf8' });
    assert.equal(status, 0, `ffmpeg ${args.join(' ')}: ${stderr}`);
  };
  const clip = join(folder, 'served.mp4');
  ffmpeg(
    '-f',
    'lavfi',
    '-i',
    'testsrc2=s=192x108:r=25:d=0.8',
    '-c:v',
    'libx264',
    '-g',
    '5',
    '-pix_fmt',
    'yuv420p',
    '-movflags',
    '+faststart',
    clip,
  );
  ffmpeg('-i', clip, '-c', 'copy', '-f', 'hls', '-hls_time', '0.2', '-hls_list_size', '0', join(folder, 'list.m3u8'));
  ffmpeg('-i', clip, '-frames:v', '1', join(folder, 'one.jpg'));
}

/** Declares the tests of one back end. @param folder Where {@link makeServedClips} has written. */
export function readsNetworkAs(backend: MediaBackend, folder: string): void {
  let arena: Arena;
  beforeEach(() => (arena = Arena.create()));
  afterEach(() => assert.equal(arena.statistics.slabsInUse, 0, 'every slab is back'));

  const network = (url: string, more: Partial<NetworkInput> = {}): NetworkInput => ({ kind: 'network', url, timeoutMs: 20_000, ...more });
  const open = (input: NetworkInput, wishes: Partial<ReadOptions> = { video: {} }): Promise<MediaReader> =>
    backend.open(input, { arena, ...wishes });
  const fails = (opening: Promise<unknown>, code: string, secret = /s3cret/): Promise<void> =>
    assert.rejects(opening, (error: Error & { code?: string }) => {
      assert.equal(error.code, code, error.message);
      assert.doesNotMatch(error.message, secret);
      return true;
    });

  describe('a camera', () => {
    let camera: RtspCamera | undefined;
    before(async function () {
      needsRtspServer(this as never);
      camera = await startRtspCamera();
    });
    after(() => camera?.kill());
    const other = (path: string): string => camera!.url.replace('/cam', path);

    for (const transport of ['tcp', 'udp'] as const) {
      it(`is read by ${transport}, and what nobody takes is left out and counted`, async () => {
        const reader = await open(network(camera!.url, { transport }), { video: {}, maxFrames: 2, framesAhead: 1 });
        const { width, height, codec } = reader.video!;
        assert.deepEqual([width, height, codec], [320, 240, 'h264']);
        const held = [await reader.next(), await reader.next()];
        assert.ok(held.every((frame) => frame?.kind === 'video' && frame.capturedAtUs !== undefined));
        assert.ok(held[1]!.ptsUs > held[0]!.ptsUs);
        while (reader.statistics.overruns < 2) await new Promise(setImmediate);
        for (const frame of held) frame!.slab.release();
        const next = await reader.next();
        assert.equal(next?.discont, true);
        next?.slab.release();
        await reader.close();
      });
    }

    it('gives its sound', async () => {
      const reader = await open(network(other('/audio')), { audio: { rate: 16_000, channels: 1, chunkUs: 50_000 } });
      const frame = await reader.next();
      assert.equal(frame?.kind === 'audio' && frame.samples, 800);
      frame?.slab.release();
      await reader.close();
    });

    it('lets in whom it knows', async () => {
      const reader = await open(network(`rtsp://eye:s3cret@${camera!.locked}`));
      (await reader.next())?.slab.release();
      await reader.close();
    });

    it('says what is wrong with what is asked of it', async () => {
      await fails(open(network(`rtsp://${camera!.locked}`)), 'media/unauthorised');
      await fails(open(network(`rtsp://eye:not-s3cret@${camera!.locked}`)), 'media/unauthorised');
      await fails(open(network(other('/none'))), 'media/not-found');
      await fails(open(network(other('/audio'))), 'media/no-video');
      await fails(open(network(camera!.url), { audio: {} }), 'media/no-audio');
    });

    it('is let go of by a signal while it is being connected to', async () => {
      const silent = await startOddCamera(() => undefined);
      const abort = new AbortController();
      const opening = open(network(silent.url, { timeoutMs: 1000 }), { video: {}, signal: abort.signal });
      abort.abort(new Error('enough'));
      await assert.rejects(opening, /enough/);
      await silent.close();
    });
  });

  describe('nobody', () => {
    it('is told by the cause', async () => {
      await fails(open(network('rtsp://u:s3cret@127.0.0.1:1/x?key=s3cret')), 'media/refused');
      await fails(open(network('http://u:s3cret@127.0.0.1:1/x.mp4?key=s3cret')), 'media/refused');
      await fails(open(network('gopher://u:s3cret@somewhere/x')), 'media/bad-url');
    });

    for (const scheme of ['rtsp', 'http']) {
      it(`is found out where it takes the connection of ${scheme} and says nothing`, async () => {
        const silent = await startOddCamera(() => undefined);
        await fails(open(network(silent.url.replace('rtsp', scheme), { timeoutMs: 1000 })), 'media/timed-out');
        await silent.close();
      });
    }
  });

  describe('a server', () => {
    let server: Server;
    const picture = (): Buffer => readFileSync(join(folder, 'one.jpg'));
    const answer: RequestListener = (request, response) => {
      const path = new URL(request.url!, 'http://x').pathname;
      if (path === '/secret') response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      else if (path === '/closed') response.writeHead(403).end();
      else if (path === '/noise') response.end(Buffer.alloc(40_000, 0x5a));
      else if (path === '/pictures') {
        response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' });
        const send = (left: number): void => {
          if (left === 0) return void response.end();
          response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture().length}\r\n\r\n`);
          response.write(picture());
          response.write('\r\n', () => setImmediate(send, left - 1));
        };
        send(30);
      } else {
        try {
          response.end(readFileSync(join(folder, path)));
        } catch {
          response.writeHead(404).end();
        }
      }
    };
    before(async () => {
      server = createServer(answer).listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    after(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    const times = async (input: NetworkInput): Promise<number[]> => {
      const reader = await open(input);
      const found: number[] = [];
      for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
        found.push(frame.ptsUs);
        frame.slab.release();
      }
      await reader.close();
      return found;
    };
    const all = Array.from({ length: 20 }, (_, index) => index * 40_000);

    it('gives a file, every frame of it', async () => assert.deepEqual(await times(network(url('/served.mp4'))), all));

    it('gives a list of pieces (HLS), every frame of them', async () => assert.deepEqual(await times(network(url('/list.m3u8'))), all));

    it('that speaks TLS shows a certificate that is good, or is not believed', async () => {
      const { port } = server.address() as AddressInfo;
      const good = await startTlsFront(port, 'good');
      const expired = await startTlsFront(port, 'expired');
      const behind = (front: TlsFront): string => `https://127.0.0.1:${front.port}/served.mp4`;
      assert.deepEqual(await times(network(behind(good), { caFile: good.certificate })), all);
      await fails(open(network(behind(good))), 'media/certificate');
      await fails(open(network(behind(expired), { caFile: expired.certificate })), 'media/certificate');
      assert.deepEqual(await times(network(behind(expired), { verifyTls: false })), all);
      await Promise.all([good.close(), expired.close()]);
    });

    it('gives the pictures of a camera that sends JPEGs', async () => {
      const found = await times(network(url('/pictures'), { isLive: true }));
      assert.ok(found.length > 0 && found.every((time, index) => index === 0 || time >= found[index - 1]!), found.join());
    });

    it('says what is wrong with what is asked of it', async () => {
      await fails(open(network(url('/none?key=s3cret'))), 'media/not-found');
      await fails(open(network(url('/secret?key=s3cret'))), 'media/unauthorised');
      await fails(open(network(url('/closed?key=s3cret'))), 'media/unauthorised');
      await fails(open(network(url('/noise?key=s3cret'))), 'media/not-media');
    });
  });

  describe('a device that is not there', () => {
    it('is told of as that', async function () {
      if (process.platform !== 'linux') this.skip();
      const camera = { kind: 'camera', device: '/dev/no-such-camera' } as const;
      await assert.rejects(backend.open(camera, { arena, video: {} }), { code: 'media/no-device' });
      const microphone = { kind: 'microphone', device: 'no-such-microphone', system: 'alsa' } as const;
      await assert.rejects(backend.open(microphone, { arena, audio: {} }), { code: 'media/no-device' });
    });
  });
}
