import assert from 'node:assert/strict';
import type { StreamBuffer } from '../../src/core/stream/buffer.ts';
import { explore } from '../../src/simulation/explore.ts';
import type { FaultPlanInput } from '../../src/simulation/fault-plan.ts';
import { type SimulationRun, simulate } from '../../src/simulation/simulate.ts';
import { MAX_SEED } from '../../src/simulation/simulation-case.ts';
import { filter } from '../support/tiny-element.ts';
import { launched } from './graphs.ts';

describe('exploration', () => {
  it('makes as many runs as asked for, each of another seed', async () => {
    const graph = await launched('fake-source name=a ! funnel name=f ! fake-sink  fake-source name=b ! f.');
    const found = await explore(graph, { seed: 5, buffers: 10 }, { runs: 30 });
    assert.equal(found.failure, undefined);
    assert.equal(found.runs, 30);
    assert.ok(found.orders > 25, `${found.orders} orders`);
    assert.equal(found.buffers, 30 * 2 * 2 * 10);
  });

  it('goes on from 0 behind the last seed', async () => {
    const seeds: number[] = [];
    const onRun = ({ case: { seed } }: SimulationRun): void => void seeds.push(seed);
    await explore(await launched('fake-source ! fake-sink'), { seed: MAX_SEED - 1, buffers: 1 }, { runs: 3, onRun });
    assert.deepEqual(seeds, [MAX_SEED - 1, MAX_SEED, 0]);
  });

  it('refuses to look not at all', async () => {
    const graph = await launched('fake-source ! fake-sink');
    for (const runs of [0, Number.NaN]) await assert.rejects(explore(graph, {}, { runs }), /at least one/);
  });

  it('says what became of edits', async () => {
    const graph = await launched('fake-source ! queue ! tee name=t ! fake-sink');
    const come = { add: { elements: { side: { type: 'fake-sink' } }, links: ['t ! side'] } };
    const edits = [come, { remove: 'nobody' }].map((edit) => ({ to: 1, edit }));
    const found = await explore(graph, { buffers: 20, faults: { edits } }, { runs: 3 });
    assert.equal(found.failure, undefined);
    assert.deepEqual(Object.values(found.edits.refused), [3]);
    assert.match(Object.keys(found.edits.refused)[0]!, /no element named nobody/);
    assert.equal(found.edits.made, 3);
  });

  it('stops at the first failure, whose seed alone reproduces it', async () => {
    const graph = await launched('fake-source name=a media=test ! funnel name=f ! picky ! fake-sink  fake-source name=b media=test ! f.', [
      picky(),
    ]);
    const { failure, runs } = await explore(graph, { seed: 1, buffers: 20 }, { runs: 200, shrinkBudget: 0 });
    assert.equal(failure?.run.broken?.invariant, 'error');
    assert.equal(failure.run.case.seed, runs);
    const again = await simulate(graph, { seed: failure.run.case.seed, buffers: 20 });
    assert.deepEqual(again.broken, failure.run.broken);
    assert.equal(again.digest, failure.run.digest);
  });

  it('shrinks a failure to the buffers, the faults and the choices that it takes', async () => {
    const fussy = filter('fussy', (buffer) => {
      if (buffer.pts === 70_000) throw new Error('no sevens after a loss');
      return buffer;
    });
    const graph = await launched(
      'fake-source name=a media=test durationMs=10 ! fussy ! fake-sink  fake-source name=b ! identity ! fake-sink',
      [fussy],
    );
    const faults: FaultPlanInput = {
      faults: [
        { kind: 'jitter', maxMs: 5 },
        { kind: 'slow', maxMs: 9, probability: 0.5 },
      ],
    };
    const { failure } = await explore(graph, { buffers: 64, faults }, { runs: 1 });
    const { run, tried } = failure!.smallest;
    assert.deepEqual(run.case.limits, { a: 8, b: 0 });
    assert.deepEqual(run.case.only, []);
    assert.deepEqual(run.strikes, []);
    assert.equal(run.case.choices, 0);
    assert.ok(tried < 100, `${tried} attempts`);
    assert.deepEqual((await simulate(graph, run.case)).broken, run.broken);
  });

  it('keeps the one fault that it takes', async () => {
    const graph = await launched('fake-source durationMs=10 ! fake-sink');
    const faults: FaultPlanInput = {
      faults: [
        { kind: 'duplicate', probability: 0.5 },
        { kind: 'drop', probability: 0.2 },
      ],
    };
    const { failure } = await explore(
      graph,
      { buffers: 40, faults },
      {
        runs: 1,
        onRun: ({ summary }) => assert.equal(summary.elements[0]!.dropped['fault'] ?? 0, 0),
      },
    );
    const { run } = failure!.smallest;
    assert.equal(run.strikes.length, 1);
    assert.equal(run.strikes[0]!.fault.kind, 'drop');
    assert.equal(run.case.limits['fake-source'], run.strikes[0]!.buffer + 1);
  });
});

/** Fails when a buffer of b comes right after three of a. */
function picky() {
  let inRow = 0;
  return filter('picky', (buffer: StreamBuffer) => {
    if (buffer.sequence === 0) inRow = 0;
    if (buffer.source === 'b' && inRow === 3) throw new Error('after three');
    inRow = buffer.source === 'a' ? inRow + 1 : 0;
    return buffer;
  });
}
