import { encodePacked } from '../media/image/image-encoder.ts';
import { loadImageLibrary } from '../media/image/image-library.ts';
import type { Arena } from '../memory/arena.ts';
import type { FramePicture } from './frame-gallery.ts';
import type { FramePick } from './frame-picks.ts';

/** Of 100: enough for pictures of this size. */
const QUALITY = 76;

/** Makes JPEGs of the frames that were picked. @throws MediaError `media/library-missing`, `media/library-failed` */
export async function encodePictures(arena: Arena, picks: readonly FramePick[]): Promise<readonly FramePicture[]> {
  if (picks.length === 0) return [];
  const library = await loadImageLibrary();
  return Promise.all(
    picks.map(async ({ slab, ...pick }) => {
      const { width, height } = pick;
      const pixels = arena.bytes(slab.offset, width * height * 3).slice();
      return { ...pick, jpeg: await encodePacked(library, { pixels, width, height, channels: 3 }, 'jpeg', QUALITY) };
    }),
  );
}
