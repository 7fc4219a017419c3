// Whatever stands in a file: it is read, or refused as a file that cannot be, nothing stays behind, and no more memory is asked for
// than its size and the declared limits allow. What is said of sizes in heads is where most of the damage can be done.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { readPointCloud } from '../../../src/media/point-cloud/point-cloud.ts';
import { openTensorFile } from '../../../src/media/tensor-file/tensor-file.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { npy } from '../tensor-file/npy.ts';
import { absurdNpyHeads, absurdPcdFiles, absurdPlyFiles, absurdWords } from './absurd-files.ts';

const references = fileURLToPath(new URL('../../references/', import.meta.url));
const RUNS = { numRuns: 150, seed: 20_261_125 };
const ARENA_BYTES = 2 ** 22;
const INFLATED_BYTES = 2 ** 16;
/** What is read of a file beside its size, to know what it is. */
const LOOKED_AT = 2 ** 17;

describe('damaged files', function () {
  this.timeout(60_000);
  const at = temporaryFolder();
  const arena = Arena.create({ maximumBytes: ARENA_BYTES });
  /** Bytes of the largest buffer that was made. */
  let most = 0;
  const { alloc } = Buffer;

  before(() => {
    Buffer.alloc = ((size: number, ...rest: never[]) => {
      most = Math.max(most, size);
      return alloc.call(Buffer, size, ...rest);
    }) as typeof alloc;
  });
  after(() => {
    Buffer.alloc = alloc;
  });

  const readPoints = async (path: string): Promise<void> => {
    const { slab, bytes } = await readPointCloud(arena, path, { finiteOnly: true });
    assert.ok(bytes <= slab.bytes);
    slab.release();
  };
  const readTensors = async (path: string): Promise<void> => {
    const file = await openTensorFile(arena, path, /stored|deflated/.test(path) ? 'two' : undefined, INFLATED_BYTES);
    try {
      for (const index of ['whole', ...(file.shape[0]! > 0 ? [0, file.shape[0]! - 1] : [])] as const) (await file.read(index)).release();
    } finally {
      await file.close();
    }
  };

  /** Whether it was refused. */
  const isRefused = async (name: string, bytes: Uint8Array, read: (path: string) => Promise<void>): Promise<boolean> => {
    writeFileSync(at(name), bytes);
    most = 0;
    let refused = false;
    await read(at(name)).catch((error: { name: string; code?: string }) => {
      refused = true;
      if (error.name !== 'MediaError' && error.code !== 'memory/arena-full') throw error;
    });
    assert.equal(arena.statistics.slabsInUse, 0);
    assert.ok(most <= bytes.length + LOOKED_AT + INFLATED_BYTES, `${most} bytes at once for a file of ${bytes.length}`);
    return refused;
  };

  for (const [folder, read] of [
    ['point-clouds', readPoints],
    ['tensor-files', readTensors],
  ] as const) {
    it(`of ${folder} are refused, or read`, async () => {
      const names = readdirSync(references + folder).filter((name) => /\.(pcd|ply|bin|npy|npz)$/.test(name));
      const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)), {
        minLength: 1,
        maxLength: 6,
      });
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...names), changes, async (name, places) => {
          const bytes = readFileSync(`${references}${folder}/${name}`);
          // Most of them at the beginning, where what the rest means is said.
          for (const [place, value] of places) bytes[Math.floor(place * place * bytes.length)] = value;
          if (await isRefused(name, bytes, read)) refused++;
        }),
        RUNS,
      );
      assert.ok(refused > 0);
    });
  }

  for (const [name, files, read] of [
    ['a.npy', absurdNpyHeads.map((head) => npy(head, new Uint8Array(64))), readTensors],
    ['a.pcd', absurdPcdFiles, readPoints],
    ['a.ply', absurdPlyFiles, readPoints],
    ['a.bin', fc.uint8Array({ maxLength: 200, size: 'max' }), readPoints],
  ] as const) {
    it(`with absurd heads are refused, or read: ${name}`, async () => {
      const counts = { read: 0, refused: 0 };
      await fc.assert(
        fc.asyncProperty(files as fc.Arbitrary<Uint8Array>, async (bytes) => {
          counts[(await isRefused(name, bytes, read)) ? 'refused' : 'read']++;
        }),
        RUNS,
      );
      assert.ok(counts.read > 0 && counts.refused > 0, JSON.stringify(counts));
    });
  }

  it('whose directories lie are refused, or read', async () => {
    const names = ['stored.npz', 'deflated.npz', 'only.npz', 'wide.npz'];
    const lies = fc.array(fc.tuple(fc.nat(200), absurdWords), { minLength: 1, maxLength: 3 });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), lies, async (name, words) => {
        const bytes = readFileSync(`${references}tensor-files/${name}`);
        // The directory lies at the end.
        for (const [place, word] of words) bytes.writeUInt32LE(word, Math.max(0, bytes.length - 4 - place));
        if (await isRefused(name, bytes, readTensors)) refused++;
      }),
      RUNS,
    );
    assert.ok(refused > 0);
  });
});
