import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FixedCaps } from '../../src/core/caps/caps.ts';
import { createPipeline, loadGraph } from '../../src/load-graph.ts';
import { decodeValue } from '../../src/media/recording/recorded-value.ts';
import { RecordingReader } from '../../src/media/recording/recording-file.ts';
import { Arena } from '../../src/memory/arena.ts';
import { assertConserved } from '../support/test-pipeline.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('point clouds graph', () => {
  it('records the sweeps of a room in which a box passes by, whichever kind of file each is in', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leat-clouds-'));
    try {
      const arena = Arena.create();
      const graph = await loadGraph({ file: `${root}graphs/point-clouds.json` }, { params: { out: folder } });
      const pipeline = createPipeline(graph, { arena });
      assertConserved(await pipeline.run());
      await pipeline.close();
      assert.equal(arena.statistics.slabsInUse, 0);
      const reader = await RecordingReader.open(join(folder, 'sweeps.leat'));
      const clouds: Float32Array[] = [];
      let fields: unknown;
      for (let record = await reader.next(); typeof record !== 'string'; record = await reader.next()) {
        if (record.header.type === 'caps') fields = (decodeValue(record.header.caps, []) as FixedCaps).fields['fields'];
        if (record.header.type === 'buffer') clouds.push(new Float32Array(Uint8Array.from(record.slabs[0]!).buffer));
      }
      await reader.close();
      assert.deepEqual(fields, ['x', 'y', 'z', 'intensity']);
      assert.equal(clouds.length, 4);
      for (const [index, cloud] of clouds.entries()) {
        assert.equal(cloud.length, 6 * 72 * 4);
        const box: number[][] = [];
        for (let at = 0; at < cloud.length; at += 4) {
          const [x, y, z, intensity] = cloud.subarray(at, at + 4) as unknown as [number, number, number, number];
          // The room is 16 by 12 metres, its floor 1.5 below.
          assert.ok(Math.abs(x) <= 8.001 && Math.abs(y) <= 6.001 && z >= -1.501 && z <= 1.501, `${x}, ${y}, ${z}`);
          if (intensity > 0.5) box.push([x, y, z]);
        }
        // A metre across, two metres away, and a metre further ahead from sweep to sweep.
        const ahead = index - 1.5;
        assert.ok(box.length >= 10, `${box.length} points of the box`);
        for (const [x, y] of box as [number, number][]) assert.ok(Math.abs(x - ahead) <= 0.501 && y >= 1.999 && y <= 3.001, `${x}, ${y}`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
