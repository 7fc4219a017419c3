import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPipeline, loadGraph } from '../../src/load-graph.ts';
import { Arena } from '../../src/memory/arena.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { settled } from '../../src/testing/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { assertConserved } from '../support/test-pipeline.ts';

const file = fileURLToPath(new URL('../../graphs/overloaded.json', import.meta.url));

/** Plays the graph on a clock of its own; the steps it took, and the share of the door's pictures that arrived. */
async function play(params: Record<string, number | string>) {
  const clock = new ManualClock(1_000_000);
  const arena = Arena.create();
  const pipeline = createPipeline(await loadGraph({ file }, { params }), { arena, clock });
  let isDone = false;
  const run = pipeline.run().finally(() => {
    isDone = true;
  });
  run.catch(() => {});
  for (let left = 15_000; left > 0 && !isDone; left -= 2) {
    await settled();
    clock.advanceBy(2_000);
  }
  const summary = await run;
  await pipeline.close();
  assertConserved(summary);
  assert.equal(arena.statistics.slabsInUse, 0);
  return summary;
}

describe('overloaded graph', () => {
  const at = temporaryFolder();

  it('climbs its ladder while it is too much, and undoes every step in reverse order when it is not', async () => {
    const { overload, elements } = await play({ report: at('report.html') });
    const names = ['wait for nobody', 'thin the yard', 'lighter model', 'pause the yard'];
    assert.deepEqual(
      overload!.steps.map(({ direction, step }) => `${direction} ${step}`),
      [...names.map((name) => `up ${name}`), ...names.reverse().map((name) => `down ${name}`)],
    );
    assert.deepEqual(overload!.taken, []);
    const dropped = (name: string) => Object.keys(elements.find((one) => one.name === name)!.dropped);
    assert.deepEqual([dropped('yard'), dropped('thin-yard'), dropped('line')], [['paused'], ['decimated'], ['overflow']]);
    const page = readFileSync(at('report.html'), 'utf8');
    for (const text of [...names, 'model.batch.maxWaitMs=0', 'yard.paused=true', 'above 80 %', 'at most 30 %'])
      assert.ok(page.includes(text), text);
  }).timeout(30_000);

  it('takes no step where the model is fast enough', async () => {
    const { overload, elements } = await play({ heavyMs: 5, report: at('report.html') });
    assert.deepEqual(overload!.steps, []);
    assert.equal(elements.find(({ name }) => name === 'results')!.handled, 370, 'nothing was lost');
  }).timeout(30_000);
});
