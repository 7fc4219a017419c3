// What every source that reads one file after the other does with files that are damaged or missing.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Issue } from '../../../src/core/errors.ts';
import type { TestPipeline } from '../../support/test-pipeline.ts';

export interface FileSeries {
  /** A file that can be read. */
  readonly whole: string;
  /** How its name ends. */
  readonly ending: string;
  /** Buffers in it. */
  readonly buffers: number;
  /** The path of something in a folder of each test's own. */
  readonly at: (...names: string[]) => string;
  read(
    props: Record<string, unknown>,
    more?: Record<string, unknown>,
  ): TestPipeline & { readonly seen: readonly { readonly file: string | undefined }[] };
  check(path: string | string[]): readonly Issue[] | Promise<readonly Issue[]>;
}

export function describeFileSeries(source: string, { whole, ending, buffers, at, read, check }: FileSeries): void {
  const bytes = readFileSync(whole);
  const put = (name: string, part = bytes.length): void => writeFileSync(at(name + ending), bytes.subarray(0, part));
  const three = (): void => {
    put('file-1');
    put('file-2', bytes.length - 30);
    put('file-3');
  };

  it('fails at a file that breaks off, after those before it', async () => {
    three();
    const { pipeline, seen, assertClean } = read({ path: at() });
    await assert.rejects(pipeline.run(), { code: 'media/truncated', element: source, message: new RegExp(`file-2\\${ending}`) });
    assert.equal(seen.length, buffers);
    assertClean();
  });

  it('counts it and goes on where it is told to skip', async () => {
    three();
    const { pipeline, seen, assertClean } = read({ path: at() }, { onError: 'skip' });
    const { elements } = await pipeline.run();
    assert.deepEqual(
      seen.map(({ file }) => file),
      ['file-1', 'file-3'].flatMap((name) => Array(buffers).fill(name + ending)),
    );
    assert.deepEqual(elements[0]?.dropped, { error: 1 });
    assertClean();
  });

  it('says that there is nothing, when checked and when run', async () => {
    three();
    mkdirSync(at('empty'));
    assert.deepEqual(await check([`file-1${ending}`, `*${ending}`, '.']), []);
    const issues = await check([`file-4${ending}`, '*.nothing', 'empty']);
    assert.deepEqual(
      issues.map(({ code, path }) => [code, path]),
      [0, 1, 2].map((index) => ['media/not-found', `/props/path/${index}`]),
    );
    assert.match(issues[0]!.hint!, new RegExp(`file-[123]\\${ending}`));
    await assert.rejects(read({ path: at('empty') }).pipeline.run(), { code: 'media/not-found' });
    await assert.rejects(read({ path: at(`none${ending}`) }).pipeline.run(), { code: 'media/not-found' });
  });

  it('leaves nothing behind when it is aborted, and runs any number of times', async () => {
    const { pipeline, seen, assertClean } = read({ path: Array(20).fill(whole) });
    const running = pipeline.run();
    await pipeline.negotiate();
    pipeline.abort();
    await assert.rejects(running, { code: 'pipeline/aborted' });
    assertClean();
    const before = seen.length;
    await pipeline.run();
    assert.equal(seen.length - before, 20 * buffers);
    assertClean();
  });
}
