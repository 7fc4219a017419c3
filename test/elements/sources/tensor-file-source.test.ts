import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sinkPad } from '../../../src/core/element/pad-template.ts';
import { tensorFileSource } from '../../../src/elements/sources/tensor-file-source.ts';
import { tensor } from '../../../src/media/media-types.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

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
    const three = (): void => {
      copyFileSync(`${folder}f4.npy`, at('1.npy'));
      writeFileSync(at('2.npy'), readFileSync(`${folder}f4.npy`).subarray(0, 150));
      copyFileSync(`${folder}f4.npy`, at('3.npy'));
    };

    it('fails at a file that breaks off, after those before it', async () => {
      three();
      const { pipeline, seen, assertClean } = reading({ path: at() });
      await assert.rejects(pipeline.run(), { code: 'media/truncated', element: 'tensor-file-source', message: /2\.npy/ });
      assert.equal(seen.length, 3);
      assertClean();
    });

    it('counts it and goes on where it is told to skip', async () => {
      three();
      const { pipeline, seen, assertClean } = reading({ path: at() }, { onError: 'skip' });
      const { elements } = await pipeline.run();
      assert.equal(seen.length, 6);
      assert.deepEqual(elements[0]?.dropped, { error: 1 });
      assertClean();
    });

    it('says that there is nothing, when checked and when run', async () => {
      const check = (path: string | string[]) =>
        tensorFileSource.check!({ props: { path, items: 'whole', fps: 1, array: undefined, layout: undefined }, baseFolder: at() });
      three();
      assert.deepEqual(await check(['1.npy', '*.npy', '.']), []);
      const issues = await check(['4.npy', '*.npz']);
      assert.deepEqual(
        issues.map(({ code, path }) => [code, path]),
        [0, 1].map((index) => ['media/not-found', `/props/path/${index}`]),
      );
      await assert.rejects(reading({ path: at('none.npy') }).pipeline.run(), { code: 'media/not-found' });
    });

    it('leaves nothing behind when it is aborted, and runs any number of times', async () => {
      const { pipeline, seen, assertClean } = reading({ path: Array(20).fill(`${folder}fortran-4.npy`) });
      const running = pipeline.run();
      await pipeline.negotiate();
      pipeline.abort();
      await assert.rejects(running, { code: 'pipeline/aborted' });
      assertClean();
      seen.splice(0);
      await pipeline.run();
      assert.equal(seen.length, 40);
      assertClean();
    });
  });
});
