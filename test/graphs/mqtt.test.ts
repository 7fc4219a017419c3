import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPipeline, loadGraph } from '../../src/load-graph.ts';
import { Arena } from '../../src/memory/arena.ts';
import { needsBroker, startBroker } from '../peers/mqtt-broker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { assertConserved } from '../support/test-pipeline.ts';
import { untilHandled } from '../support/until-handled.ts';

const file = fileURLToPath(new URL('../../graphs/mqtt.json', import.meta.url));

describe('graph of an MQTT broker', function () {
  this.timeout(60_000);
  const at = temporaryFolder();

  it('lists what was published under the topic, and nothing else', async function () {
    needsBroker(this);
    const broker = await startBroker();
    const arena = Arena.create();
    // What is retained comes whenever it is that the graph has subscribed.
    await broker.publish('house/hall/heat', '{"degrees":21.5}', { retain: true });
    await broker.publish('house/hall/light', '{"lux":300}', { retain: true });
    await broker.publish('house/attic/heat', '[17,null]', { retain: true });
    const params = { url: `mqtt://127.0.0.1:${broker.port}`, topic: 'house/+/heat', lines: at('mqtt.jsonl') };
    const pipeline = createPipeline(await loadGraph({ file }, { params }), { arena });
    const run = pipeline.run();
    await untilHandled(pipeline, run, 'lines', 2);
    pipeline.stop();
    const summary = await run;
    await pipeline.close();
    await broker.close();
    assertConserved(summary);
    assert.equal(arena.statistics.slabsInUse, 0);
    const lines = readFileSync(at('mqtt.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { source: string; epoch: number; value: { topic: string; json: unknown; retained: boolean } });
    assert.deepEqual(
      // In which order a broker gives what it has retained is up to it.
      lines.map(({ source, epoch, value }) => ({ source, epoch, ...value })).sort((one, other) => (one.topic < other.topic ? 1 : -1)),
      [
        { source: 'sensors', epoch: 0, topic: 'house/hall/heat', json: { degrees: 21.5 }, retained: true },
        { source: 'sensors', epoch: 0, topic: 'house/attic/heat', json: [17, null], retained: true },
      ],
    );
  });
});
