import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { checkGraph } from '../../../src/core/graph/check-graph.ts';
import { openGraph } from '../../../src/core/graph/open-graph.ts';
import { Registry } from '../../../src/core/graph/registry.ts';
import type { OverloadStep } from '../../../src/core/overload/overload-options.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { decimate } from '../../../src/elements/flow/decimate.ts';
import { identity } from '../../../src/elements/flow/identity.ts';
import { queue } from '../../../src/elements/flow/queue.ts';
import { valve } from '../../../src/elements/flow/valve.ts';
import { testCaps } from '../../support/make-buffer.ts';
import { probe, type Seen } from '../../support/probe.ts';
import { settled, testPipeline, until } from '../../support/test-pipeline.ts';
import { threadedElements } from '../../support/threaded-elements.ts';
import { countingSource, tinyElement } from '../../support/tiny-element.ts';

type Written = { readonly when: Partial<OverloadStep['when']> } & Partial<Omit<OverloadStep, 'when'>>;

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
    assert.deepEqual([first!.threshold, first!.changes, first!.measure, first!.element], [0.8, 'decimate.every=2', 'level', 'queue']);
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

  it('pauses a source that cannot be held back: what it gives is dropped there, with its cause and gaps, and then it goes on', async () => {
    const when = { element: 'queue', measure: 'level', above: 0.8, below: 0.3, windowMs: 500, dwellMs: 1000 } as const;
    const { pipeline, play, end, seen, heard, assertClean } = camera([{ when, pause: ['source'] }]);
    const run = pipeline.run();
    await play(3, 60);
    await play(6, 10);
    await end();
    const { elements, overload } = await run;
    const { dropped } = elements[0]!;
    assert.deepEqual(Object.keys(dropped), ['paused']);
    assert.ok(dropped['paused']! >= 10, `${dropped['paused']}`);
    for (const [index, { direction, changes }] of overload!.steps.entries())
      assert.deepEqual([direction, changes], [index % 2 === 0 ? 'up' : 'down', 'source.paused=true']);
    assert.deepEqual(overload!.taken, []);
    assert.ok(heard('dropped').some(({ element, cause }) => element === 'source' && cause === 'paused'));
    const after = seen.findIndex(({ type }) => type === 'gap');
    const next = seen.slice(after).find(({ type }) => type === 'buffer');
    assert.ok(next?.type === 'buffer' && next.discont, 'what was lost is marked');
    assertClean();
  });

  it('holds a source back that can be, which loses nothing', async () => {
    const seen: Seen[] = [];
    const source = tinyElement('source', {
      pads: { src: srcPad(anyMedia()) },
      negotiate: { srcCaps: () => [testCaps] },
      create: () => {
        let made = 0;
        return { produce: () => (made === 60 ? undefined : new StreamBuffer({ caps: testCaps, pts: made++ * 10_000 })) };
      },
    });
    const made = testPipeline(
      [source, queue, probe('sink', seen, () => new Promise((resolve) => void made.clock.schedule(made.clock.now() + 40_000, resolve)))],
      {
        elements: { queue: { props: { maxBuffers: 10 } } },
        links: ['source ! queue ! sink'],
        overload: [
          {
            when: { element: 'queue', measure: 'level', above: 0.8, below: 0.3, windowMs: 200, dwellMs: 0 } as never,
            pause: ['source'],
          },
        ],
      },
    );
    const run = made.pipeline.run();
    const { elements } = made.pipeline;
    let hasBeenFull = false;
    let lowest = 10;
    for (let left = 1000; left > 0; left--) {
      made.clock.advanceBy(5_000);
      await settled();
      const { level } = elements.get('queue')!.sinkPads.get('sink')!.queueTask!.queue;
      hasBeenFull ||= level === 10;
      if (hasBeenFull && elements.get('source')!.statistics.received < 60) lowest = Math.min(lowest, level);
    }
    const { overload } = await run;
    assert.equal(seen.length, 60);
    assert.ok(lowest <= 3, `the queue ran down to ${lowest}`);
    assert.ok(overload!.steps.length >= 2);
    made.assertClean();
  });

  it('shortens the window of batches, and gives it back', async () => {
    const sizes: number[] = [];
    let spanMs = 10;
    let isOver = false;
    const source = tinyElement('source', {
      pads: { src: srcPad(anyMedia()) },
      live: true,
      negotiate: { srcCaps: () => [testCaps] },
      create: ({ context: { clock } }) => ({
        produce: async () => {
          await new Promise<void>((resolve) => void clock.schedule(clock.now() + spanMs * 1000, resolve));
          return isOver ? undefined : new StreamBuffer({ caps: testCaps, pts: clock.now() });
        },
      }),
    });
    const model = tinyElement('model', {
      pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
      create: () => ({
        transformBatch: (buffers) => {
          sizes.push(buffers.length);
          return buffers;
        },
      }),
    });
    const when = { element: 'model', measure: 'latency', above: 40, below: 1, windowMs: 500, dwellMs: 1000 } as never;
    const made = testPipeline([source, model, probe('sink', [])], {
      elements: { model: { batch: { maxSize: 16, maxWaitMs: 120 } } },
      links: ['source ! model ! sink'],
      overload: [{ name: 'at once', when, batch: { model: { maxWaitMs: 0 } } }],
    });
    const run = made.pipeline.run();
    const play = async (ms: number): Promise<void> => {
      for (let left = ms; left > 0; left--) {
        made.clock.advanceBy(1000);
        await settled();
      }
    };
    await play(480);
    assert.ok(sizes.length > 2 && sizes.every((size) => size >= 12), sizes.join(' '));
    await play(200);
    sizes.length = 0;
    await play(500);
    assert.deepEqual(new Set(sizes), new Set([1]), 'nobody waits');
    assert.deepEqual(
      made.heard('overload').map(({ changes, direction }) => [changes, direction]),
      [['model.batch.maxWaitMs=0', 'up']],
    );
    await play(1500);
    assert.equal(made.heard('overload').at(1)!.direction, 'down', 'it was soon enough then');
    spanMs = 1;
    isOver = true;
    await play(200);
    await run;
    made.assertClean();
  });

  it('refuses to play a graph whose step changes a queue that there is not', async () => {
    const { pipeline } = camera([{ when: { element: 'queue', measure: 'waiting', above: 50 }, queue: { sink: { onFull: 'dropOldest' } } }]);
    await assert.rejects(pipeline.run(), /Cannot change the queue of sink under load: sink has no queue/);
  });

  describe('in threads', function () {
    this.timeout(120_000);

    it('watches an element there, and changes its queue', async () => {
      const when = { element: 'stuck', measure: 'level', above: 0.8, windowMs: 200 } as never;
      const made = testPipeline(
        [countingSource('source', { count: 100, slabBytes: 64 }), probe('sink', [])],
        {
          elements: { stuck: { type: 'stuck', thread: 'a', queue: { maxBuffers: 4 } } },
          links: ['source ! stuck ! sink'],
          overload: [{ when, queue: { stuck: { onFull: 'dropOldest' } } }],
        },
        { threaded: threadedElements },
      );
      const { pipeline, clock } = made;
      const run = pipeline.run();
      run.catch(() => {});
      const source = pipeline.elements.get('source')!;
      await until(() => pipeline.elements.get('stuck')?.sinkPads.get('sink')?.crossing?.level === 8);
      assert.ok(source.statistics.handled < 20, 'it is held back');
      await until(() => {
        clock.advanceBy(10_000);
        return source.statistics.handled === 100;
      });
      assert.deepEqual(
        made.heard('overload').map(({ changes }) => changes),
        ['stuck.queue.onFull="dropOldest"'],
      );
      pipeline.abort();
      await assert.rejects(run);
      made.assertClean();
    });

    it('has a queue that was changed be so in a thread that is started anew, too', async () => {
      const shared = new Int32Array(new SharedArrayBuffer(4));
      const restart = { onError: 'restart', restart: { firstDelayMs: 100, maxAttempts: null } };
      const crash = { type: 'lateCrash', thread: 'a', queue: { maxBuffers: 4 }, props: { shared }, ...restart };
      let goesOn = false;
      const made = testPipeline(
        [
          countingSource('source', { count: 100, slabBytes: 64, before: (index) => (index < 30 ? undefined : until(() => goesOn)) }),
          probe('sink', []),
        ],
        {
          elements: { crash },
          links: ['source ! crash ! sink'],
          // The step stays taken.
          overload: [
            {
              when: { element: 'crash', measure: 'level', above: 0.8, below: 0, windowMs: 200, dwellMs: 3_600_000 } as never,
              queue: { crash: { onFull: 'dropOldest' } },
            },
          ],
        },
        { threaded: threadedElements },
      );
      const { pipeline, clock } = made;
      const run = pipeline.run();
      run.catch(() => {});
      const source = pipeline.elements.get('source')!;
      await until(() => {
        clock.advanceBy(10_000);
        return source.statistics.handled === 30;
      });
      Atomics.store(shared, 0, 1);
      await until(() => made.heard('warning').length === 1);
      Atomics.store(shared, 0, 0);
      goesOn = true;
      // No more than the delay passes, or the step would have its time and be undone.
      const last = clock.now() + 100_000;
      await until(() => {
        if (clock.next !== undefined && clock.next <= last) clock.advanceTo(clock.next);
        return source.statistics.handled === 100;
      });
      assert.deepEqual(
        made.heard('warning').map(({ code }) => code),
        ['element/restarting'],
      );
      assert.equal(made.heard('overload').length, 1);
      pipeline.abort();
      await assert.rejects(run);
      await until(() => made.arena.statistics.slabsInUse === 0);
      made.assertClean();
    });

    it('pauses a source there', async () => {
      const when = { element: 'queue', measure: 'level', above: 0.8, windowMs: 200 } as never;
      const never = probe('sink', [], () => new Promise((resolve) => release.push(resolve)));
      const release: (() => void)[] = [];
      const made = testPipeline(
        [countingSource('source', { count: 100 }), queue, never, probe('other', [])],
        {
          elements: { ticker: { type: 'ticker', thread: 'a' } },
          links: ['source ! queue ! sink', 'ticker ! other'],
          overload: [{ when, pause: ['ticker'] }],
        },
        { threaded: threadedElements },
      );
      const { pipeline, clock } = made;
      const run = pipeline.run();
      run.catch(() => {});
      await until(() => {
        clock.advanceBy(10_000);
        return (pipeline.elements.get('ticker')!.statistics.dropped.get('paused') ?? 0) > 0;
      });
      pipeline.abort();
      for (const resolve of release) resolve();
      await assert.rejects(run);
    });
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

    it('complains of a step that does nothing, of a pause of what is no source, and of batches that there are not', async () => {
      const [nothing] = await issuesOf([{ when }]);
      assert.match(nothing!, /\/overload\/0: A step has to do something: give it do, batch, queue or pause/);
      const [unknown, noSource] = await issuesOf([
        { when, pause: ['strat'] },
        { when, pause: ['thin'] },
      ]);
      assert.match(unknown!, /graph\/unknown-element \/overload\/0\/pause\/0: There is no element named strat/);
      assert.match(noSource!, /overload\/not-a-source \/overload\/1\/pause\/0: Cannot pause thin: a decimate is no source/);
      const [noBatch] = await issuesOf([{ when, batch: { queue: { maxWaitMs: 0 } } }]);
      assert.match(
        noBatch!,
        /overload\/not-changeable \/overload\/0\/batch\/queue: Cannot change the batch of queue under load: queue takes no batches/,
      );
      const end = { type: 'end', batch: { maxSize: 4 } };
      const [larger] = await issuesOf([{ when, batch: { end: { maxSize: 8 } } }], { end });
      assert.match(larger!, /Batches before end cannot grow beyond maxSize 4/);
      const [flaw] = await issuesOf([{ when, queue: { queue: { minBuffers: 99 } } }]);
      assert.match(flaw!, /A queue cannot fill up to minBuffers 99/);
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
          overload: [{ when, do: { thin: { every: '${every}' } }, queue: { queue: { maxBuffers: 4 } }, pause: ['queue'] }],
        };
        writeFileSync(join(folder, 'part.json'), JSON.stringify(part));
        const registry = new Registry().add([decimate, queue], 'test');
        const description = { include: { left: { file: 'part.json', params: { every: 5 } } }, elements: {}, links: [] };
        const { graph } = await openGraph({ description: description as never, folder }, { registry });
        assert.deepEqual(graph!.description.overload, [
          {
            when: { ...when, element: 'left/queue' },
            do: { 'left/thin': { every: 5 } },
            queue: { 'left/queue': { maxBuffers: 4 } },
            pause: ['left/queue'],
          },
        ]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
});
