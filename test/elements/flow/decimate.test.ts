import assert from 'node:assert/strict';
import { decimate } from '../../../src/elements/flow/decimate.ts';
import { probe, type Seen, scriptedSource, stepsOf } from '../../support/probe.ts';
import { testPipeline } from '../../support/test-pipeline.ts';

async function decimated(every: number, script: Parameters<typeof scriptedSource>[1]) {
  const seen: Seen[] = [];
  const { pipeline, assertClean } = testPipeline([scriptedSource('source', script, { slabBytes: 64 }), decimate, probe('sink', seen)], {
    elements: { decimate: { props: { every } } },
    links: ['source ! decimate ! sink'],
  });
  const { elements } = await pipeline.run();
  assertClean();
  return { seen, dropped: elements.find(({ name }) => name === 'decimate')!.dropped };
}

const script = (count: number) => Array.from({ length: count }, () => ({}));

describe('decimate', () => {
  describe('props', () => {
    it('refuses to pass one buffer of none', async () => {
      await assert.rejects(decimated(0, []), { name: 'GraphError' });
    });
  });

  describe('data', () => {
    it('passes the first of every three and sends gaps for the others', async () => {
      const { seen, dropped } = await decimated(3, script(7));
      assert.deepEqual(stepsOf(seen), ['0', '-1', '-2', '3', '-4', '-5', '6']);
      assert.deepEqual(dropped, { decimated: 4 });
    });

    it('passes all with 1', async () => {
      const { seen, dropped } = await decimated(1, script(4));
      assert.deepEqual(stepsOf(seen), ['0', '1', '2', '3']);
      assert.deepEqual(dropped, {});
    });

    it('counts every source by itself', async () => {
      const { seen } = await decimated(
        2,
        ['a', 'b', 'b', 'a', 'a', 'b'].map((source) => ({ source })),
      );
      assert.deepEqual(
        seen.filter(({ type }) => type === 'buffer').map(({ source, pts }) => `${source}${pts / 10_000}`),
        ['a0', 'b1', 'a4', 'b5'],
      );
    });

    it('begins anew with a new epoch', async () => {
      const { seen } = await decimated(
        3,
        [0, 0, 1, 1, 1, 1].map((epoch) => ({ epoch })),
      );
      assert.deepEqual(stepsOf(seen), ['0', '-1', '2', '-3', '-4', '5']);
    });

    it('counts on across a change of caps', async () => {
      const other = { media: 'test', fields: { size: 2 } };
      const { seen } = await decimated(4, [{}, {}, { caps: other }, {}, {}]);
      assert.deepEqual(stepsOf(seen), ['0', '-1', '-2', '-3', '4']);
    });
  });
});
