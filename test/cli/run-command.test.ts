import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import type { RunStatistics } from '../../src/cli/run-statistics.ts';
import { GraphFolder } from '../core/graph-folder.ts';
import { pluginText, prepareLeat, runLeat, startLeat } from './run-leat.ts';

const statisticsOf = (text: string): RunStatistics => JSON.parse(text) as RunStatistics;

describe('leat run', function () {
  this.timeout(30_000);
  let folder: GraphFolder;
  before(prepareLeat);
  beforeEach(() => {
    folder = new GraphFolder();
  });
  afterEach(() => folder.remove());

  it('plays a graph to its end and reports on it', async () => {
    const { code, stdout, stderr } = await runLeat(['run', 'graphs/smoke.json', '--param', 'count=50']);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '', 'the standard output belongs to the graph');
    assert.match(stderr, /^50 frames in /);
    assert.match(stderr, /^pass +50 /m);
    assert.match(stderr, /^Drops +none$/m);
  });

  it('plays a launch string, in one word or in several', async () => {
    const runs = await Promise.all([
      runLeat(['run', 'fake-source count=7 ! identity ! fake-sink', '--stats', '--quiet']),
      runLeat(['run', '--stats', '--quiet', 'fake-source', 'count=7', 'media=a b', '!', 'fake-sink']),
    ]);
    for (const { code, stdout, stderr } of runs) {
      assert.equal(code, 0, stderr);
      assert.equal(stderr, '');
      assert.equal(statisticsOf(stdout).frames, 7);
    }
  });

  it('changes properties, loads plugins and writes statistics and a trace to files', async () => {
    folder.write({
      'count.mjs': pluginText(`export const counting = defineElement({ ...common, name: 'counting', pads: { sink: sinkPad(anyMedia()) },
        create: ({ context }) => { context.post('output', 'counted.txt'); return { render: () => {} }; } });`),
      'graph.json': { elements: { a: { type: 'fake-source', props: { count: 1 } }, b: { type: 'counting' } }, links: ['a ! b'] },
    });
    const args = [
      'run',
      'graph.json',
      '--plugin',
      './count.mjs',
      '--set',
      'a.count=20',
      '--stats=out/stats.json',
      '--trace',
      'out/trace.json',
    ];
    const { code, stderr } = await runLeat(args, { cwd: folder.path });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Outputs +counted\.txt$/m);
    const { frames, elements, outcome } = statisticsOf(readFileSync(folder.file('out/stats.json'), 'utf8'));
    assert.deepEqual(
      [frames, outcome, elements.map(({ name, role, handled }) => [name, role, handled])],
      [
        20,
        'done',
        [
          ['a', 'source', 20],
          ['b', 'sink', 20],
        ],
      ],
    );
    const trace = JSON.parse(readFileSync(folder.file('out/trace.json'), 'utf8')) as { ph: string; name: string }[];
    assert.equal(trace.filter(({ ph, name }) => ph === 'X' && name === 'b').length, 20);
  });

  it('ends the sources after a duration', async () => {
    const { code, stdout, stderr } = await runLeat(['run', 'fake-source ! fake-sink', '--duration', '50ms', '--stats', '--quiet']);
    assert.equal(code, 0, stderr);
    const { outcome, elements } = statisticsOf(stdout);
    assert.equal(outcome, 'done');
    assert.equal(elements[0]!.handled, elements[1]!.handled, 'nothing is lost');
  });

  it('exits with 1 and one readable error when an element fails, and says what was done until then', async () => {
    const { code, stdout, stderr } = await runLeat(['run', 'fake-source count=9 ! identity failAfter=3 name=bad ! fake-sink', '--stats']);
    assert.equal(code, 1);
    assert.match(stderr, /Error: bad: Failing on buffer 4, as failAfter asks \[element\/failed\]\n$/);
    assert.match(stderr, /frames before it failed/);
    assert.doesNotMatch(stderr, /\n +at /, 'no stack trace');
    const { outcome, error } = statisticsOf(stdout);
    assert.deepEqual([outcome, error?.code, error?.element], ['failed', 'element/failed', 'bad']);
  });

  it('shows where an error comes from with LEAT_DEBUG', async () => {
    const { stderr } = await runLeat(['run', 'fake-source count=9 ! identity failAfter=3 ! fake-sink'], { env: { LEAT_DEBUG: '1' } });
    assert.match(stderr, /\n +at .*identity/);
    assert.match(stderr, /Caused by: Error: Failing/);
  });

  it('gives models a thread of the pool for each core, and one for the run that waits', async () => {
    const line = 'video-test-source count=3 ! letterbox ! onnx-inference model=models/shapes ! fake-sink';
    const { stderr } = await runLeat(['run', line], { env: { LEAT_THREADS: '6' } });
    assert.match(stderr, /runs 7 at once, 1 thread each/);
  });

  it('exits with 2 for every invalid graph or argument, before anything runs', async () => {
    folder.write({
      'syntax.json': '{ "elements": { }',
      'version.json': { version: 9, elements: {} },
      'clash.mjs': pluginText(
        `export const fake = defineElement({ ...common, name: 'fake-sink', pads: { sink: sinkPad(anyMedia()) }, create: () => ({ render: () => {} }) });`,
      ),
      'media.mjs': pluginText(
        `export const picky = defineElement({ ...common, name: 'picky', pads: { sink: sinkPad({ name: 'picture', caps: [{ media: 'picture', fields: {} }] }) }, create: () => ({ render: () => {} }) });`,
      ),
    });
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['run', 'nothing.json'], /There is no graph file nothing\.json.*\n?.*\[?/],
      [['run', 'syntax.json'], /syntax\.json:1:18 .*not-json/],
      [['run', 'version.json'], /Expected version 1/],
      [['run', 'fake-sourse ! fake-sink'], /did you mean fake-source\?/],
      [['run', 'fake-source conut=3 size=1 ! fake-sink'], /2 problems/],
      [['run', 'fake-source ! fake-sink', '--plugin', './nothing.mjs'], /There is no plugin/],
      [['run', 'fake-source ! fake-sink', '--plugin', './clash.mjs'], /leat has one of this name/],
      [['run', 'fake-source media=sound ! picky', '--plugin', './media.mjs'], /sound does not fit picture/],
      [['run', 'fake-source ! fake-sink', '--set', 'x.y=1'], /no element named x/],
      [['run', 'fake-source ! fake-sink', '--param', 'x'], /Cannot read --param x/],
      [['run', 'fake-source ! fake-sink', '--param', 'x=1'], /no param named x/],
      [['run', 'fake-source ! fake-sink', '--duration', 'soon'], /Cannot read the duration "soon"/],
      [['run', 'fake-source ! fake-sink', '--trace', 'syntax.json/trace'], /Cannot write/],
      // A folder in which nothing can be made, and which Node's own way of making folders never leaves.
      [['run', 'fake-source ! fake-sink', '--stats-file', '/proc/folder/stats.json'], /Cannot write/],
      [['run', 'fake-source ! fake-sink', '--bogus'], /unknown option '--bogus'/],
      [['run'], /missing required argument/],
      [['play', 'x.json'], /unknown command 'play'/],
    ];
    const runs = await Promise.all(cases.map(([args]) => runLeat(args, { cwd: folder.path })));
    for (const [index, { code, stderr }] of runs.entries()) {
      const [args, message] = cases[index]!;
      assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
      assert.match(stderr, message, args.join(' '));
      assert.doesNotMatch(stderr, /\n +at /, 'no stack trace');
    }
  });

  it('finds out when opening that caps do not fit, and exits with 2', async () => {
    folder.write({
      'late.mjs': pluginText(`
        const sound = { name: 'sound', caps: [{ media: 'sound', fields: { rate: { min: 1, max: 9 } } }] };
        export const source = defineElement({ ...common, name: 'late-source', pads: { src: srcPad(sound) }, open: () => ({ rate: 3 }),
          negotiate: { srcCaps: ({ resource }) => [{ media: 'sound', fields: { rate: resource.rate } }] }, create: () => ({ produce: () => undefined }) });
        export const sink = defineElement({ ...common, name: 'late-sink', pads: { sink: sinkPad({ name: 'sound', caps: [{ media: 'sound', fields: { rate: 5 } }] }) }, create: () => ({ render: () => {} }) });`),
    });
    const { code, stderr } = await runLeat(['run', 'late-source ! late-sink', '--plugin', './late.mjs'], { cwd: folder.path });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /launch string:1:15 .*no-common-caps/);
    assert.match(stderr, /rate 3 does not fit 5/);
  });

  it('gives elements of included graphs the folders of their files', async () => {
    folder.write({
      'tell.mjs': pluginText(`export const tell = defineElement({ ...common, name: 'tell', pads: { sink: sinkPad(anyMedia()) },
        create: ({ context }) => { context.post('folder', context.baseFolder); return { render: () => {} }; } });`),
      'g/graph.json': {
        include: { part: { file: 'parts/tell.json' } },
        elements: { a: { type: 'fake-source', props: { count: 1 } } },
        links: ['a ! part'],
      },
      'g/parts/tell.json': { plugins: ['../../tell.mjs'], elements: { b: { type: 'tell' } }, sinkPads: { sink: 'b' } },
    });
    const { code, stdout, stderr } = await runLeat(['run', folder.file('g/graph.json'), '--stats', '--quiet']);
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      statisticsOf(stdout).elements.map(({ name, notes }) => [name, notes]),
      [
        ['a', {}],
        ['part/b', { folder: folder.file('g/parts') }],
      ],
    );
  });

  it('says what went wrong where no hook could catch it', async () => {
    folder.write({
      'late.mjs': pluginText(`export const late = defineElement({ ...common, name: 'late', pads: { sink: sinkPad(anyMedia()) },
        create: () => ({ render: () => new Promise(() => { setTimeout(() => { throw new TypeError('out of nowhere'); }); }) }) });`),
    });
    const { code, stderr } = await runLeat(['run', 'fake-source ! late', '--plugin', './late.mjs'], { cwd: folder.path });
    assert.equal(code, 1, stderr);
    assert.equal(stderr, 'Error: out of nowhere\nSet LEAT_DEBUG=1 to see where it comes from.\n');
  });

  it('ends with an error when a graph stands still for good, and says where', async () => {
    folder.write({
      'hang.mjs': pluginText(`export const hang = defineElement({ ...common, name: 'hang', pads: { sink: sinkPad(anyMedia()) },
        create: () => ({ render: () => new Promise(() => {}) }) });`),
    });
    const { code, stderr } = await runLeat(['run', 'fake-source ! hang name=sink queue.maxBuffers=2', '--plugin', './hang.mjs'], {
      cwd: folder.path,
    });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /Error: The graph stands still.*sink.*\[pipeline\/stalled\]/s);
  });

  it('does not wait for what an element left behind', async () => {
    folder.write({
      'leak.mjs': pluginText(`export const leak = defineElement({ ...common, name: 'leak', pads: { sink: sinkPad(anyMedia()) },
        create: () => { setInterval(() => {}, 1e6); return { render: () => {} }; } });`),
    });
    const { code } = await runLeat(['run', 'fake-source count=1 ! leak', '--plugin', './leak.mjs'], { cwd: folder.path });
    assert.equal(code, 0);
  });

  describe('interrupted', () => {
    const plugin = pluginText(`
      export const telling = defineElement({ ...common, name: 'telling', pads: { sink: sinkPad(anyMedia()) },
        create: () => { let told = false; return { render: () => { if (!told) process.stderr.write('playing\\n'); told = true; } }; } });
      export const stuck = defineElement({ ...common, name: 'stuck', pads: { sink: sinkPad(anyMedia()) },
        create: () => ({ render: () => { process.stderr.write('stuck\\n'); setInterval(() => {}, 1000); return new Promise(() => {}); } }) });
      export const opening = defineElement({ ...common, name: 'opening', pads: { sink: sinkPad(anyMedia()) },
        open: ({ context: { signal } }) => new Promise((_, reject) => { process.stderr.write('opening\\n'); 
          const timer = setInterval(() => {}, 1000); signal.addEventListener('abort', () => { clearInterval(timer); reject(new Error('given up')); }); }),
        create: () => ({ render: () => {} }) });`);
    const start = (graph: string) =>
      startLeat(['run', graph, '--plugin', './test.mjs', '--stats'], { cwd: folder.write({ 'test.mjs': plugin }).path });

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`drains on ${signal} and exits with 130`, async () => {
        const leat = start('fake-source ! identity queue.maxBuffers=8 ! telling');
        await leat.saw('playing');
        leat.process.kill(signal);
        const { code, stdout, stderr } = await leat.done;
        assert.equal(code, 130, stderr);
        assert.match(stderr, /what is in flight is being finished/);
        const { outcome, elements } = statisticsOf(stdout);
        assert.equal(outcome, 'interrupted');
        for (const { received, handled, inFlight } of elements) assert.deepEqual([handled, inFlight], [received, 0], 'nothing is lost');
        assert.equal(new Set(elements.map(({ handled }) => handled)).size, 1);
      });
    }

    it('aborts on a second signal', async () => {
      const leat = start('fake-source ! stuck');
      await leat.saw('stuck');
      leat.process.kill('SIGINT');
      await leat.saw('Stopping');
      leat.process.kill('SIGINT');
      const { code, stderr } = await leat.done;
      assert.equal(code, 130, stderr);
      assert.match(stderr, /Aborting/);
      assert.doesNotMatch(stderr, /Error/);
    });

    it('gives up at once what has not begun', async () => {
      const leat = start('fake-source ! opening');
      await leat.saw('opening');
      leat.process.kill('SIGINT');
      const { code, stderr } = await leat.done;
      assert.equal(code, 130, stderr);
      assert.doesNotMatch(stderr, /Error/);
    });
  });

  it('is not brought down when nobody reads what it prints', async () => {
    const leat = startLeat(['run', 'fake-source count=5 ! fake-sink', '--stats']);
    leat.process.stdout!.destroy();
    const { code, stderr } = await leat.done;
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /EPIPE/);
  });

  it('leaves no empty files of a run that could not begin', async () => {
    const { code } = await runLeat(['run', 'nothing.json', '--trace', 'trace.json'], { cwd: folder.path });
    assert.equal(code, 2);
    assert.equal(existsSync(folder.file('trace.json')), false);
  });
});
