// Hooks that come back when nobody waits for them any more: after the run, in the next one, after a restart has been given up.
import assert from 'node:assert/strict';
import type { AnyHooks } from '../../../src/core/element/define-element.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { settled, steadyPipeline } from '../../support/test-pipeline.ts';
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

interface Late {
  resolve(value?: unknown): void;
  reject(error: unknown): void;
}

/** A promise that the test settles. */
function pending(late: Late[]): Promise<never> {
  return new Promise((resolve, reject) => void late.push({ resolve: resolve as never, reject }));
}

const SIX = { count: 6, slabBytes: 64 };

describe('a hook that comes back after the run', () => {
  const hanging: Readonly<
    Record<
      string,
      readonly [pads: typeof FILTER_PADS | typeof SINK_PADS | typeof SOURCE_PADS, (late: Late[], tiny: TinyContext) => AnyHooks]
    >
  > = {
    produce: [SOURCE_PADS, (late) => ({ produce: () => pending(late) })],
    transform: [FILTER_PADS, (late) => ({ transform: () => pending(late) })],
    transformBatch: [FILTER_PADS, (late) => ({ transformBatch: () => pending(late) })],
    chain: [FILTER_PADS, (late) => ({ chain: { sink: () => pending(late) } })],
    drain: [FILTER_PADS, (late) => ({ transform: (buffer) => buffer, drain: () => pending(late) })],
    render: [SINK_PADS, (late) => ({ render: () => pending(late) })],
    finish: [SINK_PADS, (late) => ({ render: () => {}, finish: () => pending(late) })],
    report: [SINK_PADS, (late) => ({ render: () => {}, report: () => pending(late) })],
  };
  for (const [hook, [pads, make]] of Object.entries(hanging)) {
    for (const how of ['fails', 'gives something'] as const) {
      it(`keeps the next one waiting and does nothing to it, where ${hook} ${how}`, async () => {
        for (const settings of [{}, { onError: 'skip' }, { onError: 'restart' }]) {
          const late: Late[] = [];
          let runs = 0;
          const seen: number[] = [];
          const it = tinyElement('it', {
            pads,
            create: (tiny) => {
              if (++runs === 1) return make(late, tiny);
              if (pads === SINK_PADS) return { render: (buffer) => void seen.push(buffer.pts / 10_000) };
              if (pads === FILTER_PADS) return { transform: (buffer) => buffer };
              let made = 0;
              return { produce: () => (made === 6 ? undefined : new StreamBuffer({ caps: tiny.caps.src!, pts: made++ * 10_000 })) };
            },
          });
          const chain = pads === SOURCE_PADS ? [it] : [countingSource('source', SIX), it];
          if (pads !== SINK_PADS) chain.push(notingSink('sink', seen));
          const test = steadyPipeline(chain, { links: [chain.map(({ name }) => name).join(' ! ')], elements: { it: settings } });
          const { pipeline, clock } = test;
          const first = pipeline.run().catch(() => {});
          await settled();
          assert.ok(late.length > 0, 'it hangs');
          pipeline.abort();
          await settled();
          clock.advanceBy(5_000_000);
          await settled();
          clock.advanceBy(5_000_000);
          await first;
          assert.equal(pipeline.state, 'null');
          seen.length = 0;
          const errors = test.heard('error').length;
          // What tells of a run that is over changes nothing any more.
          if (hook !== 'report') {
            await assert.rejects(pipeline.run(), {
              code: 'element/still-away',
              message:
                'Cannot open the graph again: it has not come back since it was left behind, and may still use what it had; wait until it has, or make another pipeline',
            });
          }
          for (const one of late) {
            if (how === 'fails') one.reject(new Error('much too late'));
            else one.resolve(hook === 'chain' ? 'ok' : undefined);
          }
          await settled();
          assert.equal(test.arena.statistics.slabsInUse, 0);
          await pipeline.run();
          assert.deepEqual(seen, [0, 1, 2, 3, 4, 5]);
          assert.equal(test.heard('error').length, errors);
          test.assertClean();
        }
      });
    }
  }
});

describe('an element that is restarted', () => {
  const restart = { onError: 'restart', restart: { firstDelayMs: 1, maxAttempts: 3 } };
  const poison = (buffer: StreamBuffer): StreamBuffer => {
    if (buffer.pts === 20_000) throw new Error('poison');
    return buffer;
  };

  it('keeps what it has opened anew when what it had is closed at last', async () => {
    for (const where of ['hooks', 'resource'] as const) {
      const late: Late[] = [];
      const open = new Set<number>();
      let opened = 0;
      let closes = 0;
      const it = tinyElement('it', {
        pads: FILTER_PADS,
        open: () => {
          open.add(++opened);
          return opened;
        },
        close: (one) => {
          open.delete(one as number);
          if (where === 'resource' && ++closes === 1) return pending(late);
        },
        create: ({ resource }) => ({
          transform: (buffer) => {
            assert.ok(open.has(resource as number), `${String(resource)} is open`);
            return opened === 1 ? poison(buffer) : buffer;
          },
          close: () => (where === 'hooks' && ++closes === 1 ? pending(late) : undefined),
        }),
      });
      const seen: number[] = [];
      let give = (): void => {};
      const source = countingSource('source', {
        ...SIX,
        before: (index) => (index < 4 ? undefined : new Promise((resolve) => (give = resolve))),
      });
      const test = steadyPipeline([source, it, notingSink('sink', seen)], { links: ['source ! it ! sink'], elements: { it: restart } });
      const run = test.pipeline.run();
      await settled();
      test.clock.advanceBy(5_000_000);
      await settled();
      test.clock.advanceBy(1_000);
      await settled();
      assert.deepEqual(seen, [0, 1, 3]);
      for (const one of late) one.resolve();
      await settled();
      assert.deepEqual([...open], [2], 'the old is closed, and the new is not');
      assert.equal(test.pipeline.resource('it'), 2);
      for (let left = 2; left > 0; left--) {
        give();
        await settled();
      }
      await run;
      assert.deepEqual([seen, [...open], opened], [[0, 1, 3, 4, 5], [], 2]);
      assert.deepEqual(
        test.heard('warning').map(({ code }) => code),
        ['element/stuck', 'element/restarting'],
      );
      test.assertClean();
    }
  });

  it('closes what opens, or is made, when nobody waits for it any more', async () => {
    for (const where of ['open', 'create'] as const) {
      const late: Late[] = [];
      const open = new Set<string>();
      let calls = 0;
      const gate = (what: string): unknown => (what === where && ++calls === 2 ? pending(late) : undefined);
      const it = tinyElement('it', {
        pads: FILTER_PADS,
        open: async () => {
          await gate('open');
          open.add('resource');
          return {};
        },
        close: () => void open.delete('resource'),
        create: async () => {
          await gate('create');
          open.add('hooks');
          return { transform: poison, close: () => void open.delete('hooks') };
        },
      });
      const test = steadyPipeline([countingSource('source', SIX), it, notingSink('sink', [])], {
        links: ['source ! it ! sink'],
        elements: { it: restart },
      });
      const run = test.pipeline.run().catch((error: { code: string }) => error.code);
      await settled();
      test.clock.advanceBy(1_000);
      await settled();
      test.pipeline.abort();
      await settled();
      test.clock.advanceBy(5_000_000);
      assert.equal(await run, 'pipeline/aborted');
      for (const one of late) one.resolve();
      await settled();
      assert.deepEqual([...open], [], where);
      assert.equal(test.heard('warning').filter(({ code }) => code === 'element/restarting').length, 1);
      test.assertClean();
    }
  });

  it('may fail again while it is restarted, whatever it throws, and with others at the same time', async () => {
    for (const [, thrown] of THROWN) {
      const flaky = (name: string) => {
        let opened = 0;
        return tinyElement(name, {
          pads: FILTER_PADS,
          open: () => {
            opened++;
            if (opened === 2) throw thrown;
          },
          create: async () => {
            if (opened === 3) throw thrown;
            return { transform: opened === 1 ? poison : (buffer) => buffer, close: () => Promise.reject(thrown) };
          },
        });
      };
      const seen: number[] = [];
      const test = steadyPipeline(
        [
          countingSource('source', SIX),
          flaky('left'),
          countingSource('other', SIX),
          flaky('right'),
          notingSink('one', seen),
          notingSink('two', seen),
        ],
        {
          links: ['source ! left ! one', 'other ! right ! two'],
          elements: { left: restart, right: restart },
        },
      );
      const run = test.pipeline.run();
      for (let turn = 0; turn < 20; turn++) {
        await settled(3);
        test.clock.advanceBy(10_000);
      }
      const { elements } = await run;
      assert.deepEqual(
        elements.filter(({ name }) => name === 'left' || name === 'right').map(({ dropped, notes }) => [dropped, notes]),
        [
          [{ quarantined: 1 }, { restarts: 1 }],
          [{ quarantined: 1 }, { restarts: 1 }],
        ],
      );
      assert.deepEqual(seen.toSorted(), [0, 0, 1, 1, 3, 3, 4, 4, 5, 5]);
      test.assertClean();
    }
  });
});
