import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { beginWholeFile, writeWholeFile } from '../../../src/media/output/whole-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('whole-file', () => {
  const at = temporaryFolder();

  it('leaves what was there until the new file is complete', async () => {
    writeFileSync(at('out'), 'old');
    const file = beginWholeFile(at('out'));
    assert.equal(readFileSync(at('out'), 'utf8'), 'old');
    await file.write('new');
    assert.equal(readFileSync(at('out'), 'utf8'), 'new');
    file.abandon();
    assert.deepEqual(readdirSync(at()), ['out']);
  });

  it('leaves nothing when it is abandoned', () => {
    const file = beginWholeFile(at('out'));
    file.abandon();
    file.abandon();
    assert.deepEqual(readdirSync(at()), []);
  });

  it('says at once that the folder is missing', () => {
    assert.throws(() => beginWholeFile(at('no', 'out')), { code: 'media/folder-missing', message: /Cannot write .*out: its folder/ });
  });

  it('says that a folder stands where the file should, and cleans up', async () => {
    mkdirSync(at('out'));
    await assert.rejects(writeWholeFile(at('out'), 'new'), { code: 'media/is-folder' });
    assert.deepEqual(readdirSync(at()), ['out']);
  });

  it('says that the disk is full, and keeps what was there', async function () {
    if (!existsSync('/dev/full')) return this.skip();
    writeFileSync(at('out'), 'old');
    symlinkSync('/dev/full', at('out.part'));
    await assert.rejects(writeWholeFile(at('out'), 'new'), { code: 'media/disk-full' });
    assert.deepEqual(readdirSync(at()), ['out']);
    assert.equal(readFileSync(at('out'), 'utf8'), 'old');
  });
});
