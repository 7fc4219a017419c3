import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPipeline, loadGraph } from '../../src/load-graph.ts';
import { probeVideoFile } from '../../src/media/reader/open-media.ts';
import { Arena } from '../../src/memory/arena.ts';
import { needsGstreamer } from '../peers/gstreamer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { assertConserved } from '../support/test-pipeline.ts';

const file = fileURLToPath(new URL('../../graphs/gstreamer.json', import.meta.url));

describe('graph of a launch line', function () {
  this.timeout(60_000);
  const at = temporaryFolder();

  it('films the ball, and reports', async function () {
    needsGstreamer(this);
    const arena = Arena.create();
    const pipeline = createPipeline(await loadGraph({ file }, { params: { out: at('ball') } }), { arena });
    const summary = await pipeline.run();
    await pipeline.close();
    assertConserved(summary);
    assert.equal(arena.statistics.slabsInUse, 0);
    const film = await probeVideoFile(at('ball/ball.mp4'));
    assert.deepEqual([film.width, film.height, film.frameCount, film.durationUs], [320, 240, 100, 4_000_000]);
    assert.match(readFileSync(at('ball/report.html'), 'utf8'), /<svg/);
  });
});
