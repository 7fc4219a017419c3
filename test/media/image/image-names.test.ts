import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { imageFiles, isImagePattern } from '../../../src/media/image/image-files.ts';
import { imageFormatOf } from '../../../src/media/image/image-format.ts';
import { fileNameOf, namesMany } from '../../../src/media/image/image-names.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('image-names', () => {
  const frame = { sequence: 7, pts: 280_000, source: 'camera/../1' };

  it('counts, with zeros in front where that is asked for', () => {
    assert.equal(fileNameOf('a-%05d.jpg', 12, frame), 'a-00012.jpg');
    assert.equal(fileNameOf('a-%d.jpg', 12, frame), 'a-12.jpg');
    assert.equal(fileNameOf('a-%02d.jpg', 123, frame), 'a-123.jpg');
  });

  it('names files after their frames, and never another folder', () => {
    assert.equal(fileNameOf('{source}/{frame}-{ptsUs}.png', 0, frame), 'camera_.._1/7-280000.png');
  });

  it('leaves other signs alone', () => {
    assert.equal(fileNameOf('100%/{other}.png', 0, frame), '100%/{other}.png');
    assert.equal(namesMany('100%/{other}.png'), false);
    assert.equal(namesMany('%d.png'), true);
    assert.equal(namesMany('%d.png'), true, 'when asked again');
  });
});

describe('image-format', () => {
  it('follows from the ending', () => {
    assert.deepEqual(['a.JPG', 'b.jpeg', 'c.png', 'd.webp'].map(imageFormatOf), ['jpeg', 'jpeg', 'png', 'webp']);
    assert.throws(() => imageFormatOf('a.tiff'), { code: 'media/unknown-image', message: /expected \.jpg, \.png or \.webp, found \.tiff/ });
    assert.throws(() => imageFormatOf('a'), { code: 'media/unknown-image', message: /found no ending/ });
  });
});

describe('image-files', () => {
  const at = temporaryFolder();

  it('are in the order in which people count', async () => {
    for (const name of ['f-10.png', 'f-9.png', 'f-1.png', 'g.txt']) writeFileSync(at(name), '');
    mkdirSync(at('h.png'));
    assert.deepEqual(await imageFiles(at(), '*.png'), [at('f-1.png'), at('f-9.png'), at('f-10.png')]);
  });

  it('are one where the path is that of a file, even if it looks like a pattern', async () => {
    writeFileSync(at('a[1].png'), '');
    assert.equal(isImagePattern(at(), 'a[1].png'), false);
    assert.deepEqual(await imageFiles(at(), 'a[1].png'), [at('a[1].png')]);
    assert.deepEqual(await imageFiles(at(), 'a[2].png'), []);
  });
});
