import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type PointWish, readPointCloud } from '../../../src/media/point-cloud/point-cloud.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { refusesBeginnings } from '../files/broken-off.ts';

const folder = fileURLToPath(new URL('../../references/point-clouds/', import.meta.url));
/** x, y, z, intensity, ring and time of each point, as Python's own packing has written them. */
const points = (JSON.parse(readFileSync(`${folder}points.json`, 'utf8')) as (number | null)[][]).map((point) =>
  point.map((value) => Math.fround(value ?? Number.NaN)),
);
const FIELDS = ['x', 'y', 'z', 'intensity', 'ring', 'time'];
const finite = points.filter(([x]) => !Number.isNaN(x));

describe('readPointCloud', () => {
  const at = temporaryFolder();
  const arena = Arena.create();

  afterEach(() => assert.equal(arena.statistics.slabsInUse, 0));

  async function read(path: string, wish: Partial<PointWish> = {}) {
    const { slab, count, fields, bytes, left } = await readPointCloud(arena, path, { finiteOnly: true, ...wish });
    const rows = Array.from({ length: count }, (_, i) => [...arena.view('float32', slab.offset + i * fields.length * 4, fields.length)]);
    slab.release();
    assert.equal(bytes, count * fields.length * 4);
    return { rows, fields, left };
  }

  for (const name of ['ascii.pcd', 'crlf.pcd', 'binary.pcd', 'compressed.pcd', 'ascii.ply', 'little.ply', 'big.ply']) {
    describe(name, () => {
      it('gives x, y, z and intensity of the points that are somewhere', async () => {
        const { rows, fields, left } = await read(folder + name);
        assert.deepEqual(fields, ['x', 'y', 'z', 'intensity']);
        assert.deepEqual(
          rows,
          finite.map((point) => point.slice(0, 4)),
        );
        assert.equal(left, 3);
      });

      it('gives the fields that are wanted, in their order, of every point where that is wanted', async () => {
        const fields = ['time', 'ring', 'z', 'x'];
        const { rows, left } = await read(folder + name, { fields, finiteOnly: false });
        assert.deepEqual(
          rows,
          points.map((point) => fields.map((field) => point[FIELDS.indexOf(field)])),
        );
        assert.equal(left, 0);
      });

      it('says which fields it has where one is wanted that it has not', async () => {
        await assert.rejects(read(folder + name, { fields: ['x', 'y', 'z', 'red'] }), {
          code: 'media/no-field',
          message: /red .*: it has x, y, z, intensity, ring, time$/,
        });
      });

      it('fails wherever the file breaks off, and leaves nothing behind', () => {
        const bytes = readFileSync(folder + name);
        const head = /^(?:DATA \w+|end_header)\r?\n/m.exec(bytes.toString('latin1'))!;
        // Of the last number of a text some digits may be missing, and behind the points of some come faces.
        const enough = Math.min(head.index + 600, bytes.length - 40);
        return refusesBeginnings({ whole: folder + name, path: at('cut'), arena, read, step: 13, enough });
      });
    });
  }

  it('reads KITTI, where what stands in the file is what is wanted, in place', async () => {
    const { rows, fields, left } = await read(`${folder}kitti.bin`);
    assert.deepEqual(fields, ['x', 'y', 'z', 'intensity']);
    assert.deepEqual(
      rows,
      finite.map(([x, y, z, intensity]) => [x, y, z, Math.fround(intensity! / 255)]),
    );
    assert.equal(left, 3);
  });

  it('reads nuScenes', async () => {
    const { rows } = await read(`${folder}nuscenes.pcd.bin`, { fields: ['x', 'y', 'z', 'ring'] });
    assert.deepEqual(
      rows,
      finite.map(([x, y, z, , ring]) => [x, y, z, ring]),
    );
  });

  it('takes columns of files without a head as they are told, and says where they cannot be so', async () => {
    const { rows, fields } = await read(`${folder}nuscenes.pcd.bin`, { columns: ['x', 'y', 'z', 'a', 'b'], fields: ['b', 'a'] });
    assert.deepEqual(fields, ['b', 'a']);
    assert.deepEqual(rows[0], [points[0]![4], points[0]![3]]);
    writeFileSync(at('odd.bin'), new Uint8Array(33));
    await assert.rejects(read(at('odd.bin')), { code: 'media/corrupt', message: /33 bytes .* set columns/ });
  });

  it('reads clouds without points', async () => {
    writeFileSync(at('none.pcd'), 'VERSION .7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nWIDTH 0\nHEIGHT 1\nDATA binary\n');
    assert.deepEqual((await read(at('none.pcd'))).rows, []);
    writeFileSync(
      at('none.ply'),
      'ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nproperty float y\nproperty float z\nend_header\n',
    );
    assert.deepEqual((await read(at('none.ply'))).rows, []);
  });

  it('knows a field of several numbers by their places', async () => {
    const head = 'VERSION 0.7\nFIELDS x y z normal\nSIZE 4 4 4 4\nTYPE F F F F\nCOUNT 1 1 1 2\nWIDTH 1\nHEIGHT 1\nPOINTS 1\nDATA ascii\n';
    writeFileSync(at('n.pcd'), `${head}1 2 3 4 5\n`);
    assert.deepEqual((await read(at('n.pcd'), { fields: ['normal_1', 'x'] })).rows, [[5, 1]]);
  });

  for (const [what, text, code, message] of [
    ['a word among the numbers', '1 2 3\n4 five 6\n', 'media/corrupt', /found "five" at point 2/],
    ['a line that is too short', '1 2\n3 4 5\n', 'media/corrupt', /3 numbers a line are expected, found "" at point 1/],
    ['a line that is too long', '1 2 3 4\n5 6 7\n', 'media/corrupt', /found "4" at point 1/],
    ['lines that are missing', '1.25 2.25 3.25\n\n', 'media/truncated', /after 1 of 2 points/],
  ] as const) {
    it(`finds ${what}`, async () => {
      writeFileSync(at('a.pcd'), `FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nPOINTS 2\nDATA ascii\n${text}`.padEnd(90));
      await assert.rejects(read(at('a.pcd')), { code, message });
    });
  }

  for (const [head, message] of [
    ['FIELDS x y\nSIZE 4 4 4\nTYPE F F\nPOINTS 1\nDATA ascii\n', /FIELDS names 2 fields, and SIZE has 3 values/],
    ['FIELDS x\nSIZE 2\nTYPE F\nPOINTS 1\nDATA ascii\n', /type F of 2 bytes/],
    ['FIELDS x\nSIZE 4\nTYPE F\nPOINTS -1\nDATA ascii\n', /POINTS is to be a whole number/],
    ['FIELDS x\nSIZE 4\nTYPE F\nDATA ascii\n', /neither POINTS nor WIDTH/],
    ['FIELDS x\nSIZE 4\nTYPE F\nPOINTS 1\nDATA other\n', /DATA is other/],
    ['FIELDS x\nSIZE 4\nTYPE F\nCOUNT 1000000000\nPOINTS 1\nDATA ascii\n', /COUNT 1000000000/],
    ['FIELDS x\nSIZE 4\nTYPE F\n', /no line DATA/],
    ['ply\nformat ascii 1.0\nend_header\n', /no element vertex/],
    ['ply\nformat ascii 1.0\nelement vertex 1\nproperty quad x\nend_header\n', /type quad/],
    ['ply\nformat other 1.0\nelement vertex 1\nproperty float x\nend_header\n', /format is other/],
    ['ply\nformat ascii 1.0\nelement vertex 1\nproperty list uchar int x\nproperty float y\nend_header\n', /vertex has lists/],
    ['ply\nformat ascii 1.0\nelement vertex x\nend_header\n', /so many of the element vertex/],
    ['ply\nproperty float x\nend_header\n', /before any element/],
    ['ply\nformat ascii 1.0\n', /no line end_header/],
  ] as const) {
    it(`refuses a head: ${message.source}`, async () => {
      writeFileSync(at('bad'), head);
      await assert.rejects(read(at('bad')), { code: 'media/corrupt', message });
    });
  }

  it('refuses points that promise more than the file holds before it makes room for them', async () => {
    writeFileSync(at('huge.pcd'), 'FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nPOINTS 4000000000\nDATA ascii\n1 2 3\n');
    await assert.rejects(read(at('huge.pcd')), { code: 'media/truncated' });
    const compressed = Buffer.concat([
      Buffer.from('FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nPOINTS 300000000\nDATA binary_compressed\n'),
      Buffer.from(Uint32Array.of(4, 3_600_000_000).buffer),
      Buffer.alloc(4),
    ]);
    writeFileSync(at('bomb.pcd'), compressed);
    await assert.rejects(read(at('bomb.pcd')), { code: 'media/corrupt' });
  });

  it('finds that what is compressed is damaged', async () => {
    const bytes = readFileSync(`${folder}compressed.pcd`);
    const body = bytes.indexOf('binary_compressed\n') + 18 + 8;
    bytes[body] = 0xff;
    writeFileSync(at('bad.pcd'), bytes);
    await assert.rejects(read(at('bad.pcd')), { code: 'media/corrupt', message: /damaged/ });
  });

  it('says what is wrong with files that are none of points', async () => {
    writeFileSync(at('a.txt'), 'hello');
    writeFileSync(at('e.pcd'), '');
    await assert.rejects(read(at('a.txt')), { code: 'media/not-media' });
    await assert.rejects(read(at('e.pcd')), { code: 'media/empty' });
    await assert.rejects(read(at('none.pcd')), { code: 'media/not-found' });
    await assert.rejects(read(at()), { code: 'media/not-a-file' });
  });
});
