import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bytesOfShape } from '../../../src/media/tensor/tensor-shape.ts';
import { openTensorFile } from '../../../src/media/tensor-file/tensor-file.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

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
    it(`fails wherever ${name} breaks off, and leaves nothing behind`, async () => {
      const bytes = readFileSync(folder + name);
      for (let length = 1; length < bytes.length - (name === 'wide.npz' ? 7 : 0); length += 7) {
        writeFileSync(at('cut'), bytes.subarray(0, length));
        await assert.rejects(read(at('cut'), name.startsWith('wide') ? undefined : 'two'), (error: { code: string; message: string }) => {
          assert.ok(['media/corrupt', 'media/truncated', 'media/not-media'].includes(error.code), `${length}: ${error.message}`);
          return true;
        });
        assert.equal(arena.statistics.slabsInUse, 0);
      }
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

  for (const [head, code] of [
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740991, 9), }", 'media/corrupt'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 'media/corrupt'],
    ["{'descr': '<f4', 'shape': (1,), }", 'media/corrupt'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (1000000,), }", 'media/truncated'],
    ["{'descr': '<q9', 'fortran_order': False, 'shape': (1,), }", 'media/unsupported-dtype'],
  ] as const) {
    it(`refuses the head ${head}`, async () => {
      const text = Buffer.from(`${head}\n`);
      writeFileSync(
        at('a.npy'),
        Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from(Uint16Array.of(text.length).buffer), text]),
      );
      await assert.rejects(read(at('a.npy')), { code });
    });
  }

  it('says what is wrong with files that are none of tensors', async () => {
    writeFileSync(at('a.npy'), 'hello');
    writeFileSync(at('b.npy'), '');
    await assert.rejects(read(at('a.npy')), { code: 'media/not-media' });
    await assert.rejects(read(at('b.npy')), { code: 'media/empty' });
    await assert.rejects(read(at('none.npy')), { code: 'media/not-found' });
    await assert.rejects(read(at()), { code: 'media/not-a-file' });
  });
});
