import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { createPipeline, loadGraph } from '../../src/load-graph.ts';
import { Arena } from '../../src/memory/arena.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { settled } from '../../src/testing/settled.ts';
import { assertConserved } from '../support/test-pipeline.ts';

const file = fileURLToPath(new URL('../../graphs/overloaded.json', import.meta.url));

/** Plays the graph on a clock of its own; the steps it took, and the share of the door's pictures that arrived. */
async function play(params: Record<string, number>) {
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
  it('thins the yard, then takes the lighter model, and undoes both in reverse order once the yard has ended', async () => {
    const { overload, elements } = await play({});
    assert.deepEqual(
      overload!.steps.map(({ direction, step }) => `${direction} ${step}`),
      ['up thin the yard', 'up lighter model', 'down lighter model', 'down thin the yard'],
    );
    assert.deepEqual(overload!.taken, []);
    const light = elements.find(({ name }) => name === 'light')!;
    assert.ok(light.handled > 20 && light.handled < 200, `the lighter model had ${light.handled} pictures`);
  }).timeout(30_000);

  it('takes no step where the model is fast enough', async () => {
    const { overload, elements } = await play({ heavyMs: 5 });
    assert.deepEqual(overload!.steps, []);
    assert.equal(elements.find(({ name }) => name === 'sink')!.handled, 420, 'nothing was lost');
  }).timeout(30_000);
});
