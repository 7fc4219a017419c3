// What a graph is refused for when it runs is found when it is checked.
import assert from 'node:assert/strict';
import { checkGraph } from '../src/load-graph.ts';
import { GraphFolder } from './core/graph-folder.ts';

describe('checking a graph with a folder for its outputs', () => {
  let folder: GraphFolder;
  beforeEach(() => {
    folder = new GraphFolder().write({ 'in.mp4': 'x', 'model.onnx': 'x' });
  });
  afterEach(() => folder.remove());
  const check = async (launch: string, outputFolder: string | undefined = folder.path): Promise<string[]> => {
    const { issues } = await checkGraph({ launch, folder: folder.path }, { outputFolder });
    return issues.map(({ code, path }) => `${code} ${path}`);
  };

  it('finds what writes over what another reads or writes, whichever way its path is written', async () => {
    const same = await check('video-file-source path=in.mp4 ! video-file-sink name=film path=./in.mp4');
    assert.deepEqual(same, ['media/same-file /elements/film/props/path']);
    const twice = await check('fake-source ! tee name=t ! record name=a path=x/b.leat  t. ! record name=b path=x/../x/b.leat');
    assert.deepEqual(twice, ['media/same-file /elements/b/props/path']);
  });

  it('finds what writes files into a folder where another waits for such, and names both', async () => {
    folder.write({ 'in/a.jpg': 'x', 'in/done/b.jpg': 'x' });
    const watch = 'directory-source name=photos path=in watch=true after=move moveTo=done';
    const of = (match: string, sink: string): Promise<string[]> => check(`${watch} match=${match} ! image-file-sink name=out path=${sink}`);
    const found = ['media/watched-folder /elements/out/props/path'];
    assert.deepEqual(await of('*.jpg', 'in/small-%05d.jpg'), found);
    assert.deepEqual(await of('*.jpg', 'in/{frame}.jpg mkdir=false'), found);
    assert.deepEqual(await of('**/*.jpg', 'in/small/{source}.JPG'), found);
    for (const [match, sink] of [
      ['*.jpg', 'in/%05d.png'],
      ['*.jpg', 'in/small/%05d.jpg'],
      ['**/*.jpg', 'in/done/%05d.jpg'],
      ['**/*.jpg', 'inner/%05d.jpg'],
    ] as const) {
      assert.deepEqual(await of(match, sink), [], `${match} and ${sink}`);
    }
    const once = 'directory-source name=photos path=in ! image-file-sink path=in/small-%05d.jpg';
    assert.deepEqual(await check(once), []);
    const launch = `${watch} ! image-file-sink name=out path=in/small.jpg`;
    const [issue] = (await checkGraph({ launch, folder: folder.path }, { outputFolder: folder.path })).issues;
    assert.match(issue!.message, /^out: Cannot write .*small\.jpg: photos reads what comes into .*in, and would read that, too$/);
  });

  it('finds outputs that cannot be written', async () => {
    assert.deepEqual(await check('video-test-source ! video-file-sink name=film path=in.mp4/out.mp4'), [
      'media/folder-missing /elements/film/props/path',
    ]);
    assert.deepEqual(await check('video-test-source ! video-file-sink name=film path=new/out.mp4 mkdir=false'), [
      'media/folder-missing /elements/film/props/path',
    ]);
    assert.deepEqual(await check('video-test-source ! image-file-sink path=new/%05d.png'), []);
  });

  it('says nothing of outputs where it does not know where they go', async () => {
    const { issues } = await checkGraph({ launch: 'video-test-source ! video-file-sink path=in.mp4/out.mp4', folder: folder.path });
    assert.deepEqual(issues, []);
  });

  it('finds inputs of a join that are not linked, without a folder too', async () => {
    const graph = (props: object) => ({
      description: {
        elements: { a: { type: 'fake-source' }, b: { type: 'fake-source' }, j: { type: 'join', props }, s: { type: 'fake-sink' } },
        links: ['a ! j.sink_0', 'b ! j.sink_1', 'j ! s'],
      } as never,
    });
    const found = async (props: object) => (await checkGraph(graph(props))).issues.map(({ code, path }) => `${code} ${path}`);
    assert.deepEqual(await found({ policy: 'base', base: 'camera' }), ['join/no-such-input /elements/j/props/base']);
    assert.deepEqual(await found({ policy: 'base', base: 'sink_7' }), ['join/no-such-input /elements/j/props/base']);
    assert.deepEqual(await found({ inputs: [{}, {}, {}] }), ['join/no-such-input /elements/j/props/inputs']);
    assert.deepEqual(await found({ policy: 'base', base: 'camera', inputs: [{}, { name: 'camera' }] }), []);
  });

  it('finds a model that is not what its manifest says', async () => {
    const manifest = { manifestVersion: 1, name: 'm', file: 'model.onnx', sha256: '0'.repeat(64), inputs: {}, outputs: {} };
    folder.write({ 'model.json': manifest });
    const launch = 'video-test-source ! frame-to-tensor ! onnx-inference name=m model=model.json ! fake-sink';
    assert.deepEqual(await check(launch), ['inference/sha256-mismatch /elements/m/props/model']);
  });
});
