// What GStreamer's program reads beside launch lines, where that is not the same of all back ends, or needs peers of its own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GstreamerReader } from '../../../src/media/gstreamer/gstreamer-reader.ts';
import type { MediaFrame } from '../../../src/media/reader/media-frame.ts';
import type { LaunchInput, MediaInput } from '../../../src/media/reader/media-input.ts';
import type { ReadOptions } from '../../../src/media/reader/media-reader.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { needsGstreamer } from '../../peers/gstreamer.ts';
import { needsSoundServer, type SoundServer, startSoundServer } from '../../peers/sound-server.ts';
import { temporaryFolder } from '../clip.ts';
import { needsFfmpeg } from '../reference-ffmpeg.ts';

type Seen = MediaFrame & { readonly first: number };

/** GStreamer's programs that this process has started. */
function children(): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      const isOurs = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'latin1'))?.[1]) === process.pid;
      return isOurs && readFileSync(`/proc/${name}/cmdline`, 'latin1').includes('gst-launch');
    } catch {
      return false;
    }
  });
}

describe('GStreamer’s program', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  let arena: Arena;
  before(function () {
    needsGstreamer(this as never);
    needsFfmpeg(this as never);
  });
  beforeEach(() => (arena = Arena.create()));
  afterEach(() => {
    assert.equal(arena.statistics.slabsInUse, 0, 'every slab is back');
    if (process.platform === 'linux') assert.deepEqual(children(), [], 'no child is left');
  });

  const make = (name: string, ...words: readonly string[]): string => {
    const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...words, at(name)], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return at(name);
  };
  const pictures = (size: string, seconds = 0.4): readonly string[] => ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=25:d=${seconds}`];
  const tone = (hertz: number): readonly string[] => ['-f', 'lavfi', '-i', `sine=${hertz}:r=48000:d=0.4`];
  const x264 = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p'];
  const read = async (
    input: MediaInput,
    wishes: Pick<ReadOptions, 'video' | 'audio'>,
    most = Number.POSITIVE_INFINITY,
  ): Promise<Seen[]> => {
    const reader = await GstreamerReader.open(input, { arena, ...wishes });
    const seen: Seen[] = [];
    while (seen.length < most) {
      const frame = await reader.next();
      if (frame === undefined) break;
      seen.push({ ...frame, first: arena.bytes(frame.slab.offset, 1)[0]! });
      frame.slab.release();
    }
    await reader.close();
    return seen;
  };
  const line = (text: string): LaunchInput => ({ kind: 'launch', line: text, isLive: false });
  const kinds = (seen: readonly Seen[]): Record<string, number> => ({
    video: seen.filter(({ kind }) => kind === 'video').length,
    audio: seen.filter(({ kind }) => kind === 'audio').length,
  });

  it('plays a file of whatever name again and again, with a raised epoch and times that go on', async () => {
    const path = make(`an odd "name" with \\ and ' ! x=1, ä%20.mp4`, ...pictures('64x48'), ...x264);
    const seen = await read({ kind: 'file', path, loop: 3 }, { video: {} });
    assert.deepEqual(
      seen.map(({ ptsUs }) => ptsUs),
      Array.from({ length: 30 }, (_, index) => index * 40_000),
    );
    assert.deepEqual(
      seen.map(({ epoch }) => epoch),
      Array.from({ length: 30 }, (_, index) => Math.floor(index / 10)),
    );
  });

  it('takes which of several streams is wanted', async () => {
    const maps = ['-map', '2', '-map', '0', '-map', '3', '-map', '1'];
    const path = make('four.mkv', ...pictures('64x48'), ...pictures('96x80'), ...tone(440), ...tone(880), ...maps, ...x264, '-c:a', 'flac');
    for (const [stream, width] of [
      [0, 64],
      [1, 96],
    ] as const) {
      const seen = await read({ kind: 'file', path }, { video: { stream } });
      assert.deepEqual([seen.length, seen[0]!.kind === 'video' && seen[0]!.info.width], [10, width]);
    }
    assert.deepEqual(kinds(await read({ kind: 'file', path }, { video: { stream: 1 }, audio: { stream: 1 } })), { video: 10, audio: 20 });
    await assert.rejects(read({ kind: 'file', path }, { audio: { stream: 2 } }), {
      code: 'media/no-stream',
      message: /it has 2 audio streams, counted from 0 \(its streams: h264, h264, flac, flac\)/,
    });
  });

  it('brings colours of ultra high definition to a matrix of ours', async () => {
    const path = make(
      'wide.mkv',
      '-f',
      'lavfi',
      '-i',
      'color=0xff0000:s=64x48:r=25:d=0.2',
      '-vf',
      'scale=out_color_matrix=bt2020',
      ...x264,
      '-colorspace',
      'bt2020nc',
    );
    const [seen] = await read({ kind: 'file', path }, { video: {} });
    assert.ok(seen?.kind === 'video');
    // Red is 81 of bt601 and 74 of bt2020.
    assert.deepEqual([seen.info.matrix, Math.abs(seen.first - 81) <= 2], ['bt601', true], `luma ${seen.first}`);
  });

  it('follows no lists that stand in a file', async () => {
    writeFileSync(at('list.mp4'), '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:1/x.ts\n');
    await assert.rejects(read({ kind: 'file', path: at('list.mp4') }, { video: {} }), { code: 'media/not-media', message: /it is text/ });
  });

  for (const [name, text] of [
    ['its last element', (path: string) => `filesrc location="${path}" ! decodebin`],
    [
      'elements that are called video and audio',
      () =>
        'videotestsrc num-buffers=10 ! video/x-raw,width=64,height=48,framerate=25/1 ! identity name=video audiotestsrc num-buffers=40 samplesperbuffer=480 ! audio/x-raw,rate=48000 ! identity name=audio',
    ],
  ] as const) {
    it(`gives pictures and sound of one line, by ${name}`, async () => {
      const path = make('line.mkv', ...pictures('64x48'), ...tone(440), ...x264, '-c:a', 'flac');
      const seen = await read(line(text(path)), { video: {}, audio: {} });
      assert.deepEqual(kinds(seen), { video: 10, audio: 20 });
      for (const kind of ['video', 'audio']) {
        const times = seen.filter((frame) => frame.kind === kind).map(({ ptsUs }) => ptsUs);
        assert.deepEqual(
          times,
          times.map((_, index) => index * (kind === 'video' ? 40_000 : 20_000)),
        );
      }
    });
  }

  it('says which of both a line does not give', async () => {
    const path = make('silent.mkv', ...pictures('64x48'), ...x264);
    await assert.rejects(read(line(`filesrc location=${path} ! decodebin`), { video: {}, audio: {} }), { code: 'media/no-audio' });
  });

  it('tells what it finds without reading on', async () => {
    const path = make('both.mp4', ...pictures('64x48'), ...tone(440), ...x264, '-c:a', 'aac');
    const { video, audio } = await GstreamerReader.probe({ kind: 'file', path }, { video: {}, audio: {} });
    assert.deepEqual([video?.codec, video?.container, video?.codedFormat], ['h264', 'mov,mp4,m4a,3gp,3g2,mj2', 'yuv420p']);
    assert.deepEqual([audio?.codec, audio?.codedRate, audio?.codedChannels], ['aac', 48_000, 1]);
    const found = await GstreamerReader.probe(line('videotestsrc ! video/x-raw,width=64,height=48,framerate=25/1'), { video: {} });
    assert.deepEqual([found.video?.width, found.video?.frameRate], [64, 25]);
  });

  describe('a microphone', () => {
    let server: SoundServer | undefined;
    before(async function () {
      needsSoundServer(this as never);
      server = await startSoundServer();
      server.hum();
    });
    after(() => server?.close());

    it('is heard', async () => {
      const microphone = {
        kind: 'microphone',
        system: 'pulse',
        device: 'voice',
        server: server!.address,
        rate: 16_000,
        channels: 1,
      } as const;
      const seen = await read(microphone, { audio: { chunkUs: 50_000 } }, 4);
      assert.ok(seen.every((frame) => frame.kind === 'audio' && frame.samples === 800 && frame.capturedAtUs !== undefined));
      assert.ok(seen.every(({ ptsUs }, index) => index === 0 || ptsUs > seen[index - 1]!.ptsUs));
    });

    it('that is not there is told of as that', async () => {
      const nobody = { kind: 'microphone', system: 'pulse', device: 'nobody', server: server!.address } as const;
      await assert.rejects(read(nobody, { audio: {} }), { code: 'media/no-device' });
    });
  });
});
