import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPipeline, loadGraph } from '../../src/load-graph.ts';
import { Arena } from '../../src/memory/arena.ts';
import { needsRtspServer, startRtspCamera } from '../peers/rtsp-camera.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { assertConserved } from '../support/test-pipeline.ts';
import { untilHandled } from '../support/until-handled.ts';

const file = fileURLToPath(new URL('../../graphs/rtsp.json', import.meta.url));
const shapes = fileURLToPath(new URL('../../media/shapes.mp4', import.meta.url));

describe('graph of an RTSP camera', function () {
  this.timeout(60_000);
  const at = temporaryFolder();

  it('finds shapes in every fifth picture of the camera', async function () {
    needsRtspServer(this);
    const camera = await startRtspCamera('--file', shapes);
    const arena = Arena.create();
    const params = { url: `rtsp://127.0.0.1:${camera.port}/file`, lines: at('rtsp.jsonl') };
    const pipeline = createPipeline(await loadGraph({ file }, { params }), { arena });
    const run = pipeline.run();
    await untilHandled(pipeline, run, 'lines', 5);
    pipeline.stop();
    const summary = await run;
    await pipeline.close();
    await camera.kill();
    assertConserved(summary);
    assert.equal(arena.statistics.slabsInUse, 0);
    const lines = readFileSync(at('rtsp.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { ptsUs: number; detections: unknown[] });
    assert.ok(lines.length >= 5);
    assert.ok(
      lines.every(({ detections }) => detections.length > 0),
      'there is something in every picture of this film',
    );
    const steps = lines.slice(1).map(({ ptsUs }, index) => Math.round((ptsUs - lines[index]!.ptsUs) / 40_000));
    // A slow machine leaves pictures out, and says so: what is looked at is still every fifth of those there are.
    assert.ok(steps.every((step) => step >= 5));
  });
});
