import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPipeline, loadGraph } from '../../src/load-graph.ts';
import type { DetectionRecord } from '../../src/media/detection/detection-record.ts';
import { Arena } from '../../src/memory/arena.ts';
import { assertConserved } from '../support/test-pipeline.ts';
import { overlap, type Truth } from './average-precision.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface ClipTruth {
  readonly frames: readonly {
    readonly boxes: readonly { readonly label: string; readonly box: Truth['box']; readonly visible: number }[];
  }[];
}

describe('folder of pictures graph', () => {
  it('finds what is in the pictures, each of them a frame of the clip at half its size', async function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), 'leat-pictures-'));
    try {
      const arena = Arena.create();
      const graph = await loadGraph({ file: `${root}graphs/folder-of-pictures.json` }, { params: { out: folder } });
      const pipeline = createPipeline(graph, { arena });
      assertConserved(await pipeline.run());
      await pipeline.close();
      assert.equal(arena.statistics.slabsInUse, 0);
      const { frames } = JSON.parse(readFileSync(`${root}media/shapes.truth.json`, 'utf8')) as ClipTruth;
      const records = readFileSync(join(folder, 'detections.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as DetectionRecord);
      assert.deepEqual(
        records.map(({ ptsUs }) => ptsUs),
        [0, 1_000_000, 2_000_000, 3_000_000],
      );
      for (const [index, { detections }] of records.entries()) {
        // Shapes of which a part is hidden may be missed; of those in full view, none.
        for (const { label, box, visible } of frames[index * 60]!.boxes) {
          if (visible < 1) continue;
          const half = box.map((side) => side / 2) as unknown as Truth['box'];
          const found = detections.some((one) => one.label === label && overlap(one.box as Truth['box'], half) > 0.5);
          assert.ok(found, `${label} at ${half.join()} of picture ${index}`);
        }
      }
      assert.deepEqual(readdirSync(folder).sort(), ['0.jpg', '1.jpg', '2.jpg', '3.jpg', 'detections.jsonl']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
