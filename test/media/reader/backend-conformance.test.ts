import { MEDIA_BACKENDS } from '../../../src/media/reader/choose-backend.ts';
import type { BackendName } from '../../../src/media/reader/media-backend.ts';
import { temporaryFolder } from '../clip.ts';
import { needsFfmpeg } from '../reference-ffmpeg.ts';
import { conformsAs, makeConformanceClips } from './backend-conformance.ts';

/** What a back end cannot do, and why, by part of the test's name. */
const LACKS: Partial<Record<BackendName, Readonly<Record<string, string>>>> = {};

describe('media back ends', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  before(function () {
    needsFfmpeg(this as never);
    makeConformanceClips(folder);
  });

  for (const backend of MEDIA_BACKENDS) {
    describe(backend.name, () => {
      before(async function () {
        const refusal = backend.refuses({ kind: 'file', path: folder });
        if (refusal !== undefined) {
          console.log(`      (${backend.name}: ${refusal})`);
          this.skip();
        }
        try {
          await backend.version();
        } catch (error) {
          console.log(`      (${backend.name}: ${(error as Error).message})`);
          this.skip();
        }
      });
      conformsAs(backend, folder, LACKS[backend.name]);
    });
  }
});
