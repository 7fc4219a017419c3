import assert from 'node:assert/strict';
import { importImageLibrary, loadImageLibrary } from '../../../src/media/image/image-library.ts';

describe('image-library', () => {
  it('says what to install where the package is missing', async () => {
    const missing = Object.assign(new Error("Cannot find package 'sharp' imported from here"), { code: 'ERR_MODULE_NOT_FOUND' });
    const message = /the optional package sharp is not installed; run npm install sharp/;
    await assert.rejects(
      importImageLibrary(() => Promise.reject(missing)),
      { code: 'media/library-missing', message, cause: missing },
    );
  });

  it('tells a package that does not start from one that is missing', async () => {
    const broken = new Error('Could not load the "sharp" module using the linux-x64 runtime');
    await assert.rejects(
      importImageLibrary(() => Promise.reject(broken)),
      { code: 'media/library-failed', message: /Cannot use the package sharp: Could not load/ },
    );
  });

  it('gives every picture one thread', async () => {
    await loadImageLibrary();
    const { default: sharp } = await import('sharp');
    assert.equal(sharp.concurrency(), 1);
    assert.equal(sharp.cache().items.max, 0);
  });
});
