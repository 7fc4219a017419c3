import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeImage, imageSize } from '../../../src/media/image/image-decoder.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const reference = (name: string): string => fileURLToPath(new URL(`../../references/images/${name}`, import.meta.url));

/** The largest difference between what was decoded and what Pillow makes of the file. */
async function error(name: string): Promise<number> {
  const { pixels } = await decodeImage(reference(name));
  const expected = readFileSync(reference(`${name}.rgb`));
  assert.equal(pixels.length, expected.length);
  return expected.reduce((most, value, index) => Math.max(most, Math.abs(value - pixels[index]!)), 0);
}

describe('image-decoder', () => {
  const at = temporaryFolder();

  for (const name of ['plain.png', 'palette.png', 'alpha.png', 'grey.png', 'deep.png', 'tall.png', 'lossless.webp']) {
    it(`decodes ${name} as Pillow does, to the bit`, async () => assert.equal(await error(name), 0));
  }

  for (const name of ['lossy.webp', 'grey.jpg', ...Array.from({ length: 8 }, (_, index) => `turn${index + 1}.jpg`)]) {
    // Two decoders may round differently.
    it(`decodes ${name} as Pillow does, the right way up`, async () => assert.ok((await error(name)) <= 2));
  }

  it('knows the size of a picture, turned as it will be, from its header', async () => {
    assert.deepEqual(await imageSize(reference('turn1.jpg')), { width: 19, height: 13 });
    assert.deepEqual(await imageSize(reference('turn6.jpg')), { width: 13, height: 19 });
    const { width, height } = await decodeImage(reference('turn6.jpg'));
    assert.deepEqual({ width, height }, { width: 13, height: 19 });
  });

  for (const [name, code, message] of [
    ['cut.jpg', 'media/corrupt', /Cannot decode .*cut\.jpg: .*premature end/],
    ['cut.png', 'media/corrupt', /Cannot decode .*cut\.png/],
    ['header.jpg', 'media/corrupt', /Cannot decode/],
    ['empty.jpg', 'media/empty', /the file is empty/],
    ['text.jpg', 'media/not-media', /no JPEG, PNG or WebP picture/],
    ['vector.jpg', 'media/not-media', /no JPEG, PNG or WebP picture/],
    ['none.jpg', 'media/not-found', /there is no such file/],
    ['plain.png/x.png', 'media/not-found', /part of its path is a file/],
    ['', 'media/not-a-file', /it is a folder/],
  ] as const) {
    it(`says what is wrong with ${name === '' ? 'a folder' : name}`, () => assert.rejects(decodeImage(reference(name)), { code, message }));
  }

  it('says that it may not read', async function () {
    if (process.getuid?.() === 0) return this.skip();
    copyFileSync(reference('plain.png'), at('locked.png'));
    chmodSync(at('locked.png'), 0);
    await assert.rejects(decodeImage(at('locked.png')), { code: 'media/permission-denied' });
  });
});
