import assert from 'node:assert/strict';
import { SystemClock } from '../../../src/core/time/clock.ts';
import { cameraSource } from '../../../src/elements/sources/camera-source.ts';
import { checkGraph } from '../../../src/load-graph.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';

describe('camera-source', function () {
  this.timeout(30_000);

  it('waits for a camera that is not there, says which, and has a picture stand in for it', async () => {
    const kept: Kept[] = [];
    let look = (): void => undefined;
    const { pipeline, messages, assertClean } = testPipeline(
      [cameraSource, keepingSink('screen', kept, 'any', () => look())],
      {
        elements: {
          'camera-source': {
            props: {
              device: '/dev/video-of-nobody',
              reconnect: { firstDelayMs: 10, maxDelayMs: 20 },
              placeholder: 'black',
              placeholderRate: 50,
              assumedWidth: 32,
              assumedHeight: 32,
            },
          },
        },
        links: ['camera-source ! screen'],
      },
      { clock: new SystemClock() },
    );
    const warnings = (): string[] =>
      messages.flatMap((one) => (one.type === 'warning' && one.code === 'media/reconnecting' ? [one.text] : []));
    const seen = new Promise<void>((resolve) => {
      look = () => {
        if (kept.length >= 3 && warnings().length >= 2) resolve();
      };
    });
    const run = pipeline.run();
    await seen;
    pipeline.stop();
    await run;
    assertClean();
    assert.match(warnings()[0]!, /camera \/dev\/video-of-nobody: there is no such device; leat devices lists those there are/);
    assert.ok(kept.every(({ buffer }) => buffer.corrupt && buffer.meta.placeholder === true));
  });

  it('wants width and height together', async () => {
    const { issues } = await checkGraph({ launch: 'camera-source width=640 ! fake-sink' });
    assert.deepEqual(
      issues.map(({ path, message }) => [path, message]),
      [['/elements/camera-source/props/width', 'Expected width and height together']],
    );
  });
});
