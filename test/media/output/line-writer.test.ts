import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { openLineFile, openLineOutput } from '../../../src/media/output/line-writer.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A stream that notes what is written at once, and goes on when it is told to. */
function slowStream(fail?: Error) {
  const writes: string[] = [];
  let release = (_error?: Error): void => {};
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      writes.push(chunk);
      release = done;
      if (fail !== undefined) done(fail);
    },
  });
  return { stream, writes, release: () => release() };
}

const turn = (): Promise<void> => new Promise(setImmediate);

describe('line writer', () => {
  const at = temporaryFolder();

  it('writes lines that come together in one go', async () => {
    const { stream, writes, release } = slowStream();
    const writer = openLineOutput(stream);
    for (const line of ['a', 'b', 'c']) assert.equal(writer.write(line), undefined);
    await turn();
    assert.deepEqual(writes, ['a\nb\nc\n']);
    for (const line of ['d', 'e']) void writer.write(line);
    await turn();
    assert.deepEqual(writes, ['a\nb\nc\n'], 'while something is being written, lines gather');
    release();
    await turn();
    assert.deepEqual(writes, ['a\nb\nc\n', 'd\ne\n']);
    release();
    await writer.finish();
  });

  it('has whoever writes too much wait until it is written', async () => {
    const { stream, release } = slowStream();
    const writer = openLineOutput(stream);
    void writer.write('first');
    await turn();
    const waits = writer.write('x'.repeat(2 ** 18));
    assert.ok(waits instanceof Promise);
    let isDone = false;
    void waits.then(() => (isDone = true));
    release();
    await turn();
    assert.equal(isDone, false);
    release();
    await waits;
    await writer.finish();
  });

  it('finishes after the last line', async () => {
    const writer = await openLineFile(at('a'), { append: false });
    for (let index = 0; index < 1000; index++) await writer.write(`line ${index}`);
    await writer.finish();
    assert.equal(readFileSync(at('a'), 'utf8'), Array.from({ length: 1000 }, (_, index) => `line ${index}\n`).join(''));
  });

  it('empties a file, or adds to it', async () => {
    writeFileSync(at('a'), 'old\n');
    for (const append of [true, false]) {
      const writer = await openLineFile(at('a'), { append });
      void writer.write('new');
      await writer.finish();
      assert.equal(readFileSync(at('a'), 'utf8'), append ? 'old\nnew\n' : 'new\n');
    }
  });

  it('tells the next to write, and whoever finishes, that a write has failed', async () => {
    const { stream } = slowStream(Object.assign(new Error('broken'), { code: 'EPIPE' }));
    const writer = openLineOutput(stream);
    void writer.write('lost');
    await turn();
    const expected = { code: 'media/reader-gone', message: 'Cannot write standard output: whoever read it is gone' };
    assert.throws(() => writer.write('more'), expected);
    await assert.rejects(writer.finish(), expected);
    await writer.close();
  });

  it('may be closed in the middle, any number of times', async () => {
    const writer = await openLineFile(at('a'), { append: false });
    void writer.write('x');
    await writer.close();
    await writer.close();
  });
});
