// What a file may do to a graph that reads it: frames that are damaged, times that fall back or leave a hole, and a writer that is still
// at it. Every case by each of the back ends that read files.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { videoFileSource } from '../../../src/elements/sources/video-file-source.ts';
import { temporaryFolder } from '../../media/clip.ts';
import { needsFfmpeg } from '../../media/reference-ffmpeg.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';

const TS_PACKET = 188;

describe('video-file-source on bad input', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);

  /** 50 frames of a second's groups, which begin so many seconds after 0. */
  const make = (name: string, offset = 0): Buffer => {
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=160x120:r=25:d=2'];
    const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p'];
    const { status } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...source, ...coded, '-output_ts_offset', `${offset}`, at(name)]);
    assert.equal(status, 0);
    return readFileSync(at(name));
  };

  before(function () {
    needsFfmpeg(this as never);
    const early = make('early.ts');
    const late = make('late.ts', 7200);
    writeFileSync(at('back.ts'), Buffer.concat([late, early]));
    writeFileSync(at('hole.ts'), Buffer.concat([early, late]));
    const damaged = Buffer.from(early);
    for (let packet = 30; packet * TS_PACKET < damaged.length; packet += 40) {
      for (let byte = 60; byte < 90; byte++) damaged[packet * TS_PACKET + byte]! ^= 0x5a;
    }
    writeFileSync(at('damaged.ts'), damaged);
  });

  for (const backend of ['node-av', 'ffmpeg'] as const) {
    describe(`by ${backend}`, () => {
      const playing = (path: string, props: object = {}, { onNonMonotonic, hold }: { onNonMonotonic?: string; hold?: () => void } = {}) => {
        const kept: Kept[] = [];
        const made = testPipeline([videoFileSource, keepingSink('screen', kept, 'any', hold)], {
          elements: {
            'video-file-source': { props: { path, backend, ...props }, ...(onNonMonotonic === undefined ? {} : { onNonMonotonic }) },
          },
          links: ['video-file-source ! screen'],
        });
        const source = () => made.pipeline.summary().elements.find(({ name }) => name === 'video-file-source')!;
        return { ...made, kept, source };
      };
      const times = (kept: readonly Kept[]): number[] => kept.map(({ pts }) => pts);

      it('gives every frame where times fall back, at times that go on', async () => {
        const { pipeline, kept, assertClean } = playing(at('back.ts'));
        await pipeline.run();
        assert.deepEqual(
          times(kept),
          Array.from({ length: 100 }, (_, index) => index * 40_000),
        );
        assertClean();
      });

      it('leaves a hole of hours as it is', async () => {
        const { pipeline, kept, assertClean } = playing(at('hole.ts'));
        await pipeline.run();
        assert.deepEqual(
          times(kept),
          Array.from({ length: 100 }, (_, index) => (index < 50 ? index * 40_000 : 7200_000_000 + (index - 50) * 40_000)),
        );
        assertClean();
      });

      it('marks frames that are damaged, or leaves them out, as is asked for', async () => {
        const marking = playing(at('damaged.ts'));
        await marking.pipeline.run();
        const corrupt = marking.kept.filter(({ buffer }) => buffer.corrupt);
        assert.ok(corrupt.length > 0 && corrupt.length < marking.kept.length);
        assert.equal(marking.source().notes['corruptFrames'], corrupt.length);
        const leaving = playing(at('damaged.ts'), { onCorrupt: 'drop' });
        await leaving.pipeline.run();
        assert.deepEqual(times(leaving.kept), times(marking.kept.filter(({ buffer }) => !buffer.corrupt)));
        assert.equal(leaving.source().dropped['corrupt'], corrupt.length);
        assert.ok(leaving.kept.some(({ buffer }) => buffer.discont));
        leaving.assertClean();
        marking.assertClean();
      });

      it('reads a file that grows to no later than where it ends then, without a fault', async () => {
        const whole = readFileSync(at('early.ts'));
        const part = whole.subarray(0, Math.floor(whole.length / 2 / TS_PACKET) * TS_PACKET);
        writeFileSync(at('part.ts'), part);
        const alone = playing(at('part.ts'));
        await alone.pipeline.run();
        writeFileSync(at('grows.ts'), part);
        let count = 0;
        const grow = (): void => {
          const from = part.length + count * 10 * TS_PACKET;
          if (count++ % 2 === 0 && from < whole.length) appendFileSync(at('grows.ts'), whole.subarray(from, from + 20 * TS_PACKET));
        };
        const { pipeline, kept, assertClean } = playing(at('grows.ts'), {}, { hold: grow });
        await pipeline.run();
        assert.ok(kept.length >= alone.kept.length - 1 && kept.length <= 50, `${kept.length} frames, ${alone.kept.length} at first`);
        assert.deepEqual(
          times(kept),
          kept.map((_, index) => index * 40_000),
        );
        assertClean();
      });
    });
  }

  it('does with times that fall back what the graph says', async () => {
    const reading = (onNonMonotonic: string) => {
      const kept: Kept[] = [];
      const made = testPipeline([videoFileSource, keepingSink('screen', kept)], {
        elements: { 'video-file-source': { props: { path: at('back.ts'), backend: 'node-av' }, onNonMonotonic } },
        links: ['video-file-source ! screen'],
      });
      return { ...made, kept };
    };
    const dropping = reading('drop');
    await dropping.pipeline.run();
    // The last of those that fall back is no earlier than the last before.
    assert.equal(dropping.kept.length, 51);
    dropping.assertClean();
    await assert.rejects(reading('error').pipeline.run(), { code: 'element/non-monotonic' });
  });
});
