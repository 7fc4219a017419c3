import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deleteFile, moveFile } from '../../../src/media/files/used-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('moveFile', () => {
  const at = temporaryFolder();

  it('makes the folder, and names what would overwrite anything anew', async () => {
    for (const text of ['one', 'two', 'three']) {
      writeFileSync(at('a.b.txt'), text);
      await moveFile(at('a.b.txt'), at(), at('x', 'y'));
    }
    const moved = readdirSync(at('x', 'y')).map((name) => [name, readFileSync(at('x', 'y', name), 'utf8')]);
    assert.deepEqual(moved, [
      ['a.b-1.txt', 'two'],
      ['a.b-2.txt', 'three'],
      ['a.b.txt', 'one'],
    ]);
    assert.deepEqual(readdirSync(at()), ['x']);
  });

  it('leaves be what is gone', async () => {
    await moveFile(at('none'), at(), at('x'));
    await deleteFile(at('none'));
    assert.deepEqual(readdirSync(at('x')), []);
  });

  it('moves to another disk, and overwrites nothing there', async function () {
    const other = '/dev/shm';
    if (!existsSync(other) || statSync(other).dev === statSync(at()).dev) this.skip();
    const folder = mkdtempSync(join(other, 'leat-test-'));
    try {
      for (const text of ['one', 'two']) {
        writeFileSync(at('a.txt'), text);
        await moveFile(at('a.txt'), at(), folder);
      }
      assert.deepEqual(
        readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
        [
          ['a-1.txt', 'two'],
          ['a.txt', 'one'],
        ],
      );
      assert.deepEqual(readdirSync(at()), []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
