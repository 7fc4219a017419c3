import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { sinkPad } from '../../../src/core/element/pad-template.ts';
import { imageFileSource } from '../../../src/elements/sources/image-file-source.ts';
import { frameLayout, VIDEO_FORMATS, type VideoFormat } from '../../../src/media/frame-layout.ts';
import { rawVideo } from '../../../src/media/media-types.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

const folder = fileURLToPath(new URL('../../references/images/', import.meta.url));
const expected = (name: string): Buffer => readFileSync(`${folder}${name}.rgb`);

interface SeenPicture {
  readonly pts: number;
  readonly duration: number | undefined;
  readonly format: VideoFormat;
  readonly width: number;
  readonly height: number;
  readonly frameRate: unknown;
  /** Each plane without the padding of its rows. */
  readonly planes: readonly Buffer[];
}

/** Notes every picture that comes, rows packed. */
function album(seen: SeenPicture[], format?: VideoFormat): AnyElementDefinition {
  return tinyElement('album', {
    pads: { sink: sinkPad(rawVideo(format === undefined ? {} : { format })) },
    create: ({ context, caps }) => ({
      render: ({ pts, duration, slab }) => {
        // What was negotiated is what counts.
        const { fields, info } = caps.sink!;
        const { format, width, height } = fields as { format: VideoFormat; width: number; height: number };
        const planes = frameLayout(format, width, height).planes.map(({ offset, stride, rows, rowBytes }) =>
          Buffer.concat(Array.from({ length: rows }, (_, row) => context.arena.bytes(slab.offset + offset + row * stride, rowBytes))),
        );
        seen.push({ pts, duration, format, width, height, frameRate: info?.['frameRate'], planes });
      },
    }),
  });
}

describe('image-file-source', () => {
  const at = temporaryFolder();

  const reading = (props: Record<string, unknown>, more: Record<string, unknown> = {}, format?: VideoFormat) => {
    const seen: SeenPicture[] = [];
    const test = testPipeline([imageFileSource, album(seen, format)], {
      elements: { 'image-file-source': { props, ...more } },
      links: ['image-file-source ! album'],
    });
    return { ...test, seen };
  };

  describe('data', () => {
    it('reads one file', async () => {
      const { pipeline, seen, assertClean } = reading({ path: `${folder}plain.png` });
      await pipeline.run();
      const [{ planes, ...rest }] = seen as [SeenPicture];
      assert.deepEqual(rest, { pts: 0, duration: 1e6, format: 'RGB', width: 19, height: 13, frameRate: 1 });
      assert.deepEqual(planes[0], expected('plain.png'));
      assert.equal(seen.length, 1);
      assertClean();
    });

    it('reads all that a glob matches, in the order in which people count, each in its own size', async () => {
      for (const [name, from] of [
        ['p-10.png', 'tall.png'],
        ['p-9.png', 'plain.png'],
        ['p-2.webp', 'lossless.webp'],
        ['p-11.jpg', 'turn6.jpg'],
      ] as const)
        copyFileSync(`${folder}${from}`, at(name));
      const { pipeline, seen, assertClean } = reading({ path: at('p-*'), fps: 25 });
      await pipeline.run();
      assert.deepEqual(
        seen.map(({ pts, width, height }) => [pts, width, height]),
        [
          [0, 19, 13],
          [40_000, 19, 13],
          [80_000, 7, 31],
          [120_000, 13, 19],
        ],
      );
      assert.deepEqual(seen[2]!.planes[0], expected('tall.png'));
      assertClean();
    });

    it('keeps pts from drifting', async () => {
      for (let index = 0; index < 4; index++) copyFileSync(`${folder}plain.png`, at(`${index}.png`));
      const { pipeline, seen } = reading({ path: at('*.png'), fps: 3 });
      await pipeline.run();
      assert.deepEqual(
        seen.map(({ pts, duration }) => [pts, duration]),
        [
          [0, 333_333],
          [333_333, 333_334],
          [666_667, 333_333],
          [1_000_000, 333_333],
        ],
      );
    });
  });

  describe('negotiation', () => {
    for (const format of VIDEO_FORMATS) {
      it(`gives ${format} to those who want it`, async () => {
        const { pipeline, seen, assertClean } = reading({ path: `${folder}plain.png` }, {}, format);
        await pipeline.run();
        const [{ planes, ...rest }] = seen as [SeenPicture];
        assert.equal(rest.format, format);
        const rgb = expected('plain.png');
        const luma = [...Array(19 * 13).keys()].map((pixel) => {
          const [r, g, b] = rgb.subarray(3 * pixel, 3 * pixel + 3) as unknown as [number, number, number];
          // ITU-R BT.601-7, 2.5.3; grey is luma in full range.
          const y = 0.299 * r + 0.587 * g + 0.114 * b;
          return format === 'GRAY8' ? y : 16 + (219 * y) / 255;
        });
        const wanted =
          format === 'RGB' || format === 'BGR' || format === 'RGBA'
            ? [...Array(19 * 13).keys()].flatMap((pixel) => {
                const [r, g, b] = [...rgb.subarray(3 * pixel, 3 * pixel + 3)];
                return format === 'RGB' ? [r!, g!, b!] : format === 'BGR' ? [b!, g!, r!] : [r!, g!, b!, 255];
              })
            : luma;
        assert.equal(planes[0]!.length, wanted.length);
        for (const [index, value] of wanted.entries())
          assert.ok(Math.abs(planes[0]![index]! - value) <= 1, `${index}: ${planes[0]![index]} for ${value}`);
        assertClean();
      });
    }

    it('asks nothing of files that are only checked', () => {
      assert.deepEqual(imageFileSource.negotiate?.srcCaps?.({ props: { fps: 1 }, resource: undefined } as never), rawVideo().caps);
    });
  });

  describe('errors', () => {
    const three = (broken: string): void => {
      copyFileSync(`${folder}plain.png`, at('1.png'));
      copyFileSync(`${folder}${broken}`, at('2.png'));
      copyFileSync(`${folder}tall.png`, at('3.png'));
    };

    for (const [broken, code] of [
      ['cut.png', 'media/corrupt'],
      ['empty.jpg', 'media/empty'],
      ['text.jpg', 'media/not-media'],
    ] as const) {
      it(`fails at ${broken}, after the pictures before it`, async () => {
        three(broken);
        const { pipeline, seen, assertClean } = reading({ path: at('*.png') });
        await assert.rejects(pipeline.run(), { code, element: 'image-file-source', message: /2\.png/ });
        assert.equal(seen.length, 1);
        assertClean();
      });

      it(`counts ${broken} and goes on where it is told to skip`, async () => {
        three(broken);
        const { pipeline, seen, heard, assertClean } = reading({ path: at('*.png') }, { onError: 'skip' });
        const { elements } = await pipeline.run();
        assert.deepEqual(
          seen.map(({ pts, height }) => [pts, height]),
          [
            [0, 13],
            [2_000_000, 31],
          ],
        );
        assert.deepEqual(elements[0]?.dropped, { error: 1 });
        assert.equal(heard('quarantine')[0]?.error.code, code);
        assertClean();
      });
    }

    it('takes the size of the first picture that can be read', async () => {
      copyFileSync(`${folder}text.jpg`, at('0.png'));
      three('text.jpg');
      const { pipeline, seen } = reading({ path: at('*.png') }, { onError: 'skip' });
      await pipeline.run();
      assert.equal(seen.length, 2);
    });

    it('says that the file is missing, when checked and when run', async () => {
      const check = (path: string) => imageFileSource.check!({ props: { path, fps: 1 }, baseFolder: at() });
      writeFileSync(at('cat.png'), 'x');
      const [missing] = await check('cta.png');
      assert.deepEqual([missing?.code, missing?.path], ['media/not-found', '/props/path']);
      assert.match(missing!.hint!, /cat\.png/);
      const [none] = await check('*.webp');
      assert.deepEqual([none?.code, none?.message], ['media/not-found', `No file matches *.webp in ${at()}`]);
      assert.deepEqual(await check('*.png'), []);
      await assert.rejects(reading({ path: at('none.png') }).pipeline.run(), { code: 'media/not-found' });
      await assert.rejects(reading({ path: at('*.webp') }).pipeline.run(), { code: 'media/not-found', message: /No file matches/ });
    });

    it('gives the first fault where no picture can be read', async () => {
      copyFileSync(`${folder}empty.jpg`, at('1.jpg'));
      copyFileSync(`${folder}text.jpg`, at('2.jpg'));
      await assert.rejects(reading({ path: at('*.jpg') }, { onError: 'skip' }).pipeline.run(), { code: 'media/empty' });
    });

    it('leaves nothing behind when it is aborted', async () => {
      for (let index = 0; index < 50; index++) copyFileSync(`${folder}plain.png`, at(`${index}.png`));
      const { pipeline, assertClean } = reading({ path: at('*.png') });
      const running = pipeline.run();
      await pipeline.negotiate();
      pipeline.abort();
      await assert.rejects(running, { code: 'pipeline/aborted' });
      assertClean();
    });
  });
});
