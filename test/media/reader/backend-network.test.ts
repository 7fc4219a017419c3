import { MEDIA_BACKENDS } from '../../../src/media/reader/choose-backend.ts';
import { temporaryFolder } from '../clip.ts';
import { needsFfmpeg } from '../reference-ffmpeg.ts';
import { makeServedClips, readsNetworkAs } from './backend-network.ts';

describe('media back ends, of what is not in files', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  before(function () {
    needsFfmpeg(this as never);
    makeServedClips(folder);
  });

  for (const backend of MEDIA_BACKENDS) {
    describe(backend.name, () => {
      before(async function () {
        try {
          await backend.version();
        } catch (error) {
          console.log(`      (${backend.name}: ${(error as Error).message})`);
          this.skip();
        }
      });
      readsNetworkAs(backend, folder);
    });
  }
});
