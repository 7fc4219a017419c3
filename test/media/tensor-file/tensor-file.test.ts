import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bytesOfShape } from '../../../src/media/tensor/tensor-shape.ts';
import { openTensorFile } from '../../../src/media/tensor-file/tensor-file.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { refusesBeginnings } from '../files/broken-off.ts';
import { npy } from './npy.ts';

const folder = fileURLToPath(new URL('../../references/tensor-files/', import.meta.url));

interface Expected {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: string;
}

/** What numpy has written and reads back; of archives, by `file:array`. */
const arrays = JSON.parse(readFileSync(`${folder}arrays.json`, 'utf8')) as Record<string, Expected>;

describe('openTensorFile', () => {
  const at = temporaryFolder();
  const arena = Arena.create();

  afterEach(() => assert.equal(arena.statistics.slabsInUse, 0));

  /** The whole array, and its pieces one after the other. */
  async function read(path: string, array?: string) {
    const file = await openTensorFile(arena, path, array);
    try {
      const { shape, dtype } = file;
      const bytesOf = async (index: number | 'whole', sizes: readonly number[]): Promise<string> => {
        const slab = await file.read(index);
        const bytes = Buffer.from(arena.bytes(slab.offset, bytesOfShape(sizes, dtype))).toString('hex');
        slab.release();
        return bytes;
      };
      const pieces: string[] = [];
      for (let i = 0; i < shape[0]!; i++) pieces.push(await bytesOf(i, shape.slice(1)));
      return { dtype, shape, bytes: await bytesOf('whole', shape), pieces };
    } finally {
      await file.close();
    }
  }

  for (const [name, { dtype, shape, bytes }] of Object.entries(arrays)) {
    it(`reads ${name} as numpy does: ${dtype} ${shape.join('×')}`, async () => {
      const [file, array] = name.split(':') as [string, string?];
      const found = await read(folder + file, array);
      assert.deepEqual([found.dtype, found.shape], [dtype, shape.length === 0 ? [1] : shape]);
      assert.equal(found.bytes, bytes);
      assert.equal(found.pieces.join(''), bytes);
    });
  }

  it('has been tried on all that numpy writes of numbers', () => assert.ok(Object.keys(arrays).length >= 30));

  for (const [name, message] of [
    ['complex.npy', /are <c8/],
    ['text.npy', /are <U2/],
    ['object.npy', /are \|O/],
    ['record.npy', /are a record of several fields/],
  ] as const) {
    it(`refuses ${name}, and says what it holds`, () => assert.rejects(read(folder + name), { code: 'media/unsupported-dtype', message }));
  }

  it('says which arrays there are', async () => {
    await assert.rejects(read(`${folder}stored.npz`), { code: 'media/no-array', message: /it has one, two; name one of them/ });
    await assert.rejects(read(`${folder}stored.npz`, 'three'), { code: 'media/no-array', message: /the array three .* one, two/ });
  });

  for (const name of ['f4.npy', 'version-2.npy', 'fortran-4.npy', 'stored.npz', 'deflated.npz', 'wide.npz']) {
    it(`fails wherever ${name} breaks off, and leaves nothing behind`, () => {
      const array = name.startsWith('wide') ? undefined : 'two';
      // The last bytes of this one are a note.
      const enough = name.startsWith('wide') ? readFileSync(folder + name).length - 7 : undefined;
      return refusesBeginnings({ whole: folder + name, path: at('cut'), arena, read: (path) => read(path, array), step: 7, enough });
    });
  }

  it('finds that what is deflated is damaged', async () => {
    const bytes = readFileSync(`${folder}only.npz`);
    for (const place of [60, 80, 100]) {
      const damaged = Buffer.from(bytes);
      damaged[place]! ^= 0x10;
      writeFileSync(at('bad.npz'), damaged);
      await assert.rejects(read(at('bad.npz')), { code: 'media/corrupt' });
    }
  });

  it('never inflates more than an archive says', async () => {
    const bytes = Buffer.from(readFileSync(`${folder}only.npz`));
    const directory = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    bytes.writeUInt32LE(20, directory + 24);
    writeFileSync(at('bomb.npz'), bytes);
    await assert.rejects(read(at('bomb.npz')), { code: 'media/corrupt' });
  });

  const ones = '1'.repeat(40);
  for (const [head, code] of [
    [{ shape: '(9007199254740991, 9)' }, 'media/corrupt'],
    [{ shape: '(-1,)' }, 'media/corrupt'],
    [{ shape: `(${ones}x)` }, 'media/corrupt'],
    [{ shape: `(${ones},)` }, 'media/corrupt'],
    [{ shape: `(${'1, '.repeat(65)})` }, 'media/corrupt'],
    [{ shape: `(${'1, '.repeat(20_000)})`, fortran_order: 'True' }, 'media/corrupt'],
    [{ shape: undefined }, 'media/corrupt'],
    [{ fortran_order: undefined }, 'media/corrupt'],
    [{ shape: '(1000000,)' }, 'media/truncated'],
    [{ descr: "'<q9'" }, 'media/unsupported-dtype'],
    [{ descr: "'>f16'" }, 'media/unsupported-dtype'],
    [{ descr: "[('a', '<f4')]" }, 'media/unsupported-dtype'],
  ] as const) {
    it(`refuses the head ${JSON.stringify(head).slice(0, 60)}`, async () => {
      writeFileSync(at('a.npy'), npy(head));
      await assert.rejects(read(at('a.npy')), { code });
    });
  }

  it('reads an array without elements, however long its other axes are said to be', async () => {
    writeFileSync(at('a.npy'), npy({ shape: '(4294967296, 7, 0)', fortran_order: 'True' }));
    const file = await openTensorFile(arena, at('a.npy'));
    for (const index of ['whole', 4294967295] as const) (await file.read(index)).release();
    await file.close();
  });

  it('takes a head in any order, with as many axes as numpy knows', async () => {
    writeFileSync(at('a.npy'), npy({ shape: `(${'1, '.repeat(63)}2)`, fortran_order: 'True' }, Float32Array.of(1, 2)));
    assert.equal((await read(at('a.npy'))).bytes, '0000803f00000040');
  });

  it('says what is wrong with files that are none of tensors', async () => {
    writeFileSync(at('a.npy'), 'hello');
    writeFileSync(at('b.npy'), '');
    await assert.rejects(read(at('a.npy')), { code: 'media/not-media' });
    await assert.rejects(read(at('b.npy')), { code: 'media/empty' });
    await assert.rejects(read(at('none.npy')), { code: 'media/not-found' });
    await assert.rejects(read(at()), { code: 'media/not-a-file' });
  });
});
