import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sinkPad } from '../../../src/core/element/pad-template.ts';
import { directorySource } from '../../../src/elements/sources/directory-source.ts';
import { frameLayout, type VideoFormat } from '../../../src/media/frame-layout.ts';
import { rawVideo } from '../../../src/media/media-types.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { testPipeline, until } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

const images = fileURLToPath(new URL('../../references/images/', import.meta.url));
const SECOND = 1_000_000;

interface SeenPicture {
  readonly pts: number;
  readonly duration: number | undefined;
  readonly file: string | undefined;
  readonly size: string;
}

describe('directory-source', () => {
  const at = temporaryFolder();

  const put = (name: string, from = 'plain.png'): void => copyFileSync(images + from, at(name));

  const reading = (
    props: Record<string, unknown> = {},
    more: Record<string, unknown> = {},
    { format, onPicture }: { format?: VideoFormat; onPicture?: (count: number) => unknown } = {},
  ) => {
    const seen: SeenPicture[] = [];
    const gaps: number[] = [];
    let pixels: Uint8Array = new Uint8Array();
    const album = tinyElement('album', {
      pads: { sink: sinkPad(rawVideo(format === undefined ? {} : { format })) },
      create: ({ context, caps }) => ({
        render: ({ pts, duration, slab, meta }) => {
          const { fields } = caps.sink!;
          const [width, height] = [fields['width'] as number, fields['height'] as number];
          seen.push({ pts, duration, file: meta.file, size: `${fields['format']} ${width}×${height}` });
          onPicture?.(seen.length);
          const { planes } = frameLayout(fields['format'] as VideoFormat, width, height);
          const { stride, rowBytes, rows } = planes[0]!;
          pixels = Buffer.concat(Array.from({ length: rows }, (_, row) => context.arena.bytes(slab.offset + row * stride, rowBytes)));
        },
        gap: (_pad, until) => {
          gaps.push(until);
          return 'ok';
        },
      }),
    });
    const test = testPipeline([directorySource, album], {
      elements: { 'directory-source': { props: { path: at(), ...props }, ...more } },
      links: ['directory-source ! album'],
    });
    /** Has looked, has sent on what was complete, and waits for its next look. */
    const idle = (): Promise<void> => until(() => test.clock.next !== undefined);
    const files = (): (string | undefined)[] => seen.map(({ file }) => file);
    /** Runs until the test is done with it. */
    const during = async (work: () => Promise<void>): Promise<void> => {
      const running = test.pipeline.run();
      await idle();
      await work();
      test.pipeline.stop();
      await running;
      test.assertClean();
    };
    const look = async (ms = 500): Promise<void> => {
      test.clock.advanceBy(ms * 1000);
      await idle();
    };
    return { ...test, seen, gaps, files, idle, during, look, pixels: () => pixels };
  };

  describe('data', () => {
    it('reads the pictures of a folder in the order in which people count, each in its own size', async () => {
      put('p-10.PNG', 'tall.png');
      put('p-9.png');
      put('p-11.jpg', 'turn6.jpg');
      put('.hidden.png');
      writeFileSync(at('notes.txt'), 'no picture');
      mkdirSync(at('deep.png'));
      const { pipeline, seen, pixels, assertClean } = reading({ fps: 25 });
      await pipeline.run();
      assert.deepEqual(seen, [
        { pts: 0, duration: 40_000, file: 'p-9.png', size: 'RGB 19×13' },
        { pts: 40_000, duration: 40_000, file: 'p-10.PNG', size: 'RGB 7×31' },
        { pts: 80_000, duration: 40_000, file: 'p-11.jpg', size: 'RGB 13×19' },
      ]);
      assert.equal(pixels().length, 13 * 19 * 3);
      assertClean();
    });

    it('gives the very pixels', async () => {
      put('a.png');
      const { pipeline, pixels } = reading();
      await pipeline.run();
      assert.deepEqual(Buffer.from(pixels()), readFileSync(`${images}plain.png.rgb`));
    });

    it('reads any number ahead, and keeps their order, whatever each of them takes', async () => {
      const names = Array.from({ length: 40 }, (_, index) => `${index}.png`);
      for (const [index, name] of names.entries()) put(name, index % 5 === 0 ? 'tall.png' : 'plain.png');
      put('7.png', 'cut.png');
      for (const readAhead of [1, 3, 64]) {
        const { pipeline, files, assertClean } = reading({ readAhead }, { onError: 'skip' });
        await pipeline.run();
        assert.deepEqual(
          files(),
          names.filter((name) => name !== '7.png'),
        );
        assertClean();
      }
    });

    it('looks into folders in it, and for other names, where it is told to', async () => {
      mkdirSync(at('deep'));
      put('deep/b.png');
      put('a.png');
      put('c.webp', 'lossless.webp');
      const { pipeline, files } = reading({ match: '**/*.png' });
      await pipeline.run();
      assert.deepEqual(files(), ['a.png', 'deep/b.png']);
    });

    it('takes them by the time at which they were changed, and gives that as pts', async () => {
      for (const [name, seconds] of [
        ['a.png', 30.5],
        ['b.png', 10],
        ['c.png', 12],
      ] as const) {
        put(name);
        utimesSync(at(name), seconds, seconds);
      }
      const { pipeline, seen } = reading({ order: 'modified', pts: 'modified' });
      await pipeline.run();
      assert.deepEqual(
        seen.map(({ file, pts, duration }) => [file, pts, duration]),
        [
          ['b.png', 0, undefined],
          ['c.png', 2 * SECOND, undefined],
          ['a.png', 20.5 * SECOND, undefined],
        ],
      );
    });
  });

  describe('negotiation', () => {
    it('gives the format that is wanted', async () => {
      put('a.png');
      const { pipeline, seen, assertClean } = reading({}, {}, { format: 'NV12' });
      await pipeline.run();
      assert.equal(seen[0]!.size, 'NV12 19×13');
      assertClean();
    });

    it('asks nothing of folders that are only checked', () => {
      assert.deepEqual(directorySource.negotiate?.srcCaps?.({ props: {}, resource: undefined } as never), rawVideo().caps);
    });
  });

  describe('watching', () => {
    it('gives a picture that comes later once it has settled, at the time at which it was found', async () => {
      const { during, look, files, seen } = reading({ watch: true });
      await during(async () => {
        assert.deepEqual(files(), []);
        put('a.png');
        await look();
        assert.deepEqual(files(), [], 'it may still be being written');
        await look();
        assert.deepEqual(seen, [{ pts: SECOND, duration: undefined, file: 'a.png', size: 'RGB 19×13' }]);
        await look();
        assert.equal(seen.length, 1, 'it comes once');
      });
    });

    it('gives the time at which a picture was found, however long those before it take', async () => {
      put('a.png');
      put('b.png', 'tall.png');
      const reader = reading({ watch: true, settleMs: 0 }, {}, { onPicture: () => reader.clock.advanceBy(SECOND) });
      await reader.during(async () => {
        assert.deepEqual(
          reader.seen.map(({ file, pts }) => [file, pts]),
          [
            ['a.png', 0],
            ['b.png', 0],
          ],
        );
      });
    });

    it('waits for a file that grows, for as long as it does', async () => {
      const bytes = readFileSync(`${images}plain.png`);
      const { during, look, files } = reading({ watch: true });
      await during(async () => {
        writeFileSync(at('a.png'), '');
        for (let from = 0; from < bytes.length; from += 100) {
          appendFileSync(at('a.png'), bytes.subarray(from, from + 100));
          await look();
          assert.deepEqual(files(), []);
        }
        await look();
        assert.deepEqual(files(), ['a.png']);
      });
    });

    it('takes files as they are found where they are renamed into the folder', async () => {
      const { during, look, files } = reading({ watch: true, settleMs: 0, pollMs: 100 });
      await during(async () => {
        put('a.png.part');
        await look(100);
        assert.deepEqual(files(), []);
        renameSync(at('a.png.part'), at('a.png'));
        await look(100);
        assert.deepEqual(files(), ['a.png']);
      });
    });

    it('gives a file again that is overwritten, or comes back after it was gone', async () => {
      const { during, look, seen } = reading({ watch: true, settleMs: 0 });
      put('a.png');
      await during(async () => {
        put('a.png', 'tall.png');
        await look();
        rmSync(at('a.png'));
        await look();
        put('a.png');
        await look();
        assert.deepEqual(
          seen.map(({ size }) => size),
          ['RGB 19×13', 'RGB 7×31', 'RGB 19×13'],
        );
      });
    });

    it('forgets a file that is gone before it was complete', async () => {
      const { during, look, files } = reading({ watch: true });
      await during(async () => {
        put('a.png');
        await look();
        rmSync(at('a.png'));
        await look();
        await look();
        assert.deepEqual(files(), []);
      });
    });

    it('says at every look how far time has come', async () => {
      const { during, look, gaps } = reading({ watch: true });
      await during(async () => {
        await look();
        await look();
        assert.deepEqual(gaps, [0, SECOND / 2, SECOND]);
      });
    });

    it('says that the folder is gone, once, and goes on when it is back', async () => {
      mkdirSync(at('in'));
      const { during, look, files, heard } = reading({ path: at('in'), watch: true, settleMs: 0 });
      await during(async () => {
        rmSync(at('in'), { recursive: true });
        await look();
        await look();
        mkdirSync(at('in'));
        put('in/a.png');
        await look();
        assert.deepEqual(files(), ['a.png']);
      });
      assert.deepEqual(
        heard('warning').map(({ code }) => code),
        ['media/folder-gone'],
      );
    });

    it('says 640×480 of an empty folder until there is a picture', async () => {
      const { during, pipeline } = reading({ watch: true });
      await during(async () => {
        const { fields } = pipeline.elements.get('directory-source')!.srcPads.get('src')!.caps!;
        assert.deepEqual([fields['width'], fields['height']], [640, 480]);
      });
    });

    it('ends at once when it is stopped while it waits', async () => {
      const { during, seen } = reading({ watch: true, pollMs: 3_600_000 });
      await during(async () => {});
      assert.deepEqual(seen, []);
    });
  });

  describe('what becomes of files', () => {
    it('deletes those that were sent on, and those alone', async () => {
      put('a.png');
      put('b.png', 'text.jpg');
      put('c.png');
      const { pipeline, files } = reading({ after: 'delete' }, { onError: 'skip' });
      await pipeline.run();
      assert.deepEqual(files(), ['a.png', 'c.png']);
      assert.deepEqual(readdirSync(at()), ['b.png']);
    });

    it('moves them, overwrites nothing, and does not read them again', async () => {
      mkdirSync(at('deep'));
      mkdirSync(at('done'));
      put('deep/a.png');
      put('b.png');
      writeFileSync(at('done', 'b.png'), 'another');
      const { during, files } = reading({ watch: true, settleMs: 0, match: '**/*.png', after: 'move', moveTo: 'done' });
      await during(async () => {});
      assert.deepEqual(files(), ['b.png', 'deep/a.png']);
      assert.ok(!existsSync(at('b.png')) && !existsSync(at('deep/a.png')));
      assert.equal(readFileSync(at('done', 'b.png'), 'utf8'), 'another');
      assert.deepEqual(readFileSync(at('done', 'b-1.png')), readFileSync(`${images}plain.png`));
      assert.ok(existsSync(at('done/deep/a.png')));
    });

    it('moves those that cannot be read where it is told to', async () => {
      put('a.png', 'cut.png');
      put('b.png');
      const { pipeline, files } = reading({ failedTo: 'bad', after: 'delete' }, { onError: 'skip' });
      await pipeline.run();
      assert.deepEqual(files(), ['b.png']);
      assert.deepEqual(readdirSync(at()), ['bad']);
      assert.deepEqual(readdirSync(at('bad')), ['a.png']);
    });

    it('leaves a file that was overwritten after it was read, which comes again', async () => {
      put('a.png');
      const { during, look, seen } = reading(
        { watch: true, settleMs: 0, after: 'delete' },
        {},
        { onPicture: (count) => count === 1 && put('a.png', 'tall.png') },
      );
      await during(async () => {
        assert.ok(existsSync(at('a.png')));
        await look();
        assert.deepEqual(
          seen.map(({ size }) => size),
          ['RGB 19×13', 'RGB 7×31'],
        );
        assert.ok(!existsSync(at('a.png')));
      });
    });

    it('tells of files that it cannot move, and does not read them again', async () => {
      put('a.png');
      writeFileSync(at('done'), 'no folder');
      const { during, look, files, heard } = reading({ watch: true, settleMs: 0, after: 'move', moveTo: 'done' });
      await during(() => look());
      assert.deepEqual(files(), ['a.png']);
      assert.ok(existsSync(at('a.png')));
      assert.deepEqual(
        heard('warning').map(({ code }) => code),
        ['media/not-moved'],
      );
    });
  });

  describe('errors', () => {
    for (const [broken, code] of [
      ['cut.png', 'media/corrupt'],
      ['empty.jpg', 'media/empty'],
      ['text.jpg', 'media/not-media'],
    ] as const) {
      it(`fails at ${broken}, after the pictures before it, or counts it where it is told to skip`, async () => {
        put('1.png');
        put('2.png', broken);
        put('3.png', 'tall.png');
        const failing = reading();
        await assert.rejects(failing.pipeline.run(), { code, element: 'directory-source', message: /2\.png/ });
        assert.equal(failing.seen.length, 1);
        failing.assertClean();
        const { pipeline, seen, assertClean } = reading({}, { onError: 'skip' });
        const { elements } = await pipeline.run();
        assert.deepEqual(
          seen.map(({ pts }) => pts / SECOND),
          [0, 2],
        );
        assert.deepEqual(elements[0]?.dropped, { error: 1 });
        assertClean();
      });
    }

    it('counts files that are gone before they could be read', async () => {
      for (const name of ['1.png', '2.png', '3.png']) put(name);
      const { pipeline, seen, assertClean } = reading({ readAhead: 1 }, {}, { onPicture: (count) => count === 1 && rmSync(at('2.png')) });
      const { elements } = await pipeline.run();
      assert.deepEqual(
        seen.map(({ file, pts }) => [file, pts / SECOND]),
        [
          ['1.png', 0],
          ['3.png', 1],
        ],
      );
      assert.deepEqual(elements[0]?.dropped, { vanished: 1 });
      assertClean();
    });

    it('takes a file that may not be read for one that cannot be', async function () {
      if (process.getuid?.() === 0) this.skip();
      put('1.png');
      put('2.png');
      chmodSync(at('1.png'), 0);
      const { pipeline, files, assertClean } = reading({}, { onError: 'skip' });
      const { elements } = await pipeline.run();
      assert.deepEqual([files(), elements[0]?.dropped], [['2.png'], { error: 1 }]);
      assertClean();
    });

    it('gives up on a file that is written to all the time', async () => {
      put('1.png');
      const { pipeline, clock } = reading();
      let isOver = false;
      const running = pipeline.run().finally(() => {
        isOver = true;
      });
      const failing = assert.rejects(running, { code: 'media/changing' });
      // Its time of change goes on in every turn of the event loop, of which reading takes several.
      for (let tick = 1; !isOver; tick++) {
        utimesSync(at('1.png'), tick, tick);
        clock.advanceBy(SECOND);
        await new Promise(setImmediate);
      }
      await failing;
    });

    it('reads a file again that was cut while it was read, once it is whole', async () => {
      const bytes = readFileSync(`${images}plain.png`);
      const { during, look, seen } = reading({ watch: true });
      await during(async () => {
        put('a.png');
        await look();
        truncateSync(at('a.png'), 40);
        await look();
        assert.equal(seen.length, 0);
        writeFileSync(at('a.png'), bytes);
        await look();
        await look();
        assert.equal(seen.length, 1);
      });
    });

    it('says what is wrong with the folder, when checked and when run', async () => {
      writeFileSync(at('file'), 'x');
      const check = (props: Record<string, unknown>) =>
        directorySource.check!({ props: { after: 'keep', ...props } as never, baseFolder: at() }) as readonly {
          code: string;
          path: string;
        }[];
      const codes = (props: Record<string, unknown>) => check(props).map(({ code, path }) => [code, path]);
      assert.deepEqual(codes({ path: '.' }), []);
      assert.deepEqual(codes({ path: 'none' }), [['media/not-found', '/props/path']]);
      assert.deepEqual(codes({ path: 'file' }), [['media/not-a-folder', '/props/path']]);
      assert.deepEqual(codes({ path: '.', after: 'move' }), [['graph/missing-property', '/props/moveTo']]);
      await assert.rejects(reading({ path: at('none') }).pipeline.run(), { code: 'media/not-found' });
      await assert.rejects(reading({ path: at('none'), watch: true }).pipeline.run(), { code: 'media/not-found' });
      await assert.rejects(reading().pipeline.run(), { code: 'media/not-found', message: /No file matches/ });
    });

    it('leaves nothing behind when it is aborted', async () => {
      for (let index = 0; index < 30; index++) put(`${index}.png`);
      const { pipeline, assertClean } = reading({ watch: true });
      const running = pipeline.run();
      await pipeline.negotiate();
      pipeline.abort();
      await assert.rejects(running, { code: 'pipeline/aborted' });
      assertClean();
    });
  });
});
