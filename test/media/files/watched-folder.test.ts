import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { type FolderOptions, watchFolder } from '../../../src/media/files/watched-folder.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('watchFolder', () => {
  const at = temporaryFolder();

  const watching = (options: Partial<FolderOptions> = {}) => {
    const watched = watchFolder({ folder: at(), patterns: ['*.txt'], settleUs: 0, order: 'name', except: [], ...options });
    return { ...watched, names: async (now: number) => (await watched.look(now)).map(({ name }) => name) };
  };

  it('gives each file once, when it has been the same for long enough', async () => {
    const { names } = watching({ settleUs: 10 });
    writeFileSync(at('b.txt'), '1');
    assert.deepEqual(await names(0), []);
    writeFileSync(at('a.txt'), '1');
    assert.deepEqual(await names(9), []);
    writeFileSync(at('b.txt'), '12');
    assert.deepEqual(await names(10), []);
    assert.deepEqual(await names(19), ['a.txt']);
    assert.deepEqual(await names(20), ['b.txt']);
    assert.deepEqual(await names(100), []);
  });

  it('orders what one look finds by name, as people count, or by time of change', async () => {
    for (const [name, seconds] of [
      ['n10.txt', 5],
      ['n9.txt', 7],
      ['n1.txt', 7],
    ] as const) {
      writeFileSync(at(name), 'x');
      utimesSync(at(name), seconds, seconds);
    }
    assert.deepEqual(await watching().names(0), ['n1.txt', 'n9.txt', 'n10.txt']);
    assert.deepEqual(await watching({ order: 'modified' }).names(0), ['n10.txt', 'n1.txt', 'n9.txt']);
  });

  it('follows links to files, and leaves folders, hidden files and those of other folders out', async () => {
    mkdirSync(at('done'));
    mkdirSync(at('done-not'));
    mkdirSync(at('folder.txt'));
    writeFileSync(at('.hidden.txt'), 'x');
    writeFileSync(at('done', 'a.txt'), 'x');
    writeFileSync(at('done-not', 'a.txt'), 'x');
    symlinkSync(at('done', 'a.txt'), at('link.txt'));
    symlinkSync(at('nowhere'), at('broken.txt'));
    assert.deepEqual(await watching({ patterns: ['**/*.txt'], except: [at('done')] }).names(0), ['done-not/a.txt', 'link.txt']);
  });

  it('reads no file twice where a linked folder leads back', async () => {
    mkdirSync(at('deep'));
    writeFileSync(at('deep', 'a.txt'), 'x');
    symlinkSync('.', at('self'));
    symlinkSync('..', at('deep', 'up'));
    assert.deepEqual(await watching({ patterns: ['**/*.txt'] }).names(0), ['deep/a.txt']);
    assert.deepEqual(await watching({ patterns: ['self/deep/*.txt'] }).names(0), ['self/deep/a.txt']);
  });

  it('gives a file again that was given too early', async () => {
    const { look, again, names } = watching({ settleUs: 0 });
    writeFileSync(at('a.txt'), 'x');
    const [file] = await look(0);
    again(file!, 0);
    assert.deepEqual(await names(1), ['a.txt']);
    assert.deepEqual(await names(2), []);
  });

  it('sees among many files, too, that one was overwritten, or has gone and come', async () => {
    const { names } = watching();
    for (let i = 0; i < 600; i++) writeFileSync(at(`${i}.txt`), 'x');
    assert.equal((await names(0)).length, 600);
    writeFileSync(at('599.txt'), 'longer');
    writeFileSync(at('0.txt'), 'longer');
    writeFileSync(at('600.txt'), 'new');
    const found = [await names(1), await names(2), await names(3)].flat();
    assert.deepEqual(found.sort(), ['0.txt', '599.txt', '600.txt']);
    rmSync(at('300.txt'));
    assert.deepEqual(await names(4), []);
    writeFileSync(at('300.txt'), 'x');
    assert.deepEqual(await names(5), ['300.txt']);
  });
});
