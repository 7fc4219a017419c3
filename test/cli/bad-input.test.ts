import { GraphFolder } from '../core/graph-folder.ts';
import { runCases } from './bad-input/run-cases.ts';
import { prepareLeat } from './run-leat.ts';

describe('leat and arguments that', function () {
  this.timeout(60_000);
  before(prepareLeat);

  it('are wrong says what it found, what it expected and where', async () => {
    const folder = new GraphFolder().write({
      'graph.json': {
        params: { n: { type: 'integer', default: 3 }, file: { type: 'path' } },
        elements: { a: { type: 'fake-source' }, b: { type: 'fake-sink' } },
        links: ['a ! b'],
      },
      'unlinked.json':
        '{\n  "elements": {\n    "a": { "type": "fake-source" },\n    "b": { "type": "identity" }\n  },\n  "links": ["a ! b"]\n}\n',
      'film.mp4': '\0\0\0 ftypisom',
      'circle.json': { elements: { a: { type: 'identity' }, b: { type: 'identity' } }, links: ['a ! b ! a'] },
    });
    const graph = ['run', 'graph.json', '--param', 'file=x'];
    try {
      await runCases(folder.path, [
        [['run', './'], 2, /Cannot read the graph file \.: it is a folder/],
        [['run', 'film.mp4'], 2, /The graph file film\.mp4 holds no text in UTF-8;\s+expected a JSON object/],
        [[...graph, '--control', 'no.jsonl'], 2, /Cannot read --control no\.jsonl: there is no such file/],
        [[...graph, '--control', './'], 2, /Cannot read --control \.\/: it is a folder/],
        [['simulate', 'unlinked.json', '--faults', 'no.json'], 2, /Cannot read --faults no\.json: there is no such file/],
        [['simulate', 'unlinked.json', '--case', './'], 2, /Cannot read --case \.\/: it is a folder/],
        [['simulate', 'unlinked.json', '--case', 'film.mp4'], 2, /Cannot read --case film\.mp4: it is no JSON/],
        [['run', 'grph.json'], 2, /There is no graph file grph\.json; did you mean graph\.json\?/],
        [['run', 'graph.json'], 2, /\/params\/file .*\[graph\/missing-param\]/],
        [[...graph, '--param', 'n=many'], 2, /\[graph\/bad-param\]\n.*many/],
        [[...graph, '--set', 'a.count=many'], 2, /\/elements\/a\/props\/count .*\n +Expected a whole number, found the text "many"/],
        [[...graph, '--set', 'a.conut=3'], 2, /There is no property conut; did you mean count\?/],
        [[...graph, '--set', 'count=3'], 2, /Cannot read the setting "count=3"; write element\.property=value/],
        [
          ['check', 'unlinked.json'],
          2,
          /unlinked\.json:4:5 \/elements\/b .*\n +b\.src is not linked; link it to something, or to a fake-sink/,
        ],
        [['check', 'circle.json'], 2, /\[graph\/cycle\]\n.*a.*b/],
      ]);
    } finally {
      folder.remove();
    }
  });
});
