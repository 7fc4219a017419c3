import assert from 'node:assert/strict';
import type { AnyElementDefinition, AnyHooks } from '../../../src/core/element/define-element.ts';
import { sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import type { ElementError } from '../../../src/core/errors.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import type { FlowReturn } from '../../../src/core/stream/flow-return.ts';
import { probe, type Seen, stepsOf } from '../../support/probe.ts';
import { settled, steadyPipeline, testPipeline } from '../../support/test-pipeline.ts';
import {
  countingSource,
  FILTER_PADS,
  filter,
  notingSink,
  SINK_PADS,
  SOURCE_PADS,
  testMedia,
  tinyElement,
} from '../../support/tiny-element.ts';

type Settings = Readonly<Record<string, unknown>>;

/** Runs ten buffers through a filter with the given hooks; what came of it. */
async function through(make: () => AnyHooks, settings: Settings = {}, more: Partial<AnyElementDefinition> = {}) {
  const seen: Seen[] = [];
  const test = steadyPipeline(
    [
      countingSource('source', { count: 6, slabBytes: 64 }),
      { ...tinyElement('it', { pads: FILTER_PADS, create: make }), ...more },
      probe('probe', seen),
    ],
    { links: ['source ! it ! probe'], elements: { it: settings } },
  );
  const error = await test.pipeline.run().then(
    () => undefined,
    (thrown: ElementError) => thrown,
  );
  test.assertClean();
  return { seen: stepsOf(seen), error, dropped: test.pipeline.summary().elements[1]!.dropped, ...test };
}

/** Does something with the fourth buffer, and hands on the others. */
const atFour =
  (act: (buffer: StreamBuffer) => unknown): (() => AnyHooks) =>
  () => ({
    transform: (buffer) => (buffer.pts === 30_000 ? (act(buffer) as StreamBuffer) : buffer),
  });

const raise = (): never => {
  throw new RangeError('bad luck');
};

describe('an element that throws', () => {
  for (const [how, act] of [
    ['at once', raise],
    ['later', () => Promise.reject(new RangeError('bad luck'))],
  ] as const) {
    it(`${how} takes the pipeline down, which says whose fault it was`, async () => {
      const { error, heard } = await through(atFour(act));
      assert.deepEqual([error?.code, error?.element, error?.message], ['element/failed', 'it', 'it: bad luck']);
      assert.equal(heard('error').length, 1);
    });

    it(`${how} costs a buffer where it may, which is told, counted and stood for by a gap`, async () => {
      for (const settings of [{ onError: 'skip' }, { onError: 'skip', inFlight: 3 }, { onError: 'skip', queue: {} }]) {
        const { error, seen, dropped, heard } = await through(atFour(act), settings);
        assert.equal(error, undefined);
        assert.deepEqual(seen, ['0', '1', '2', '-3', '4', '5']);
        assert.deepEqual(dropped, { quarantined: 1 });
        assert.deepEqual(
          heard('quarantine').map(({ element, source, pts, error }) => [element, source, pts, error.message]),
          [['it', 'source', 30_000, 'it: bad luck']],
        );
      }
    });
  }

  it('as a source is borne sixteen times in a row, where the graph says so, and not once more', async () => {
    for (const [faults, isBorne] of [
      [16, true],
      [17, false],
    ] as const) {
      const seen: number[] = [];
      const failing = tinyElement('failing', {
        pads: SOURCE_PADS,
        create: ({ caps }) => {
          let turn = 0;
          return {
            produce: () => {
              // A buffer before, between and behind two rows of faults.
              if (turn % (faults + 1) !== 0) {
                turn++;
                throw new Error('not now');
              }
              return turn > 2 * (faults + 1) ? undefined : new StreamBuffer({ caps: caps.src!, pts: (turn++ / (faults + 1)) * 10_000 });
            },
          };
        },
      });
      const { pipeline } = testPipeline([failing, notingSink('sink', seen)], {
        links: ['failing ! sink'],
        elements: { failing: { onError: 'skip' } },
      });
      if (isBorne) await pipeline.run();
      else await assert.rejects(pipeline.run(), /failing: not now/);
      assert.deepEqual(seen, isBorne ? [0, 1, 2] : [0]);
    }
  });

  it('does not stop other sources', async () => {
    const seen: number[] = [];
    const { pipeline, assertClean } = steadyPipeline(
      [
        countingSource('bad', { count: 3 }),
        filter('it', raise),
        notingSink('left', []),
        countingSource('good', { count: 50 }),
        notingSink('right', seen),
      ],
      { links: ['bad ! it ! left', 'good ! right'], elements: { it: { onError: 'skip' } } },
    );
    await pipeline.run();
    assert.equal(seen.length, 50);
    assertClean();
  });

  it('in any of its other hooks is named all the same', async () => {
    for (const hook of ['drain', 'flush', 'close'] as const) {
      const { error, heard } = await through(() => ({ transform: (buffer) => buffer, [hook]: raise }));
      if (hook === 'drain') assert.match(error!.message, /^it: bad luck/);
      else assert.match(heard('warning')[0]!.text, /it: .*bad luck/);
    }
    for (const hook of ['render', 'finish'] as const) {
      const sink = tinyElement('sink', { pads: SINK_PADS, create: () => ({ render: () => {}, [hook]: raise }) });
      const { pipeline, assertClean } = steadyPipeline([countingSource('source', { count: 2, slabBytes: 64 }), sink], {
        links: ['source ! sink'],
      });
      await assert.rejects(pipeline.run(), { message: 'sink: bad luck', element: 'sink' });
      assertClean();
    }
  });

  it('that is a string, or nothing, is told as well as it can be', async () => {
    for (const [thrown, text] of [
      ['words', 'it: words'],
      [undefined, 'it: threw undefined; an Error with a message would say what went wrong'],
      [{ code: 'device/gone' }, 'it: threw an object without a message; an Error with a message would say what went wrong'],
    ] as const) {
      const { error } = await through(
        atFour(() => {
          throw thrown;
        }),
      );
      assert.equal(error?.message, text);
    }
  });
});

describe('an element that returns the wrong type', () => {
  for (const [what, value, found] of [
    ['a number', 5, 'number'],
    ['null', null, 'null'],
    ['text', 'frame', 'string'],
    ['a list with something else in it', [{}], 'object'],
    ['a promise of a number', Promise.resolve(5), 'number'],
  ] as const) {
    it(`such as ${what} is told what it should have returned`, async () => {
      const { error } = await through(atFour(() => value));
      assert.deepEqual(
        [error?.code, error?.message],
        ['element/wrong-output', `it: transform must return a buffer, several or nothing, found ${found}`],
      );
    });
  }

  it('for a batch must return one result per buffer', async () => {
    for (const [value, found] of [
      [[], '0'],
      [undefined, 'undefined'],
      [new Array(9).fill(undefined), '9'],
    ] as const) {
      const { error } = await through(() => ({ transformBatch: () => value as never }), { batch: { maxSize: 3, maxWaitMs: null } });
      assert.match(error!.message, new RegExp(`it: transformBatch must return one result per buffer, found ${found} for 3`));
    }
  });

  it('from drain, or from produce, is told too', async () => {
    const { error } = await through(() => ({ transform: (buffer) => buffer, drain: () => 5 as never }));
    assert.equal(error?.message, 'it: drain must return a list of buffers or nothing, found number');
    const source = tinyElement('source', { pads: SOURCE_PADS, create: () => ({ produce: () => 'frame' as never }) });
    const { pipeline } = steadyPipeline([source, notingSink('sink', [])], { links: ['source ! sink'] });
    await assert.rejects(pipeline.run(), { code: 'element/wrong-output', message: 'source: produce must return a buffer or nothing' });
  });

  it('keeps nothing of what came with it', async () => {
    const { error } = await through(atFour((buffer) => [buffer.derive({}), buffer.derive({}), 'x']));
    assert.equal(error?.code, 'element/wrong-output');
  });
});

describe('an element that pushes after its end', () => {
  it('is warned once, and what it pushed is dropped and counted', async () => {
    let push = (): void => {};
    const late = tinyElement('late', {
      pads: FILTER_PADS,
      create: ({ context }) => ({
        chain: { sink: (buffer) => context.push('src', buffer.retain()) },
        ended: () => {
          push = () => {
            for (let turn = 0; turn < 3; turn++) {
              const flow = context.push(
                'src',
                new StreamBuffer({ caps: { media: 'test', fields: {} }, pts: 9, slabs: [context.arena.allocate(64)] }),
              );
              assert.equal(flow, 'eos');
            }
          };
        },
      }),
    });
    let finish = (): void => {};
    const sink = tinyElement('sink', {
      pads: SINK_PADS,
      create: () => ({
        render: () => {},
        finish: () =>
          new Promise<void>((resolve) => {
            finish = resolve;
          }),
      }),
    });
    const { pipeline, heard, assertClean } = steadyPipeline([countingSource('source', { count: 2 }), late, sink], {
      links: ['source ! late ! sink'],
    });
    const run = pipeline.run();
    await settled();
    push();
    finish();
    const { elements } = await run;
    assert.deepEqual(
      heard('warning').map(({ code, text }) => [code, text]),
      [['element/push-after-eos', 'late.src gave a buffer after the end of its stream; it was dropped']],
    );
    assert.deepEqual(elements[1]!.dropped, { eos: 3 });
    assertClean();
  });

  it('or to a pad that it does not have, is told', async () => {
    const lost = tinyElement('lost', {
      pads: FILTER_PADS,
      create: ({ context }) => ({ chain: { sink: (buffer) => context.push('out', buffer) } }),
    });
    const { pipeline } = steadyPipeline([countingSource('source', { count: 2 }), lost, notingSink('sink', [])], {
      links: ['source ! lost ! sink'],
    });
    await assert.rejects(pipeline.run(), { code: 'element/unknown-pad', message: 'lost has no src pad named out' });
  });
});

describe('an element that is to be restarted', () => {
  it('goes on with new hooks after a while that doubles, and gives up in the end', async () => {
    const seen: Seen[] = [];
    let made = 0;
    const flaky = tinyElement('flaky', {
      pads: FILTER_PADS,
      open: () => {
        made++;
        return {};
      },
      create: () => ({
        transform: (buffer) => {
          if (buffer.pts % 20_000 === 0) throw new Error(`no. ${made}`);
          return buffer;
        },
      }),
    });
    const { pipeline, clock, heard } = steadyPipeline(
      [countingSource('source', { count: 20, slabBytes: 64 }), flaky, probe('probe', seen)],
      {
        links: ['source ! flaky ! probe'],
        elements: { flaky: { onError: 'restart', restart: { firstDelayMs: 10, maxDelayMs: 30, maxAttempts: 3, windowMs: 1000 } } },
      },
    );
    const run = assert.rejects(pipeline.run(), { element: 'flaky', message: 'flaky: no. 4' });
    for (let attempt = 0; attempt < 3; attempt++) {
      await settled();
      assert.ok(clock.next! - clock.now() <= [10_000, 20_000, 30_000][attempt]!, 'half of the delay is chance');
      assert.ok(clock.next! - clock.now() >= [5_000, 10_000, 15_000][attempt]!);
      clock.advanceTo(clock.next!);
    }
    await run;
    assert.equal(made, 4);
    assert.deepEqual(stepsOf(seen), ['-0', '1', '-2', '3', '-4', '5', '-6']);
    assert.deepEqual(
      heard('warning').map(({ code }) => code),
      [...Array(3).fill('element/restarting'), 'element/gave-up'],
    );
  });

  it('waits as long as the pipeline makes chance say, which a simulation repeats', async () => {
    const failing = filter('failing', () => {
      throw new Error('no');
    });
    for (const [chance, delays] of [
      [0, [5_000, 10_000, 15_000]],
      [0.5, [7_500, 15_000, 22_500]],
    ] as const) {
      const { pipeline, clock } = steadyPipeline(
        [countingSource('source', { count: 5 }), failing, notingSink('sink', [])],
        {
          links: ['source ! failing ! sink'],
          elements: { failing: { onError: 'restart', restart: { firstDelayMs: 10, maxDelayMs: 30, maxAttempts: 3 } } },
        },
        { random: () => chance },
      );
      const run = assert.rejects(pipeline.run(), /failing: no/);
      for (const delay of delays) {
        await settled();
        assert.equal(clock.next! - clock.now(), delay);
        clock.advanceTo(clock.next!);
      }
      await run;
    }
  });

  it('is so once for all that its old hooks fail on, however late that comes out', async () => {
    const lives: number[] = [];
    const fails: (() => void)[] = [];
    const several = filter(
      'several',
      (buffer) => (lives.length > 1 ? buffer : new Promise((_, reject) => void fails.push(() => reject(new Error('gone'))))),
      { open: () => lives.push(lives.length) },
    );
    const seen: Seen[] = [];
    const { pipeline, clock, heard, assertClean } = steadyPipeline(
      [countingSource('source', { count: 5 }), several, probe('probe', seen)],
      {
        links: ['source ! several ! probe'],
        elements: { several: { inFlight: 3, onError: 'restart', restart: { firstDelayMs: 10 } } },
      },
    );
    const run = pipeline.run();
    await settled();
    assert.equal(fails.length, 3);
    for (const fail of fails) fail();
    await settled();
    clock.advanceBy(10_000);
    await run;
    assert.deepEqual(stepsOf(seen), ['-0', '-1', '-2', '3', '4']);
    assert.equal(heard('quarantine').length, 3);
    assert.equal(lives.length, 2);
    assertClean();
  });

  it('raises the epoch where it is a source', async () => {
    const seen: Seen[] = [];
    let opened = 0;
    const source = tinyElement('source', {
      pads: SOURCE_PADS,
      open: () => ({ life: ++opened }),
      create: ({ caps, resource }) => {
        let made = 0;
        return {
          produce: () => {
            if (made === 2) {
              if ((resource as { life: number }).life < 3) throw new Error('gone');
              return undefined;
            }
            return new StreamBuffer({ caps: caps.src!, pts: made++ * 10_000 });
          },
        };
      },
    });
    const { pipeline, clock, assertClean } = steadyPipeline([source, probe('probe', seen)], {
      links: ['source ! probe'],
      elements: { source: { onError: 'restart' } },
    });
    const run = pipeline.run();
    for (let life = 0; life < 2; life++) {
      await settled();
      clock.advanceTo(clock.next!);
    }
    await run;
    assert.deepEqual(
      seen.flatMap((one) => (one.type === 'buffer' ? [[one.buffer.epoch, one.pts]] : [])),
      [
        [0, 0],
        [0, 10_000],
        [1, 0],
        [1, 10_000],
        [2, 0],
        [2, 10_000],
      ],
    );
    assertClean();
  });

  it('waits for hooks that are at work on its other pads', async () => {
    const steps: string[] = [];
    let goOn = (): void => {};
    const both = tinyElement('both', {
      pads: { a: sinkPad(testMedia), b: sinkPad(testMedia), src: srcPad(testMedia) },
      open: () => steps.push('open'),
      close: () => void steps.push('close'),
      create: () => ({
        chain: {
          a: () => {
            if (steps.length < 3) throw new Error('gone');
            return 'ok';
          },
          b: async (): Promise<FlowReturn> => {
            if (steps.length > 1) return 'ok';
            steps.push('b begins');
            await new Promise<void>((resolve) => {
              goOn = resolve;
            });
            steps.push('b ends');
            return 'ok';
          },
        },
      }),
    });
    let give = (): void => {};
    const later = countingSource('later', {
      count: 1,
      before: () =>
        new Promise((resolve) => {
          give = resolve;
        }),
    });
    const { pipeline, clock, assertClean } = steadyPipeline([countingSource('first', { count: 1 }), later, both, notingSink('sink', [])], {
      links: ['later ! both.a', 'first ! both.b', 'both ! sink'],
      elements: { both: { onError: 'restart', restart: { firstDelayMs: 10 } } },
    });
    const run = pipeline.run();
    await settled();
    give();
    await settled();
    assert.deepEqual(steps, ['open', 'b begins']);
    goOn();
    await settled();
    assert.deepEqual(steps, ['open', 'b begins', 'b ends', 'close']);
    clock.advanceBy(10_000);
    await run;
    assert.deepEqual(steps, ['open', 'b begins', 'b ends', 'close', 'open', 'close']);
    assertClean();
  });

  it('does not wait for ever for a hook that hangs', async () => {
    let opened = 0;
    const stuck = filter('stuck', (buffer) => (opened === 1 ? new Promise(() => {}) : buffer), { open: () => ++opened });
    const seen: Seen[] = [];
    const { pipeline, clock, heard } = steadyPipeline([countingSource('source', { count: 3 }), stuck, probe('probe', seen)], {
      links: ['source ! stuck ! probe'],
      elements: { stuck: { inFlight: 2, onError: 'restart', timeoutMs: 50, restart: { firstDelayMs: 10 } } },
    });
    const run = pipeline.run();
    for (let turn = 0; turn < 4; turn++) {
      await settled();
      clock.advanceBy(50_000);
    }
    await run;
    assert.deepEqual(stepsOf(seen), ['-0', '-1', '2']);
    assert.deepEqual(
      heard('quarantine').map(({ error }) => error.code),
      ['element/timeout', 'element/timeout'],
    );
  });
});

describe('an element that is given up', () => {
  const broken = (name: string) =>
    filter(name, () => {
      throw new Error('broken');
    });
  const settings = { onError: 'restart', restart: { firstDelayMs: 10, maxAttempts: 2, giveUp: 'branch' } };

  it('costs its branch and no more, where the graph says so', async () => {
    const seen: Seen[] = [];
    const good: number[] = [];
    let give = (): void => {};
    const slow = countingSource('slow', {
      count: 3,
      before: (index) =>
        index < 2
          ? undefined
          : new Promise((resolve) => {
              give = resolve;
            }),
    });
    const { pipeline, clock, heard, assertClean } = steadyPipeline(
      [countingSource('source', { count: 9, slabBytes: 64 }), broken('broken'), probe('probe', seen), slow, notingSink('sink', good)],
      { links: ['source ! broken ! probe', 'slow ! sink'], elements: { broken: settings } },
    );
    const run = pipeline.run();
    for (let turn = 0; turn < 3; turn++) {
      await settled();
      clock.advanceBy(20_000);
    }
    await settled();
    assert.deepEqual(stepsOf(seen), ['-0', '-1', '-2']);
    assert.deepEqual(
      heard('warning').map(({ code }) => code),
      ['element/restarting', 'element/restarting', 'element/gave-up'],
    );
    assert.equal(
      heard('warning')[2]!.text,
      'broken: broken; 2 restarts within 1 min 0 s did not help: what comes from it ends here, and the rest goes on',
    );
    assert.deepEqual(
      heard('eos').map(({ element }) => element),
      ['probe'],
    );
    give();
    await run;
    assert.deepEqual(good, [0, 1, 2]);
    assertClean();
  });

  it('takes the pipeline down where nothing is left that could go on', async () => {
    const { pipeline, clock, heard, assertClean } = steadyPipeline(
      [countingSource('source', { count: 9, slabBytes: 64 }), broken('broken'), notingSink('sink', [])],
      { links: ['source ! broken ! sink'], elements: { broken: settings } },
    );
    const run = assert.rejects(pipeline.run(), { message: 'broken: broken' });
    for (let turn = 0; turn < 3; turn++) {
      await settled();
      clock.advanceBy(20_000);
    }
    await run;
    assert.equal(heard('error').length, 1);
    assertClean();
  });

  it('as a source ends its stream and leaves the others alone', async () => {
    const seen: number[] = [];
    const dead = tinyElement('dead', {
      pads: SOURCE_PADS,
      create: () => ({
        produce: () => {
          throw new Error('dead');
        },
      }),
    });
    let give = (): void => {};
    const alive = countingSource('alive', {
      count: 2,
      before: () =>
        new Promise((resolve) => {
          give = resolve;
        }),
    });
    const { pipeline, clock, heard, assertClean } = steadyPipeline([dead, notingSink('left', []), alive, notingSink('right', seen)], {
      links: ['dead ! left', 'alive ! right'],
      elements: { dead: settings },
    });
    const run = pipeline.run();
    for (let turn = 0; turn < 3; turn++) {
      await settled();
      clock.advanceBy(20_000);
    }
    for (let index = 0; index < 2; index++) {
      await settled();
      give();
    }
    await run;
    assert.deepEqual(seen, [0, 1]);
    assert.equal(heard('warning').at(-1)!.code, 'element/gave-up');
    assertClean();
  });

  it('is not, with settings that make that impossible', () => {
    const restart = { maxAttempts: 9, windowMs: 100 };
    const sink = notingSink('sink', []);
    assert.throws(
      () => steadyPipeline([countingSource('source', { count: 1 }), sink], { links: ['source ! sink'], elements: { sink: { restart } } }),
      /\/elements\/sink\/restart: An element would never be given up: 9 attempts .* window of 100 ms/,
    );
  });
});

describe('an element whose create returns no hook that could be called', () => {
  for (const [what, pads, hooks, text] of [
    ['a sink without render', SINK_PADS, undefined, 'must return hooks with render or chain, since it has no src pads; found undefined'],
    [
      'a filter that renders',
      FILTER_PADS,
      { render: () => {} },
      'must return hooks with transform or transformBatch or chain, since it has sink pads and src pads; found render',
    ],
    [
      'a filter without a chain for its pad',
      FILTER_PADS,
      { chain: { video: () => 'ok' } },
      "must return hooks with a function chain['sink'], since it.sink is linked; found video",
    ],
  ] as const) {
    it(`such as ${what}, is told which it needs`, async () => {
      const it = tinyElement('it', { pads, create: () => hooks as never });
      const links = pads === SINK_PADS ? ['source ! it'] : ['source ! it ! sink'];
      const { pipeline, assertClean } = steadyPipeline(
        [countingSource('source', { count: 1 }), it, ...(pads === SINK_PADS ? [] : [notingSink('sink', [])])],
        { links },
      );
      await assert.rejects(pipeline.run(), { code: 'element/no-hook', element: 'it', message: `it: create of it ${text}` });
      assertClean();
    });
  }

  it('such as a source that renders, is told too', async () => {
    const source = tinyElement('source', { pads: SOURCE_PADS, create: () => ({ render: () => {} }) });
    const { pipeline } = steadyPipeline([source, notingSink('sink', [])], { links: ['source ! sink'] });
    await assert.rejects(pipeline.run(), {
      message: 'source: create of source must return hooks with produce, since it has no sink pads; found render',
    });
  });
});
