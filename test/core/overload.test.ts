import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StreamBuffer } from '../../src/core/buffer.ts';
import { checkGraph } from '../../src/core/check-graph.ts';
import { openGraph } from '../../src/core/open-graph.ts';
import type { OverloadStep } from '../../src/core/overload-options.ts';
import { anyMedia, srcPad } from '../../src/core/pad-template.ts';
import { Registry } from '../../src/core/registry.ts';
import { decimate } from '../../src/elements/flow/decimate.ts';
import { identity } from '../../src/elements/flow/identity.ts';
import { queue } from '../../src/elements/flow/queue.ts';
import { valve } from '../../src/elements/flow/valve.ts';
import { testCaps } from '../support/make-buffer.ts';
import { probe, type Seen } from '../support/probe.ts';
import { settled, testPipeline } from '../support/test-pipeline.ts';
import { tinyElement } from '../support/tiny-element.ts';

type Written = { readonly when: Partial<OverloadStep['when']>; readonly do: OverloadStep['do']; readonly name?: string };

/** A camera of a settable rate, a decimator, a valve, a queue, and a model that takes 40 ms for each picture. */
function camera(overload: readonly Written[]) {
  let spanMs = 100;
  let isOver = false;
  const seen: Seen[] = [];
  const source = tinyElement('source', {
    pads: { src: srcPad(anyMedia()) },
    live: true,
    negotiate: { srcCaps: () => [testCaps] },
    create: ({ context: { clock } }) => {
      const start = clock.now();
      return {
        produce: async () => {
          if (isOver) return undefined;
          await new Promise<void>((resolve) => void clock.schedule(clock.now() + spanMs * 1000, resolve));
          return new StreamBuffer({ caps: testCaps, pts: clock.now() - start });
        },
      };
    },
  });
  const made = testPipeline(
    [
      source,
      decimate,
      valve,
      queue,
      probe('sink', seen, () => new Promise((resolve) => void made.clock.schedule(made.clock.now() + 40_000, resolve))),
    ],
    {
      elements: { decimate: { props: { every: 1 } }, queue: { props: { maxBuffers: 10, onFull: 'dropOldest' } } },
      links: ['source ! decimate ! valve ! queue ! sink'],
      overload: overload as never,
    },
  );
  const play = async (seconds: number, rateHz: number): Promise<void> => {
    spanMs = 1000 / rateHz;
    for (let left = seconds * 1000; left > 0; left -= 5) {
      made.clock.advanceBy(5_000);
      await settled();
    }
  };
  return {
    ...made,
    seen,
    play,
    end: async (): Promise<void> => {
      isOver = true;
      await play(1, 10);
    },
  };
}

const ladder: readonly Written[] = [
  { name: 'half', when: { element: 'queue', measure: 'level', above: 0.8, below: 0.3, dwellMs: 2000 }, do: { decimate: { every: 2 } } },
  { name: 'quarter', when: { element: 'queue', measure: 'level', above: 0.8, below: 0.3, dwellMs: 2000 }, do: { decimate: { every: 4 } } },
];

describe('overload', () => {
  it('takes steps while the load rises, tells of each, and gives everything back when it falls', async () => {
    const { pipeline, play, end, heard, assertClean } = camera(ladder);
    const run = pipeline.run();
    await play(3, 10);
    assert.deepEqual(heard('overload'), [], '10 a second are no trouble for 25');
    await play(3.6, 60);
    const [first, second] = heard('overload');
    assert.deepEqual([first!.step, first!.direction, second!.step, second!.direction], ['half', 'up', 'quarter', 'up']);
    assert.ok(first!.measured > 0.8 && first!.measured <= 1, `${first!.measured}`);
    assert.deepEqual(pipeline.summary().overload!.taken, ['half', 'quarter']);
    await play(12, 10);
    await end();
    const { overload } = await run;
    assert.deepEqual(
      overload!.steps.slice(-2).map(({ step, direction }) => `${direction} ${step}`),
      ['down quarter', 'down half'],
    );
    assert.deepEqual([overload!.taken, overload!.steps.length], [[], heard('overload').length]);
    assert.equal((pipeline.elements.get('decimate')!.props as { every: number }).every, 1);
    assertClean();
  });

  it('gives back what is still changed when the run ends, for the next', async () => {
    const { pipeline, play, end } = camera(ladder);
    const run = pipeline.run();
    await play(5, 60);
    await end();
    const { overload } = await run;
    assert.ok(overload!.taken.length > 0, 'in force to the end');
    assert.equal((pipeline.elements.get('decimate')!.props as { every: number }).every, 1);
  });

  it('changes several elements at once, the limits of a queue among them', async () => {
    const { pipeline, play, end } = camera([
      { when: { element: 'queue', measure: 'waiting', above: 50 }, do: { queue: { maxBuffers: 2 }, decimate: { every: 2 } } },
    ]);
    const run = pipeline.run();
    await play(3, 60);
    assert.equal(pipeline.elements.get('queue')!.sinkPads.get('sink')!.queueTask!.queue.options.maxBuffers, 2);
    await end();
    await run;
  });

  it('goes by how long buffers wait, or how many are lost', async () => {
    for (const [measure, above] of [
      ['waiting', 100],
      ['drops', 0.2],
    ] as const) {
      const { pipeline, play, end, heard } = camera([{ when: { element: 'queue', measure, above }, do: { decimate: { every: 4 } } }]);
      const run = pipeline.run();
      await play(3, 60);
      assert.deepEqual(
        heard('overload').map(({ measure, step, direction }) => [measure, step, direction]),
        [[measure, 'decimate.every=4', 'up']],
      );
      await end();
      await run;
    }
  });

  describe('check', () => {
    const issuesOf = async (overload: readonly unknown[], elements: Record<string, unknown> = {}): Promise<string[]> => {
      const registry = new Registry().add(
        [
          identity,
          decimate,
          queue,
          tinyElement('start', { pads: { src: srcPad(anyMedia()) }, create: () => ({ produce: () => undefined }) }),
          probe('end', []),
        ],
        'test',
      );
      const description = {
        elements: { start: { type: 'start' }, queue: { type: 'queue' }, thin: { type: 'decimate' }, end: { type: 'end' }, ...elements },
        links: ['start ! queue ! thin ! end'],
        overload,
      };
      const { graph, issues } = await openGraph({ description: description as never }, { registry });
      const all = [...issues, ...(graph === undefined ? [] : await checkGraph(graph))];
      return all.map(({ code, path, message }) => `${code} ${path}: ${message}`);
    };
    const when = { element: 'queue', measure: 'level', above: 0.8 };

    it('finds nothing wrong with what is right', async () => {
      assert.deepEqual(await issuesOf([{ when, do: { thin: { every: 3 } } }]), []);
    });

    it('complains of elements and properties that there are not, and of values that are not taken', async () => {
      const [watched, changed, property, value] = await issuesOf([
        { when: { ...when, element: 'qeue' }, do: { thn: { every: 3 } } },
        { when, do: { thin: { evry: 3 } } },
        { when, do: { thin: { every: 0 } } },
      ]);
      assert.match(watched!, /graph\/unknown-element \/overload\/0\/when\/element: There is no element named qeue/);
      assert.match(changed!, /graph\/unknown-element \/overload\/0\/do\/thn/);
      assert.match(property!, /graph\/unknown-property \/overload\/1\/do\/thin\/evry/);
      assert.match(value!, /graph\/bad-value \/overload\/2\/do\/thin\/every/);
    });

    it('complains of thresholds the wrong way round', () => {
      assert.throws(
        () => camera([{ when: { ...when, below: 0.9 } as never, do: { decimate: { every: 2 } } }]),
        /Expected below to be less than above, found 0.9 and 0.8/,
      );
      assert.throws(
        () => camera([{ when: { ...when, above: 2 } as never, do: { decimate: { every: 2 } } }]),
        /Expected above to be less than 1 for level/,
      );
    });

    it('complains of two ladders for one property, and of a queue that is not there', async () => {
      const [conflict] = await issuesOf([
        { when, do: { thin: { every: 3 } } },
        { when: { element: 'end', measure: 'latency', above: 50 }, do: { thin: { every: 4 } } },
      ]);
      assert.match(conflict!, /overload\/conflict \/overload\/1\/do\/thin\/every: Both thin\.every=3 and thin\.every=4 change thin\.every/);
      const [missing] = await issuesOf([{ when: { ...when, element: 'end' }, do: { thin: { every: 3 } } }]);
      assert.match(missing!, /overload\/not-measurable \/overload\/0\/when\/measure: Cannot measure the level of end: it has no queue/);
    });

    it('refuses to play a graph whose step changes what cannot be changed', async () => {
      const { pipeline } = testPipeline(
        [
          tinyElement('start', {
            pads: { src: srcPad(anyMedia()) },
            negotiate: { srcCaps: () => [testCaps] },
            create: () => ({ produce: () => undefined }),
          }),
          queue,
          identity,
          probe('end', []),
        ],
        { links: ['start ! queue ! identity ! end'], overload: [{ when: when as never, do: { identity: { failAfter: 3 } } }] },
      );
      await assert.rejects(pipeline.run(), { name: 'GraphError', message: /Cannot change identity under load/ });
      assert.equal(pipeline.state, 'null');
    });

    it('takes the steps of an included graph with it, under the names that its elements have there', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'leat-overload-'));
      try {
        const part = {
          params: { every: { type: 'integer', default: 3 } },
          elements: { queue: { type: 'queue' }, thin: { type: 'decimate' } },
          links: ['queue ! thin'],
          sinkPads: { sink: 'queue' },
          srcPads: { src: 'thin' },
          overload: [{ when, do: { thin: { every: '${every}' } } }],
        };
        writeFileSync(join(folder, 'part.json'), JSON.stringify(part));
        const registry = new Registry().add([decimate, queue], 'test');
        const description = { include: { left: { file: 'part.json', params: { every: 5 } } }, elements: {}, links: [] };
        const { graph } = await openGraph({ description: description as never, folder }, { registry });
        assert.deepEqual(graph!.description.overload, [{ when: { ...when, element: 'left/queue' }, do: { 'left/thin': { every: 5 } } }]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
});
