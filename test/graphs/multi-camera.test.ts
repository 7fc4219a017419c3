import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ElementSummary } from '../../src/core/counts/statistics.ts';
import type { PipelineSummary } from '../../src/core/counts/summary.ts';
import { checkGraph, createPipeline, loadGraph } from '../../src/load-graph.ts';
import type { DetectionRecord } from '../../src/media/detection/detection-record.ts';
import { Arena } from '../../src/memory/arena.ts';
import { explore } from '../../src/simulation/explore.ts';
import type { FaultPlanInput } from '../../src/simulation/fault-plan.ts';
import { assertSelfContained, readPage } from '../report/read-page.ts';
import { assertConserved } from '../support/test-pipeline.ts';

const file = fileURLToPath(new URL('../../graphs/multi-camera.json', import.meta.url));
/** Frames of each camera, as few as the test has time for. */
const COUNTS = { gate: 9, lobby: 8, stairs: 7, hall: 6, dock: 5, yard: 2, roof: 4, cellar: 3 };
const CAMERAS = Object.keys(COUNTS) as (keyof typeof COUNTS)[];

describe('multi-camera graph', () => {
  // The same graph with cameras that can be held back, so that what comes of it does not depend on how fast the machine is.
  const settings = [
    'batch.maxWaitMs=null',
    'batch.idleMs=0',
    ...CAMERAS.flatMap((name) => [
      `${name}/camera.live=false`,
      `${name}/camera.count=${COUNTS[name]}`,
      `${name}/frames.queue.onFull=block`,
      `${name}/frames.queue.maxAgeMs=0`,
    ]),
  ];
  const folder = mkdtempSync(join(tmpdir(), 'leat-multi-camera-'));
  const arena = Arena.create();
  let summary: PipelineSummary;
  let records: DetectionRecord[];
  const element = (name: string): ElementSummary => summary.elements.find((one) => one.name === name)!;

  before(async function () {
    this.timeout(60_000);
    const pipeline = createPipeline(await loadGraph({ file }, { params: { out: folder }, settings }), { arena });
    summary = await pipeline.run();
    await pipeline.close();
    records = readFileSync(join(folder, 'detections.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as DetectionRecord);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has nothing wrong with it as it stands', async function () {
    this.timeout(30_000);
    assert.deepEqual((await checkGraph({ file }, { params: { out: folder } })).issues, []);
  });

  it('loses nothing and gives everything back', () => {
    assertConserved(summary);
    for (const { name, dropped } of summary.elements) assert.deepEqual(dropped, {}, name);
    assert.equal(arena.statistics.slabsInUse, 0);
  });

  it('gives each camera a result for each of its frames, in their order', () => {
    for (const name of CAMERAS) {
      const own = records.filter(({ source }) => source === `${name}/camera`).map(({ ptsUs }) => ptsUs);
      assert.equal(own.length, COUNTS[name], name);
      assert.deepEqual(
        own,
        [...own].sort((a, b) => a - b),
      );
      assert.equal(new Set(own).size, own.length);
    }
    assert.equal(
      records.length,
      CAMERAS.reduce((sum, name) => sum + COUNTS[name], 0),
    );
  });

  it('finds the four shapes that each camera sees, in batches no larger than eight', () => {
    const found = records.reduce((sum, { detections }) => sum + detections.length, 0);
    assert.ok(found > 3.5 * records.length && found < 4.5 * records.length, `${found} in ${records.length} frames`);
    const { bySize } = element('batch').batches;
    assert.ok(Object.keys(bySize).every((size) => Number(size) <= 8));
    assert.ok(element('detect').handled < records.length, 'cameras shared batches');
  });

  it('writes a report in which every camera has a row', () => {
    const html = readFileSync(join(folder, 'report.html'), 'utf8');
    assertSelfContained(html);
    const { rows, text } = readPage(html);
    assert.match(text, /What each stream gave/);
    assert.match(text, /batch : \d+ batches with/);
    for (const name of CAMERAS) {
      const row = rows.find(([cell]) => cell === `${name}/camera`)!;
      assert.deepEqual(row.slice(1, 5), [String(COUNTS[name]), '0', String(COUNTS[name]), '100 %'], name);
    }
  });
});

describe('multi-camera graph with a fake model', () => {
  it('breaks nothing that must hold in any of 10 seeded orders, while cameras come late, twice or not at all', async function () {
    this.timeout(60_000);
    const graph = await loadGraph({ file: fileURLToPath(new URL('../../graphs/multi-camera-simulated.json', import.meta.url)) });
    const faults: FaultPlanInput = {
      faults: [
        { kind: 'jitter', maxMs: 20 },
        { kind: 'drop', probability: 0.05 },
        { kind: 'duplicate', probability: 0.05 },
      ],
    };
    const { failure } = await explore(graph, { seed: 1, buffers: 20, faults }, { runs: 10 });
    assert.equal(failure, undefined, `seed ${failure?.run.case.seed}: ${failure?.run.broken?.message}`);
  });
});
