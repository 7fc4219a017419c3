import assert from 'node:assert/strict';
import { tee } from '../../../src/elements/flow/tee.ts';
import { probe, type Seen, scriptedSource, stepsOf } from '../../support/probe.ts';
import { assertWaitsForSlowest } from '../../support/slow-branch.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { filter } from '../../support/tiny-element.ts';

const script = (count: number) => Array.from({ length: count }, () => ({}));

describe('tee', () => {
  describe('data', () => {
    it('gives every branch the same buffers, uncopied', async () => {
      const [left, right]: [Seen[], Seen[]] = [[], []];
      const { pipeline, assertClean } = testPipeline(
        [scriptedSource('source', script(20), { slabBytes: 64 }), tee, probe('left', left), probe('right', right)],
        { links: ['source ! tee ! left', 'tee ! right'] },
      );
      const { elements } = await pipeline.run();
      assert.deepEqual(
        stepsOf(left),
        script(20).map((_, index) => `${index}`),
      );
      assert.deepEqual(stepsOf(right), stepsOf(left));
      for (const [index, one] of left.entries()) {
        const other = right[index]!;
        assert.ok(one.type === 'buffer' && other.type === 'buffer' && one.buffer === other.buffer);
      }
      const { received, handled, produced, dropped } = elements.find(({ name }) => name === 'tee')!;
      assert.deepEqual({ received, handled, produced, dropped }, { received: 20, handled: 20, produced: 40, dropped: {} });
      assertClean();
    });

    it('lets nobody write in place while another branch holds the buffer', async () => {
      const writable: boolean[] = [];
      const look = (name: string) =>
        filter(name, (buffer) => {
          writable.push(buffer.isWritable);
          return buffer;
        });
      const { pipeline } = testPipeline(
        [scriptedSource('source', script(1), { slabBytes: 64 }), tee, look('a'), look('b'), probe('x', []), probe('y', [])],
        {
          links: ['source ! tee ! a ! x', 'tee ! b ! y'],
        },
      );
      await pipeline.run();
      assert.deepEqual(writable, [false, false]);
    });

    it('passes gaps on to every branch with their source', async () => {
      const [left, right]: [Seen[], Seen[]] = [[], []];
      const { pipeline } = testPipeline(
        [
          scriptedSource('source', script(4)),
          filter('odd', (buffer) => (buffer.sequence % 2 === 1 ? buffer : undefined)),
          tee,
          probe('left', left),
          probe('right', right),
        ],
        { links: ['source ! odd ! tee ! left', 'tee ! right'] },
      );
      await pipeline.run();
      assert.deepEqual(stepsOf(left), ['-0', '1', '-2', '3']);
      assert.deepEqual(
        right.map(({ source }) => source),
        ['source', 'source', 'source', 'source'],
      );
      assert.deepEqual(left[2], { type: 'gap', pts: 20_000, until: 30_000, source: 'source' });
    });

    it('takes a change of caps to every branch', async () => {
      const other = { media: 'test', fields: { size: 2 } };
      const [left, right]: [Seen[], Seen[]] = [[], []];
      const { pipeline } = testPipeline(
        [scriptedSource('source', [{}, { caps: other }]), tee, probe('left', left), probe('right', right)],
        {
          links: ['source ! tee ! left', 'tee ! right'],
        },
      );
      await pipeline.run();
      for (const seen of [left, right])
        assert.deepEqual(
          seen.map((one) => one.type === 'buffer' && one.caps.fields),
          [{}, { size: 2 }],
        );
    });
  });

  describe('negotiation', () => {
    it('offers upstream what all branches take', async () => {
      const { pipeline } = testPipeline(
        [
          scriptedSource('source', script(1)),
          tee,
          filter('picky', (buffer) => buffer, { negotiate: { sinkCaps: () => [{ media: 'other', fields: {} }] } }),
          probe('x', []),
          probe('y', []),
        ],
        {
          links: ['source ! tee ! x', 'tee ! picky ! y'],
        },
      );
      await assert.rejects(pipeline.run(), /Cannot link source.src to tee.sink/);
    });
  });

  describe('backpressure', () => {
    it('waits for the slowest branch', async () => {
      const [fast, slow]: [Seen[], Seen[]] = [[], []];
      await assertWaitsForSlowest((slowly) => ({
        fast,
        slow,
        ...testPipeline([scriptedSource('source', script(3), { slabBytes: 64 }), tee, probe('fast', fast), slowly('slow', slow)], {
          links: ['source ! tee ! fast', 'tee ! slow'],
        }),
      }));
    });
  });

  describe('eos and flush', () => {
    it('ends every branch', async () => {
      const { pipeline, heard } = testPipeline([scriptedSource('source', []), tee, probe('left', []), probe('right', [])], {
        links: ['source ! tee ! left', 'tee ! right'],
      });
      await pipeline.run();
      assert.deepEqual(
        heard('eos')
          .map(({ element }) => element)
          .sort(),
        ['left', 'right'],
      );
    });
  });

  describe('errors', () => {
    it('fails when a branch does', async () => {
      const broken = filter('broken', () => {
        throw new Error('no more');
      });
      const { pipeline, assertClean } = testPipeline(
        [scriptedSource('source', script(3), { slabBytes: 64 }), tee, broken, probe('left', []), probe('right', [])],
        {
          links: ['source ! tee ! left', 'tee ! broken ! right'],
        },
      );
      await assert.rejects(pipeline.run(), { element: 'broken' });
      assertClean();
    });
  });
});
