import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { MediaError } from '../../../src/media/media-error.ts';
import { makeFolderOf, outputError } from '../../../src/media/output/output-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('output error', () => {
  for (const [system, code, reason] of [
    ['ENOENT', 'media/folder-missing', 'its folder does not exist'],
    ['EACCES', 'media/permission-denied', 'the program may not write there'],
    ['EROFS', 'media/permission-denied', 'its file system is read-only'],
    ['ENOSPC', 'media/disk-full', 'there is no space left'],
    ['EPIPE', 'media/reader-gone', 'whoever read it is gone'],
  ] as const) {
    it(`says what ${system} means`, () => {
      const { code: found, message } = outputError('a.txt', Object.assign(new Error(), { code: system }));
      assert.deepEqual([found, message], [code, `Cannot write a.txt: ${reason}`]);
    });
  }

  it('keeps the words of the system for what it does not know', () => {
    const { code, message } = outputError('a.txt', new Error('EIO: i/o error, write'));
    assert.deepEqual([code, message], ['media/write-failed', 'Cannot write a.txt: EIO: i/o error, write']);
  });

  it('leaves an error alone that says it already', () => {
    const error = new MediaError('media/disk-full', 'full');
    assert.equal(outputError('a.txt', error), error);
  });
});

describe('makeFolderOf', () => {
  const at = temporaryFolder();

  it('makes every folder that is missing, and no more', () => {
    makeFolderOf(at('a', 'b', 'c.txt'));
    assert.ok(statSync(at('a', 'b')).isDirectory());
    assert.ok(!existsSync(at('a', 'b', 'c.txt')));
    makeFolderOf(at('a', 'b', 'c.txt'));
  });

  it('complains of a file in the way', () => {
    writeFileSync(at('a'), '');
    assert.throws(() => makeFolderOf(at('a', 'b', 'c.txt')), { code: 'media/folder-missing' });
    assert.throws(() => makeFolderOf(at('a', 'c.txt')), { code: 'media/folder-missing' });
  });

  it('comes to an end where nothing can be made', function () {
    if (!existsSync('/proc/self')) return this.skip();
    assert.throws(() => makeFolderOf('/proc/leat/deep/a.txt'), { name: 'MediaError' });
  });
});
