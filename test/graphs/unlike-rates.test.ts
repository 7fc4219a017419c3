import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPipeline, loadGraph } from '../../src/load-graph.ts';
import { Arena } from '../../src/memory/arena.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { assertConserved } from '../support/test-pipeline.ts';

const file = fileURLToPath(new URL('../../graphs/unlike-rates.json', import.meta.url));

describe('graph of unlike rates', () => {
  const at = temporaryFolder();

  it('gives a set for each frame, with the sweep and the reading nearest to it, and reports on them', async () => {
    const arena = Arena.create();
    const params = { report: at('report.html') };
    const pipeline = createPipeline(await loadGraph({ file }, { params }), { arena, clock: new ManualClock(1_000_000) });
    const summary = await pipeline.run();
    await pipeline.close();
    assertConserved(summary);
    assert.equal(arena.statistics.slabsInUse, 0);
    const { produced, notes } = summary.elements.find(({ name }) => name === 'together')!;
    assert.equal(produced, 100);
    // A sweep every 100 ms is within 20 ms of three frames in five.
    assert.equal(notes['sets'], '100; of their own time came camera 100, scanner 60, motion 100');
    assert.match(readFileSync(params.report, 'utf8'), /of their own time came camera 100/);
  });
});
