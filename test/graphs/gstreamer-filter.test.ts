import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPipeline, loadGraph } from '../../src/load-graph.ts';
import { probeVideoFile } from '../../src/media/reader/open-media.ts';
import { Arena } from '../../src/memory/arena.ts';
import { needsElements, needsGstreamer } from '../peers/gstreamer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { assertConserved } from '../support/test-pipeline.ts';

const file = fileURLToPath(new URL('../../graphs/gstreamer-filter.json', import.meta.url));

describe('graph with a launch line in its middle', function () {
  this.timeout(60_000);
  const at = temporaryFolder();

  it('films what comes back, of the size that the line gives, and reports', async function () {
    needsGstreamer(this);
    needsElements(this, 'videoflip', 'videobalance');
    const arena = Arena.create();
    const line = 'videobalance saturation=0 ! videoflip video-direction=90r';
    const pipeline = createPipeline(await loadGraph({ file }, { params: { out: at('turned'), count: 50, line } }), { arena });
    const summary = await pipeline.run();
    await pipeline.close();
    assertConserved(summary);
    assert.equal(arena.statistics.slabsInUse, 0);
    const film = await probeVideoFile(at('turned/film.mp4'));
    assert.deepEqual([film.width, film.height, film.frameCount, film.durationUs], [480, 640, 50, 2_000_000]);
    assert.match(readFileSync(at('turned/report.html'), 'utf8'), /<svg/);
  });
});
