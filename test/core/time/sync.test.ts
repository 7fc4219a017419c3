import assert from 'node:assert/strict';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { GraphError } from '../../../src/core/errors.ts';
import { ClockWait } from '../../../src/core/time/clock-wait.ts';
import { settled } from '../../../src/testing/settled.ts';
import { scriptedSource } from '../../support/probe.ts';
import { type TestPipeline, testPipeline } from '../../support/test-pipeline.ts';
import { countingSource, filter, testMedia, tinyElement } from '../../support/tiny-element.ts';

type Rendered = readonly [at: number, pts: number];

/** Notes what it renders, and when by the clock, both in milliseconds. */
function timedSink(name: string, seen: Rendered[]): AnyElementDefinition {
  return tinyElement(name, {
    pads: { sink: sinkPad(testMedia) },
    create: ({ context }) => ({
      render: ({ pts }) => {
        seen.push([context.clock.now() / 1000 - 1000, pts / 1000]);
      },
    }),
  });
}

/** Gives a buffer every 10 ms of running time, like a camera. */
function camera(name: string, count: number): AnyElementDefinition {
  const source = countingSource(name, {
    count,
    slabBytes: 64,
    before: async (index, { timeline, signal }) => void (await timeline.until(index * 10_000, signal)),
  });
  return { ...source, live: true };
}

/** A filter that takes some clock time for each buffer. */
function slow(name: string, ms: number, more: Parameters<typeof filter>[2] = {}): AnyElementDefinition {
  return tinyElement(name, {
    ...more,
    pads: { sink: sinkPad(testMedia), src: srcPad(testMedia) },
    create: ({ context: { clock } }) => ({
      transform: (buffer) => new Promise((resolve) => clock.schedule(clock.now() + ms * 1000, () => resolve(buffer))),
    }),
  });
}

const tee = tinyElement('tee', {
  pads: { sink: sinkPad(testMedia), a: srcPad(testMedia), b: srcPad(testMedia) },
  create: ({ context }) => ({
    chain: {
      sink: async (buffer) => {
        await context.push('a', buffer.retain());
        return context.push('b', buffer.retain());
      },
    },
  }),
});

/** Goes on in small steps until a moment, in milliseconds from the start. */
async function advance({ clock }: TestPipeline, to: number): Promise<void> {
  while (clock.now() < 1_000_000 + to * 1000) {
    clock.advanceBy(1000);
    await settled(4);
  }
}

async function started(test: TestPipeline): Promise<{ finished: Promise<unknown> }> {
  await test.pipeline.negotiate();
  const finished = test.pipeline.run();
  await settled();
  return { finished };
}

const dropped = (test: TestPipeline, name: string) => test.pipeline.summary().elements.find((one) => one.name === name)!.dropped;

describe('a sink with sync', () => {
  it('renders each buffer when its time has come', async () => {
    const seen: Rendered[] = [];
    const test = testPipeline([countingSource('file', { count: 4, slabBytes: 64 }), timedSink('sink', seen)], {
      links: ['file ! sink'],
      elements: { sink: { sync: true } },
    });
    const { finished } = await started(test);
    assert.deepEqual(seen, [[0, 0]]);
    await advance(test, 40);
    await finished;
    assert.deepEqual(seen, [
      [0, 0],
      [10, 10],
      [20, 20],
      [30, 30],
    ]);
    test.assertClean();
  });

  it('renders later by the latency of the pipeline, in step with other sinks', async () => {
    const [fast, late]: Rendered[][] = [[], []];
    const test = testPipeline(
      [
        camera('camera', 3),
        tee,
        slow('work', 7, { latency: () => ({ min: 7000, max: 7000 }) }),
        timedSink('fast', fast!),
        timedSink('late', late!),
      ],
      {
        links: ['camera ! tee', 'tee.a ! fast', 'tee.b ! work ! late'],
        elements: { fast: { sync: true }, late: { sync: { processingDeadlineMs: 3 } }, work: { queue: {} } },
      },
    );
    const { finished } = await started(test);
    assert.deepEqual(test.pipeline.latency?.min, 20_000, 'that of the branch with the larger minimum: 0 + 20 against 7 + 3 ms');
    await advance(test, 60);
    await finished;
    assert.deepEqual(fast, [
      [20, 0],
      [30, 10],
      [40, 20],
    ]);
    assert.deepEqual(late, fast);
    test.assertClean();
  });

  it('drops what is too late, counted as late, and sends a gap nowhere else', async () => {
    const seen: Rendered[] = [];
    const test = testPipeline([camera('camera', 6), slow('work', 25), timedSink('sink', seen)], {
      links: ['camera ! work ! sink'],
      elements: { sink: { sync: { maxLatenessMs: 5, processingDeadlineMs: 20 } } },
    });
    const { finished } = await started(test);
    await advance(test, 300);
    await finished;
    assert.deepEqual(seen, [[25, 0]], 'the first is 5 ms late, which it bears; work never catches up again');
    assert.deepEqual(dropped(test, 'sink'), { late: 5 });
    test.assertClean();
  });

  it('tells upstream what it cannot use any more, unless another branch needs it', async () => {
    for (const branches of [1, 2]) {
      const seen: Rendered[] = [];
      const heavy = slow('work', 35, { memoryless: true });
      const test = testPipeline(
        [camera('camera', 12), { ...tee, memoryless: true }, heavy, timedSink('sink', seen), timedSink('all', [])],
        {
          links: ['camera ! tee', 'tee.a ! work ! sink', 'tee.b ! all'],
          elements: { work: { queue: {} }, sink: { sync: { maxLatenessMs: 5, processingDeadlineMs: 20 } }, all: { sync: branches === 1 } },
        },
      );
      const { finished } = await started(test);
      await advance(test, 600);
      await finished;
      const { skipped = 0 } = dropped(test, 'work');
      assert.ok(skipped > 4, `${skipped} were not worked on`);
      assert.deepEqual(dropped(test, 'camera'), {}, 'the other branch has not spoken');
      assert.deepEqual(dropped(test, 'all'), {});
      test.assertClean();
    }
  });

  it('asks for what is later by twice its lateness, and for nothing before that', async () => {
    const worked: number[] = [];
    const work = filter(
      'work',
      (buffer) => {
        worked.push(buffer.pts);
        return buffer;
      },
      { memoryless: true },
    );
    let go = (): void => {};
    const before = (index: number): void | Promise<void> => {
      if (index !== 1) return;
      return new Promise((resolve) => {
        go = resolve;
      });
    };
    const seen: Rendered[] = [];
    const times = [{ pts: 0 }, { pts: 10_000 }, { pts: 199_999 }, { pts: 200_000 }];
    const test = testPipeline([scriptedSource('source', times, { before }), work, timedSink('sink', seen)], {
      links: ['source ! work ! sink'],
      elements: { sink: { sync: { maxLatenessMs: 5, processingDeadlineMs: 0 } } },
    });
    const { finished } = await started(test);
    test.clock.advanceBy(100_000);
    go();
    await settled();
    test.clock.advanceBy(100_000);
    await finished;
    assert.deepEqual(worked, [0, 10_000, 200_000]);
    assert.deepEqual(seen, [
      [0, 0],
      [200, 200],
    ]);
    assert.deepEqual([dropped(test, 'sink'), dropped(test, 'source')], [{ late: 1 }, { skipped: 1 }]);
    test.assertClean();
  });

  it('drops nothing of a file, however late', async () => {
    const seen: Rendered[] = [];
    const test = testPipeline([countingSource('file', { count: 5 }), slow('work', 25), timedSink('sink', seen)], {
      links: ['file ! work ! sink'],
      elements: { sink: { sync: true } },
    });
    const { finished } = await started(test);
    await advance(test, 200);
    await finished;
    assert.equal(seen.length, 5);
    assert.deepEqual(dropped(test, 'sink'), {});
  });

  it('stands still in a pause and goes on after it', async () => {
    const seen: Rendered[] = [];
    const test = testPipeline([camera('camera', 5), timedSink('sink', seen)], {
      links: ['camera ! sink'],
      elements: { sink: { sync: { processingDeadlineMs: 0 } } },
    });
    const { finished } = await started(test);
    await advance(test, 15);
    test.pipeline.pause();
    assert.equal(test.pipeline.state, 'paused');
    await advance(test, 115);
    assert.equal(test.pipeline.runningTime, 15_000);
    assert.equal(seen.length, 2);
    test.pipeline.play();
    await advance(test, 119);
    assert.equal(seen.length, 2);
    await advance(test, 200);
    await finished;
    assert.deepEqual(
      seen,
      [0, 10, 20, 30, 40].map((at) => [at, at]),
      'by the clock of the graph, which stood still too',
    );
    test.assertClean();
  });

  it('lets go of what it waits with when the pipeline is closed', async () => {
    const seen: Rendered[] = [];
    const test = testPipeline([countingSource('file', { count: 9, slabBytes: 64 }), timedSink('sink', seen)], {
      links: ['file ! sink'],
      elements: { sink: { sync: true } },
    });
    const { finished } = await started(test);
    finished.catch(() => {});
    await test.pipeline.close();
    assert.equal(seen.length, 1);
    assert.deepEqual(Object.keys(dropped(test, 'sink')), ['flushing']);
    test.assertClean();
  });

  it('works off what it has when it is stopped in a pause', async () => {
    const seen: Rendered[] = [];
    const test = testPipeline([countingSource('file', { count: 3, slabBytes: 64 }), timedSink('sink', seen)], {
      links: ['file ! sink'],
      elements: { sink: { sync: true } },
    });
    const { finished } = await started(test);
    test.pipeline.pause();
    test.pipeline.stop();
    await advance(test, 30);
    await finished;
    assert.equal(seen.length, 3);
    test.assertClean();
  });

  it('goes on in running time where the times of a source begin anew with an epoch', async () => {
    const seen: Rendered[] = [];
    const script = [{ pts: 0 }, { pts: 10_000 }, { pts: 0, epoch: 1 }, { pts: 10_000, epoch: 1 }];
    const test = testPipeline([scriptedSource('file', script), timedSink('sink', seen)], {
      links: ['file ! sink'],
      elements: { sink: { sync: true } },
    });
    const { finished } = await started(test);
    await advance(test, 60);
    await finished;
    assert.deepEqual(seen, [
      [0, 0],
      [10, 10],
      [20, 0],
      [30, 10],
    ]);
  });

  it('that cannot be held back for as long as others take is complained of', async () => {
    const test = testPipeline(
      [
        camera('camera', 1),
        tee,
        slow('work', 1, { latency: () => ({ min: 300_000, max: 300_000 }) }),
        timedSink('fast', []),
        timedSink('late', []),
      ],
      {
        links: ['camera ! tee', 'tee.a ! fast', 'tee.b ! work ! late'],
        elements: { tee: { queue: { maxAgeMs: 100 } }, fast: { sync: true, queue: { maxAgeMs: 100 } }, late: { sync: true } },
      },
    );
    await assert.rejects(test.pipeline.run(), (error: GraphError) => {
      assert.ok(error instanceof GraphError);
      assert.deepEqual(
        error.issues.map(({ code, path }) => [code, path]),
        [['latency/not-enough-buffering', '/elements/fast']],
      );
      return true;
    });
  });
});

describe('sync', () => {
  it('is refused where buffers are worked on together, with what to do instead', async () => {
    for (const [more, found, hint] of [
      [{ batch: { maxSize: 4 } }, 'it takes them in batches', 'take sink.batch out'],
      [{ inFlight: 3 }, 'it works on 3 at once', 'set sink.inFlight to 1'],
    ] as const) {
      const test = testPipeline([countingSource('file', { count: 1 }), timedSink('sink', [])], {
        links: ['file ! sink'],
        elements: { sink: { sync: true, ...more } },
      });
      await assert.rejects(test.pipeline.run(), (error: GraphError) => {
        assert.deepEqual(error.issues, [
          {
            code: 'graph/bad-value',
            path: '/elements/sink/sync',
            message: `sink cannot give each buffer its own time by the clock: ${found}`,
            hint: `${hint}, or put a clock-sync before it in the place of sync`,
          },
        ]);
        return true;
      });
    }
  });
});

describe('a live source', () => {
  it('is not held back: the oldest are dropped', async () => {
    const seen: Rendered[] = [];
    const test = testPipeline([camera('camera', 40), slow('work', 1000), timedSink('sink', seen)], { links: ['camera ! work ! sink'] });
    const { finished } = await started(test);
    await advance(test, 500);
    assert.equal(test.pipeline.summary().elements[0]!.produced, 40, 'all of them left the source in time');
    assert.deepEqual(dropped(test, 'work'), { overflow: 23 });
    test.pipeline.abort();
    const failed = assert.rejects(finished);
    await advance(test, 1100);
    await failed;
    test.assertClean();
  });

  it('loses what has waited too long', async () => {
    const seen: Rendered[] = [];
    const test = testPipeline([camera('camera', 4), slow('work', 1500), timedSink('sink', seen)], { links: ['camera ! work ! sink'] });
    const { finished } = await started(test);
    await advance(test, 3100);
    await finished;
    assert.deepEqual(dropped(test, 'work'), { stale: 3 });
    assert.equal(seen.length, 1);
  });

  it('is held back where the graph says so, as every other source is', async () => {
    for (const [source, queue] of [
      [camera('camera', 40), { onFull: 'block' }],
      [countingSource('camera', { count: 40 }), {}],
    ] as const) {
      const test = testPipeline([source, slow('work', 20), timedSink('sink', [])], {
        links: ['camera ! work ! sink'],
        elements: { work: { queue } },
      });
      const { finished } = await started(test);
      await advance(test, 900);
      await finished;
      assert.deepEqual(dropped(test, 'work'), {});
    }
  });
});

describe('a pause', () => {
  it('holds sources', async () => {
    const test = testPipeline([countingSource('file', { count: 100 }), slow('work', 10), timedSink('sink', [])], {
      links: ['file ! work ! sink'],
    });
    const { finished } = await started(test);
    test.pipeline.pause();
    await advance(test, 100);
    const { produced } = test.pipeline.summary().elements[0]!;
    assert.ok(produced < 5, `${produced}`);
    test.pipeline.play();
    await advance(test, 1100);
    await finished;
    assert.equal(test.pipeline.summary().elements[0]!.produced, 100);
  });

  it('stops the age of what waits in a queue', async () => {
    const seen: Rendered[] = [];
    const test = testPipeline([camera('camera', 4), slow('work', 30), timedSink('sink', seen)], {
      links: ['camera ! work ! sink'],
      elements: { work: { queue: { maxAgeMs: 70 } } },
    });
    const { finished } = await started(test);
    await advance(test, 25);
    test.pipeline.pause();
    await advance(test, 1025);
    test.pipeline.play();
    await advance(test, 1300);
    await finished;
    assert.deepEqual(dropped(test, 'work'), {});
    assert.equal(seen.length, 4);
    test.assertClean();
  });

  it('stops the deadlines of batches', async () => {
    const batches: Rendered[] = [];
    const batching = tinyElement('batching', {
      pads: { sink: sinkPad(testMedia), src: srcPad(testMedia) },
      create: ({ context: { clock } }) => ({
        transformBatch: (buffers) => {
          batches.push([clock.now() / 1000 - 1000, buffers.length]);
          return buffers;
        },
      }),
    });
    const test = testPipeline([camera('camera', 7), batching, timedSink('sink', [])], {
      links: ['camera ! batching ! sink'],
      elements: { batching: { batch: { maxSize: 8, maxWaitMs: 35 } } },
    });
    const { finished } = await started(test);
    await advance(test, 25);
    test.pipeline.pause();
    await advance(test, 1025);
    assert.deepEqual(batches, []);
    test.pipeline.play();
    await advance(test, 1200);
    await finished;
    assert.deepEqual(batches, [
      [35, 4],
      [60, 3],
    ]);
    test.assertClean();
  });

  it('leaves no gap and no burst in what a live source gives that waits for the clock', async () => {
    const seen: Rendered[] = [];
    const source = countingSource('camera', {
      count: 6,
      slabBytes: 64,
      before: (index, { clock, signal }) => (index === 0 ? undefined : new ClockWait({ clock, signal }).until(1_000_000 + index * 10_000)),
    });
    const test = testPipeline([{ ...source, live: true }, timedSink('sink', seen)], { links: ['camera ! sink'] });
    const { finished } = await started(test);
    await advance(test, 25);
    test.pipeline.pause();
    await advance(test, 1025);
    test.pipeline.play();
    await advance(test, 1200);
    await finished;
    assert.deepEqual(
      seen,
      [0, 10, 20, 30, 40, 50].map((at) => [at, at]),
    );
    test.assertClean();
  });

  it('does not stop the deadline after which a pipeline is aborted, nor its end', async () => {
    const test = testPipeline([camera('camera', 2), slow('work', 60_000), timedSink('sink', [])], { links: ['camera ! work ! sink'] });
    const { finished } = await started(test);
    const failed = assert.rejects(finished, /Aborted: not finished 50.0 ms after it was stopped/);
    test.pipeline.pause();
    test.pipeline.stop(50_000);
    await advance(test, 60);
    test.clock.advanceBy(60_000_000);
    await failed;
    test.assertClean();
  });

  it('can only be made while the pipeline plays', async () => {
    const test = testPipeline([countingSource('file', { count: 1 }), timedSink('sink', [])], { links: ['file ! sink'] });
    assert.throws(() => test.pipeline.pause(), RangeError);
    await test.pipeline.run();
    assert.throws(() => test.pipeline.pause(), RangeError);
  });
});
