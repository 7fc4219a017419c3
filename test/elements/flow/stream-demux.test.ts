import assert from 'node:assert/strict';
import type { FixedCaps } from '../../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { decimate } from '../../../src/elements/flow/decimate.ts';
import { streamDemux } from '../../../src/elements/flow/stream-demux.ts';
import { streamMux } from '../../../src/elements/flow/stream-mux.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { probe, type ScriptOptions, type Seen, scriptedSource, stepsOf } from '../../support/probe.ts';
import { assertWaitsForSlowest } from '../../support/slow-branch.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';
import { filter, tinyElement } from '../../support/tiny-element.ts';

const script = (count: number) => Array.from({ length: count }, () => ({}));
const source = (name: string, count: number, options: ScriptOptions = {}) =>
  scriptedSource(name, script(count), { slabBytes: 64, ...options });

/** Sources through a mux and a demux, a branch for each. */
function split(
  sources: readonly AnyElementDefinition[],
  {
    muxProps = {},
    between = [],
    elements = {},
    branch = probe,
  }: {
    readonly muxProps?: object;
    readonly between?: readonly AnyElementDefinition[];
    readonly elements?: Readonly<Record<string, Record<string, unknown>>>;
    readonly branch?: typeof probe;
  } = {},
) {
  const seen = sources.map((): Seen[] => []);
  const test = testPipeline([...sources, streamMux, ...between, streamDemux, ...seen.map((one, index) => branch(BRANCHES[index]!, one))], {
    elements: { 'stream-mux': { props: muxProps }, ...elements },
    links: [
      ...sources.map(({ name }, index) => `${name} ! stream-mux.sink_${index}`),
      ['stream-mux', ...between.map(({ name }) => name), 'stream-demux'].join(' ! '),
      ...seen.map((_, index) => `stream-demux.src_${index} ! ${BRANCHES[index]}`),
    ],
  });
  const [left, right, third] = seen as [Seen[], Seen[], Seen[]];
  return { ...test, left, right, third };
}

const BRANCHES = ['left', 'right', 'third'];
const both = (left: number, right: number) => [source('a', left), source('b', right)];

describe('stream-demux', () => {
  describe('negotiation', () => {
    it('gives its branches the caps of the items', async () => {
      const { pipeline, left } = split(both(1, 1));
      await pipeline.run();
      assert.ok(left[0]?.type === 'buffer');
      assert.deepEqual(left[0].caps, { media: 'test', fields: {} });
    });

    it('gives each branch the caps of its own stream, and no others', async () => {
      const large = { media: 'test', fields: { size: 2 } };
      const capsOf: Record<string, FixedCaps[]> = { left: [], right: [] };
      const branch: typeof probe = (name, seen) => {
        const made = probe(name, seen);
        const create = (use: never) => {
          capsOf[name]!.push((use as { caps: { sink: FixedCaps } }).caps.sink);
          return made.create(use);
        };
        return { ...made, create };
      };
      const changing = scriptedSource('a', [{}, {}, {}, { caps: large }, {}], { slabBytes: 64 });
      const { pipeline, left, right, assertClean } = split([changing, source('b', 5, { caps: large })], { branch });
      await pipeline.run();
      assert.deepEqual([stepsOf(left), stepsOf(right)], [script(5).map((_, index) => `${index}`), script(5).map((_, index) => `${index}`)]);
      assert.deepEqual(
        capsOf['left']!.map(({ fields }) => fields),
        [{}, { size: 2 }],
      );
      assert.deepEqual(
        capsOf['right']!.map(({ fields }) => fields),
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
      const { pipeline, left, right, assertClean } = split(both(5, 3));
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

    it('gives a gap behind the item that waited for its batch when the gap came', async () => {
      const [left, right]: [Seen[], Seen[]] = [[], []];
      let go = (): void => {};
      const before = (): Promise<void> =>
        new Promise((resolve) => {
          go = resolve;
        });
      const elements = [
        source('a', 3),
        source('b', 1, { before }),
        decimate,
        streamMux,
        streamDemux,
        probe('left', left),
        probe('right', right),
      ];
      const { pipeline, assertClean } = testPipeline(elements, {
        elements: { decimate: { props: { every: 3 } }, 'stream-mux': { props: { maxWaitMs: null, idleMs: 0 } } },
        links: ['a ! decimate ! stream-mux.sink_0', 'b ! stream-mux.sink_1', 'stream-mux ! stream-demux'].concat(
          'stream-demux.src_0 ! left',
          'stream-demux.src_1 ! right',
        ),
      });
      const run = pipeline.run();
      await settled();
      assert.equal(left.length, 0);
      go();
      await run;
      assert.deepEqual([stepsOf(left), stepsOf(right)], [['0', '-1'], ['0']]);
      assert.equal(left[1]!.type === 'gap' && left[1]!.until, 30_000);
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
      const faulty = tinyElement('faulty', {
        pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
        create: () => ({
          transform: (buffer) => {
            if (buffer.sequence === 1) throw new Error('Cannot');
            return buffer;
          },
        }),
      });
      const { pipeline, left, right, assertClean } = split(both(3, 3), {
        muxProps: { maxPerSource: 1, maxWaitMs: null },
        between: [faulty],
        elements: { faulty: { onError: 'skip' } },
      });
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
      await assertWaitsForSlowest((slow) => {
        const branch: typeof probe = (name, seen) => (name === 'left' ? slow(name, seen) : probe(name, seen));
        const { left, right, ...test } = split(both(3, 3), { muxProps: { maxPerSource: 1 }, branch });
        return { ...test, slow: left, fast: right };
      });
    });
  });

  describe('eos and flush', () => {
    it('ends a branch with its stream, while the others go on', async () => {
      let go = (): void => {};
      const waits = new Promise<void>((resolve) => {
        go = resolve;
      });
      const slow = source('b', 4, { before: (index) => (index < 2 ? undefined : waits) });
      const test = split([source('a', 2), slow, source('c', 0)], { muxProps: { maxWaitMs: 0 } });
      const run = test.pipeline.run();
      await settled();
      const ended = (): string[] => test.heard('eos').map(({ element }) => element);
      assert.deepEqual(ended().sort(), ['left', 'third']);
      assert.deepEqual(
        [stepsOf(test.left), stepsOf(test.right)],
        [
          ['0', '1'],
          ['0', '1'],
        ],
      );
      go();
      await run;
      assert.deepEqual(ended().sort(), ['left', 'right', 'third']);
      assert.deepEqual(stepsOf(test.right), ['0', '1', '2', '3']);
      test.assertClean();
    });

    it('ends every branch', async () => {
      const { pipeline, heard } = split(both(0, 2));
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
