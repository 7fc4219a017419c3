import assert from 'node:assert/strict';
import { join } from 'node:path';
import { GraphFolder } from '../graph-folder.ts';
import { brief, issuesOf } from '../graph-issues.ts';

const elements = { camera: { type: 'camera', props: { path: 'a.mp4' } }, screen: { type: 'screen' } };
const simple = { elements, links: ['camera ! screen'] };

/** The props of an element once everything is put in. */
const propsOf = (graph: { description: { elements: object } } | undefined, name: string): unknown =>
  (graph!.description.elements as Record<string, { props?: unknown }>)[name]?.props;

describe('opening a graph', () => {
  let folder: GraphFolder;
  beforeEach(() => {
    folder = new GraphFolder();
  });
  afterEach(() => folder.remove());

  describe('files', () => {
    it('reads a file; inputs are relative to its folder', async () => {
      const { graph, issues } = await issuesOf({ file: folder.write({ 'g/graph.json': simple }).file('g/graph.json') });
      assert.deepEqual(issues, []);
      assert.equal(graph?.baseFolder, folder.file('g'));
    });

    it('suggests the nearest name for a file that is not there', async () => {
      const { issues } = await issuesOf({ file: folder.write({ 'graph.json': simple, 'graph.txt': '' }).file('grahp.json') });
      assert.deepEqual(brief(issues), ['graph/file-not-found ']);
      assert.equal(issues[0]!.hint, 'did you mean graph.json?');
    });

    it('says that a folder is no file', async () => {
      const { issues } = await issuesOf({ file: folder.path });
      assert.match(issues[0]!.message, /it is a folder$/);
    });

    it('says that a file is empty', async () => {
      const { issues } = await issuesOf({ file: folder.write({ 'graph.json': ' \n' }).file('graph.json') });
      assert.deepEqual([issues[0]!.code, /is empty$/.test(issues[0]!.message)], ['graph/not-json', true]);
    });

    it('says that a file holds no text, and shows none of it', async () => {
      const { issues } = await issuesOf({ file: folder.write({ 'a.mp4': '\0\0\0 ftyp' }).file('a.mp4') });
      assert.deepEqual(brief(issues), ['graph/not-json ']);
      assert.match(issues[0]!.message, /^The graph file .*a\.mp4 holds no text in UTF-8$/);
    });

    it('says nothing that only follows from elements or links of another type', async () => {
      for (const list of [5, null, [{ name: 'camera', type: 'camera' }]]) {
        assert.deepEqual(brief((await issuesOf({ elements: list, links: ['camera ! screen'] })).issues), ['graph/bad-type /elements']);
      }
      assert.deepEqual(brief((await issuesOf({ elements, links: 'camera ! screen' })).issues), ['graph/bad-type /links']);
      assert.deepEqual(brief((await issuesOf({ elements, links: [['camera', 'screen']] })).issues), ['graph/bad-type /links/0']);
    });

    it('says where a file is not JSON', async () => {
      const { issues, graph } = await issuesOf({ file: folder.write({ 'graph.json': '{\n "elements": }' }).file('graph.json') });
      assert.equal(graph, undefined);
      assert.deepEqual([issues[0]!.code, issues[0]!.at?.line, issues[0]!.at?.column], ['graph/not-json', 2, 14]);
    });

    it('says that a list is no graph', async () => {
      const { issues } = await issuesOf({ file: folder.write({ 'graph.json': '[]' }).file('graph.json') });
      assert.deepEqual(brief(issues), ['graph/bad-type ']);
    });

    it('finds a duplicate name beside everything else, each with its line', async () => {
      const text =
        '{\n  "elements": {\n    "a": { "type": "camera", "props": { "path": "x", "rate": -1 } },\n    "a": { "type": "scren" }\n  }\n}';
      const { issues } = await issuesOf({ file: folder.write({ 'graph.json': text }).file('graph.json') });
      assert.deepEqual(
        issues.map(({ code, at }) => `${code} ${at?.line}:${at?.column}`),
        ['graph/duplicate-name 4:5', 'graph/unknown-type 4:12'],
      );
    });
  });

  describe('params', () => {
    const withParams = {
      params: {
        input: { type: 'path', default: 'a.mp4' },
        width: { type: 'integer', default: 320 },
        rate: { type: 'number' },
        name: { default: '${env:NAME}' },
      },
      elements: {
        camera: { type: 'camera', props: { path: '${input}', rate: '${rate}', pattern: '${name}' } },
        scale: { type: 'scale', props: { width: '${width}' } },
        screen: { type: 'screen' },
      },
      links: ['camera ! scale ! screen'],
    };
    const open = (params: Record<string, string | number | boolean>, env: Record<string, string> = { NAME: 'x' }) =>
      issuesOf({ file: folder.write({ 'g/graph.json': withParams }).file('g/graph.json') }, { params, env, currentFolder: folder.path });

    it('takes given values by their types, and defaults', async () => {
      const { graph, issues } = await open({ rate: '12.5', width: '640' });
      assert.deepEqual(issues, []);
      assert.deepEqual(propsOf(graph, 'scale'), { width: 640 });
      assert.deepEqual(propsOf(graph, 'camera'), { path: folder.file('g/a.mp4'), rate: 12.5, pattern: 'x' });
    });

    it('takes a given path relative to the current folder, an address as it is', async () => {
      const { graph } = await open({ rate: 1, input: 'b.mp4' });
      assert.equal((propsOf(graph, 'camera') as { path: string }).path, join(folder.path, 'b.mp4'));
      const { graph: other } = await open({ rate: 1, input: 'rtsp://host/b' });
      assert.equal((propsOf(other, 'camera') as { path: string }).path, 'rtsp://host/b');
    });

    it('says everything that is wrong with values, and nothing twice', async () => {
      const { issues } = await open({ width: 'wide', widht: '3' }, {});
      assert.deepEqual(brief(issues), [
        'graph/bad-param ',
        'graph/missing-env /params/name/default',
        'graph/missing-param /params/rate',
        'graph/unknown-param ',
      ]);
      assert.match(issues.find(({ code }) => code === 'graph/unknown-param')?.hint ?? '', /width/);
    });

    it('says that a reference names no param', async () => {
      const { issues } = await issuesOf({
        ...simple,
        elements: { ...elements, camera: { type: 'camera', props: { path: '${inptu}' } } },
        params: { input: { default: 'x' } },
      });
      assert.deepEqual(brief(issues), ['graph/unknown-param /elements/camera/props/path']);
      assert.equal(issues[0]!.hint, 'did you mean ${input}?');
    });

    it('says that a declaration is not one', async () => {
      const { issues } = await issuesOf({ ...simple, params: { a: 3, b: { type: 'text' } } });
      assert.deepEqual(brief(issues), ['graph/bad-type /params/a', 'graph/bad-value /params/b/type', 'graph/missing-param /params/b']);
    });
  });

  describe('settings', () => {
    const open = (settings: readonly string[]) =>
      issuesOf({ description: { elements: { ...elements, s: { type: 'scale' } }, links: ['camera ! s ! screen'] } as never }, { settings });

    it('change properties, by their types', async () => {
      const { graph, issues } = await open([
        's.width=640',
        's.even=true',
        's.limits.low=0.5',
        's.queue.maxBuffers=3',
        'camera.path=a=b.mp4',
      ]);
      assert.deepEqual(issues, []);
      assert.deepEqual(graph?.description.elements['s'], {
        type: 'scale',
        props: { width: 640, even: true, limits: { low: 0.5 } },
        queue: { maxBuffers: 3 },
      });
      assert.deepEqual(propsOf(graph, 'camera'), { path: 'a=b.mp4' });
    });

    it('are complained of all at once', async () => {
      const { issues } = await open(['s.width=wide', 's.widht=3', 'camrea.path=x', 'nonsense']);
      assert.deepEqual(brief(issues), [
        'graph/bad-setting ',
        'graph/bad-type /elements/s/props/width',
        'graph/unknown-element ',
        'graph/unknown-property /elements/s/props/widht',
      ]);
    });
  });

  describe('includes', () => {
    const fragment = {
      params: { width: { type: 'integer', default: 320 }, path: { type: 'path', default: 'in.mp4' } },
      elements: {
        first: { type: 'pass' },
        fit: { type: 'scale', props: { width: '${width}' } },
        out: { type: 'split' },
        spare: { type: 'screen' },
      },
      links: ['first ! fit ! out', 'out ! spare'],
      sinkPads: { sink: 'first' },
      srcPads: { src: 'out', extra: 'out.src_7' },
    };
    const main = {
      include: { part: { file: 'parts/fit.json', params: { width: 640 } } },
      elements: { ...elements, other: { type: 'screen' } },
      links: ['camera ! part ! screen', 'part.extra ! other'],
    };

    it('puts the elements of a part in under its name, and links to its pads', async () => {
      const { graph, issues } = await issuesOf({ file: folder.write({ 'main.json': main, 'parts/fit.json': fragment }).file('main.json') });
      assert.deepEqual(issues, []);
      assert.deepEqual(Object.keys(graph!.description.elements), [
        'camera',
        'screen',
        'other',
        'part/first',
        'part/fit',
        'part/out',
        'part/spare',
      ]);
      assert.deepEqual(propsOf(graph, 'part/fit'), { width: 640 });
      assert.deepEqual(graph!.description.links, [
        'part/first ! part/fit ! part/out',
        'part/out ! part/spare',
        'camera ! part/first',
        'part/out ! screen',
        'part/out.src_7 ! other',
      ]);
      assert.equal(graph!.folders.get('part/fit'), folder.file('parts'));
      assert.equal(graph!.folders.has('camera'), false);
    });

    it('includes within includes', async () => {
      const middle = {
        include: { deep: { file: 'fit.json', params: { width: '${w}' } } },
        params: { w: { type: 'integer' } },
        elements: { p: { type: 'pass' } },
        links: ['p ! deep'],
        sinkPads: { sink: 'p' },
        srcPads: { src: 'deep.src' },
      };
      const outer = { include: { m: { file: 'parts/middle.json', params: { w: 7 } } }, elements, links: ['camera ! m ! screen'] };
      const { graph, issues } = await issuesOf({
        file: folder.write({ 'main.json': outer, 'parts/middle.json': middle, 'parts/fit.json': fragment }).file('main.json'),
      });
      assert.deepEqual(issues, []);
      assert.deepEqual(propsOf(graph, 'm/deep/fit'), { width: 7 });
      assert.ok(graph!.description.links!.includes('m/p ! m/deep/first'));
    });

    it('sets properties of included elements', async () => {
      const file = folder.write({ 'main.json': main, 'parts/fit.json': fragment }).file('main.json');
      const { graph, issues } = await issuesOf({ file }, { settings: ['part/fit.width=800'] });
      assert.deepEqual(issues, []);
      assert.deepEqual(propsOf(graph, 'part/fit'), { width: 800 });
    });

    it('says what is wrong where it is wrong', async () => {
      const bad = {
        ...fragment,
        elements: { ...fragment.elements, fit: { type: 'scale', props: { width: 0 } } },
        links: ['first ! fit ! out', 'out ! spaer'],
      };
      const wrong = {
        ...main,
        include: { part: { file: 'parts/fit.json', params: { widht: 3, width: 'x' } }, none: { file: 'parts/fti.json' } },
        links: [...main.links, 'part.exrta ! none'],
      };
      const { issues } = await issuesOf({ file: folder.write({ 'main.json': wrong, 'parts/fit.json': bad }).file('main.json') });
      assert.deepEqual(issues.map(({ code, path, at }) => `${at?.file?.split('/').at(-1)} ${code} ${path}`).sort(), [
        'fit.json graph/out-of-range /elements/fit/props/width',
        'fit.json graph/unknown-element /links/1',
        'main.json graph/bad-param /include/part/params/width',
        'main.json graph/file-not-found /include/none/file',
        'main.json graph/unknown-pad /links/2',
        'main.json graph/unknown-param /include/part/params/widht',
      ]);
    });

    it('refuses a file that includes itself', async () => {
      const a = { include: { b: { file: 'b.json' } }, elements: {} };
      const b = { include: { a: { file: 'a.json' } }, elements: { p: { type: 'pass' } } };
      const { issues } = await issuesOf({ file: folder.write({ 'a.json': a, 'b.json': b }).file('a.json') });
      const cycle = issues.find(({ code }) => code === 'graph/include-cycle');
      assert.match(cycle?.message ?? '', /a\.json → b\.json → a\.json/);
    });

    it('refuses a name that an element has too', async () => {
      const { issues } = await issuesOf({
        file: folder
          .write({ 'main.json': { ...main, elements: { ...main.elements, part: { type: 'pass' } } }, 'parts/fit.json': fragment })
          .file('main.json'),
      });
      assert.ok(brief(issues).includes('graph/duplicate-name /include/part'));
    });
  });

  describe('plugins', () => {
    // A definition as plain data, so that the plugin needs no import.
    const plugin = (name: string): string =>
      `export const x = { name: '${name}', klass: 'Sink', summary: '', example: '', props: { safeParse: (v) => ({ success: true, data: v }), shape: {}, _zod: { def: { type: 'any' } } }, pads: {}, create: () => ({}) };`;
    const open = (plugins: readonly string[], options = {}) =>
      issuesOf({ file: folder.write({ 'graph.json': { ...simple, plugins } }).file('graph.json') }, options);

    it('are loaded from files and from packages, as seen from the folder of the graph', async () => {
      folder.write({
        'mine.mjs': plugin('mine'),
        'node_modules/leat-more/package.json': {
          name: 'leat-more',
          type: 'module',
          exports: { '.': { types: './x.d.ts', import: './main.js' } },
        },
        'node_modules/leat-more/main.js': plugin('more'),
        'node_modules/@me/old/package.json': { name: '@me/old', main: 'lib/main.mjs' },
        'node_modules/@me/old/lib/main.mjs': plugin('old'),
      });
      const { graph, issues } = await open(['./mine.mjs', 'leat-more', '@me/old']);
      assert.deepEqual(issues, []);
      for (const name of ['mine', 'more', 'old']) assert.notEqual(graph?.registry.get(name), undefined);
    });

    it('are loaded from the current folder when the command line names them', async () => {
      folder.write({ 'here/mine.mjs': plugin('mine') });
      const { graph, issues } = await open([], { plugins: ['./mine.mjs'], currentFolder: folder.file('here') });
      assert.deepEqual(issues, []);
      assert.notEqual(graph?.registry.get('mine'), undefined);
    });

    it('are complained of all at once', async () => {
      folder.write({
        'throws.mjs': 'throw new Error("not today");',
        'empty.mjs': 'export const version = 3;',
        'syntax.mjs': 'export const = 1;',
        'clash.mjs': plugin('camera'),
        'node_modules/broken/package.json': '{',
      });
      const { issues } = await open([
        './throws.mjs',
        './empty.mjs',
        './syntax.mjs',
        './clash.mjs',
        './nothing.mjs',
        'no-such-package',
        'broken',
      ]);
      assert.deepEqual(brief(issues), [
        'plugin/failed /plugins/0',
        'plugin/failed /plugins/2',
        'plugin/failed /plugins/6',
        'plugin/name-clash /plugins/3',
        'plugin/no-elements /plugins/1',
        'plugin/not-found /plugins/4',
        'plugin/not-found /plugins/5',
      ]);
      assert.match(issues[0]!.message, /not today/);
      assert.match(issues.find(({ code }) => code === 'plugin/no-elements')!.message, /version/);
      assert.match(issues.find(({ code }) => code === 'plugin/name-clash')!.message, /camera, but test has one/);
    });

    it('may be named twice', async () => {
      folder.write({ 'mine.mjs': plugin('mine') });
      assert.deepEqual((await open(['./mine.mjs', './mine.mjs'])).issues, []);
    });
  });
});
