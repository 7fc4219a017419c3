import assert from 'node:assert/strict';
import { ffmpegFault } from '../../../src/media/ffmpeg/ffmpeg-fault.ts';
import { FfmpegLog } from '../../../src/media/ffmpeg/ffmpeg-log.ts';

const heard = (text: string): FfmpegLog => {
  const log = new FfmpegLog();
  // However it is cut up on its way.
  for (const letter of text) log.push(letter);
  return log;
};

describe('what FFmpeg says while it reads', () => {
  it('is understood in the words of each release', () => {
    const releases = {
      '4.1':
        '[Parsed_showinfo_2 @ 0x1] [info] n:   1 pts:  40000 pts_time:0.04    pos:     9364 fmt:yuv420p sar:1/1 s:320x240 i:P iskey:0 type:B checksum:0A0B0C0D plane_checksum:[0A0B0C0D 01020304 05060708] mean:[1 2 3 \b] stdev:[1.0 2.0 3.0 \b]\n',
      '5.1':
        '[Parsed_showinfo_2 @ 0x1] [info] n:   1 pts:  40000 pts_time:0.04    pos:     9364 fmt:yuv420p sar:1/1 s:320x240 i:P iskey:0 type:B \n[Parsed_showinfo_2 @ 0x1] [info] color_range:tv color_space:bt709 color_primaries:unknown color_trc:unknown\n',
      '7.1':
        '[Parsed_showinfo_2 @ 0x1] [info] n:   1 pts:  40000 pts_time:0.04    duration:  40000 duration_time:0.04    fmt:yuv420p cl:left sar:1/1 s:320x240 i:P iskey:0 type:B \n[Parsed_showinfo_2 @ 0x1] [info] color_range:tv color_space:bt709 color_primaries:unknown color_trc:unknown\n',
    };
    for (const [release, text] of Object.entries(releases)) {
      const [picture] = heard(text).pictures;
      assert.deepEqual([picture?.ptsUs, picture?.width, picture?.height, picture?.keyFrame], [40_000, 320, 240, false], release);
      assert.equal(picture?.colour, release === '4.1' ? '' : 'tv, bt709', release);
      assert.equal(picture?.durationUs, release === '7.1' ? 40_000 : undefined, release);
    }
    const sound =
      '[Parsed_ashowinfo_2 @ 0x1] [info] n:2 pts:-45438 pts_time:-0.045438 pos:1 fmt:flt channels:1 chlayout:mono rate:16000 nb_samples:371 checksum:212A2762 \n';
    assert.deepEqual(heard(sound).sounds, [{ ptsUs: -45_438, samples: 371 }]);
  });

  it('tells that the picture behind a damaged packet is not the next one', () => {
    const picture =
      '[Parsed_showinfo_2 @ 0x1] [info] n: 1 pts: 0 pts_time:0 pos: 9 fmt:yuv420p sar:1/1 s:32x24 i:P iskey:0 type:B checksum:0 \n';
    const log = heard(`${picture}[error] Error while decoding stream #0:0: Invalid data found when processing input\n${picture}${picture}`);
    assert.deepEqual(
      log.pictures.map(({ discont }) => discont),
      [false, true, false],
    );
    assert.equal(log.damage, 1);
  });

  it('tells of a picture that was guessed in part, in the words of each release', () => {
    const picture =
      '[Parsed_showinfo_2 @ 0x1] [info] n: 1 pts: 0 pts_time:0 pos: 9 fmt:yuv420p sar:1/1 s:32x24 i:P iskey:0 type:B checksum:0 \n';
    for (const words of [
      '[h264 @ 0x1] [error] concealing 12 DC, 12 AC, 12 MV errors in P frame\n[warning] a.ts: corrupt decoded frame in stream 0\n',
      '[vist#0:0/h264 @ 0x1] [dec:h264 @ 0x2] [warning] corrupt decoded frame\n',
    ]) {
      const log = heard(`${picture}${words}${picture}${picture}`);
      assert.deepEqual(
        log.pictures.map(({ corrupt }) => corrupt),
        [false, true, false],
      );
    }
  });

  it('shows no password and no key, wherever FFmpeg repeats one', () => {
    const url = 'http://eye:hidden@camera.local/x?key=hidden';
    const { message, code } = ffmpegFault(
      { kind: 'network', url },
      [`Something odd about ${url} and tcp://eye:hidden@camera.local: no`],
      'media/not-media',
    );
    assert.equal(code, 'media/not-media');
    assert.doesNotMatch(message, /hidden/);
    assert.match(message, /Something odd/);
  });
});
