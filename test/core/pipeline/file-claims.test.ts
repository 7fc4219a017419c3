import assert from 'node:assert/strict';
import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileClaims } from '../../../src/core/pipeline/file-claims.ts';

describe('file claims', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'leat-claims-'));
    writeFileSync(join(folder, 'there'), '');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const at = (name: string): string => join(folder, name);

  it('let any number of elements read a file', () => {
    const claims = new FileClaims();
    claims.claim('a', at('there'), false);
    claims.claim('b', at('there'), false);
  });

  it('let nobody write what another reads or writes', () => {
    for (const writes of [false, true]) {
      const claims = new FileClaims();
      claims.claim('a', at('there'), writes);
      const message = new RegExp(`^b: Cannot write .*there: a ${writes ? 'writes' : 'reads'} it`);
      assert.throws(() => claims.claim('b', at('there'), true), { code: 'media/same-file', element: 'b', message });
    }
  });

  it('let nobody read what another writes', () => {
    const claims = new FileClaims();
    claims.claim('a', at('there'), true);
    assert.throws(() => claims.claim('b', at('there'), false), { code: 'media/same-file', message: /^b: Cannot read .*: a writes it/ });
  });

  it('know a file by its links', () => {
    symlinkSync(at('there'), at('soft'));
    linkSync(at('there'), at('hard'));
    for (const name of ['soft', 'hard']) {
      const claims = new FileClaims();
      claims.claim('a', at('there'), false);
      assert.throws(() => claims.claim('b', at(name), true), { code: 'media/same-file' });
    }
  });

  it('know a file that is not there yet, whichever way its folder is named', () => {
    symlinkSync(folder, at('folder'));
    const claims = new FileClaims();
    claims.claim('a', at('new'), true);
    assert.throws(() => claims.claim('b', join(folder, 'folder', 'new'), true), { code: 'media/same-file' });
    claims.claim('b', at('newer'), true);
  });

  it('know a file that appears between two claims', () => {
    const claims = new FileClaims();
    claims.claim('a', at('new'), true);
    writeFileSync(at('new'), '');
    assert.throws(() => claims.claim('b', at('new'), true), { code: 'media/same-file' });
  });

  it('let an element claim a file of its own again', () => {
    const claims = new FileClaims();
    claims.claim('a', at('there'), true);
    claims.claim('a', at('there'), true);
  });

  it('let anybody write devices', () => {
    const claims = new FileClaims();
    claims.claim('a', '/dev/null', true);
    claims.claim('b', '/dev/null', true);
  });

  it('are gone when they are cleared', () => {
    const claims = new FileClaims();
    claims.claim('a', at('there'), true);
    claims.clear();
    claims.claim('b', at('there'), true);
  });
});
