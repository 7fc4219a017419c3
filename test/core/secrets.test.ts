import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { ElementError, GraphError } from '../../src/core/errors.ts';
import { keepSecret, valueWithoutSecrets, withoutSecrets } from '../../src/core/secrets.ts';
import { checkGraph, loadGraph } from '../../src/load-graph.ts';
import { prepareLeat, runLeat } from '../cli/run-leat.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testPipeline } from '../support/test-pipeline.ts';
import { SOURCE_PADS, tinyElement } from '../support/tiny-element.ts';

describe('secrets', () => {
  const at = temporaryFolder();

  it('are masked in texts, as they stand, in URLs and in JSON', () => {
    keepSecret('p"ss/w0rd');
    assert.equal(withoutSecrets('it is p"ss/w0rd.'), 'it is ***.');
    assert.equal(withoutSecrets('mqtt://broker/?key=p%22ss%2Fw0rd'), 'mqtt://broker/?key=***');
    assert.equal(withoutSecrets('{"key":"p\\"ss/w0rd"}'), '{"key":"***"}');
  });

  it('are masked whole where one is a part of another', () => {
    keepSecret('longer-secret');
    keepSecret('longer-secret-still');
    assert.equal(withoutSecrets('longer-secret-still, longer-secret'), '***, ***');
  });

  it('stand before the @ of a URL, whatever it holds', () => {
    assert.equal(withoutSecrets('Cannot open rtsp://eye:s3cret@10.0.0.7:554/a@b'), 'Cannot open rtsp://***@10.0.0.7:554/a@b');
    assert.equal(withoutSecrets('https://user@host/x and mail me@example.org'), 'https://***@host/x and mail me@example.org');
    assert.equal(withoutSecrets('rtsp://eye:p@ss@host/x'), 'rtsp://***@host/x');
  });

  it('are neither paths nor what is short', () => {
    for (const value of ['/home/me', './clips', '../x.mp4', 'C:\\clips', 'yes']) {
      keepSecret(value);
      assert.equal(withoutSecrets(`found ${value}`), `found ${value}`);
    }
  });

  it('are masked in values, which stay what they are otherwise', () => {
    keepSecret('deep-secret');
    const date = new Date(0);
    assert.deepEqual(valueWithoutSecrets({ a: ['deep-secret', 1], b: { c: null, date } }), { a: ['***', 1], b: { c: null, date } });
  });

  it('are in no error', () => {
    keepSecret('hidden-away');
    assert.equal(new ElementError('a', 'x/y', 'it said hidden-away').message, 'it said ***');
    const { message, issues } = new GraphError([{ code: 'a/b', path: '/x', message: 'found hidden-away', hint: 'not hidden-away' }]);
    assert.doesNotMatch(message + JSON.stringify(issues), /hidden-away/);
  });

  it('are in no message and no note of an element, and reach its hooks all the same', async () => {
    keepSecret('told-by-all');
    let known: unknown;
    const source = tinyElement('source', {
      pads: SOURCE_PADS,
      create: ({ context }) => {
        context.warn('x/y', 'it is told-by-all');
        context.post('about', { it: 'told-by-all' });
        known = 'told-by-all';
        return { produce: () => undefined };
      },
    });
    const { pipeline, messages } = testPipeline(
      [
        source,
        tinyElement('sink', { pads: { sink: { ...SOURCE_PADS.src, direction: 'sink' } }, create: () => ({ render: () => undefined }) }),
      ],
      {
        links: ['source ! sink'],
      },
    );
    const { elements } = await pipeline.run();
    assert.doesNotMatch(JSON.stringify([messages, elements]), /told-by-all/);
    assert.equal(known, 'told-by-all');
  });

  describe('of graphs', function () {
    this.timeout(60_000);
    before(prepareLeat);

    const graph = (url: string) => ({
      elements: { it: { type: 'rtsp-source', props: { url } }, out: { type: 'fake-sink' } },
      links: ['it ! out'],
    });

    it('come from files beside them, and are in no picture of them', async () => {
      writeFileSync(at('password'), 'fr0m-a-file\n');
      writeFileSync(at('graph.json'), JSON.stringify(graph('rtsp://eye:${file:password}@127.0.0.1/cam?token=${env:LEAT_TEST_TOKEN}')));
      const { description } = await loadGraph({ file: at('graph.json') }, { env: { LEAT_TEST_TOKEN: 'fr0m-outside' } });
      assert.deepEqual(description.elements['it']!.props, { url: 'rtsp://eye:fr0m-a-file@127.0.0.1/cam?token=fr0m-outside' });
      for (const format of ['json', 'dot', 'mermaid', 'svg']) {
        const { stdout, code } = await runLeat(['graph', at('graph.json'), '--format', format], {
          env: { LEAT_TEST_TOKEN: 'fr0m-outside' },
        });
        assert.equal(code, 0);
        assert.doesNotMatch(stdout, /fr0m/);
      }
    });

    it('stand in them as they are, and are in no picture of them either', async () => {
      const elements = {
        broker: { type: 'mqtt-source', props: { url: 'mqtt://127.0.0.1', topics: ['a'], user: 'ear', password: 'pl@in-pass' } },
        feed: {
          type: 'websocket-source',
          props: { url: 'ws://127.0.0.1', headers: { Authorization: `Bearer ${'pl@in-key'.repeat(20)}` } },
        },
        first: { type: 'fake-sink' },
        second: { type: 'fake-sink' },
      };
      writeFileSync(at('plain.json'), JSON.stringify({ elements, links: ['broker ! first', 'feed ! second'] }));
      for (const format of ['json', 'dot', 'mermaid', 'svg']) {
        const { stdout, stderr, code } = await runLeat(['graph', at('plain.json'), '--format', format]);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /mqtt-source/);
        assert.doesNotMatch(stdout, /pl@in/);
      }
    });

    it('that are not there are complained of, with where they were looked for', async () => {
      writeFileSync(at('bad.json'), JSON.stringify(graph('${file:nowhere}')));
      const { issues } = await checkGraph({ file: at('bad.json') });
      assert.deepEqual(
        issues.map(({ code, path }) => [code, path]),
        [['graph/missing-secret', '/elements/it/props/url']],
      );
      assert.match(issues[0]!.message, /nowhere: ENOENT/);
    });

    it('that are too long for a value are another file than was meant', async () => {
      writeFileSync(at('long'), 'x'.repeat(70_000));
      writeFileSync(at('bad.json'), JSON.stringify(graph('${file:long}')));
      assert.match((await checkGraph({ file: at('bad.json') })).issues[0]!.message, /70000 bytes, 65536 at most/);
    });
  });
});
