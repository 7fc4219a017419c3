import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPipeline, loadGraph } from '../../src/load-graph.ts';
import { Arena } from '../../src/memory/arena.ts';
import { loudness } from '../support/likeness.ts';
import { readJoined } from '../support/read-joined.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { assertConserved } from '../support/test-pipeline.ts';

const file = fileURLToPath(new URL('../../graphs/audio-and-video.json', import.meta.url));
const PICTURE = 40_000;

describe('graph of the pictures and the sound of a file', function () {
  this.timeout(60_000);
  const at = temporaryFolder();

  it('has each flash with its beep, and no other picture with one', async () => {
    const arena = Arena.create();
    const pipeline = createPipeline(await loadGraph({ file }, { params: { out: at('film') } }), { arena });
    const summary = await pipeline.run();
    await pipeline.close();
    assertConserved(summary);
    assert.equal(arena.statistics.slabsInUse, 0);
    const sets = await readJoined(at('film/together.leat'));
    assert.equal(sets.length, 125);
    const flashes: number[] = [];
    for (const [index, { pts, parts }] of sets.entries()) {
      const [picture, sound] = [parts.picture!, parts.sound!];
      assert.deepEqual([pts, picture.pts, sound.pts], [index * PICTURE, index * PICTURE, index * PICTURE]);
      const luma = picture.bytes.subarray(0, 320 * 180);
      const bright = luma.reduce((sum, one) => sum + one, 0) / luma.length > 200;
      // What is beside a tone in its block of AAC is as loud as a hundredth of it.
      const loud = loudness(new Float32Array(sound.bytes.buffer)) > 0.1;
      assert.equal(loud, bright, `at ${pts} µs`);
      if (bright) flashes.push(pts);
    }
    assert.deepEqual(
      flashes,
      [0, 1, 2, 3, 4].flatMap((second) => [second * 1_000_000 + 400_000, second * 1_000_000 + 440_000]),
    );
    assert.match(readFileSync(at('film/report.html'), 'utf8'), /<svg/);
  });
});
