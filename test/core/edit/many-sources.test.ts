import assert from 'node:assert/strict';
import { EditedPipeline, upTo } from './edited-pipeline.ts';

const SOURCES = 64;

describe('64 sources in one process', () => {
  it('come and go through one mux and one demux, and nothing is lost or doubled', async () => {
    const elementsOf = (index: number) => ({
      [`cam${index}`]: { type: 'ticker', props: { periodMs: 30 + (index % 5) } },
      [`to${index}`]: { type: 'collector' },
    });
    const all = upTo(SOURCES);
    const test = new EditedPipeline({
      elements: {
        mux: { type: 'stream-mux', props: { maxWaitMs: 10, maxSize: 64 } },
        model: { type: 'slow' },
        demux: { type: 'stream-demux' },
        ...Object.assign({}, ...all.map(elementsOf)),
      },
      links: ['mux ! model ! demux', ...all.flatMap((index) => [`cam${index} ! mux.sink_${index}`, `demux.src_${index} ! to${index}`])],
    });
    await test.advance(100);
    // Every sixteenth goes, in one edit each, and comes back while others go.
    for (let index = 0; index < SOURCES; index += 16) {
      await test.while(test.pipeline.remove([`cam${index}`, `to${index}`]));
      if (index === 0) continue;
      const back = index - 16;
      await test.while(test.pipeline.add({ elements: elementsOf(back), links: [`cam${back} ! mux`, `demux ! to${back}`] }));
    }
    await test.advance(100);
    const { elements, removed = [] } = await test.end();
    const lives = (name: string): number[] => [...removed, ...elements].filter((one) => one.name === name).map(({ produced }) => produced);
    for (const index of all) {
      const name = `cam${index}`;
      const due = Object.fromEntries(lives(name).map((count, epoch) => [`${name}/${epoch}`, upTo(count)]));
      assert.deepEqual(test.gotBy(`to${index}`), due);
      assert.equal(Object.keys(due).length, index % 16 === 0 && index < SOURCES - 16 ? 2 : 1);
    }
    assert.deepEqual(test.heard('dropped'), []);
  });
});
