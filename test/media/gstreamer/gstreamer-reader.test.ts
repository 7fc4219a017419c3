import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { GstreamerBackend } from '../../../src/media/gstreamer/gstreamer-backend.ts';
import { launchArguments } from '../../../src/media/gstreamer/launch-arguments.ts';
import type { MediaFrame, VideoFrame } from '../../../src/media/reader/media-frame.ts';
import type { ReadOptions } from '../../../src/media/reader/media-reader.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { needsGstreamer } from '../../peers/gstreamer.ts';
import { needsFfmpeg } from '../reference-ffmpeg.ts';

describe('launchArguments', () => {
  it('splits where it is blank outside of quotes', () => {
    assert.deepEqual(launchArguments(`a  b="c d" ! e='f g'`), ['a', 'b="c d"', '!', `e='f g'`]);
  });
});

describe('GStreamer back end', function () {
  this.timeout(60_000);
  const backend = new GstreamerBackend();
  let arena: Arena;
  before(function () {
    needsGstreamer(this as never);
  });
  beforeEach(() => (arena = Arena.create()));
  afterEach(() => assert.equal(arena.statistics.slabsInUse, 0, 'every slab is back'));

  const read = async (line: string, wishes: Pick<ReadOptions, 'video' | 'audio'>, see: (frame: MediaFrame) => void): Promise<void> => {
    const reader = await backend.open({ kind: 'launch', line, isLive: false }, { arena, ...wishes });
    for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
      see(frame);
      frame.slab.release();
    }
    await reader.close();
  };

  for (const [width, height] of [
    [64, 48],
    [171, 97],
  ] as const) {
    it(`gives pictures of ${width}x${height} as FFmpeg finds them`, async function () {
      needsFfmpeg(this);
      if (spawnSync('gst-inspect-1.0', ['--exists', 'avenc_ffv1']).status !== 0) {
        console.log('      (no avenc_ffv1, of gstreamer1.0-libav)');
        this.skip();
      }
      const line = `videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=${width},height=${height},framerate=25/1`;
      const found: Buffer[] = [];
      const times: number[] = [];
      await read(line, { video: {} }, (frame) => {
        times.push(frame.ptsUs);
        found.push(packed(arena, frame as VideoFrame));
      });
      // Coded without loss, and unpacked by FFmpeg, which knows nothing of how GStreamer lays rows out.
      const words = [...launchArguments(line), '!', 'avenc_ffv1', '!', 'matroskamux', '!', 'fdsink', 'fd=1'];
      const coded = spawnSync('gst-launch-1.0', ['-q', ...words], { maxBuffer: 2 ** 26 }).stdout;
      const raw = spawnSync('ffmpeg', ['-v', 'error', '-i', '-', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', '-'], { input: coded }).stdout;
      const size = found[0]!.length;
      assert.equal(raw.length, 3 * size);
      const wanted = [0, 1, 2].map((index) => raw.subarray(index * size, (index + 1) * size));
      assert.deepEqual(times, [0, 40_000, 80_000]);
      for (const [index, one] of found.entries()) assert.ok(one.equals(wanted[index]!), `picture ${index} differs`);
    });
  }

  it('takes HD pictures without a word on colours for bt709', async () => {
    const line = 'videotestsrc num-buffers=1 ! video/x-raw,format=I420,width=1280,height=720';
    await read(line, { video: {} }, (frame) => {
      const { matrix, range } = (frame as VideoFrame).info;
      assert.deepEqual([matrix, range], ['bt709', 'limited']);
    });
  });

  it('gives sound at the rate and in the format that are wanted', async () => {
    let samples = 0;
    await read(
      'audiotestsrc num-buffers=10 samplesperbuffer=441 ! audio/x-raw,rate=44100',
      { audio: { format: 'S16', rate: 22_050, channels: 1 } },
      (frame) => {
        assert.ok(frame.kind === 'audio');
        assert.deepEqual([frame.info.format, frame.info.rate, frame.info.channels], ['S16', 22_050, 1]);
        samples += frame.samples;
      },
    );
    assert.ok(Math.abs(samples - 2205) <= 64, `${samples} samples`);
  });

  it('says what is wrong with a line, and no password', async () => {
    const open = (line: string) => backend.open({ kind: 'launch', line, isLive: false }, { arena, video: {} });
    await assert.rejects(open('nosuchelement'), { code: 'media/bad-launch' });
    await assert.rejects(open('filesrc location=/no/such/file ! decodebin'), { code: 'media/not-found' });
    await assert.rejects(
      open('nosuchelement location=rtsp://me:hush@camera/x user-pw=hush2'),
      (error: Error) => !/hush/.test(error.message),
    );
  });

  it('is closed with pictures on their way', async () => {
    const line = 'videotestsrc is-live=true ! video/x-raw,width=64,height=48';
    const reader = await backend.open({ kind: 'launch', line, isLive: true }, { arena, video: {} });
    (await reader.next())?.slab.release();
    await reader.close();
    assert.equal(await reader.next(), undefined);
  });
});

function packed(arena: Arena, { slab, layout }: VideoFrame): Buffer {
  return Buffer.concat(
    layout.planes.flatMap(({ offset, stride, rows, rowBytes }) =>
      Array.from({ length: rows }, (_, y) => arena.bytes(slab.offset + offset + y * stride, rowBytes)),
    ),
  );
}
