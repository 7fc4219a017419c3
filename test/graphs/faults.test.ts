import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPipeline, loadGraph } from '../../src/load-graph.ts';
import { Arena } from '../../src/memory/arena.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { settled } from '../../src/testing/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { assertConserved } from '../support/test-pipeline.ts';

const file = fileURLToPath(new URL('../../graphs/faults.json', import.meta.url));

describe('graph of faults', () => {
  const at = temporaryFolder();

  it('restarts what fails now and then, keeps what it failed on, and gives up a branch that fails for good', async () => {
    const clock = new ManualClock(1_000_000);
    const arena = Arena.create();
    const pipeline = createPipeline(await loadGraph({ file }, { params: { folder: at('faults') } }), { arena, clock, random: () => 0.5 });
    const codes: string[] = [];
    pipeline.bus.on('warning', ({ element, code }) => codes.push(`${element} ${code}`));
    let isDone = false;
    const run = pipeline.run().finally(() => {
      isDone = true;
    });
    run.catch(() => {});
    while (!isDone) {
      await settled();
      clock.advanceBy(1_000);
    }
    const summary = await run;
    await pipeline.close();
    assertConserved(summary);
    assert.equal(arena.statistics.slabsInUse, 0);
    const named = (name: string) => summary.elements.find((one) => one.name === name)!;
    const { quarantined } = named('model').dropped;
    assert.equal(quarantined, 2);
    assert.equal(named('results').handled, 100 - quarantined!);
    assert.equal(named('model').notes['restarts'], quarantined);
    const kept = readdirSync(at('faults'));
    assert.equal(kept.filter((name) => name.startsWith('model-source-0-') && name.endsWith('.leat')).length, quarantined);
    assert.equal(kept.length, 2 * quarantined!);
    assert.deepEqual(named('broken').dropped, { quarantined: 4, eos: 96 });
    assert.equal(codes.filter((code) => code === 'broken element/gave-up').length, 1);
  });
});
