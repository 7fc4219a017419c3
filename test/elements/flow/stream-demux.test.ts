import assert from 'node:assert/strict';
import type { FixedCaps } from '../../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { decimate } from '../../../src/elements/flow/decimate.ts';
import { streamDemux } from '../../../src/elements/flow/stream-demux.ts';
import { streamMux } from '../../../src/elements/flow/stream-mux.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { probe, type Seen, scriptedSource, stepsOf } from '../../support/probe.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';
import { filter, tinyElement } from '../../support/tiny-element.ts';

const script = (count: number) => Array.from({ length: count }, () => ({}));
const source = (name: string, count: number) => scriptedSource(name, script(count), { slabBytes: 64 });

function split(counts: readonly [number, number], hold?: () => void | Promise<void>, props: object = {}) {
  const [left, right]: [Seen[], Seen[]] = [[], []];
  const test = testPipeline(
    [source('a', counts[0]), source('b', counts[1]), streamMux, streamDemux, probe('left', left, hold), probe('right', right)],
    {
      elements: { 'stream-mux': { props } },
      links: [
        'a ! stream-mux.sink_0',
        'b ! stream-mux.sink_1',
        'stream-mux ! stream-demux',
        'stream-demux.src_0 ! left',
        'stream-demux.src_1 ! right',
      ],
    },
  );
  return { ...test, left, right };
}

describe('stream-demux', () => {
  describe('negotiation', () => {
    it('gives its branches the caps of the items', async () => {
      const { pipeline, left } = split([1, 1]);
      await pipeline.run();
      assert.ok(left[0]?.type === 'buffer');
      assert.deepEqual(left[0].caps, { media: 'test', fields: {} });
    });

    it('gives each branch the caps of its own stream, and no others', async () => {
      const large = { media: 'test', fields: { size: 2 } };
      const [left, right]: [Seen[], Seen[]] = [[], []];
      const capsOf = { left: [] as FixedCaps[], right: [] as FixedCaps[] };
      const branch = (name: 'left' | 'right', seen: Seen[]): AnyElementDefinition => {
        const made = probe(name, seen);
        const create = (use: never) => {
          capsOf[name].push((use as { caps: { sink: FixedCaps } }).caps.sink);
          return made.create(use);
        };
        return { ...made, create };
      };
      const { pipeline, assertClean } = testPipeline(
        [
          scriptedSource('a', [{}, {}, {}, { caps: large }, {}], { slabBytes: 64 }),
          scriptedSource('b', script(5), { slabBytes: 64, caps: large }),
          streamMux,
          streamDemux,
          branch('left', left),
          branch('right', right),
        ],
        {
          links: [
            'a ! stream-mux.sink_0',
            'b ! stream-mux.sink_1',
            'stream-mux ! stream-demux',
            'stream-demux.src_0 ! left',
            'stream-demux.src_1 ! right',
          ],
        },
      );
      await pipeline.run();
      assert.deepEqual([stepsOf(left), stepsOf(right)], [script(5).map((_, index) => `${index}`), script(5).map((_, index) => `${index}`)]);
      assert.deepEqual(
        capsOf.left.map(({ fields }) => fields),
        [{}, { size: 2 }],
      );
      assert.deepEqual(
        capsOf.right.map(({ fields }) => fields),
        [{ size: 2 }],
      );
      assertClean();
    });

    it('refuses what is no batch', async () => {
      const { pipeline } = testPipeline([source('a', 1), streamDemux, probe('left', [])], {
        links: ['a ! stream-demux', 'stream-demux.src_0 ! left'],
      });
      await assert.rejects(pipeline.run(), /Cannot link a.src to stream-demux.sink/);
    });
  });

  describe('data', () => {
    it('gives each stream its own items in their order', async () => {
      const { pipeline, left, right, assertClean } = split([5, 3]);
      await pipeline.run();
      assert.deepEqual(stepsOf(left), ['0', '1', '2', '3', '4']);
      assert.deepEqual(stepsOf(right), ['0', '1', '2']);
      assert.ok(left.every(({ source }) => source === 'a') && right.every(({ source }) => source === 'b'));
      assertClean();
    });

    it('keeps gaps in their place within their stream', async () => {
      const seen: Seen[] = [];
      const { pipeline, assertClean } = testPipeline([source('a', 7), decimate, streamMux, streamDemux, probe('sink', seen)], {
        elements: { decimate: { props: { every: 3 } } },
        links: ['a ! decimate ! stream-mux ! stream-demux ! sink'],
      });
      await pipeline.run();
      const covered = seen.map((one) => (one.type === 'gap' ? `-${one.pts / 10_000}..${one.until / 10_000}` : `${one.pts / 10_000}`));
      assert.deepEqual(
        covered.filter((one) => !one.startsWith('-')),
        ['0', '3', '6'],
      );
      assert.equal(covered[0], '0');
      const end = (one: Seen): number => (one.type === 'gap' ? one.until : one.pts + 10_000);
      for (const [index, one] of seen.slice(1).entries()) assert.ok(one.pts >= end(seen[index]!), `${covered}`);
      assert.equal(end(seen.at(-1)!), 70_000);
      assertClean();
    });

    it('tells a branch of gaps before its first buffer, and nobody else, even of the same source', async () => {
      const [left, right]: [Seen[], Seen[]] = [[], []];
      const { pipeline, assertClean } = testPipeline(
        [source('a', 4), tee, filter('late', (buffer) => (buffer.pts < 20_000 ? undefined : buffer)), streamMux, streamDemux].concat(
          probe('left', left),
          probe('right', right),
        ),
        {
          links: [
            'a ! tee ! stream-mux.sink_0',
            'tee ! late ! stream-mux.sink_1',
            'stream-mux ! stream-demux',
            'stream-demux.src_0 ! left',
            'stream-demux.src_1 ! right',
          ],
        },
      );
      await pipeline.run();
      assert.deepEqual(stepsOf(left), ['0', '1', '2', '3']);
      assert.deepEqual(stepsOf(right), ['-0', '-1', '2', '3']);
      assertClean();
    });

    it('tells its branches of batches that are lost on the way', async () => {
      const [left, right]: [Seen[], Seen[]] = [[], []];
      const faulty = tinyElement('faulty', {
        pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
        create: () => ({
          transform: (buffer) => {
            if (buffer.sequence === 1) throw new Error('Cannot');
            return buffer;
          },
        }),
      });
      const { pipeline, assertClean } = testPipeline(
        [source('a', 3), source('b', 3), streamMux, faulty, streamDemux, probe('left', left), probe('right', right)],
        {
          elements: { 'stream-mux': { props: { maxPerSource: 1, maxWaitMs: null } }, faulty: { onError: 'skip' } },
          links: [
            'a ! stream-mux.sink_0',
            'b ! stream-mux.sink_1',
            'stream-mux ! faulty ! stream-demux',
            'stream-demux.src_0 ! left',
            'stream-demux.src_1 ! right',
          ],
        },
      );
      await pipeline.run();
      assert.deepEqual(
        [stepsOf(left), stepsOf(right)],
        [
          ['0', '-1', '2'],
          ['0', '-1', '2'],
        ],
      );
      assertClean();
    });

    it('drops the items of pads that are not linked, and counts them', async () => {
      const left: Seen[] = [];
      const { pipeline, assertClean } = testPipeline([source('a', 3), source('b', 2), streamMux, streamDemux, probe('left', left)], {
        links: ['a ! stream-mux.sink_0', 'b ! stream-mux.sink_1', 'stream-mux ! stream-demux', 'stream-demux.src_0 ! left'],
      });
      const { elements } = await pipeline.run();
      assert.equal(left.length, 3);
      assert.deepEqual(elements.find(({ name }) => name === 'stream-demux')!.dropped, { 'not-linked': 2 });
      assertClean();
    });
  });

  describe('backpressure', () => {
    it('waits for the slowest branch', async () => {
      let release = (): void => {};
      const { pipeline, left, right, assertClean } = split([3, 3], () => new Promise((resolve) => (release = resolve)), {
        maxPerSource: 1,
      });
      const run = pipeline.run();
      await settled();
      assert.deepEqual([left.length, right.length], [1, 1]);
      for (let index = 0; index < 3; index++) {
        release();
        await settled();
      }
      await run;
      assert.deepEqual([left.length, right.length], [3, 3]);
      assertClean();
    });
  });

  describe('eos and flush', () => {
    it('ends a branch with its stream, while the others go on', async () => {
      let go = (): void => {};
      const waits = new Promise<void>((resolve) => {
        go = resolve;
      });
      const seen = { left: [] as Seen[], right: [] as Seen[], none: [] as Seen[] };
      const slow = scriptedSource('b', script(4), { slabBytes: 64, before: (index) => (index < 2 ? undefined : waits) });
      const test = testPipeline(
        [source('a', 2), slow, source('c', 0), streamMux, streamDemux, probe('left', seen.left), probe('right', seen.right)].concat(
          probe('none', seen.none),
        ),
        {
          elements: { 'stream-mux': { props: { maxWaitMs: 0 } } },
          links: [
            'a ! stream-mux.sink_0',
            'b ! stream-mux.sink_1',
            'c ! stream-mux.sink_2',
            'stream-mux ! stream-demux',
            'stream-demux.src_0 ! left',
            'stream-demux.src_1 ! right',
            'stream-demux.src_2 ! none',
          ],
        },
      );
      const run = test.pipeline.run();
      await settled();
      const ended = (): string[] => test.heard('eos').map(({ element }) => element);
      assert.deepEqual(ended().sort(), ['left', 'none']);
      assert.deepEqual(
        [stepsOf(seen.left), stepsOf(seen.right)],
        [
          ['0', '1'],
          ['0', '1'],
        ],
      );
      go();
      await run;
      assert.deepEqual(ended().sort(), ['left', 'none', 'right']);
      assert.deepEqual(stepsOf(seen.right), ['0', '1', '2', '3']);
      test.assertClean();
    });

    it('ends every branch', async () => {
      const { pipeline, heard } = split([0, 2]);
      await pipeline.run();
      assert.deepEqual(
        heard('eos')
          .map(({ element }) => element)
          .sort(),
        ['left', 'right'],
      );
    });
  });
});
