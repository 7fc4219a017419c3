import assert from 'node:assert/strict';
import { checkInputFile } from '../../src/core/check-input-file.ts';
import { GraphFolder } from './graph-folder.ts';

describe('check of an input file', () => {
  let folder: GraphFolder;
  beforeEach(() => {
    folder = new GraphFolder().write({ 'a/street.mp4': 'x', 'a/empty.mp4': '' });
  });
  afterEach(() => folder.remove());
  const check = (path: string) => checkInputFile(folder.file('a'), path, '/props/path').map(({ code, hint }) => [code, hint]);

  it('finds nothing wrong with a file that is there', () => {
    assert.deepEqual(check('street.mp4'), []);
    assert.deepEqual(check(folder.file('a/street.mp4')), []);
  });

  it('tells a missing file, a folder and an empty file apart', () => {
    assert.deepEqual(check('stret.mp4'), [['media/not-found', 'did you mean street.mp4?']]);
    assert.deepEqual(check('other/street.mp4'), [['media/not-found', undefined]]);
    assert.deepEqual(check('street.mp4/x'), [['media/not-found', undefined]]);
    assert.deepEqual(check('.'), [['media/not-a-file', undefined]]);
    assert.deepEqual(check('empty.mp4'), [['media/empty', undefined]]);
  });
});
