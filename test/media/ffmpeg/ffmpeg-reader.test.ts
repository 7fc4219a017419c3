import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ffmpegProgram } from '../../../src/media/ffmpeg/ffmpeg-program.ts';
import { FfmpegReader } from '../../../src/media/ffmpeg/ffmpeg-reader.ts';
import type { NetworkInput } from '../../../src/media/reader/media-input.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { needsRtspServer, type RtspCamera, startOddCamera, startRtspCamera } from '../../peers/rtsp-camera.ts';
import { makeClip, temporaryFolder } from '../clip.ts';
import { needsFfmpeg } from '../reference-ffmpeg.ts';

/** Programs of FFmpeg's that a process has started, or those that have no parent any more and read what is named. */
function children(of: number | string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
        if (!words.some((word) => /(^|\/)ffmpeg$/.test(word))) return false;
        if (typeof of === 'string') return words.some((word) => word.includes(of));
        return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]) === of;
      } catch {
        return false;
      }
    });
}

describe('reader of FFmpeg’s program', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  let arena: Arena;
  beforeEach(function () {
    needsFfmpeg(this);
    arena = Arena.create();
  });
  afterEach(() => {
    assert.equal(arena?.statistics.slabsInUse ?? 0, 0, 'every slab is back');
    if (process.platform === 'linux') assert.deepEqual(children(process.pid), [], 'no child is left');
  });
  const network = (url: string, more: Partial<NetworkInput> = {}): NetworkInput => ({ kind: 'network', url, timeoutMs: 20_000, ...more });

  describe('data', () => {
    it('follows a change of size on the way', async () => {
      for (const [name, size] of [
        ['small', '64x48'],
        ['large', '128x96'],
      ] as const) {
        const made = ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=25:d=0.2`, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-f', 'mpegts'];
        assert.equal(spawnSync('ffmpeg', ['-v', 'error', '-y', ...made, at(`${name}.ts`)]).status, 0);
      }
      assert.equal(spawnSync('bash', ['-c', 'cat "$1" "$2" > "$3"', 'bash', at('small.ts'), at('large.ts'), at('both.ts')]).status, 0);
      const reader = await FfmpegReader.open({ kind: 'file', path: at('both.ts') }, { arena, video: {} });
      const sizes: string[] = [];
      for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
        assert.equal(frame.kind, 'video');
        if (frame.kind === 'video') sizes.push(`${frame.layout.width}x${frame.info.height}`);
        frame.slab.release();
      }
      await reader.close();
      assert.deepEqual(sizes, [...Array(5).fill('64x48'), ...Array(5).fill('128x96')]);
    });
  });

  describe('damage', () => {
    it('is marked and counted, frame by frame as FFmpeg tells of it', async () => {
      const made = [
        '-f',
        'lavfi',
        '-i',
        'testsrc2=s=320x240:r=25:d=2',
        '-c:v',
        'libx264',
        '-g',
        '25',
        '-pix_fmt',
        'yuv420p',
        '-f',
        'mpegts',
      ];
      assert.equal(spawnSync('ffmpeg', ['-v', 'error', '-y', ...made, at('good.ts')]).status, 0);
      const bytes = readFileSync(at('good.ts'));
      // In the payload of every 40th packet.
      for (let packet = 30; packet * 188 < bytes.length; packet += 40) for (let at = 60; at < 90; at++) bytes[packet * 188 + at]! ^= 0x5a;
      writeFileSync(at('bad.ts'), bytes);
      const { stderr } = spawnSync('ffmpeg', ['-v', 'repeat+warning', '-threads', '1', '-i', at('bad.ts'), '-f', 'null', '-'], {
        encoding: 'utf8',
      });
      const told = stderr.match(/corrupt decoded frame/g)?.length ?? 0;
      assert.ok(told > 0);
      const reader = await FfmpegReader.open({ kind: 'file', path: at('bad.ts') }, { arena, video: {} });
      let marked = 0;
      for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
        if (frame.kind === 'video' && frame.corrupt) marked++;
        frame.slab.release();
      }
      await reader.close();
      assert.equal(marked, told);
      assert.equal(reader.statistics.corruptFrames, told);
    });
  });

  describe('a camera', () => {
    let camera: RtspCamera | undefined;
    before(async function () {
      needsRtspServer(this as never);
      camera = await startRtspCamera();
    });
    after(() => camera?.kill());

    it('is read live, and what nobody takes is left out and counted', async () => {
      const reader = await FfmpegReader.open(network(camera!.url), { arena, video: {}, maxFrames: 2, framesAhead: 1 });
      assert.deepEqual([reader.video?.width, reader.video?.height, reader.video?.codec], [320, 240, 'h264']);
      const held = [await reader.next(), await reader.next()];
      assert.ok(held.every((frame) => frame?.kind === 'video' && frame.capturedAtUs !== undefined));
      // Its child is never held back, however long the frames are held.
      while (reader.statistics.overruns < 3) await new Promise(setImmediate);
      for (const frame of held) frame!.slab.release();
      const next = await reader.next();
      assert.equal(next?.discont, true);
      next?.slab.release();
      await reader.close();
    });

    it('that wants a password is told apart, and no message shows the one that was given', async () => {
      const url = `rtsp://eye:wrong-secret@${camera!.locked}`;
      await assert.rejects(FfmpegReader.open(network(url), { arena, video: {} }), (error: Error & { code: string }) => {
        assert.equal(error.code, 'media/unauthorised');
        assert.doesNotMatch(error.message, /wrong-secret/);
        return true;
      });
    });

    it('is let in with a password that other users of the machine cannot see', async function () {
      if (process.platform !== 'linux' || !(await ffmpegProgram()).takesLists) this.skip();
      const reader = await FfmpegReader.open(network(`rtsp://eye:s3cret@${camera!.locked}`), { arena, video: {} });
      const frame = await reader.next();
      frame?.slab.release();
      const [child] = children(process.pid);
      const seen = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${child}/${name}`, 'latin1')).join();
      assert.match(seen, /pipe:0/);
      assert.doesNotMatch(seen, /s3cret/);
      assert.deepEqual([reader.video?.width, reader.video?.height, reader.video?.codec], [320, 240, 'h264']);
      await reader.close();
    });

    it('that has no such stream, or no pictures, says so', async () => {
      const other = (path: string): string => camera!.url.replace('/cam', path);
      await assert.rejects(FfmpegReader.open(network(other('/none')), { arena, video: {} }), { code: 'media/not-found' });
      await assert.rejects(FfmpegReader.open(network(other('/audio')), { arena, video: {} }), { code: 'media/no-video' });
    });

    it('is let go of by a signal while it is being connected to', async () => {
      const silent = await startOddCamera(() => undefined);
      const abort = new AbortController();
      const opening = FfmpegReader.open(network(silent.url), { arena, video: {}, signal: abort.signal });
      abort.abort(new Error('enough'));
      await assert.rejects(opening, /enough/);
      await silent.close();
    });
  });

  describe('errors', () => {
    it('of the network have the codes of their causes', async () => {
      await assert.rejects(
        FfmpegReader.open(network('rtsp://u:hidden@127.0.0.1:1/x?key=hidden'), { arena, video: {} }),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'media/refused');
          assert.doesNotMatch(error.message, /hidden/);
          return true;
        },
      );
      await assert.rejects(FfmpegReader.open(network('gopher://somewhere/x'), { arena, video: {} }), { code: 'media/bad-url' });
    });

    it('come of a server that takes the connection and says nothing', async () => {
      const silent = await startOddCamera(() => undefined);
      await assert.rejects(FfmpegReader.open(network(silent.url, { timeoutMs: 300 }), { arena, video: {} }), { code: 'media/timed-out' });
      await silent.close();
    });

    it('of devices have theirs', async function () {
      if (process.platform !== 'linux') this.skip();
      const none = { kind: 'camera', device: '/dev/no-such-camera' } as const;
      await assert.rejects(FfmpegReader.open(none, { arena, video: {} }), { code: 'media/no-device' });
      const mute = { kind: 'microphone', device: 'no-such-microphone', system: 'alsa' } as const;
      await assert.rejects(FfmpegReader.open(mute, { arena, audio: {} }), { code: 'media/no-device' });
    });
  });

  describe('over HTTP', () => {
    let server: Server;
    const asked: string[] = [];
    before(async () => {
      await makeClip(at('clip.mp4'), { frames: 20 });
      server = createServer((request, response) => {
        asked.push(request.url!);
        if (request.url!.startsWith('/clip.mp4')) response.end(readFileSync(at('clip.mp4')));
        else response.writeHead(request.url === '/secret' ? 401 : 404).end();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    after(() => void server.close());
    const url = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

    it('reads a file, every frame of it', async () => {
      const reader = await FfmpegReader.open(network(url('/clip.mp4')), { arena, video: {} });
      const times: number[] = [];
      for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
        times.push(frame.ptsUs);
        frame.slab.release();
      }
      await reader.close();
      assert.deepEqual(
        times,
        Array.from({ length: 20 }, (_, index) => index * 40_000),
      );
    });

    it('reads what is to be had with a key, and asks for it with the key alone, however odd it is', async function () {
      if (!(await ffmpegProgram()).takesLists) this.skip();
      const key = "o'd%20d\\#";
      const reader = await FfmpegReader.open(network(url(`/clip.mp4?key=${key}`)), { arena, video: {} });
      let count = 0;
      for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
        assert.equal(frame.ptsUs, count++ * 40_000);
        frame.slab.release();
      }
      await reader.close();
      assert.equal(count, 20);
      assert.ok(asked.some((path) => path.includes("key=o'd%20d")));
    });

    it('tells what is not there from what is not to be had', async () => {
      await assert.rejects(FfmpegReader.open(network(url('/none')), { arena, video: {} }), { code: 'media/not-found' });
      await assert.rejects(FfmpegReader.open(network(url('/secret')), { arena, video: {} }), { code: 'media/unauthorised' });
    });
  });

  describe('its child', () => {
    it('ends with this process, even where that is killed', async function () {
      if (process.platform !== 'linux' || spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status !== 0) this.skip();
      const silent = await startOddCamera(() => undefined);
      const program = `
        const { FfmpegReader } = await import(${JSON.stringify(new URL('../../../src/media/ffmpeg/ffmpeg-reader.ts', import.meta.url).href)});
        const { Arena } = await import(${JSON.stringify(new URL('../../../src/memory/arena.ts', import.meta.url).href)});
        FfmpegReader.open({ kind: 'network', url: ${JSON.stringify(silent.url)}, timeoutMs: 600000 }, { arena: Arena.create(), video: {} });
        setInterval(() => console.log('alive'), 100);`;
      const other = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const gone = once(other, 'exit');
      for await (const _ of createInterface(other.stdout)) if (children(silent.url).length > 0) break;
      other.kill('SIGKILL');
      await gone;
      while (children(silent.url).length > 0) await new Promise(setImmediate);
      await silent.close();
    });
  });
});
