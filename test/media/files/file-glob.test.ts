import assert from 'node:assert/strict';
import { fileGlob } from '../../../src/media/files/file-glob.ts';

describe('fileGlob', () => {
  for (const [glob, those, others] of [
    ['*.{jpg,jpeg,png}', ['a.jpg', 'B.PNG', 'x.y.jpeg', '%05d.jpg', '{frame}.png'], ['a.jpgx', 'deep/a.jpg', '.a.jpg', 'a,jpg', 'jpg']],
    ['**/*.jpg', ['a.jpg', 'deep/a.jpg', 'x/y/a.jpg'], ['a.png', '.hidden/a.jpg', 'deep/.a.jpg']],
    ['in/**', ['in/a', 'in/x/y'], ['a', 'inn/a']],
    ['shot-[0-9][!a].p?g', ['shot-1b.png', 'shot-9-.PPG'], ['shot-1a.png', 'shot-xb.png', 'shot-1b.pg']],
    ['a+(b).jpg', ['a+(b).jpg'], ['aab.jpg']],
    ['a},b.jpg', ['a},b.jpg'], ['a', 'b.jpg']],
  ] as const) {
    it(`tells what ${glob} stands for`, () => {
      const takes = fileGlob(glob);
      for (const path of those) assert.ok(takes(path), path);
      for (const path of others) assert.ok(!takes(path), path);
    });
  }
});
