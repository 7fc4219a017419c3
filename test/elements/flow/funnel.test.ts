import assert from 'node:assert/strict';
import { funnel } from '../../../src/elements/flow/funnel.ts';
import { probe, type Seen, scriptedSource, stepsOf } from '../../support/probe.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';
import { filter } from '../../support/tiny-element.ts';

const script = (count: number) => Array.from({ length: count }, () => ({}));
const large = { media: 'test', fields: { size: 2 } };

describe('funnel', () => {
  describe('data', () => {
    it('hands on every buffer of every branch, those of one branch in order', async () => {
      const seen: Seen[] = [];
      const { pipeline, assertClean } = testPipeline(
        [scriptedSource('a', script(7), { slabBytes: 64 }), scriptedSource('b', script(3), { slabBytes: 64 }), funnel, probe('sink', seen)],
        { links: ['a ! funnel ! sink', 'b ! funnel'] },
      );
      await pipeline.run();
      for (const [source, count] of [
        ['a', 7],
        ['b', 3],
      ] as const) {
        const own = seen.filter((one) => one.source === source);
        assert.deepEqual(
          stepsOf(own),
          script(count).map((_, index) => `${index}`),
        );
      }
      assertClean();
    });

    it('passes gaps on with their source', async () => {
      const seen: Seen[] = [];
      const { pipeline } = testPipeline(
        [scriptedSource('a', script(1)), scriptedSource('b', script(1)), filter('none', () => undefined), funnel, probe('sink', seen)],
        { links: ['a ! funnel ! sink', 'b ! none ! funnel'] },
      );
      await pipeline.run();
      assert.deepEqual(seen.map(({ type, source }) => `${type} ${source}`).sort(), ['buffer a', 'gap b']);
    });
  });

  describe('negotiation', () => {
    it('tells downstream which caps follow where branches differ, and warns once', async () => {
      const seen: Seen[] = [];
      const { pipeline, heard, assertClean } = testPipeline(
        [
          scriptedSource('a', script(5), { slabBytes: 64 }),
          scriptedSource('b', script(5), { caps: large, slabBytes: 64 }),
          funnel,
          probe('sink', seen),
        ],
        { links: ['a ! funnel ! sink', 'b ! funnel'] },
      );
      await pipeline.run();
      assert.equal(seen.length, 10);
      for (const one of seen) assert.deepEqual(one.type === 'buffer' && one.caps.fields, one.source === 'b' ? { size: 2 } : {});
      assert.deepEqual(
        heard('warning').map(({ code }) => code),
        ['flow/alternating-caps'],
      );
      assertClean();
    });

    it('takes branches as alike that differ only in what goes with them, and tells what they agree on', async () => {
      const seen: Seen[] = [];
      const of = (frameRate: number) => ({ caps: { media: 'test', fields: {}, info: { range: 'full', frameRate } } });
      const { pipeline, heard } = testPipeline(
        [scriptedSource('a', script(5), of(25)), scriptedSource('b', script(5), of(30)), funnel, probe('sink', seen)],
        { links: ['a ! funnel ! sink', 'b ! funnel'] },
      );
      await pipeline.run();
      assert.equal(seen.length, 10);
      for (const one of seen) assert.deepEqual(one.type === 'buffer' && one.caps.info, { range: 'full' });
      assert.deepEqual(heard('warning'), []);
    });

    it('stays silent where branches agree', async () => {
      const { pipeline, heard } = testPipeline(
        [scriptedSource('a', script(5)), scriptedSource('b', script(5)), funnel, probe('sink', [])],
        {
          links: ['a ! funnel ! sink', 'b ! funnel'],
        },
      );
      await pipeline.run();
      assert.deepEqual(heard('warning'), []);
    });
  });

  describe('backpressure', () => {
    it('holds every branch back while downstream is busy', async () => {
      const seen: Seen[] = [];
      const made = { a: 0, b: 0 };
      let release = (): void => {};
      let isOpen = false;
      const { pipeline, assertClean } = testPipeline(
        [
          scriptedSource('a', script(50), { slabBytes: 64, before: () => void made.a++ }),
          scriptedSource('b', script(50), { slabBytes: 64, before: () => void made.b++ }),
          funnel,
          probe('sink', seen, () => (isOpen ? undefined : new Promise((resolve) => (release = resolve)))),
        ],
        { elements: { funnel: { queue: { maxBuffers: 4 } } }, links: ['a ! funnel ! sink', 'b ! funnel'] },
      );
      const run = pipeline.run();
      await settled();
      assert.equal(seen.length, 1);
      assert.ok(made.a <= 6 && made.b <= 6, `${made.a} and ${made.b} made`);
      isOpen = true;
      release();
      await run;
      assert.equal(seen.length, 100);
      assertClean();
    });
  });

  describe('eos and flush', () => {
    it('ends when the last branch has ended', async () => {
      const seen: Seen[] = [];
      let release = (): void => {};
      const late = new Promise<void>((resolve) => (release = resolve));
      const { pipeline, heard } = testPipeline(
        [scriptedSource('a', []), scriptedSource('b', script(1), { before: () => late }), funnel, probe('sink', seen)],
        {
          links: ['a ! funnel ! sink', 'b ! funnel'],
        },
      );
      const run = pipeline.run();
      await settled();
      assert.deepEqual(heard('eos'), []);
      release();
      await run;
      assert.equal(seen.length, 1);
    });
  });
});
