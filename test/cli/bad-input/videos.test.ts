import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RunStatistics } from '../../../src/cli/run-statistics.ts';
import { makeClip } from '../../media/clip.ts';
import { runLeat } from '../run-leat.ts';
import { freshFolder } from './fresh-folder.ts';
import { halfFiles, runCases } from './run-cases.ts';

const quickstart = fileURLToPath(new URL('../../../graphs/quickstart.json', import.meta.url));
const clip = fileURLToPath(new URL('../../../media/shapes.mp4', import.meta.url));

describe('leat and a video that', function () {
  const folder = freshFolder(this);

  it('is none is refused by name, with what was found', async () => {
    folder.write({ 'empty.mp4': '', 'notes.mp4': 'Not a film at all.\n'.repeat(99), 'folder/file': '' });
    const playing = (path: string): string[] => ['run', `video-file-source path=${path} ! fake-sink`];
    await runCases(folder.path, [
      [playing('nothing.mp4'), 2, /launch string:1:19 \/elements\/video-file-source\/props\/path .*\n +There is no file \S+nothing\.mp4/],
      [playing('empty.mp4'), 2, /Cannot read \S+empty\.mp4: the file is empty/],
      [playing('folder'), 2, /Cannot read \S+folder: it is a folder/],
      [
        playing('notes.mp4'),
        1,
        /Error: video-file-source: Cannot open \S+notes\.mp4: .*expected a video file such as MP4.*\[media\/not-media\]/,
      ],
    ]);
  });

  it('ends in the middle of a frame leaves whole results of what came before, and one error', async () => {
    writeFileSync(folder.file('half.mp4'), readFileSync(clip).subarray(0, 60_000));
    // As the README has it: paths of params are those of the current folder.
    const args = ['run', quickstart, '--param', 'input=half.mp4', '--param', 'out=out'];
    const [run] = await runCases(folder.path, [
      [args, 1, /^\d+ frames before it failed, .*\nError: video: \S+half\.mp4 breaks off: .*\n$/ms],
    ]);
    const [, decoded] = /; (\d+) of 300 frames could be decoded; copy or record it again \[media\/truncated\]/.exec(run!.stderr) ?? [];
    const lines = readFileSync(folder.file('out/detections.jsonl'), 'utf8').trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { frame: number }).frame),
      Array.from({ length: Number(decoded) }, (_, index) => index),
    );
    assert.match(readFileSync(folder.file('out/report.html'), 'utf8'), /<\/html>\s*$/);
    const film = await runLeat(['run', 'video-file-source path=out/annotated.mp4 ! fake-sink', '--quiet', '--stats'], { cwd: folder.path });
    assert.equal((JSON.parse(film.stdout) as RunStatistics).frames, lines.length, film.stderr);
  });

  it('changes its size in mid-stream is followed, and nothing is lost', async () => {
    await makeClip(folder.file('small.ts'), { frames: 6 });
    await makeClip(folder.file('large.ts'), { frames: 6, width: 320, height: 240, time: (index) => (index + 10) * 40_000 });
    writeFileSync(folder.file('both.ts'), Buffer.concat(['small.ts', 'large.ts'].map((name) => readFileSync(folder.file(name)))));
    const graph = `video-file-source path=both.ts ! tee name=t ! video-file-sink path=film.mp4
      t. ! letterbox width=64 height=64 ! fake-sink
      t. ! fake-sink name=fixed`;
    const { code, stdout, stderr } = await runLeat(['run', graph, '--quiet', '--stats'], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    const { elements } = JSON.parse(stdout) as RunStatistics;
    for (const { name, handled, inFlight } of elements) assert.deepEqual([handled, inFlight], [12, 0], name);
    assert.ok(existsSync(folder.file('film.mp4')));
    assert.deepEqual(halfFiles(folder.path), []);
  });
});
