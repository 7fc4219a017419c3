import assert from 'node:assert/strict';
import { valve } from '../../../src/elements/flow/valve.ts';
import { probe, type Seen, scriptedSource, stepsOf } from '../../support/probe.ts';
import { testPipeline } from '../../support/test-pipeline.ts';

/** Six buffers through a valve; `turns` says when it is opened and closed. */
function valved(props: Record<string, unknown>, turns: Readonly<Record<number, boolean>> = {}) {
  const seen: Seen[] = [];
  const test = testPipeline(
    [
      scriptedSource(
        'source',
        Array.from({ length: 6 }, () => ({})),
        {
          slabBytes: 64,
          before: (index) => {
            const open = turns[index];
            if (open !== undefined) test.pipeline.setProps('valve', { open });
          },
        },
      ),
      valve,
      probe('sink', seen),
    ],
    { elements: { valve: { props } }, links: ['source ! valve ! sink'] },
  );
  return { ...test, seen };
}

describe('valve', () => {
  describe('data', () => {
    it('passes everything while it is open', async () => {
      const { pipeline, seen, assertClean } = valved({});
      await pipeline.run();
      assert.deepEqual(stepsOf(seen), ['0', '1', '2', '3', '4', '5']);
      assertClean();
    });

    it('passes nothing while it is closed, but gaps, and counts what it holds off', async () => {
      const { pipeline, seen, assertClean } = valved({ open: false });
      const { elements } = await pipeline.run();
      assert.deepEqual(stepsOf(seen), ['-0', '-1', '-2', '-3', '-4', '-5']);
      assert.deepEqual(elements.find(({ name }) => name === 'valve')!.dropped, { closed: 6 });
      assertClean();
    });

    it('marks the first buffer after it was closed', async () => {
      const { pipeline, seen, assertClean } = valved({}, { 2: false, 4: true });
      await pipeline.run();
      assert.deepEqual(stepsOf(seen), ['0', '1', '-2', '-3', '4', '5']);
      assert.deepEqual(
        seen.map((one) => one.type === 'buffer' && one.discont),
        [false, false, false, false, true, false],
      );
      assertClean();
    });
  });

  describe('props', () => {
    it('stay as they were when a change is refused', async () => {
      const test = valved({});
      await test.pipeline.negotiate();
      assert.throws(() => test.pipeline.setProps('valve', { open: 'no' }), {
        name: 'GraphError',
        message: /\/elements\/valve\/props\/open/,
      });
      assert.throws(() => test.pipeline.setProps('valve', { opne: true }), { message: /did you mean open\?/ });
      await test.pipeline.run();
      assert.equal(test.seen.filter(({ type }) => type === 'buffer').length, 6);
    });

    it('outlive the pipeline being closed', async () => {
      const { pipeline, seen } = valved({});
      pipeline.setProps('valve', { open: false });
      await pipeline.run();
      assert.deepEqual(
        seen.filter(({ type }) => type === 'buffer'),
        [],
      );
    });
  });
});
