// Hooks that do what no hook should: whatever they throw, and whenever, costs what the graph says that a fault costs, and no more.
import assert from 'node:assert/strict';
import type { AnyElementDefinition, AnyHooks } from '../../../src/core/element/define-element.ts';
import { ElementError } from '../../../src/core/errors.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { settled, steadyPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { THROWN } from '../../support/thrown.ts';
import {
  countingSource,
  FILTER_PADS,
  notingSink,
  SINK_PADS,
  SOURCE_PADS,
  type TinyContext,
  tinyElement,
} from '../../support/tiny-element.ts';

type Boom = () => never;
type Make = (boom: Boom, tiny: TinyContext) => AnyHooks;

/** Those that most can go wrong with. */
const WORST = THROWN.filter(([what]) => /nothing|symbol|prototype|whose message|is no more/.test(what));

const isFourth = ({ pts }: StreamBuffer): boolean => pts === 30_000;

const atFour =
  (boom: Boom) =>
  (buffer: StreamBuffer): StreamBuffer =>
    isFourth(buffer) ? boom() : buffer;

/** A source of six that does something in the place of its third. */
const sourceOf = ({ caps }: TinyContext, third?: Boom): AnyHooks => {
  let made = 0;
  return {
    produce: () => {
      made++;
      if (made === 3 && third !== undefined) return third();
      return made > 6 ? undefined : new StreamBuffer({ caps: caps.src!, pts: made * 10_000, duration: 10_000 });
    },
  };
};

const SOURCES: Readonly<Record<string, Make>> = {
  produce: (boom, tiny) => sourceOf(tiny, boom),
  close: (boom, tiny) => ({ ...sourceOf(tiny), close: boom }),
};
const FILTERS: Readonly<Record<string, Make>> = {
  transform: (boom) => ({ transform: atFour(boom) }),
  'transform with a slab': (boom) => ({ outputBytes: 64, transform: atFour(boom) }),
  transformBatch: (boom) => ({ transformBatch: (buffers) => (buffers.some(isFourth) ? boom() : buffers) }),
  chain: (boom, { context }) => ({
    chain: { sink: (buffer) => (isFourth(buffer) ? boom() : context.push('src', buffer.retain())) },
  }),
  'chain after it has pushed': (boom, { context }) => ({
    chain: {
      sink: (buffer) => {
        const flow = context.push('src', buffer.retain());
        return isFourth(buffer) ? boom() : flow;
      },
    },
  }),
  parts: (boom) => ({
    parts: boom,
    transformBatch: (buffers) => {
      if (buffers.some(isFourth)) throw new Error('in a run');
      return buffers;
    },
  }),
  drain: (boom) => ({ transform: (buffer) => buffer, drain: boom }),
  flush: (boom) => ({ transform: (buffer) => buffer, flush: boom }),
  close: (boom) => ({ transform: (buffer) => buffer, close: boom }),
  event: (boom) => ({ transform: (buffer) => buffer, event: boom }),
  ended: (boom, { context }) => ({ chain: { sink: (buffer) => context.push('src', buffer.retain()) }, ended: boom }),
};
const SINKS: Readonly<Record<string, Make>> = {
  render: (boom) => ({ render: (buffer) => (isFourth(buffer) ? boom() : undefined) }),
  finish: (boom) => ({ render: () => {}, finish: boom }),
  report: (boom) => ({ render: () => {}, report: boom }),
  flush: (boom) => ({ render: () => {}, flush: boom }),
  event: (boom) => ({ render: () => {}, event: boom }),
};

const POLICIES = [
  {},
  { onError: 'skip' },
  { onError: 'skip', queue: {}, timeoutMs: 500 },
  { onError: 'restart', restart: { firstDelayMs: 1, maxAttempts: 2 } },
  { onError: 'restart', restart: { firstDelayMs: 1, maxAttempts: 2, giveUp: 'branch' } },
];

/** Plays to the end, as time passes; what came of it. */
async function outcomeOf({ pipeline, clock }: TestPipeline): Promise<Error | undefined> {
  let isOver = false;
  const outcome = pipeline.run().then(
    () => undefined,
    (error: Error) => error,
  );
  void outcome.then(() => {
    isOver = true;
  });
  for (let turns = 0; !isOver; turns++) {
    assert.ok(turns < 200, 'the run comes to its end');
    await settled(2);
    clock.advanceBy(100_000);
  }
  return outcome;
}

function graphWith(it: AnyElementDefinition, settings: Readonly<Record<string, unknown>>): TestPipeline {
  const isSource = Object.keys(it.pads).every((pad) => pad === 'src');
  const before = isSource ? [] : [countingSource('source', { count: 6, slabBytes: 64 })];
  const after = Object.keys(it.pads).includes('src') ? [notingSink('sink', [])] : [];
  const chain = [...before, it, ...after];
  return steadyPipeline(chain, { links: [chain.map(({ name }) => name).join(' ! ')], elements: { it: settings } });
}

describe('a hook that throws what is no error', () => {
  for (const [what, pads, hooks] of [
    ['source', SOURCE_PADS, SOURCES],
    ['filter', FILTER_PADS, FILTERS],
    ['sink', SINK_PADS, SINKS],
  ] as const) {
    for (const [hook, make] of Object.entries(hooks)) {
      it(`costs what a fault costs, as ${hook} of a ${what}`, async () => {
        for (const [thing, thrown] of WORST) {
          for (const settings of POLICIES) {
            const now = (): never => {
              throw thrown;
            };
            const later = (): never => Promise.reject(thrown) as never;
            for (const boom of [now, later]) {
              const test = graphWith(tinyElement('it', { pads, create: (tiny) => make(boom, tiny) }), settings);
              const error = await outcomeOf(test);
              const told = `${thing}, ${JSON.stringify(settings)}`;
              assert.ok(error === undefined || error instanceof ElementError, `${told}: ${error?.stack}`);
              if (error !== undefined) assert.match(error.message, /^it: ./, told);
              test.assertClean();
            }
          }
        }
      }).timeout(60_000);
    }
  }

  it('costs no more than the end, where a source fails as it is stopped', async () => {
    for (const [, thrown] of WORST) {
      for (const stop of [
        () => {
          throw thrown;
        },
        () => Promise.reject(thrown) as never,
      ]) {
        const source = tinyElement('it', {
          pads: SOURCE_PADS,
          create: () => {
            let end = (_none: undefined): void => {};
            return {
              produce: () =>
                new Promise((resolve) => {
                  end = resolve;
                }),
              stop: () => {
                end(undefined);
                return stop();
              },
            };
          },
        });
        const test = graphWith(source, {});
        const run = outcomeOf(test);
        await settled();
        test.pipeline.stop();
        const error = await run;
        assert.match(error!.message, /^it: ./);
        test.assertClean();
      }
    }
  });
});

describe('a hook that comes back after its time', () => {
  for (const [what, value] of [
    ['a number', 5],
    ['nothing', undefined],
    ['null', null],
    ['a list with something else in it', [5]],
    ['a buffer', 'buffer'],
    ['several', 'buffers'],
  ] as const) {
    it(`may give ${what}, which is let go`, async () => {
      for (const [pads, hook] of [
        [SOURCE_PADS, 'produce'],
        [FILTER_PADS, 'transform'],
        [FILTER_PADS, 'transformBatch'],
        [SINK_PADS, 'render'],
      ] as const) {
        const late: (() => void)[] = [];
        let calls = 0;
        const hanging = hook === 'produce' || hook === 'transformBatch' ? 1 : 2;
        const it = tinyElement('it', {
          pads,
          create: ({ context, caps }) => {
            const slabbed = () => new StreamBuffer({ caps: caps.src ?? caps.sink!, pts: 0, slabs: [context.arena.allocate(64)] });
            const given = () =>
              hook === 'render' ? 5 : value === 'buffer' ? slabbed() : value === 'buffers' ? [slabbed(), slabbed()] : value;
            return {
              [hook]: (input: unknown) => {
                if (++calls === hanging) return new Promise((resolve) => late.push(() => resolve(given())));
                return hook === 'produce' ? undefined : input;
              },
            } as AnyHooks;
          },
        });
        const batch = hook === 'transformBatch' ? { batch: { maxSize: 2, maxWaitMs: 1 } } : {};
        const test = graphWith(it, { onError: 'skip', timeoutMs: 50, ...batch });
        assert.equal(await outcomeOf(test), undefined);
        assert.equal(late.length, 1);
        for (const come of late) come();
        await settled();
        test.assertClean();
      }
    });
  }
});

describe('an element that returns several things that are none', () => {
  it('keeps nothing of what came with them, from produce or drain', async () => {
    const slabbed = ({ context, caps }: TinyContext): StreamBuffer =>
      new StreamBuffer({ caps: caps.src!, pts: 0, slabs: [context.arena.allocate(64)] });
    for (const it of [
      tinyElement('it', { pads: SOURCE_PADS, create: (tiny) => ({ produce: () => [slabbed(tiny), slabbed(tiny)] as never }) }),
      tinyElement('it', {
        pads: FILTER_PADS,
        create: (tiny) => ({ transform: (buffer) => buffer, drain: () => [slabbed(tiny), 'x'] as never }),
      }),
    ]) {
      const test = graphWith(it, {});
      assert.equal(((await outcomeOf(test)) as ElementError).code, 'element/wrong-output');
      test.assertClean();
    }
  });

  it('says what its parts should have been, and loses what it could not take apart', async () => {
    for (const parts of [() => Promise.resolve([]), () => ['x', 'y'], () => 5] as (() => never)[]) {
      const transformBatch = (buffers: readonly StreamBuffer[]): readonly StreamBuffer[] =>
        FILTERS['parts']!(parts, {} as never).transformBatch!(buffers, 1) as never;
      const it = tinyElement('it', { pads: FILTER_PADS, create: () => ({ parts, transformBatch }) });
      const test = graphWith(it, { onError: 'skip' });
      assert.equal(await outcomeOf(test), undefined);
      assert.deepEqual(test.pipeline.summary().elements[1]!.dropped, { quarantined: 1 });
      const [warning] = test.heard('warning');
      assert.match(
        `${warning!.code} ${warning!.text}`,
        /^element\/parts-failed it: parts must return a list of buffers or nothing, found /,
      );
      test.assertClean();
    }
  });
});

describe('an element of chain hooks', () => {
  it('that answers with what is no answer is told what it should have been, in a queue or not', async () => {
    for (const [given, found] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [5, 'number'],
      ['fine', "'fine'"],
      [{}, 'object'],
    ] as const) {
      const text = (hook: string): string =>
        `it: ${hook} must return what became of what it was given: 'ok', or what context.push gave for it; found ${found}`;
      for (const settings of [{}, { queue: {} }]) {
        for (const [hook, make] of [
          ["chain['sink']", (answer: () => never): AnyHooks => ({ chain: { sink: answer } })],
          ['gap, event or sourceEnd', (answer: () => never): AnyHooks => ({ transform: (buffer) => buffer, event: answer })],
        ] as const) {
          for (const answer of [() => given as never, () => Promise.resolve(given) as never]) {
            const test = graphWith(tinyElement('it', { pads: FILTER_PADS, create: () => make(answer) }), settings);
            const error = (await outcomeOf(test)) as ElementError;
            assert.deepEqual([error?.code, error?.message], ['element/wrong-output', text(hook)]);
            test.assertClean();
          }
        }
      }
    }
  });

  it('is refused several buffers at once, with what to change', async () => {
    for (const [settings, advice] of [
      [{ inFlight: 3 }, 'set it.inFlight to 1'],
      [{ batch: { maxSize: 3, maxWaitMs: 1 } }, 'take it.batch out of the graph'],
    ] as const) {
      const it = tinyElement('it', {
        pads: FILTER_PADS,
        create: ({ context }) => ({ chain: { sink: (buffer) => context.push('src', buffer.retain()) } }),
      });
      const test = graphWith(it, settings);
      const error = (await outcomeOf(test)) as ElementError;
      assert.deepEqual(
        [error.code, error.message],
        ['element/no-hook', `it: a it takes one buffer after the other, as they come; ${advice}`],
      );
    }
  });
});
