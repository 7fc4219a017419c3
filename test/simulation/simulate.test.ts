import assert from 'node:assert/strict';
import { pbkdf2 } from 'node:crypto';
import { GraphError } from '../../src/core/errors.ts';
import type { StreamBuffer } from '../../src/core/stream/buffer.ts';
import type { FaultPlanInput } from '../../src/simulation/fault-plan.ts';
import { type SimulationOptions, simulate } from '../../src/simulation/simulate.ts';
import { type SimulationCaseInput, simulationCase } from '../../src/simulation/simulation-case.ts';
import { FILTER_PADS, filter, SINK_PADS, SOURCE_PADS, tinyElement } from '../support/tiny-element.ts';
import { launched } from './graphs.ts';

const FUNNEL = `fake-source name=a sizeBytes=64 ! queue ! funnel name=f ! queue maxBuffers=2 ! fake-sink
  fake-source name=b sizeBytes=32 ! f.  fake-source name=c ! identity ! f.`;
const FAULTS: FaultPlanInput['faults'] = [
  { kind: 'jitter', maxMs: 20 },
  { kind: 'drop', probability: 0.1 },
  { kind: 'duplicate', probability: 0.1 },
  { kind: 'reorder', probability: 0.1, distance: 3 },
  { kind: 'stall', probability: 0.02, ms: 900 },
  { kind: 'slow', element: 'identity', probability: 0.5, maxMs: 30 },
];

async function linesOf(launch: string, seed: number, faults: FaultPlanInput['faults'] = []): Promise<string[]> {
  const lines: string[] = [];
  const run = await simulate(await launched(launch), { seed, buffers: 12, faults: { faults } }, { onLine: (line) => lines.push(line) });
  assert.equal(run.broken, undefined);
  return lines;
}

describe('simulation', () => {
  describe('of one seed', () => {
    it('is the same run, line by line', async () => {
      const first = await linesOf(FUNNEL, 7, FAULTS);
      assert.deepEqual(await linesOf(FUNNEL, 7, FAULTS), first);
      assert.ok(first.length > 100);
    });

    it('is another run than that of another seed', async () => {
      assert.notDeepEqual(await linesOf(FUNNEL, 7), await linesOf(FUNNEL, 8));
    });
  });

  describe('time', () => {
    it('goes on only when nothing is ready, from one appointment to the next', async () => {
      const launch = 'video-test-source width=16 height=16 frameRate=10 live=true ! fake-sink';
      const run = await simulate(await launched(launch), { buffers: 21 });
      assert.equal(run.broken, undefined);
      assert.equal(run.time, 2_000_000);
      assert.equal(run.summary.elements[1]!.handled, 21);
    });
  });

  describe('faults', () => {
    const passed = async (fault: FaultPlanInput['faults'], launch = 'fake-source durationMs=10 ! fake-sink') => {
      const seen: number[] = [];
      const onBuffer: SimulationOptions['onBuffer'] = (_element, _pad, { pts }) => seen.push(pts / 10_000);
      const run = await simulate(await launched(launch), { buffers: 5, faults: { faults: fault } }, { onBuffer });
      assert.equal(run.broken, undefined);
      return { seen, run, source: run.summary.elements[0]! };
    };

    it('drop buffers, which are counted', async () => {
      const { seen, source } = await passed([{ kind: 'drop', from: 1, to: 3 }]);
      assert.deepEqual(seen, [0, 3, 4]);
      assert.deepEqual(source.dropped, { fault: 2 });
    });

    it('give buffers twice', async () => {
      const { seen } = await passed([{ kind: 'duplicate', from: 2, atMost: 1 }]);
      assert.deepEqual(seen, [0, 1, 2, 2, 3, 4]);
    });

    it('give buffers after later ones, of which the source makes what its policy says', async () => {
      const graph = await launched('fake-source durationMs=10 ! fake-sink');
      graph.description.elements['fake-source']!.onNonMonotonic = 'drop';
      const run = await simulate(graph, { buffers: 5, faults: { faults: [{ kind: 'reorder', from: 1, to: 2, distance: 2 }] } });
      assert.equal(run.broken, undefined);
      assert.deepEqual(run.summary.elements[0]!.dropped, { 'non-monotonic': 1 });
    });

    it('hold a source up, by chance or for a while', async () => {
      assert.equal((await passed([{ kind: 'stall', element: 'fake-source', ms: 250, atMost: 2 }])).run.time, 500_000);
      const { run } = await passed([{ kind: 'jitter', maxMs: 10 }]);
      assert.ok(run.time > 0 && run.time <= 50_000, `${run.time}`);
      assert.equal(run.strikes.length, 5);
    });

    it('hold a hook up', async () => {
      const { run, seen } = await passed([{ kind: 'stall', element: 'fake-s*nk', ms: 100 }]);
      assert.equal(run.time, 500_000);
      assert.deepEqual(seen, [0, 1, 2, 3, 4]);
    });

    it('make hooks throw, which is no fault of the graph', async () => {
      const graph = await launched('fake-source ! identity ! fake-sink');
      graph.description.elements['identity']!.onError = 'skip';
      const plan: FaultPlanInput = { faults: [{ kind: 'fail', element: 'identity', from: 1, to: 3 }] };
      const skipped = await simulate(graph, { buffers: 5, faults: plan });
      assert.deepEqual(skipped.summary.elements[1]!.dropped, { quarantined: 2 });
      const failed = await simulate(await launched('fake-source ! identity ! fake-sink'), { buffers: 5, faults: plan });
      assert.equal(failed.broken, undefined);
      assert.equal(failed.summary.elements[2]!.handled, 1);
    });

    it('spare nobody whom a restart brings back, and the restart takes the same time in the same run', async () => {
      const graph = await launched('fake-source ! identity ! fake-sink');
      graph.description.elements['identity']!.onError = 'restart';
      const one: SimulationCaseInput = { buffers: 5, faults: { faults: [{ kind: 'fail', element: 'identity', from: 1, to: 3 }] } };
      const [first, second] = [await simulate(graph, { ...one, seed: 3 }), await simulate(graph, { ...one, seed: 3 })];
      assert.deepEqual(first.summary.elements[1]!.dropped, { quarantined: 2 });
      assert.ok(first.time > 50_000);
      assert.equal(first.digest, second.digest);
    });

    it('strike the same buffers when others are taken out of the plan', async () => {
      const both = await passed([
        { kind: 'stall', element: 'fake-source', ms: 1, probability: 0.5 },
        { kind: 'duplicate', probability: 0.4 },
      ]);
      const keys = both.run.strikes.filter(({ fault }) => fault.kind === 'stall').map(({ key }) => key);
      const alone = await passed([{ kind: 'stall', element: 'fake-source', ms: 1, probability: 0.5 }]);
      assert.deepEqual(
        alone.run.strikes.map(({ key }) => key),
        keys,
      );
      assert.ok(keys.length > 0 && keys.length < 5);
    });
  });

  describe('waits for what sinks do outside of it, which takes no time', () => {
    /** Work of a library's own threads, of which nothing is to be seen here. */
    const outside = (): Promise<void> => new Promise((resolve) => pbkdf2('', '', 20_000, 64, 'sha512', () => resolve()));
    const timed = 'video-test-source name=v width=16 height=16 frameRate=10 live=true count=3 ! fake-sink';
    const hooks = ['open', 'create', 'render', 'finish', 'report', 'close'] as const;

    for (const slow of hooks) {
      it(slow, async () => {
        const slowly = (hook: (typeof hooks)[number]): undefined | Promise<void> => (hook === slow ? outside() : undefined);
        let closed = 0;
        const encoder = tinyElement('encoder', {
          pads: SINK_PADS,
          open: async () => slowly('open'),
          create: async () => {
            await slowly('create');
            return {
              render: () => slowly('render'),
              finish: async () => slowly('finish'),
              report: async () => slowly('report'),
              close: async () => {
                await slowly('close');
                closed++;
              },
            };
          },
        });
        const graph = await launched(`fake-source media=test count=3 ! encoder  ${timed}`, [encoder]);
        const digests = new Set<string>();
        for (let run = 0; run < 3; run++) {
          const { broken, digest, time, summary } = await simulate(graph, { seed: 3 });
          assert.equal(broken, undefined);
          assert.equal(time, 200_000);
          assert.equal(summary.elements.find(({ name }) => name === 'encoder')!.handled, 3);
          digests.add(digest);
        }
        assert.equal(closed, 3);
        assert.equal(digests.size, 1);
      });
    }

    it('but not for what they do by its clock', async () => {
      const slow = tinyElement('slow', {
        pads: SINK_PADS,
        create: ({ context: { timeline, signal } }) => ({
          render: async ({ pts }) => void (await timeline.until(pts + 40_000, signal)),
        }),
      });
      const { broken, time } = await simulate(await launched('fake-source media=test count=3 durationMs=10 ! slow', [slow]), {});
      assert.equal(broken, undefined);
      assert.equal(time, 60_000);
    });
  });

  describe('finds', () => {
    const broken = async (launch: string, definition: ReturnType<typeof filter>, options: SimulationOptions = {}) =>
      (await simulate(await launched(launch, [definition]), { buffers: 8 }, options)).broken;

    it('buffers in the wrong order', async () => {
      const kept: StreamBuffer[] = [];
      const swap = filter('swap', (buffer) => {
        if (kept.length === 0) {
          kept.push(buffer.retain());
          return [];
        }
        return [buffer, kept.pop()!];
      });
      const found = await broken('fake-source media=test ! swap ! fake-sink', swap);
      assert.equal(found?.invariant, 'order');
      assert.match(found.message, /^Buffer 0 of fake-source, epoch 0, came to fake-sink\.sink after buffer 1$/);
    });

    it('slabs that do not come back', async () => {
      const leak = filter('leak', (buffer) => buffer.retain());
      const found = await broken('fake-source media=test sizeBytes=64 ! leak ! fake-sink', leak);
      assert.equal(found?.invariant, 'slabs');
    });

    it('a deadlock, and who waits for whom', async () => {
      const forever = filter('forever', () => new Promise(() => {}));
      const found = await broken('fake-source media=test ! forever ! fake-sink', forever);
      assert.equal(found?.invariant, 'deadlock');
      assert.match(found.message, /forever/);
    });

    it('a graph that never ends', async () => {
      const found = await simulate(await launched('fake-source ! fake-sink'), { buffers: 1000 }, { maxSteps: 20 });
      assert.equal(found.broken?.invariant, 'endless');
    });

    it('an element that fails without having been told to', async () => {
      const found = await simulate(await launched('fake-source ! identity failAfter=2 ! fake-sink'), {});
      assert.equal(found.broken?.invariant, 'error');
      assert.equal(found.broken.element, 'identity');
    });

    it('what the caller does not expect', async () => {
      const options = { onBuffer: () => assert.fail('not this one') };
      const found = await simulate(await launched('fake-source ! fake-sink'), {}, options);
      assert.deepEqual(found.broken, { invariant: 'expectation', message: 'not this one' });
    });
  });

  describe('errors', () => {
    it('tells of models and sources that cannot be simulated, all at once, with what to put in their place', async () => {
      const file = tinyElement('camera', { pads: SOURCE_PADS, create: () => ({ produce: () => undefined }) });
      const model = tinyElement('model', { pads: FILTER_PADS, klass: 'Inference/Real', create: () => ({ transform: (buffer) => buffer }) });
      const graph = await launched('camera ! model ! fake-sink', [file, model]);
      await assert.rejects(simulate(graph, {}), (error: GraphError) => {
        assert.ok(error instanceof GraphError);
        assert.deepEqual(
          error.issues.map(({ code, path }) => `${code} ${path}`),
          ['simulation/not-deterministic /elements/camera', 'simulation/not-deterministic /elements/model'],
        );
        assert.match(error.issues[1]!.hint!, /fake-inference/);
        return true;
      });
    });

    it('tells of faults that strike nobody', async () => {
      const faults: FaultPlanInput = { faults: [{ kind: 'drop', element: 'fake-sink' }] };
      await assert.rejects(simulate(await launched('fake-source ! fake-sink'), { faults }), /no source named fake-sink/);
    });

    for (const [what, one, message, hint] of [
      [
        'of a kind that its element cannot suffer',
        { kind: 'slow', element: 'fake-source', maxMs: 5 },
        'no element but a source named fake-source',
        'it can strike fake-sink',
      ],
      [
        'that are over before they begin',
        { kind: 'drop', from: 5, to: 5 },
        'begins with buffer 5 and is over before buffer 5',
        'raise to, or leave it out',
      ],
    ] as const) {
      it(`tells of faults ${what}`, async () => {
        await assert.rejects(simulate(await launched('fake-source ! fake-sink'), { faults: { faults: [one] } }), (error: GraphError) => {
          assert.match(error.issues[0]!.message, new RegExp(`${message}$`));
          assert.equal(error.issues[0]!.hint, hint);
          return true;
        });
      });
    }

    it('tells of a case that was saved for another graph', async () => {
      await assert.rejects(
        simulate(await launched('fake-source ! fake-sink'), { limits: { camera: 3 } }),
        /limits camera, but .* no such source/,
      );
      const faults = { faults: [{ kind: 'drop' as const }] };
      for (const key of ['0:camera:3', '1:fake-source:3', 'fake-source:3']) {
        const one = simulate(await launched('fake-source ! fake-sink'), { faults, only: [key] });
        await assert.rejects(one, new RegExp(`The case has only ${key} happen, which is no strike`));
      }
    });

    it('takes no seed that would be the same as a smaller one, nor a time of more than a day', () => {
      assert.equal(simulationCase.safeParse({ seed: 2 ** 32 - 1 }).success, true);
      assert.equal(simulationCase.safeParse({ seed: 2 ** 32 }).success, false);
      assert.equal(simulationCase.safeParse({ faults: { faults: [{ kind: 'stall', ms: 1e300 }] } }).success, false);
    });
  });
});
