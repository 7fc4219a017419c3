import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { GraphFolder } from '../core/graph-folder.ts';
import { prepareLeat, runLeat } from './run-leat.ts';

const FAILING = 'fake-source count=30 ! identity failAfter=20 ! queue ! fake-sink';

describe('leat simulate', function () {
  this.timeout(30_000);
  before(prepareLeat);

  it('runs a graph in as many orders as asked for, and says what struck it', async () => {
    const folder = new GraphFolder().write({ 'faults.json': '{ "faults": [{ "kind": "drop", "from": 1, "to": 3 }] }' });
    const args = ['simulate', 'fake-source ! queue ! fake-sink', '--runs', '5', '--buffers', '10', '--faults', 'faults.json'];
    const { code, stdout } = await runLeat(args, { cwd: folder.path });
    folder.remove();
    assert.equal(code, 0);
    assert.match(stdout, /^launch string: 5 runs from seed 1, \d different orders of events\n/);
    assert.match(stdout, /faults: drop 10\n {2}nothing that must hold was broken\n$/);
  });

  it('prints the seed and the smallest case of a failure, saves it, repeats it, and exits with 1', async () => {
    const folder = new GraphFolder().write({});
    const found = await runLeat(['simulate', FAILING, '--seed', '4', '--save', 'case.json', '--log', 'log.txt'], { cwd: folder.path });
    assert.equal(found.code, 1);
    assert.match(found.stdout, /Broken: error\. identity: Failing on buffer 21/);
    assert.match(found.stdout, /--seed 4 --buffers 100\n/);
    assert.match(found.stdout, /sources: fake-source 21 buffers\n/);
    assert.deepEqual(JSON.parse(readFileSync(folder.file('case.json'), 'utf8')).limits, { 'fake-source': 21 });
    assert.match(readFileSync(folder.file('log.txt'), 'utf8'), /^1000000 state-changed[\s\S]*error identity/);
    const { code, stdout } = await runLeat(['simulate', FAILING, '--case', 'case.json', '--json'], { cwd: folder.path });
    folder.remove();
    assert.equal(code, 1);
    assert.equal(JSON.parse(stdout).failure.first.broken.invariant, 'error');
  });

  it('refuses what cannot be simulated, and a fault plan that is wrong, and exits with 2', async () => {
    const folder = new GraphFolder().write({ 'faults.json': '{ "faults": [{ "kind": "flood" }] }' });
    const source = await runLeat(['simulate', 'app-source caps=test ! fake-sink']);
    const plan = await runLeat(['simulate', 'fake-source ! fake-sink', '--faults', 'faults.json'], { cwd: folder.path });
    folder.remove();
    assert.deepEqual([source.code, plan.code], [2, 2]);
    assert.match(source.stderr, /simulation\/not-deterministic/);
    assert.match(plan.stderr, /Cannot take --faults faults\.json: \/faults\/0/);
  });
});
