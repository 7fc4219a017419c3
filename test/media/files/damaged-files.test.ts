// Whatever stands in a file: it is read, or refused as a file that cannot be, and nothing stays behind.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { readPointCloud } from '../../../src/media/point-cloud/point-cloud.ts';
import { openTensorFile } from '../../../src/media/tensor-file/tensor-file.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const references = fileURLToPath(new URL('../../references/', import.meta.url));
const RUNS = 150;

describe('damaged files', function () {
  this.timeout(20_000);
  const at = temporaryFolder();
  const arena = Arena.create({ maximumBytes: 2 ** 26 });

  const readers: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
    'point-clouds': async (path) => {
      const { slab, bytes } = await readPointCloud(arena, path, { finiteOnly: true });
      assert.ok(bytes <= slab.bytes);
      slab.release();
    },
    'tensor-files': async (path) => {
      const file = await openTensorFile(arena, path, /stored|deflated/.test(path) ? 'two' : undefined);
      try {
        for (const index of ['whole', ...(file.shape[0]! > 0 ? [0, file.shape[0]! - 1] : [])] as const) (await file.read(index)).release();
      } finally {
        await file.close();
      }
    },
  };

  for (const [folder, read] of Object.entries(readers)) {
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
          writeFileSync(at(name), bytes);
          await read(at(name)).catch((error: { name: string; code?: string }) => {
            refused++;
            if (error.name !== 'MediaError' && error.code !== 'memory/arena-full') throw error;
          });
          assert.equal(arena.statistics.slabsInUse, 0);
        }),
        { numRuns: RUNS },
      );
      assert.ok(refused > 0);
    });
  }
});
