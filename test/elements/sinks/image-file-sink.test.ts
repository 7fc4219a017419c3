import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { type BufferInit, StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { imageFileSink } from '../../../src/elements/sinks/image-file-sink.ts';
import { frameLayout } from '../../../src/media/frame-layout.ts';
import { readPng } from '../../media/read-png.ts';
import { jpegSize } from '../../report/read-page.ts';
import { scriptedSource } from '../../support/probe.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { testPipeline } from '../../support/test-pipeline.ts';

const rgb = (width: number, height: number) => ({ media: 'video/raw', fields: { format: 'RGB', width, height } });

describe('image-file-sink', () => {
  const at = temporaryFolder();

  const writing = (script: readonly Partial<BufferInit>[], props: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
    testPipeline([numbered(script), imageFileSink], {
      elements: { 'image-file-sink': { props: { path: at('out', '%03d.png'), ...props }, ...more } },
      links: ['camera ! image-file-sink'],
    });
  const files = (): readonly string[] => readdirSync(at('out')).sort();
  const numberIn = (...names: string[]): number => readPng(readFileSync(at('out', ...names))).pixels[0]!;

  describe('data', () => {
    it('writes each frame to a file of its own, in order', async () => {
      const { pipeline, assertClean } = writing(new Array(12).fill({}));
      await pipeline.run();
      assert.deepEqual(
        files(),
        Array.from({ length: 12 }, (_, index) => `${String(index).padStart(3, '0')}.png`),
      );
      for (const [index, name] of files().entries()) assert.equal(numberIn(name), index);
      assertClean();
    });

    it('writes one in so many, of each source', async () => {
      const script = Array.from({ length: 10 }, (_, index) => ({ source: index % 2 === 0 ? 'even' : 'odd' }));
      const { pipeline } = writing(script, { every: 3, path: at('out', '{source}-{frame}-{ptsUs}.png') });
      await pipeline.run();
      assert.deepEqual(files(), ['even-0-0.png', 'even-6-60000.png', 'odd-1-10000.png', 'odd-7-70000.png']);
      assert.equal(numberIn('odd-7-70000.png'), 7);
    });

    it('keeps the latest frame in a file without a number', async () => {
      const { pipeline } = writing(new Array(9).fill({}), { path: at('out', 'latest.png') });
      await pipeline.run();
      assert.deepEqual(files(), ['latest.png']);
      assert.equal(numberIn('latest.png'), 8);
    });

    it('goes on counting after a change of size', async () => {
      const { pipeline, assertClean } = writing([{}, { caps: rgb(20, 10) }]);
      await pipeline.run();
      const sizes = files().map((name) => readPng(readFileSync(at('out', name))));
      assert.deepEqual(
        sizes.map(({ width, height }) => [width, height]),
        [
          [32, 24],
          [20, 10],
        ],
      );
      assertClean();
    });

    it('takes the format from the ending, and the quality', async () => {
      const sizes = [];
      for (const quality of [10, 95]) {
        await writing([{}], { path: at('out', `q${quality}.jpg`), quality }).pipeline.run();
        const bytes = readFileSync(at('out', `q${quality}.jpg`));
        assert.deepEqual(jpegSize(bytes), [32, 24]);
        sizes.push(bytes.length);
      }
      assert.ok(sizes[0]! < sizes[1]!);
      await writing([{}], { path: at('out', 'a.webp') }).pipeline.run();
      assert.equal(readFileSync(at('out', 'a.webp')).toString('latin1', 8, 12), 'WEBP');
    });
  });

  describe('errors', () => {
    const fails = async (expected: object, props: Record<string, unknown> = {}): Promise<void> => {
      const { pipeline, assertClean } = writing([{}, {}], props);
      await assert.rejects(pipeline.run(), { element: 'image-file-sink', ...expected });
      assertClean();
    };

    it('refuses an unknown ending, when checked and when run', async () => {
      const issues = await imageFileSink.check!({ props: { path: 'a.bmp' } as never, baseFolder: '.' });
      assert.deepEqual(
        issues.map(({ code, path }) => [code, path]),
        [['media/unknown-image', '/props/path']],
      );
      await fails({ code: 'media/unknown-image' }, { path: at('out', '%d.bmp') });
    });

    it('says that the folder is missing where it may not make it', () =>
      fails({ code: 'media/folder-missing' }, { path: at('no', '%d.png'), mkdir: false }));

    it('says that a folder stands where the file should', async () => {
      mkdirSync(at('out', '0.png'), { recursive: true });
      await fails({ code: 'media/is-folder' }, { path: at('out', '%d.png') });
    });

    it('says that it may not write there', async function () {
      if (process.getuid?.() === 0) return this.skip();
      mkdirSync(at('out'));
      chmodSync(at('out'), 0o500);
      await fails({ code: 'media/permission-denied' });
    });

    it('says that the disk is full, and leaves no half picture', async function () {
      if (!existsSync('/dev/full')) return this.skip();
      mkdirSync(at('out'));
      symlinkSync('/dev/full', at('out', '001.png.part'));
      await fails({ code: 'media/disk-full', message: /Cannot write .*001\.png: there is no space left/ });
      assert.deepEqual(files(), ['000.png']);
    });

    it('skips a picture that cannot be written where it is told to', async () => {
      mkdirSync(at('out', '001.png'), { recursive: true });
      const { pipeline, heard, assertClean } = writing(new Array(3).fill({}), {}, { onError: 'skip' });
      const { elements } = await pipeline.run();
      assert.deepEqual(elements.find(({ name }) => name === 'image-file-sink')?.dropped, { quarantined: 1 });
      assert.equal(heard('quarantine').length, 1);
      assert.equal(numberIn('002.png'), 2);
      assertClean();
    });

    it('refuses to write over what another element reads', async () => {
      mkdirSync(at('out'));
      writeFileSync(at('out', '001.png'), 'precious');
      const reader = {
        ...numbered([{}, {}]),
        open: ({ context }: { context: { reads(path: string): void } }) => context.reads(at('out', '001.png')),
      };
      const { pipeline } = testPipeline([reader as never, imageFileSink], {
        elements: { 'image-file-sink': { props: { path: at('out', '%03d.png') } } },
        links: ['camera ! image-file-sink'],
      });
      await assert.rejects(pipeline.run(), { code: 'media/same-file' });
      assert.equal(readFileSync(at('out', '001.png'), 'utf8'), 'precious');
    });
  });
});

/** Frames that are full of their number; of 32×24 pixels unless they say otherwise. */
function numbered(script: readonly Partial<BufferInit>[]): AnyElementDefinition {
  const source = scriptedSource('camera', script, { caps: rgb(32, 24), slabBytes: frameLayout('RGB', 32, 24).bytes });
  return {
    ...source,
    create: async (context) => {
      const hooks = await source.create(context);
      let number = 0;
      return {
        produce: async () => {
          const buffer = await hooks.produce!();
          if (buffer instanceof StreamBuffer) buffer.slab.arena.bytes(buffer.slab.offset, buffer.bytes).fill(number++);
          return buffer;
        },
      };
    },
  };
}
