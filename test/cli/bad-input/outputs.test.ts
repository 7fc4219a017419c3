import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { makeClip } from '../../media/clip.ts';
import { freshFolder } from './fresh-folder.ts';
import { runCases } from './run-cases.ts';

const filming = (props: string): string[] => ['run', `video-test-source count=3 ! video-file-sink ${props}`];
const listing = (props: string, count = 3): string[] => [
  'run',
  `video-test-source width=160 height=120 count=${count} name=v ! fake-sink  v.truth ! json-lines-sink name=lines ${props}`,
];

describe('leat and an output that', function () {
  const folder = freshFolder(this);

  it('cannot be written is refused by name, and what is in the way stays', async () => {
    folder.write({ file: 'mine', 'folder/file': '' });
    await runCases(folder.path, [
      [listing('path=file/a.jsonl'), 1, /Error: lines: Cannot write \S+a\.jsonl: part of its path is a file, not a folder/],
      [listing('path=none/a.jsonl mkdir=false'), 1, /Error: lines: Cannot write \S+a\.jsonl: its folder does not exist/],
      [listing('path=folder'), 1, /Error: lines: Cannot write \S+folder: it is a folder/],
      [listing('path=/dev/full'), 1, /Error: lines: Cannot write \/dev\/full: there is no space left/],
      [filming('path=file/a.mp4'), 1, /Error: video-file-sink: Cannot write \S+a\.mp4: part of its path is a file/],
      [
        ['run', 'video-test-source count=3 ! image-file-sink path=file/%d.png'],
        1,
        /Error: image-file-sink: Cannot write \S+0\.png: part of/,
      ],
      [filming('path=a.xyz'), 2, /\/props\/path .*\n +Cannot write a\.xyz: "\.xyz" names no container/],
      [['check', filming('path=a.webm codec=h264')[1]!], 2, /\/props\/codec .*\n +Cannot write a\.webm: webm files hold vp8, vp9, av1/],
    ]);
    assert.equal(readFileSync(folder.file('file'), 'utf8'), 'mine');
    assert.deepEqual(readdirSync(folder.path).sort(), ['file', 'folder']);
  });

  it('is an input, or another output, whatever it is called, is left alone', async () => {
    await makeClip(folder.file('clip.mp4'), { frames: 3 });
    const before = readFileSync(folder.file('clip.mp4'));
    symlinkSync('clip.mp4', folder.file('link.mp4'));
    await runCases(folder.path, [
      [
        ['run', 'video-file-source path=clip.mp4 ! video-file-sink path=./link.mp4'],
        1,
        /clip\.mp4: video-file-sink writes it; give one of them/,
      ],
      [
        ['run', 'video-file-source path=clip.mp4 ! tee name=t ! video-file-sink path=a.mp4  t. ! video-file-sink name=b path=./a.mp4'],
        1,
        /Cannot write \S+a\.mp4: (b|video-file-sink) writes it/,
      ],
    ]);
    assert.deepEqual(readFileSync(folder.file('clip.mp4')), before);
    assert.deepEqual(readdirSync(folder.path).sort(), ['clip.mp4', 'link.mp4']);
  });

  it('fills the disk ends the run: whole lines stay, half a film does not', async function () {
    mkdirSync(folder.file('disk'));
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder.file('disk')]).status !== 0) this.skip();
    try {
      // One after the other, since each needs the whole disk.
      const [film] = await runCases(folder.path, [
        [
          ['run', 'video-test-source pattern=noise ! video-file-sink path=disk/a.mp4'],
          1,
          /Error: video-file-sink: .*there is no space left/,
        ],
      ]);
      assert.doesNotMatch(film!.stderr, /^Outputs/m, 'what is not there is not listed');
      assert.deepEqual(readdirSync(folder.file('disk')), []);
      await runCases(folder.path, [[listing('path=disk/a.jsonl', -1), 1, /Error: lines: .*there is no space left/]]);
      const text = readFileSync(folder.file('disk/a.jsonl'), 'utf8');
      assert.ok(text.length > 50_000 && text.endsWith('\n'));
      for (const [index, line] of text.trimEnd().split('\n').entries()) assert.equal((JSON.parse(line) as { frame: number }).frame, index);
    } finally {
      spawnSync('umount', [folder.file('disk')]);
    }
  });
});
