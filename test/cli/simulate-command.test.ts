import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { GraphFolder } from '../core/graph-folder.ts';
import { prepareLeat, runLeat } from './run-leat.ts';

const GRAPH = {
  'fake-source': { type: 'fake-source' },
  identity: { type: 'identity', props: { failAfter: '${after}' } },
  'fake-sink': { type: 'fake-sink' },
};
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
    assert.match(stdout, /faults: drop 10\n {2}dropped: fake-source \(fault 10\)\n {2}nothing that must hold was broken\n$/);
  });

  it('prints the seed and the smallest case of a failure, saves it, repeats it, and exits with 1', async () => {
    const folder = new GraphFolder().write({});
    const found = await runLeat(['simulate', FAILING, '--seed', '4', '--save', 'case.json', '--log', 'log.txt'], { cwd: folder.path });
    assert.equal(found.code, 1);
    assert.equal(found.stderr, 'Seed 4 breaks error; looking for the smallest case that does\n');
    assert.match(found.stdout, /Broken: error\. identity: Failing on buffer 21/);
    assert.match(found.stdout, /Reproduce it: leat simulate 'fake-source count=30 [^\n]+ --seed 4 --buffers 100\n/);
    assert.match(found.stdout, /sources: fake-source 21 buffers\n/);
    assert.deepEqual(JSON.parse(readFileSync(folder.file('case.json'), 'utf8')).limits, { 'fake-source': 21 });
    assert.match(readFileSync(folder.file('log.txt'), 'utf8'), /^1000000 state-changed[\s\S]*error identity/);
    const { code, stdout } = await runLeat(['simulate', FAILING, '--case', 'case.json', '--json'], { cwd: folder.path });
    folder.remove();
    assert.equal(code, 1);
    assert.equal(JSON.parse(stdout).failure.first.broken.invariant, 'error');
  });

  it('keeps what the graph writes to the standard output out of what it prints itself', async () => {
    const { stdout } = await runLeat([
      'simulate',
      'video-test-source name=v width=16 height=16 ! fake-sink  v.truth ! json-lines-sink path=-',
      '--json',
    ]);
    assert.equal(JSON.parse(stdout).version, 1);
  });

  it('prints a command that a shell can be given, which fails in the same way', async () => {
    const plan = { faults: [{ kind: 'fail', element: 'identity', probability: 0.01 }] };
    const graph = { params: { after: { type: 'integer' } }, elements: GRAPH, links: ['fake-source ! identity ! fake-sink'] };
    const folder = new GraphFolder().write({ 'my graph.json': JSON.stringify(graph), 'faults.json': JSON.stringify(plan) });
    const options = ['--runs', '9', '--buffers', '30', '--faults', 'faults.json', '--param', 'after=25'];
    const found = await runLeat(['simulate', 'my graph.json', ...options], { cwd: folder.path });
    const command = /Reproduce it: leat (.+)\n/.exec(found.stdout)![1]!;
    assert.match(command, /^simulate 'my graph\.json' /);
    const { stdout } = await promisify(execFile)('sh', ['-c', `printf '%s\\n' ${command}`]);
    const again = await runLeat(stdout.trimEnd().split('\n'), { cwd: folder.path });
    folder.remove();
    const said = (text: string): string[] => text.split('\n').slice(4);
    assert.equal(again.code, 1);
    assert.deepEqual(said(again.stdout), said(found.stdout));
  });

  it('runs the cameras under graphs/ on their bad day', async () => {
    const graph = 'graphs/simulated-cameras';
    const { code, stdout } = await runLeat([
      'simulate',
      `${graph}.json`,
      '--faults',
      `${graph}.faults.json`,
      '--runs',
      '5',
      '--buffers',
      '20',
    ]);
    assert.equal(code, 0, stdout);
    for (const kind of ['jitter', 'slow', 'reorder']) assert.match(stdout, new RegExp(`faults: .*${kind} \\d`));
    assert.match(stdout, /nothing that must hold was broken\n$/);
  });

  it('says what was found though it cannot be saved, and what became of edits', async () => {
    const plan = { edits: [{ to: 1, edit: { remove: 'nobody' } }] };
    const folder = new GraphFolder().write({ 'faults.json': JSON.stringify(plan) });
    const args = ['simulate', FAILING, '--faults', 'faults.json', '--save', 'missing/case.json'];
    const { code, stdout, stderr } = await runLeat(args, { cwd: folder.path });
    folder.remove();
    assert.equal(code, 2);
    assert.match(stdout, /edits: 0 made, 1 refused \(.*no element named nobody.*\)\n[\s\S]*Broken: error/);
    assert.match(stderr, /Cannot write --save missing\/case\.json/);
  });

  it('refuses seeds that there are not, and what a saved case says already', async () => {
    const folder = new GraphFolder().write({ 'case.json': '{ "seed": 3 }' });
    const graph = 'fake-source ! fake-sink';
    const refused = [
      ['--seed', '4294967296'],
      ['--seed', '4294967295', '--runs', '2'],
      ['--case', 'case.json', '--seed', '4'],
    ];
    const found = await Promise.all(refused.map((options) => runLeat(['simulate', graph, ...options], { cwd: folder.path })));
    folder.remove();
    assert.deepEqual(
      found.map(({ code }) => code),
      [2, 2, 2],
    );
    const said = found.map(({ stderr }) => stderr.split('\n')[0]);
    assert.match(said[0]!, /--seed: expected a whole number from 0 to 4294967295, found 4294967296/);
    assert.match(said[1]!, /--seed: the last of 2 runs would have a seed beyond 4294967295/);
    assert.match(said[2]!, /--seed: the case in case\.json says so already/);
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
