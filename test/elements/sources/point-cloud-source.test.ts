import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sinkPad } from '../../../src/core/element/pad-template.ts';
import { pointCloudSource } from '../../../src/elements/sources/point-cloud-source.ts';
import { pointCloud } from '../../../src/media/media-types.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';
import { describeFileSeries } from './file-series.ts';

const folder = fileURLToPath(new URL('../../references/point-clouds/', import.meta.url));

interface SeenCloud {
  readonly pts: number;
  readonly duration: number | undefined;
  readonly file: string | undefined;
  readonly fields: unknown;
  readonly count: number;
  readonly first: readonly number[];
}

describe('point-cloud-source', () => {
  const at = temporaryFolder();

  const reading = (props: Record<string, unknown>, more: Record<string, unknown> = {}, wanted?: readonly string[]) => {
    const seen: SeenCloud[] = [];
    const sink = tinyElement('cloud-sink', {
      pads: { sink: sinkPad(pointCloud(wanted === undefined ? {} : { fields: wanted })) },
      create: ({ context }) => ({
        render: ({ pts, duration, meta, caps, slab, bytes }) => {
          const fields = caps.fields['fields'] as string[];
          const first = [...context.arena.view('float32', slab.offset, fields.length)].map((value) => Math.round(value * 1000) / 1000);
          seen.push({ pts, duration, file: meta.file, fields, count: bytes / 4 / fields.length, first });
        },
      }),
    });
    const test = testPipeline([pointCloudSource, sink], {
      elements: { 'point-cloud-source': { props, ...more } },
      links: ['point-cloud-source ! cloud-sink'],
    });
    return { ...test, seen };
  };

  const sweeps = (): void => {
    copyFileSync(`${folder}ascii.pcd`, at('sweep-10.pcd'));
    copyFileSync(`${folder}big.ply`, at('sweep-9.ply'));
    copyFileSync(`${folder}kitti.bin`, at('sweep-11.bin'));
    writeFileSync(at('notes.txt'), 'not a sweep');
  };

  describe('data', () => {
    it('reads a folder of sweeps in the order in which people count', async () => {
      sweeps();
      const { pipeline, seen, heard, assertClean } = reading({ path: at() });
      await pipeline.run();
      const fields = ['x', 'y', 'z', 'intensity'];
      assert.deepEqual(
        seen.map(({ first, ...rest }) => rest),
        [
          { pts: 0, duration: 100_000, file: 'sweep-9.ply', fields, count: 37 },
          { pts: 100_000, duration: 100_000, file: 'sweep-10.pcd', fields, count: 37 },
          { pts: 200_000, duration: 100_000, file: 'sweep-11.bin', fields, count: 37 },
        ],
      );
      assert.deepEqual(seen[0]!.first, seen[1]!.first);
      const posted = heard('element').filter(({ name }) => name === 'invalidPoints');
      assert.deepEqual(
        posted.map(({ value }) => value),
        [9],
      );
      assertClean();
    });

    it('reads a list of files and globs as they are listed', async () => {
      sweeps();
      const { pipeline, seen, assertClean } = reading({ path: [at('sweep-11.bin'), at('*.p*')], fps: 4 });
      await pipeline.run();
      assert.deepEqual(
        seen.map(({ file, pts }) => [file, pts]),
        [
          ['sweep-11.bin', 0],
          ['sweep-9.ply', 250_000],
          ['sweep-10.pcd', 500_000],
        ],
      );
      assertClean();
    });

    it('gives the fields that are asked for', async () => {
      const { pipeline, seen } = reading({ path: `${folder}binary.pcd`, fields: ['ring', 'z'], finiteOnly: false });
      await pipeline.run();
      assert.deepEqual(seen[0]!.fields, ['ring', 'z']);
      assert.equal(seen[0]!.count, 40);
      assert.equal(seen[0]!.first[0], 0);
    });
  });

  describe('negotiation', () => {
    it('changes its caps where the next file has other fields', async () => {
      copyFileSync(`${folder}kitti.bin`, at('1.bin'));
      writeFileSync(at('2.pcd'), 'FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nPOINTS 1\nDATA ascii\n1 2 3\n');
      const { pipeline, seen } = reading({ path: at() });
      await pipeline.run();
      assert.deepEqual(
        seen.map(({ fields, count }) => [String(fields), count]),
        [
          ['x,y,z,intensity', 37],
          ['x,y,z', 1],
        ],
      );
    });

    it('is refused by those who need other fields', async () => {
      const { pipeline } = reading({ path: `${folder}kitti.bin` }, {}, ['x', 'y', 'z', 'intensity', 'ring']);
      await assert.rejects(pipeline.run(), { name: 'GraphError' });
    });
  });

  describe('errors', () => {
    describeFileSeries('point-cloud-source', {
      whole: `${folder}binary.pcd`,
      ending: '.pcd',
      buffers: 1,
      at,
      read: reading,
      check: (path) =>
        pointCloudSource.check!({ props: { path, finiteOnly: true, fps: 10, fields: undefined, columns: undefined }, baseFolder: at() }),
    });

    it('keeps the times of the files behind one that cannot be read', async () => {
      for (const name of ['1', '2', '3']) copyFileSync(`${folder}ascii.pcd`, at(`${name}.pcd`));
      writeFileSync(at('2.pcd'), 'FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nPOINTS 9\nDATA binary\n1 2 3\n');
      const { pipeline, seen } = reading({ path: at() }, { onError: 'skip' });
      await pipeline.run();
      assert.deepEqual(
        seen.map(({ pts }) => pts),
        [0, 200_000],
      );
    });
  });
});
