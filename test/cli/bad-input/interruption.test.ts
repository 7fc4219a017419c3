import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RunStatistics } from '../../../src/cli/run-statistics.ts';
import { type LeatRun, pluginText, type RunningLeat, runLeat, startLeat } from '../run-leat.ts';
import { freshFolder } from './fresh-folder.ts';
import { halfFiles } from './run-cases.ts';

const quickstart = fileURLToPath(new URL('../../../graphs/quickstart.json', import.meta.url));

const TELLING = pluginText(`
const pads = { sink: sinkPad(anyMedia()) };
export const telling = defineElement({ ...common, name: 'telling', pads,
  create: () => { let count = 0; return { render: () => { if (++count === 20) process.stderr.write('twenty\\n'); } }; } });
export const stuck = defineElement({ ...common, name: 'stuck', pads,
  create: () => ({ render: () => { process.stderr.write('stuck\\n'); return new Promise((resolve) => setTimeout(resolve, 1e6)); } }) });`);

describe('leat interrupted', function () {
  const folder = freshFolder(this, { 'telling.mjs': TELLING });

  const start = (...args: string[]): RunningLeat => startLeat(['run', ...args, '--plugin', './telling.mjs'], { cwd: folder.path });
  const files = (): string[] => readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'telling.mjs');
  const isQuiet = ({ stderr }: LeatRun): void => {
    assert.doesNotMatch(stderr, /Error|\n +at |^0 frames/m);
  };

  it('before it has begun leaves nothing behind', async () => {
    const leat = start(quickstart);
    await once(leat.process, 'spawn');
    leat.process.kill('SIGINT');
    const run = await leat.done;
    // Shells say 130 either way: so early the process has not come to listen yet.
    assert.ok(run.code === 130 || run.signal === 'SIGINT', run.stderr);
    isQuiet(run);
    assert.deepEqual(files(), []);
  });

  it('while a model loads leaves nothing behind, and reports of nothing', async () => {
    const leat = start(quickstart, '--param', 'out=out');
    await leat.saw('Loading');
    leat.process.kill('SIGINT');
    const run = await leat.done;
    assert.equal(run.code, 130, run.stderr);
    isQuiet(run);
    assert.deepEqual(files(), []);
  });

  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    it(`by ${signal} finishes film and lines with every frame that was made`, async () => {
      const leat = start(
        `video-test-source name=v width=64 height=64 ! tee name=t ! video-file-sink path=film.mp4  t. ! telling
         v.truth ! json-lines-sink path=lines.jsonl`,
        '--stats',
      );
      await leat.saw('twenty');
      leat.process.kill(signal);
      const run = await leat.done;
      assert.equal(run.code, 130, run.stderr);
      isQuiet(run);
      const { frames } = JSON.parse(run.stdout) as RunStatistics;
      assert.ok(frames >= 20);
      assert.equal(readFileSync(folder.file('lines.jsonl'), 'utf8').trimEnd().split('\n').length, frames);
      const film = await runLeat(['run', 'video-file-source path=film.mp4 ! fake-sink', '--quiet', '--stats'], { cwd: folder.path });
      assert.equal((JSON.parse(film.stdout) as RunStatistics).frames, frames);
    });
  }

  it('again while it drains gives up at once, and leaves no half film', async () => {
    const leat = start('video-test-source width=64 height=64 ! tee name=t ! video-file-sink path=film.mp4  t. ! stuck');
    await leat.saw('stuck');
    leat.process.kill('SIGINT');
    await leat.saw('once more aborts');
    leat.process.kill('SIGINT');
    const run = await leat.done;
    assert.equal(run.code, 130, run.stderr);
    isQuiet(run);
    assert.deepEqual(files(), []);
  });

  it('by a reader that goes away is not spoken of, and leaves no half film', async () => {
    const leat = start(
      `video-test-source name=v width=64 height=64 ! video-file-sink path=film.mp4
       v.truth ! json-lines-sink path=-`,
      '--quiet',
    );
    leat.process.stdout!.once('data', () => leat.process.stdout!.destroy());
    const { code, stderr } = await leat.done;
    assert.equal(code, 141);
    assert.equal(stderr, '');
    assert.deepEqual(halfFiles(folder.path), []);
  });
});
