import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPipeline, loadGraph } from '../../src/load-graph.ts';
import { Arena } from '../../src/memory/arena.ts';
import { needsRtspServer, startRtspCamera } from '../peers/rtsp-camera.ts';
import { needsSoundServer, type SoundServer, startSoundServer } from '../peers/sound-server.ts';
import { loudness } from '../support/likeness.ts';
import { type RecordedSet, readJoined } from '../support/read-joined.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { assertConserved } from '../support/test-pipeline.ts';
import { untilHandled } from '../support/until-handled.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = `${root}graphs/camera-and-microphone.json`;

describe('graph of a camera and a microphone', function () {
  this.timeout(120_000);
  const at = temporaryFolder();
  let server: SoundServer | undefined;

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  /** Hears a hum until so much has come to two of its elements; what was recorded, and listed. */
  const running = async (graph: string, counts: Readonly<Record<string, number>>, hasCamera: boolean) => {
    server = await startSoundServer();
    server.hum();
    const arena = Arena.create();
    const params = { camera: '/dev/video-of-nobody', microphone: 'voice', out: at('out'), model: `${root}models/shapes` };
    const { camera: _, ...others } = params;
    const settings = [`microphone.server=${server.address}`];
    const pipeline = createPipeline(await loadGraph({ file: graph }, { params: hasCamera ? others : params, settings }), { arena });
    const clocks: string[] = [];
    pipeline.bus.on('clock-selected', ({ clock }) => clocks.push(clock));
    const run = pipeline.run();
    for (const [name, count] of Object.entries(counts)) await untilHandled(pipeline, run, name, count);
    pipeline.stop();
    const summary = await run;
    await pipeline.close();
    assertConserved(summary);
    assert.equal(arena.statistics.slabsInUse, 0);
    assert.deepEqual(clocks, ['microphone']);
    const lines = readFileSync(at('out/detections.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    return {
      sets: await readJoined(at('out/seen-and-heard.leat')),
      lines: lines.map((line) => JSON.parse(line) as { detections: unknown[] }),
    };
  };

  const isHeard = ({ parts }: RecordedSet): boolean => loudness(new Float32Array(parts.sound!.bytes.buffer)) > 0.01;
  const rising = (times: readonly number[]): boolean => times.every((time, index) => index === 0 || time >= times[index - 1]!);

  it('goes on without its camera, in whose place there is a black picture', async function () {
    needsSoundServer(this as never);
    const { sets } = await running(file, { recording: 30, frames: 3 }, false);
    assert.ok(sets.filter(isHeard).length >= 5, 'the hum is heard');
    assert.ok(rising(sets.map(({ pts }) => pts)));
    assert.ok(sets.every(({ parts }) => parts.sound!.bytes.length === 1600 * 4 && parts.sound!.meta.capturedAt !== undefined));
    const pictures = sets.flatMap(({ parts }) => parts.picture ?? []);
    assert.ok(pictures.length > 0);
    assert.ok(pictures.every(({ corrupt, meta, bytes }) => corrupt && meta.placeholder === true && bytes[0] === 16));
  });

  it('has sound and pictures of one time together, and finds what is to be seen, with a camera of another kind', async function () {
    needsSoundServer(this as never);
    needsRtspServer(this as never);
    const camera = await startRtspCamera('--file', `${root}media/shapes.mp4`);
    try {
      const graph = JSON.parse(readFileSync(file, 'utf8')) as { params: object; elements: Record<string, object> };
      const elements = { ...graph.elements, camera: { type: 'rtsp-source', props: { url: `rtsp://127.0.0.1:${camera.port}/file` } } };
      const { camera: _, ...params } = graph.params as Record<string, object>;
      writeFileSync(at('graph.json'), JSON.stringify({ ...graph, $schema: undefined, params, elements }));
      const { sets, lines } = await running(at('graph.json'), { lines: 3, recording: 30 }, true);
      assert.ok(lines.length >= 3 && lines.every(({ detections }) => detections.length > 0));
      assert.ok(sets.filter(isHeard).length >= 5, 'the hum is heard');
      const both = sets.filter(({ parts }) => parts.picture != null);
      assert.ok(both.length > 0);
      for (const { parts } of both) {
        assert.equal(parts.picture!.corrupt, false);
        // The picture of its time, or the last there was.
        assert.ok(Math.abs(parts.picture!.pts - parts.sound!.pts) <= 2_000_000);
      }
    } finally {
      await camera.kill();
    }
  });
});
