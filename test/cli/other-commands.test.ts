import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { GraphFolder } from '../core/graph-folder.ts';
import { prepareLeat, runLeat, startLeat } from './run-leat.ts';

describe('leat', function () {
  this.timeout(30_000);
  before(prepareLeat);

  describe('--help', () => {
    it('names no command that the tables in README.md and docs/graphs.md leave out', async () => {
      const { stdout } = await runLeat(['--help']);
      const commands = [...stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);
      assert.ok(commands.includes('simulate'));
      for (const file of ['README.md', 'docs/graphs.md']) {
        const rows = [...readFileSync(file, 'utf8').matchAll(/^\| `leat ([a-z]+) [<[]/gm)].map(([, name]) => name!);
        assert.deepEqual(rows.sort(), commands.filter((name) => name !== 'help').sort(), file);
      }
    });
  });

  describe('check', () => {
    it('finds nothing wrong with the graphs that come with Leat', async () => {
      const { code, stdout } = await runLeat(['check', 'graphs/smoke.json']);
      assert.equal(code, 0);
      assert.equal(stdout, 'graphs/smoke.json: no problems found in 3 elements\n');
    });

    it('lists everything at once, with places, pointers and hints, and exits with 2', async () => {
      const folder = new GraphFolder().write({
        'graph.json':
          '{\n  "elements": {\n    "a": { "type": "fake-source", "props": { "conut": 3 } },\n    "b": { "type": "fake-snik" }\n  },\n  "links": ["a ! c"]\n}\n',
      });
      const { code, stderr } = await runLeat(['check', 'graph.json'], { cwd: folder.path });
      const { stdout } = await runLeat(['check', '--json', 'graph.json'], { cwd: folder.path });
      folder.remove();
      assert.equal(code, 2);
      assert.equal(
        stderr,
        [
          '3 problems with the graph:',
          '  graph.json:3:46 /elements/a/props/conut [graph/unknown-property]',
          '    There is no property conut; did you mean count?',
          '  graph.json:4:12 /elements/b/type [graph/unknown-type]',
          '    There is no element type fake-snik; did you mean fake-sink?',
          '  graph.json:6:13 /links/0 [graph/unknown-element]',
          '    There is no element named c; the graph has a, b',
          '',
        ].join('\n'),
      );
      assert.deepEqual(
        (JSON.parse(stdout) as { path: string }[]).map(({ path }) => path),
        ['/elements/a/props/conut', '/elements/b/type', '/links/0'],
      );
    });
  });

  describe('inspect', () => {
    it('lists the elements by kind', async () => {
      const { code, stdout } = await runLeat(['inspect']);
      assert.equal(code, 0);
      assert.match(stdout, /^Source\n( {2}.*\n)* {2}fake-source +Makes empty buffers\.$/m);
    });

    it('says everything about one', async () => {
      const { stdout } = await runLeat(['inspect', 'fake-source']);
      for (const part of [
        /^fake-source +Source\/Test$/m,
        /^ {2}src \(src\)$/m,
        /^ {2}count +whole number ≥ -1 +-1$/m,
        /leat run 'fake-source count=100 ! fake-sink'/,
      ]) {
        assert.match(stdout, part);
      }
      for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line);
    });

    it('prints the same as JSON, with the schema of the properties', async () => {
      const { stdout } = await runLeat(['inspect', 'fake-source', '--json']);
      const { name, pads, props } = JSON.parse(stdout);
      assert.equal(name, 'fake-source');
      assert.deepEqual(pads, [{ name: 'src', direction: 'src', presence: 'always', optional: false, media: 'any', caps: 'any' }]);
      assert.equal(props.properties.count.default, -1);
    });

    it('suggests the nearest name and exits with 2', async () => {
      const { code, stderr } = await runLeat(['inspect', 'fake-sorce']);
      assert.equal(code, 2);
      assert.match(stderr, /did you mean fake-source\?/);
    });

    it('is not brought down when nobody reads on', async () => {
      const leat = startLeat(['inspect', '--json']);
      leat.process.stdout!.destroy();
      const { code, stderr } = await leat.done;
      assert.deepEqual([code, stderr], [0, '']);
    });
  });

  describe('graph', () => {
    const launch = 'fake-source count=3 ! identity name=a ! fake-sink';

    it('prints a launch string as a graph file that runs', async () => {
      const { stdout } = await runLeat(['graph', '--format', 'json', launch]);
      const folder = new GraphFolder().write({ 'graph.json': stdout });
      const { code } = await runLeat(['check', folder.file('graph.json')]);
      folder.remove();
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(stdout).links, ['fake-source ! a ! fake-sink']);
    });

    it('draws in every format', async () => {
      const [dot, mermaid] = await Promise.all([runLeat(['graph', launch]), runLeat(['graph', launch, '--format', 'mermaid'])]);
      assert.match(dot.stdout, /^digraph leat \{[\s\S]*"fake-source" -> "a";[\s\S]*\}\n$/);
      assert.match(mermaid.stdout, /^flowchart LR\n[\s\S]* {2}e0 --> e1\n {2}e1 --> e2\n$/);
      const folder = new GraphFolder();
      const { code } = await runLeat(['graph', launch, '--format', 'svg', '--output', folder.file('out/graph.svg')]);
      assert.equal(code, 0);
      assert.match(readFileSync(folder.file('out/graph.svg'), 'utf8'), /^<svg [\s\S]*>fake-source<[\s\S]*<\/svg>\n$/);
      folder.remove();
    });

    it('refuses an unknown format and an invalid graph', async () => {
      assert.equal((await runLeat(['graph', launch, '--format', 'png'])).code, 2);
      assert.equal((await runLeat(['graph', 'fake-source ! nothing'])).code, 2);
    });
  });
});
