// node read-media.mjs BACKEND FILE FRAMES: reads so many pictures into the arena by one of the back ends, looks at none, and ends.
import { openVideoFile } from '../../../dist/media/reader/open-media.js';
import { Arena } from '../../../dist/memory/arena.js';

const [backend, file, count] = process.argv.slice(2);
const arena = Arena.create();
const reader = await openVideoFile(file, { arena, backend, loop: true });
for (let left = Number(count); left > 0; left--) (await reader.next()).slab.release();
await reader.close();
