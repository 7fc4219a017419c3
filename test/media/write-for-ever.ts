// Writes a fragmented clip without end to the path given, and says when a few fragments are on the disk. For a test that kills it.
import { statSync } from 'node:fs';
import { frameLayout } from '../../src/media/frame-layout.ts';
import { createVideoFile } from '../../src/media/video/video-encoder.ts';
import { Arena } from '../../src/memory/arena.ts';
import { drawFrame } from './draw-frame.ts';

const path = process.argv[2]!;
const arena = Arena.create();
const layout = frameLayout('I420', 192, 96);
const encoder = await createVideoFile(path, { arena, layout, fragmented: true, keyInterval: 10, preset: 'ultrafast' });
let said = false;
for (let index = 0; ; index++) {
  const slab = arena.allocate(layout.bytes);
  drawFrame(arena, slab, layout, index % 1024);
  await encoder.write(slab, index * 40_000);
  slab.release();
  if (!said && index > 100 && statSync(path).size > 20_000) {
    said = true;
    console.log('ready');
  }
}
