import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { checkOutputFile } from '../../src/core/check-output-file.ts';
import { GraphFolder } from './graph-folder.ts';

describe('check of an output file', () => {
  let folder: GraphFolder;
  beforeEach(() => {
    folder = new GraphFolder().write({ 'a/film.mp4': 'x' });
  });
  afterEach(() => folder.remove());
  const check = (path: string, makesFolders = true) =>
    checkOutputFile(folder.file(path), makesFolders, '/props/path').map(({ code }) => code);

  it('finds nothing wrong with a file that is there, or that can be made', () => {
    for (const path of ['a/film.mp4', 'a/new.mp4', 'b/c/new.mp4']) assert.deepEqual(check(path), []);
    assert.equal(existsSync(folder.file('b')), false);
  });

  it('tells a folder, a missing folder and a file in the place of one apart', () => {
    assert.deepEqual(check('a'), ['media/is-folder']);
    assert.deepEqual(check('b/new.mp4', false), ['media/folder-missing']);
    assert.deepEqual(check('a/film.mp4/new.mp4'), ['media/folder-missing']);
  });

  it('knows that nothing can be made among processes', function () {
    if (process.platform !== 'linux') return this.skip();
    const [issue] = checkOutputFile('/proc/x/out.mp4', true, '/props/path');
    assert.equal(issue?.code, 'media/folder-missing');
  });
});
