import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { sinkPad } from '../../../src/core/element/pad-template.ts';
import { textLinesSource } from '../../../src/elements/sources/text-lines-source.ts';
import { text } from '../../../src/media/media-types.ts';
import type { TextItem } from '../../../src/media/text/text-item.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { testPipeline, until } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

interface SeenLine extends TextItem {
  readonly pts: number;
  readonly duration: number | undefined;
  readonly epoch: number;
  readonly discont: boolean;
  readonly corrupt: boolean;
  readonly bytes: number;
}

describe('text-lines-source', () => {
  const at = temporaryFolder();

  const reading = (props: Record<string, unknown> = {}) => {
    const seen: SeenLine[] = [];
    const gaps: number[] = [];
    const sink = tinyElement('reader', {
      pads: { sink: sinkPad(text()) },
      create: () => ({
        render: ({ value, pts, duration, epoch, discont, corrupt, bytes }) => {
          seen.push({ ...(value as TextItem), pts, duration, epoch, discont, corrupt, bytes });
        },
        gap: (_pad, until) => {
          gaps.push(until);
          return 'ok';
        },
      }),
    });
    const test = testPipeline([textLinesSource, sink], {
      elements: { 'text-lines-source': { props: { path: at('log'), ...props } } },
      links: ['text-lines-source ! reader'],
    });
    const idle = (): Promise<void> => until(() => test.clock.next !== undefined);
    return {
      ...test,
      seen,
      gaps,
      texts: () => seen.map(({ text }) => text),
      /** Follows the file until the test is done with it. */
      during: async (work: () => Promise<void>): Promise<void> => {
        const running = test.pipeline.run();
        await idle();
        await work();
        test.pipeline.stop();
        await running;
        test.assertClean();
      },
      look: async (): Promise<void> => {
        test.clock.advanceBy(250_000);
        await idle();
      },
    };
  };

  describe('data', () => {
    it('gives each line, numbered, at the rate that it is told', async () => {
      writeFileSync(at('log'), 'one\r\n\nthree €\nlast');
      const { pipeline, seen, assertClean } = reading({ linesPerSecond: 3 });
      await pipeline.run();
      const plain = { epoch: 0, discont: false, corrupt: false };
      assert.deepEqual(seen, [
        { text: 'one', line: 1, pts: 0, duration: 333_333, bytes: 3, ...plain },
        { text: '', line: 2, pts: 333_333, duration: 333_334, bytes: 0, ...plain },
        { text: 'three €', line: 3, pts: 666_667, duration: 333_333, bytes: 9, ...plain },
        { text: 'last', line: 4, pts: 1_000_000, duration: 333_333, bytes: 4, ...plain },
      ]);
      assertClean();
    });

    it('leaves empty lines out where it is told to', async () => {
      writeFileSync(at('log'), '\n\na\n\nb\n\n');
      const { pipeline, seen } = reading({ skipEmpty: true });
      await pipeline.run();
      assert.deepEqual(
        seen.map(({ text, line, pts }) => [text, line, pts]),
        [
          ['a', 3, 0],
          ['b', 5, 1_000_000],
        ],
      );
    });

    it('reads a file of many chunks as it stands', async () => {
      const lines = Array.from({ length: 20_000 }, (_, i) => `${i} ${'x'.repeat(i % 37)}`);
      writeFileSync(at('log'), lines.join('\n'));
      const { pipeline, texts, assertClean } = reading();
      await pipeline.run();
      assert.deepEqual(texts(), lines);
      assertClean();
    });

    for (const [encoding, bytes] of [
      ['auto', Buffer.from('\ufeffä\nö', 'utf8')],
      ['auto', Buffer.from('\ufeffä\nö', 'utf16le')],
      ['auto', Buffer.from('\ufeffä\nö', 'utf16le').swap16()],
      ['utf-16be', Buffer.from('ä\nö', 'utf16le').swap16()],
      ['latin1', Buffer.from('ä\nö', 'latin1')],
    ] as const) {
      it(`reads ${encoding}: ${bytes.toString('hex')}`, async () => {
        writeFileSync(at('log'), bytes);
        const { pipeline, texts } = reading({ encoding });
        await pipeline.run();
        assert.deepEqual(texts(), ['ä', 'ö']);
      });
    }

    it('gives the beginning of a line that is too long, and says so, whatever its length', async () => {
      writeFileSync(at('log'), `short\n${'ö'.repeat(200_000)}\nafter\n`);
      const { pipeline, seen } = reading({ maxLineBytes: 9 });
      await pipeline.run();
      assert.deepEqual(
        seen.map(({ text, line, isCut }) => [text, line, isCut]),
        [
          ['short', 1, undefined],
          ['öööö', 2, true],
          ['after', 3, undefined],
        ],
      );
    });

    it('marks lines that are no text', async () => {
      writeFileSync(at('log'), Buffer.from([97, 10, 0xff, 98, 10]));
      const { pipeline, seen } = reading();
      await pipeline.run();
      assert.deepEqual(
        seen.map(({ text, corrupt }) => [text, corrupt]),
        [
          ['a', false],
          ['\ufffdb', true],
        ],
      );
    });

    it('gives nothing of an empty file', async () => {
      writeFileSync(at('log'), '');
      const { pipeline, texts, assertClean } = reading();
      await pipeline.run();
      assert.deepEqual(texts(), []);
      assert.deepEqual(await textLinesSource.check!({ props: { path: 'log' } as never, baseFolder: at() }), []);
      assertClean();
    });
  });

  describe('following', () => {
    it('gives lines as they are completed, at the time at which they were read', async () => {
      writeFileSync(at('log'), 'a\nb');
      const { during, look, seen } = reading({ follow: true });
      await during(async () => {
        assert.deepEqual(
          seen.map(({ text }) => text),
          ['a'],
        );
        appendFileSync(at('log'), 'c');
        await look();
        appendFileSync(at('log'), '\nd\n');
        await look();
        assert.deepEqual(
          seen.map(({ text, line, pts }) => [text, line, pts]),
          [
            ['a', 1, 0],
            ['bc', 2, 500_000],
            ['d', 3, 500_000],
          ],
        );
      });
    });

    it('begins at the end where it is told to, behind what is being written there', async () => {
      for (const [before, after, wanted] of [
        ['a\nb\n', 'c\nd\n', ['c', 'd']],
        ['a\nb', 'c\nd\n', ['d']],
        ['', 'c\n', ['c']],
      ] as const) {
        writeFileSync(at('log'), before);
        const { during, look, seen } = reading({ follow: true, from: 'end' });
        await during(async () => {
          appendFileSync(at('log'), after);
          await look();
          assert.deepEqual(
            seen.map(({ text, line }) => [text, line]),
            wanted.map((text) => [text, undefined]),
          );
        });
      }
    });

    it('knows by its mark how a file is written that was empty at first', async () => {
      writeFileSync(at('log'), '');
      const { during, look, texts } = reading({ follow: true });
      await during(async () => {
        appendFileSync(at('log'), Buffer.from('\ufeffä\n', 'utf16le'));
        await look();
        assert.deepEqual(texts(), ['ä']);
      });
    });

    it('goes over to the file that is in its place, after what was left of the old one', async () => {
      writeFileSync(at('log'), 'a\n');
      const { during, look, seen, heard } = reading({ follow: true });
      await during(async () => {
        appendFileSync(at('log'), 'b\nunfinished');
        renameSync(at('log'), at('log.1'));
        await look();
        appendFileSync(at('log.1'), ' after all');
        writeFileSync(at('log'), 'new\n');
        await look();
        assert.deepEqual(
          seen.map(({ text, line, epoch, discont }) => [text, line, epoch, discont]),
          [
            ['a', 1, 0, false],
            ['b', 2, 0, false],
            ['unfinished after all', 3, 0, false],
            ['new', 1, 1, true],
          ],
        );
      });
      assert.deepEqual(
        heard('info').map(({ code }) => code),
        ['media/file-replaced'],
      );
    });

    it('begins anew with a file that was cut short', async () => {
      writeFileSync(at('log'), 'a\nb\nhalf');
      const { during, look, seen } = reading({ follow: true });
      await during(async () => {
        truncateSync(at('log'), 0);
        await look();
        appendFileSync(at('log'), 'c\n');
        await look();
        assert.deepEqual(
          seen.map(({ text, line, epoch }) => [text, line, epoch]),
          [
            ['a', 1, 0],
            ['b', 2, 0],
            ['c', 1, 1],
          ],
        );
      });
    });

    it('waits for a file that is gone', async () => {
      writeFileSync(at('log'), 'a\n');
      const { during, look, texts } = reading({ follow: true });
      await during(async () => {
        rmSync(at('log'));
        await look();
        await look();
        writeFileSync(at('other'), 'b\n');
        renameSync(at('other'), at('log'));
        await look();
        assert.deepEqual(texts(), ['a', 'b']);
      });
    });

    it('says at every look how far time has come', async () => {
      writeFileSync(at('log'), '');
      const { during, look, gaps } = reading({ follow: true });
      await during(async () => {
        await look();
        await look();
        assert.deepEqual(gaps, [0, 250_000, 500_000]);
      });
    });
  });

  describe('backpressure', () => {
    it('reads no more of a file than is taken', async () => {
      writeFileSync(at('log'), 'line\n'.repeat(100_000));
      let letGo: () => void = () => {};
      const seen: string[] = [];
      const slow = tinyElement('reader', {
        pads: { sink: sinkPad(text()) },
        create: () => ({
          render: ({ value }) => {
            seen.push((value as TextItem).text);
            if (seen.length === 3) return new Promise<void>((resolve) => (letGo = resolve));
          },
        }),
      });
      const { pipeline, assertClean } = testPipeline([textLinesSource, slow], {
        elements: { 'text-lines-source': { props: { path: at('log') } } },
        links: ['text-lines-source ! reader'],
      });
      const running = pipeline.run();
      await until(() => seen.length === 3);
      const { received } = pipeline.summary().elements[0]!;
      assert.ok(received < 200, `${received} lines`);
      letGo();
      await running;
      assert.equal(seen.length, 100_000);
      assertClean();
    });
  });

  describe('errors', () => {
    it('says what is wrong with the file, when checked and when run', async () => {
      mkdirSync(at('folder'));
      const check = (path: string) => textLinesSource.check!({ props: { path } as never, baseFolder: at() });
      assert.deepEqual(
        [...(await check('none')), ...(await check('folder'))].map(({ code, path }) => [code, path]),
        [
          ['media/not-found', '/props/path'],
          ['media/not-a-file', '/props/path'],
        ],
      );
      await assert.rejects(reading({ path: at('none') }).pipeline.run(), { code: 'media/not-found', element: 'text-lines-source' });
      await assert.rejects(reading({ path: at('folder') }).pipeline.run(), { code: 'media/not-a-file' });
    });

    it('leaves nothing behind when it is aborted', async () => {
      writeFileSync(at('log'), 'a\n');
      const { pipeline, assertClean } = reading({ follow: true });
      const running = pipeline.run();
      await pipeline.negotiate();
      pipeline.abort();
      await assert.rejects(running, { code: 'pipeline/aborted' });
      assertClean();
    });
  });
});
