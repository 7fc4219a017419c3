import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sinkPad } from '../../../src/core/element/pad-template.ts';
import { tensorFileSource } from '../../../src/elements/sources/tensor-file-source.ts';
import { tensor } from '../../../src/media/media-types.ts';
import { npy } from '../../media/tensor-file/npy.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';
import { describeFileSeries } from './file-series.ts';

const folder = fileURLToPath(new URL('../../references/tensor-files/', import.meta.url));
const arrays = JSON.parse(readFileSync(`${folder}arrays.json`, 'utf8')) as Record<string, { bytes: string }>;

interface SeenTensor {
  readonly pts: number;
  readonly fields: unknown;
  readonly file: string | undefined;
  readonly bytes: string;
}

describe('tensor-file-source', () => {
  const at = temporaryFolder();

  const reading = (props: Record<string, unknown>, more: Record<string, unknown> = {}, wanted: Record<string, string> = {}) => {
    const seen: SeenTensor[] = [];
    const sink = tinyElement('tensor-sink', {
      pads: { sink: sinkPad(tensor(wanted)) },
      create: ({ context }) => ({
        render: ({ pts, meta, caps, slab, bytes }) => {
          const hex = Buffer.from(context.arena.bytes(slab.offset, bytes)).toString('hex');
          seen.push({ pts, fields: caps.fields, file: meta.file, bytes: hex });
        },
      }),
    });
    const test = testPipeline([tensorFileSource, sink], {
      elements: { 'tensor-file-source': { props, ...more } },
      links: ['tensor-file-source ! tensor-sink'],
    });
    return { ...test, seen };
  };

  describe('data', () => {
    it('gives a buffer for each piece along the first axis', async () => {
      const { pipeline, seen, assertClean } = reading({ path: `${folder}version-2.npy`, fps: 10, layout: 'CHW' });
      await pipeline.run();
      assert.deepEqual(
        seen.map(({ pts }) => pts),
        [0, 100_000, 200_000, 300_000],
      );
      assert.deepEqual(seen[0]!.fields, { dtype: 'uint8', shape: [3, 5, 2], layout: 'CHW' });
      assert.equal(seen.map(({ bytes }) => bytes).join(''), arrays['version-2.npy']!.bytes);
      assertClean();
    });

    it('gives an array as a whole', async () => {
      const { pipeline, seen, assertClean } = reading({ path: `${folder}deflated.npz`, array: 'two', items: 'whole' });
      await pipeline.run();
      assert.deepEqual(seen, [
        { pts: 0, fields: { dtype: 'int32', shape: [5, 3, 4] }, file: 'deflated.npz', bytes: arrays['deflated.npz:two']!.bytes },
      ]);
      assertClean();
    });

    it('gives single numbers the shape of one', async () => {
      const { pipeline, seen } = reading({ path: [`${folder}numbers.npy`, `${folder}scalar.npy`] });
      await pipeline.run();
      assert.deepEqual(
        seen.map(({ fields }) => fields),
        [...Array(4).fill({ dtype: 'int16', shape: [1] }), { dtype: 'float32', shape: [1] }],
      );
    });

    it('reads a folder, file after file, and nothing of those that are empty arrays', async () => {
      for (const [name, from] of [
        ['10.npy', 'f4.npy'],
        ['9.npz', 'only.npz'],
        ['1.NPY', 'none.npy'],
      ] as const)
        copyFileSync(folder + from, at(name));
      const { pipeline, seen, assertClean } = reading({ path: at() });
      await pipeline.run();
      assert.deepEqual(
        seen.map(({ file, pts }) => [file, pts / 1e6]),
        [...Array(5).fill('9.npz'), ...Array(3).fill('10.npy')].map((file, index) => [file, index]),
      );
      assert.deepEqual(seen[5]!.fields, { dtype: 'float32', shape: [2, 2] });
      assertClean();
    });
  });

  describe('negotiation', () => {
    it('is refused by those who need another dtype', async () => {
      const { pipeline } = reading({ path: `${folder}f8.npy` }, {}, { dtype: 'float32' });
      await assert.rejects(pipeline.run(), { name: 'GraphError' });
    });
  });

  describe('errors', () => {
    describeFileSeries('tensor-file-source', {
      whole: `${folder}fortran-4.npy`,
      ending: '.npy',
      buffers: 2,
      at,
      read: reading,
      check: (path) => {
        const props = { path, items: 'whole', fps: 1, array: undefined, layout: undefined, maxInflatedBytes: 1 } as const;
        return tensorFileSource.check!({ props, baseFolder: at() });
      },
    });

    it('inflates no more than it may', async () => {
      const { pipeline, assertClean } = reading({ path: `${folder}deflated.npz`, array: 'two', maxInflatedBytes: 300 });
      await assert.rejects(pipeline.run(), { code: 'media/too-large', message: /368 bytes, and 300 are allowed/ });
      assertClean();
    });

    it('gives no pieces that hold nothing, however many there are said to be', async () => {
      writeFileSync(at('a.npy'), npy({ shape: '(9007199254740991, 0)' }));
      copyFileSync(`${folder}f4.npy`, at('b.npy'));
      const { pipeline, seen, assertClean } = reading({ path: at() });
      await pipeline.run();
      assert.deepEqual([...new Set(seen.map(({ file }) => file))], ['b.npy']);
      assertClean();
    });
  });
});
