import assert from 'node:assert/strict';
import { threadId } from 'node:worker_threads';
import fc from 'fast-check';
import type { ElementError } from '../../../src/core/errors.ts';
import { SystemClock } from '../../../src/core/time/clock.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { probe, type Seen, stepsOf } from '../../support/probe.ts';
import { type TestPipeline, testPipeline, until } from '../../support/test-pipeline.ts';
import { threadedElements } from '../../support/threaded-elements.ts';
import { countingSource, notingSink } from '../../support/tiny-element.ts';

type Elements = Readonly<Record<string, Record<string, unknown>>>;

/** A pipeline of the elements that threads can load, and of those that are given. */
function threaded(links: string, elements: Elements, own: Parameters<typeof testPipeline>[0] = [], options = {}): TestPipeline {
  return testPipeline(own, { links: links.split(';'), elements }, { ...options, threaded: threadedElements });
}

describe('threads', function () {
  this.timeout(120_000);

  describe('data', () => {
    it('gives every buffer, with its slab and its meta, to an element in a thread and back, in order', async () => {
      const seen: Seen[] = [];
      const first: number[] = [];
      const { pipeline, arena, assertClean } = threaded(
        'counter ! increment ! probe',
        { counter: { type: 'counter', props: { count: 50 } }, increment: { type: 'increment', thread: 'a' } },
        [
          probe('probe', seen, () => {
            const { buffer } = seen.at(-1) as { buffer: { slab: { offset: number }; value: { view: unknown } } };
            first.push(arena.bytes(buffer.slab.offset, 1)[0]!);
            assert.equal(buffer.value.view, buffer.slab, 'slabs inside of values are those of the buffer');
          }),
        ],
      );
      const { elements } = await pipeline.run();
      assert.deepEqual(
        first,
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
      assert.deepEqual(
        elements.map(({ name, received, handled, produced }) => [name, received, handled, produced]),
        [
          ['counter', 50, 50, 50],
          ['increment', 50, 50, 50],
          ['probe', 50, 50, 0],
        ],
      );
      assert.equal(elements[1]!.working.count, 50, 'time is measured in the thread');
      assertClean();
    });

    it('runs elements of one name in one thread, and does not leave it between them', async () => {
      const seen: Seen[] = [];
      const values: unknown[] = [];
      const { pipeline, assertClean } = threaded(
        'counter ! one ! two ! three ! probe',
        {
          counter: { type: 'counter', props: { count: 3 } },
          one: { type: 'stamp', thread: 'a' },
          // Something that no message could carry lives between these two.
          two: { type: 'stamp', thread: 'a' },
          three: { type: 'stamp', thread: 'b' },
        },
        [probe('probe', seen, () => void values.push((seen.at(-1) as { buffer: { value: unknown } }).buffer.value))],
      );
      await pipeline.run();
      const [one, two, three] = (values[0] as { threads: number[] }).threads;
      assert.equal(values.length, 3);
      assert.equal(one, two);
      assert.notEqual(two, three);
      assert.notEqual(one, threadId);
      assertClean();
    });

    it('carries what cannot be cloned between elements of one thread', async () => {
      const { pipeline, assertClean } = threaded('counter ! unclonable ! stamp ! sink', {
        counter: { type: 'counter', thread: 'a', props: { count: 3 } },
        unclonable: { type: 'unclonable', thread: 'a' },
        stamp: { type: 'halve', thread: 'a' },
        sink: { type: 'talker', thread: 'a' },
      });
      const { elements } = await pipeline.run();
      assert.deepEqual(
        elements.map(({ handled }) => handled),
        [3, 3, 2, 2],
      );
      assertClean();
    });

    it('passes on gaps, what was held back until the end, and the end', async () => {
      const seen: Seen[] = [];
      const { pipeline, assertClean } = threaded(
        'counter ! halve ! hold ! probe',
        { counter: { type: 'counter', props: { count: 6 } }, halve: { type: 'halve', thread: 'a' }, hold: { type: 'hold', thread: 'a' } },
        [probe('probe', seen)],
      );
      await pipeline.run();
      assert.deepEqual(stepsOf(seen), ['-1', '-3', '0', '-5', '2', '4']);
      assertClean();
    });

    it('carries branches out of a thread and into it', async () => {
      const seen: Seen[] = [];
      const other: Seen[] = [];
      const { pipeline, assertClean } = threaded(
        'counter ! split;split.src_0 ! left;split.src_1 ! stamp ! right',
        { counter: { type: 'counter', props: { count: 9 } }, split: { type: 'split', thread: 'a' }, stamp: { type: 'stamp', thread: 'b' } },
        [probe('left', seen), probe('right', other)],
      );
      await pipeline.run();
      assert.deepEqual(stepsOf(seen), ['0', '1', '2', '3', '4', '5', '6', '7', '8']);
      assert.deepEqual(stepsOf(other), stepsOf(seen));
      assertClean();
    });

    it('holds a source back when what is in a thread takes no more', async () => {
      let made = 0;
      const source = countingSource('source', { count: 1000, slabBytes: 64, before: () => void made++ });
      const { pipeline, assertClean } = threaded(
        'source ! stuck ! talker',
        {
          source: { type: 'source' },
          stuck: { type: 'stuck', thread: 'a' },
          talker: { type: 'talker' },
        },
        [source],
      );
      const run = assert.rejects(pipeline.run());
      await until(() => made > 5);
      for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
      assert.ok(made < 20, `${made} buffers were made for one that waits`);
      pipeline.abort();
      await run;
      assertClean();
    });
  });

  for (const [where, pure, picky] of [
    ['one thread', 'a', 'a'],
    ['two threads', 'a', 'b'],
    ['a thread that the source is not in, and the pipeline’s own', 'a', undefined],
  ] as const) {
    it(`let upstream know what is not needed, from ${where}`, async () => {
      const seen: Seen[] = [];
      // The second buffer waits until the news has come.
      const source = countingSource('source', {
        count: 20,
        slabBytes: 64,
        before: (index, { neededFrom }) => (index === 1 ? until(() => neededFrom('source', 0) === 100_000) : undefined),
      });
      const { pipeline, assertClean } = threaded(
        'source ! pure ! picky ! probe',
        { pure: { type: 'pure', thread: pure }, picky: { type: 'picky', ...(picky === undefined ? {} : { thread: picky }) } },
        [source, probe('probe', seen)],
      );
      const { elements } = await pipeline.run();
      assert.deepEqual(elements.find(({ name }) => name === 'source')!.dropped, { skipped: 9 });
      assert.deepEqual(stepsOf(seen.filter(({ type }) => type !== 'gap')), [0, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19].map(String));
      assertClean();
    });
  }

  it('let a source in a thread know what is not needed, so that it leaves it out itself', async () => {
    const { pipeline, assertClean } = threaded(
      'needed ! pure ! picky ! sink',
      { needed: { type: 'needed', thread: 'a' }, pure: { type: 'pure', thread: 'b' }, picky: { type: 'picky' } },
      [notingSink('sink', [])],
    );
    const { elements } = await pipeline.run();
    assert.deepEqual(elements[0]!.dropped, { skipped: 9 });
    assertClean();
  });

  it('change nothing about what comes out, whatever runs where', async () => {
    const kinds = fc.constantFrom('increment', 'halve', 'hold', 'echo', 'stamp');
    const part = fc.record({ type: kinds, thread: fc.constantFrom(undefined, 'a', 'b') });
    const play = async (count: number, parts: readonly { type: string; thread?: string | undefined }[]): Promise<unknown> => {
      const seen: Seen[] = [];
      const bytes: number[] = [];
      const elements = Object.fromEntries(
        parts.map(({ type, thread }, index) => [`e${index}`, thread === undefined ? { type } : { type, thread }]),
      );
      const { pipeline, arena, assertClean } = threaded(
        ['counter', ...Object.keys(elements), 'probe'].join(' ! '),
        { counter: { type: 'counter', props: { count } }, ...elements },
        [
          probe('probe', seen, () => {
            const one = seen.at(-1)!;
            if (one.type === 'buffer') bytes.push(arena.bytes(one.buffer.slab.offset, 1)[0]!);
          }),
        ],
      );
      const summary = await pipeline.run();
      assertClean();
      const counts = summary.elements.map(({ name, received, handled, produced, dropped }) => [name, received, handled, produced, dropped]);
      return { steps: stepsOf(seen), bytes, counts };
    };
    await fc.assert(
      fc.asyncProperty(fc.nat(40), fc.array(part, { minLength: 1, maxLength: 5 }), async (count, parts) => {
        assert.deepEqual(
          await play(count, parts),
          await play(
            count,
            parts.map(({ type }) => ({ type })),
          ),
        );
      }),
      { numRuns: 6 },
    );
  });

  describe('negotiation', () => {
    it('asks the element in its thread what it takes, and keeps what goes with caps the same object', async () => {
      const { pipeline, heard, assertClean } = threaded('camera ! modelled ! probe', { modelled: { type: 'modelled', thread: 'a' } }, [
        {
          ...countingSource('camera', { count: 2 }),
          pads: {
            src: {
              direction: 'src',
              presence: 'always',
              optional: false,
              media: { name: 'any', caps: [{ media: 'picture', fields: { width: { min: 1, max: 999 } } }] },
            },
          },
        } as never,
        probe('probe', []),
      ]);
      await pipeline.run();
      const notes = heard('element').map(({ value }) => value);
      assert.deepEqual(notes, Array(2).fill({ sink: { width: 320 }, isModel: true }));
      assert.deepEqual(pipeline.elements.get('probe')!.sinkPads.get('sink')!.caps, undefined, 'nothing is left behind');
      assertClean();
    });

    it('complains of a link into a thread as of any other', async () => {
      const { pipeline } = threaded('camera ! modelled ! probe', { modelled: { type: 'modelled', thread: 'a' } }, [
        {
          ...countingSource('camera', { count: 2 }),
          pads: {
            src: {
              direction: 'src',
              presence: 'always',
              optional: false,
              media: { name: 'any', caps: [{ media: 'picture', fields: { width: 640 } }] },
            },
          },
        } as never,
        probe('probe', []),
      ]);
      await assert.rejects(pipeline.run(), /Cannot link camera.src to modelled.sink.*640.*320/);
    });

    it('carries a change of caps through threads, at its place among the buffers', async () => {
      for (const thread of [{ counter: 'a', stamp: 'a' }, { counter: 'a' }, { stamp: 'a' }, { counter: 'a', stamp: 'b' }] as Record<
        string,
        string
      >[]) {
        const seen: Seen[] = [];
        const { pipeline, assertClean } = threaded(
          'counter ! hold ! probe',
          {
            counter: { type: 'counter', props: { count: 6, changeAt: 3 }, ...(thread.counter && { thread: thread.counter }) },
            hold: { type: 'echo', ...(thread.stamp && { thread: thread.stamp }) },
          },
          [probe('probe', seen)],
        );
        await pipeline.run();
        assert.deepEqual(
          seen.map((one) => (one.type === 'buffer' ? (one.caps.fields['step'] ?? 1) : undefined)),
          [1, 1, 1, 2, 2, 2],
        );
        assertClean();
      }
    });
  });

  describe('timing', () => {
    it('is moved by the clock of the pipeline', async () => {
      const seen: Seen[] = [];
      const { pipeline, clock, assertClean } = threaded(
        'counter ! delay ! probe',
        { counter: { type: 'counter', props: { count: 3 } }, delay: { type: 'delay', thread: 'a' } },
        [probe('probe', seen)],
      );
      const run = pipeline.run();
      await until(() => clock.next !== undefined);
      assert.deepEqual(seen, []);
      clock.advanceBy(1_000_000);
      for (; seen.length < 3; clock.advanceBy(1_000_000)) await new Promise(setImmediate);
      const { elements } = await run;
      assert.ok(elements[1]!.working.max >= 1_000_000);
      assertClean();
    });

    it('is that of the system clock where the pipeline has that', async () => {
      const clock = new SystemClock();
      const spans: [number, number][] = [];
      const before = clock.now();
      const { pipeline, assertClean } = threaded(
        'counter ! talker',
        { counter: { type: 'counter', thread: 'a' }, talker: { type: 'talker', thread: 'a' } },
        [],
        {
          clock,
          onSpan: (_: unknown, start: number, end: number) => spans.push([start, end]),
        },
      );
      await pipeline.run();
      for (const [start, end] of spans) assert.ok(before <= start && start <= end && end <= clock.now());
      assert.ok(spans.length >= 20);
      assertClean();
    });
  });

  describe('what elements say', () => {
    it('is heard as if they were not in a thread', async () => {
      const { pipeline, heard, assertClean } = threaded('counter ! talker', {
        counter: { type: 'counter', props: { count: 2 } },
        talker: { type: 'talker', thread: 'a' },
      });
      await pipeline.run();
      assert.deepEqual(
        heard('warning').map(({ element, code, text }) => [element, code, text]),
        [
          ['talker', 'talker/warning', 'saw 0'],
          ['talker', 'talker/warning', 'saw 10000'],
        ],
      );
      assert.deepEqual(
        heard('progress').map(({ element, text, fraction }) => [element, text, fraction]),
        [['talker', 'opening', 0.5]],
      );
      assert.deepEqual(
        heard('element').map(({ name, value }) => [name, value]),
        [
          ['note', { pts: 0 }],
          ['note', { pts: 10000 }],
          ['reported', ['counter 2', 'talker 2']],
        ],
      );
      assert.deepEqual(pipeline.position, { position: 10000, duration: 100 });
      assert.deepEqual(
        heard('eos').map(({ element }) => element),
        ['talker'],
      );
      assertClean();
    });

    it('leaves out what hooks return that nobody asked for', async () => {
      const { pipeline, assertClean } = threaded('counter ! chatty', {
        counter: { type: 'counter' },
        chatty: { type: 'chatty', thread: 'a' },
      });
      const { elements } = await pipeline.run();
      assert.equal(elements[1]!.handled, 20);
      assertClean();
    });

    it('reaches the one account of files and of cores', async () => {
      const { pipeline } = threaded('counter ! split;split.src_0 ! talker;split.src_1 ! other', {
        counter: { type: 'counter' },
        split: { type: 'split' },
        talker: { type: 'talker', thread: 'a' },
        other: { type: 'talker', thread: 'b' },
      });
      await assert.rejects(pipeline.run(), { code: 'media/same-file', message: /(talker|other): Cannot write \/tmp\/leat-threads-out/ });
    });
  });

  describe('properties', () => {
    it('change while the graph runs, and are refused by the element itself', async () => {
      const { pipeline, heard, assertClean } = threaded('counter ! delay ! talker', {
        counter: { type: 'counter', props: { count: 1 } },
        delay: { type: 'stuck' },
        talker: { type: 'talker', thread: 'a' },
      });
      await pipeline.negotiate();
      pipeline.setProps('talker', { width: 7 });
      assert.throws(() => pipeline.setProps('talker', { width: -1 }), /no width below 0/);
      assert.throws(() => pipeline.resource('talker'), /it is in the thread a/);
      await pipeline.close();
      assert.deepEqual(heard('error'), []);
      assertClean();
    });
  });

  describe('faults', () => {
    it('name the element and its error', async () => {
      const { pipeline, assertClean, heard } = threaded('counter ! faulty ! talker', {
        counter: { type: 'counter' },
        faulty: { type: 'faulty', thread: 'a' },
        talker: { type: 'talker' },
      });
      await assert.rejects(pipeline.run(), { code: 'element/failed', element: 'faulty', message: 'faulty: no luck' });
      assert.equal(heard('error').length, 1);
      assertClean();
    });

    it('cost a buffer or a restart where the graph says so', async () => {
      for (const onError of ['skip', 'restart']) {
        const seen: Seen[] = [];
        const { pipeline, clock, assertClean, heard } = threaded(
          'counter ! faulty ! probe',
          {
            counter: { type: 'counter', props: { count: 6 } },
            faulty: { type: 'faulty', thread: 'a', onError, restart: { firstDelayMs: 1 } },
          },
          [probe('probe', seen)],
        );
        const run = pipeline.run();
        if (onError === 'restart') {
          await until(() => clock.next !== undefined);
          clock.advanceBy(1000);
        }
        const { elements } = await run;
        assert.deepEqual(stepsOf(seen), ['0', '1', '2', '-3', '4', '5']);
        assert.deepEqual(elements[1]!.dropped, { quarantined: 1 });
        assert.deepEqual(
          heard('quarantine').map(({ element, pts, error }) => [element, pts, error.message]),
          [['faulty', 30_000, 'faulty: no luck']],
        );
        assertClean();
      }
    });

    it('of a whole thread take the pipeline down, and say who was in it', async () => {
      const { pipeline, arena } = threaded('counter ! crash ! talker', {
        counter: { type: 'counter' },
        crash: { type: 'crash', thread: 'a' },
        talker: { type: 'talker', thread: 'a' },
      });
      await assert.rejects(pipeline.run(), (error: ElementError) => {
        assert.equal(error.code, 'thread/crashed');
        assert.match(error.message, /^The thread a, in which crash, talker ran, ended early: out of the blue/);
        return true;
      });
      assert.equal(pipeline.state, 'null');
      await until(() => arena.statistics.slabsInUse === 0);
    });

    it('of a thread in which a source dies twice cost nobody else anything, nor a slab', async () => {
      const seen: Seen[] = [];
      const good: number[] = [];
      let give = (): void => {};
      const other = countingSource('other', {
        count: 30,
        slabBytes: 64,
        before: (index) =>
          index < 29
            ? undefined
            : new Promise((resolve) => {
                give = resolve;
              }),
      });
      const restart = { firstDelayMs: 100, maxAttempts: 1, giveUp: 'branch' };
      const { pipeline, clock, heard, arena, assertClean } = threaded(
        'mortal ! stamp ! probe;other ! sink',
        {
          mortal: { type: 'mortal', thread: 'a', onError: 'restart', restart },
          stamp: { type: 'stamp', thread: 'a', onError: 'restart', restart },
        },
        [probe('probe', seen), other, notingSink('sink', good)],
      );
      const warnings = (): string[] => heard('warning').map(({ code }) => code);
      const run = pipeline.run();
      await until(() => warnings().length === 1);
      clock.advanceTo(clock.next!);
      await until(() => warnings().length === 2);
      give();
      const { elements } = await run;
      assert.deepEqual(warnings(), ['element/restarting', 'element/gave-up']);
      assert.equal(good.length, 30);
      // Whether what it gave last has still come is chance, but not in which order.
      const came = seen.flatMap((one) => (one.type === 'buffer' ? [[one.buffer.epoch, one.pts / 10_000]] : []));
      assert.deepEqual(
        came,
        [...came].sort(([a, b], [c, d]) => a! - c! || b! - d!),
      );
      assert.ok(came.length <= 6);
      await until(() => arena.statistics.slabsInUse === 0);
      for (const { received, handled, dropped } of elements) {
        assert.equal(received, handled + Object.values(dropped).reduce((sum, count) => sum + count, 0));
      }
      assertClean();
    });

    it('of a thread that others lead into cost what was in it, and not what comes meanwhile', async () => {
      const seen: Seen[] = [];
      const restart = { firstDelayMs: 100, maxAttempts: 5 };
      const kills = [3, 7];
      const warnings = (): string[] => heard('warning').map(({ code }) => code);
      const source = countingSource('source', {
        count: 8,
        slabBytes: 64,
        // What comes after one of which the thread dies comes when that is known.
        before: (index) => {
          const deaths = kills.filter((kill) => kill < index).length;
          return until(() => warnings().length >= deaths);
        },
      });
      const { pipeline, clock, heard, arena, assertClean } = threaded(
        'source ! deadly ! stamp ! probe',
        {
          deadly: { type: 'deadly', thread: 'a', onError: 'restart', restart },
          stamp: { type: 'stamp', thread: 'a', onError: 'restart', restart },
        },
        [source, probe('probe', seen)],
      );
      pipeline.setProps('deadly', { at: kills });
      const running = pipeline.run();
      for (let deaths = 1; deaths <= kills.length; deaths++) {
        await until(() => warnings().length === deaths);
        clock.advanceTo(clock.next!);
      }
      const { elements } = await running;
      assert.deepEqual(warnings(), ['element/restarting', 'element/restarting']);
      const came = seen.flatMap((one) => (one.type === 'buffer' ? [one.buffer.sequence] : []));
      assert.deepEqual(came, [0, 1, 2, 4, 5, 6], 'all others come, in order');
      const after = seen.flatMap((one) => (one.type === 'buffer' && one.buffer.discont ? [one.buffer.sequence] : []));
      assert.deepEqual(after, [4]);
      const gaps = seen.flatMap((one) => (one.type === 'gap' ? [[one.pts / 10_000, one.until / 10_000]] : []));
      assert.deepEqual(gaps, [
        [3, 4],
        [7, 8],
      ]);
      assert.deepEqual(
        elements.map(({ received, handled, dropped }) => [received, handled, dropped]),
        [
          [8, 8, {}],
          [8, 6, { crashed: 2 }],
          [6, 6, {}],
          [6, 6, {}],
        ],
      );
      await until(() => arena.statistics.slabsInUse === 0);
      assertClean();
    });

    it('of a thread that others lead into end its branch once no restart helps, where the graph says so', async () => {
      const seen: Seen[] = [];
      const { pipeline, clock, heard, arena, assertClean } = threaded(
        'counter ! tee;tee ! crash ! talker;tee ! probe',
        {
          counter: { type: 'counter' },
          crash: { type: 'crash', thread: 'a', onError: 'restart', restart: { giveUp: 'branch', maxAttempts: 1 } },
          talker: { type: 'talker' },
        },
        [tee, probe('probe', seen)],
      );
      const run = pipeline.run();
      await until(() => heard('warning').length === 1);
      clock.advanceTo(clock.next!);
      await run;
      assert.equal(seen.filter(({ type }) => type === 'buffer').length, 20);
      assert.match(heard('warning')[1]!.text, /out of the blue; 1 restarts did not help: what comes from it ends here/);
      await until(() => arena.statistics.slabsInUse === 0);
      assertClean();
    });

    it('name a value that no other thread can be given', async () => {
      const { pipeline, assertClean } = threaded('counter ! unclonable ! talker', {
        counter: { type: 'counter' },
        unclonable: { type: 'unclonable', thread: 'a' },
        talker: { type: 'talker' },
      });
      await assert.rejects(pipeline.run(), { code: 'thread/not-cloneable', element: 'unclonable' });
      assertClean();
    });

    it('of elements that cannot run in a thread are found before anything runs', () => {
      const bound = { ...countingSource('bound', { count: 1 }), needsMainThread: 'it holds on to the program' };
      assert.throws(
        () => threaded('bound ! talker', { bound: { type: 'bound', thread: 'a' }, talker: { type: 'talker' } }, [bound]),
        /\/elements\/bound\/thread: A bound cannot run in a thread: it holds on to the program/,
      );
      const unknown = countingSource('unknown', { count: 1 });
      assert.throws(
        () => threaded('unknown ! talker', { unknown: { type: 'unknown', thread: 'a' }, talker: { type: 'talker' } }, [unknown]),
        /no module is known from which the thread could load it.*\[thread\/no-module\]/,
      );
    });
  });

  describe('end', () => {
    it('comes early when the pipeline is stopped', async () => {
      const seen: Seen[] = [];
      const { pipeline, assertClean } = threaded(
        'counter ! stamp ! probe',
        { counter: { type: 'counter', thread: 'a', props: { count: 1e9 } }, stamp: { type: 'stamp', thread: 'b' } },
        [probe('probe', seen)],
      );
      const run = pipeline.run();
      await until(() => seen.length > 100);
      pipeline.stop();
      const { elements } = await run;
      assert.equal(elements[0]!.produced, seen.length);
      assertClean();
    });

    it('comes any number of times', async () => {
      const seen: Seen[] = [];
      const { pipeline, assertClean } = threaded(
        'counter ! increment ! probe',
        { counter: { type: 'counter', props: { count: 4 } }, increment: { type: 'increment', thread: 'a' } },
        [probe('probe', seen)],
      );
      for (let run = 0; run < 3; run++) {
        seen.length = 0;
        await pipeline.run();
        assert.equal(seen.length, 4);
        assertClean();
      }
    });

    it('comes at any moment, and leaves nothing behind', async () => {
      for (let after = 0; after < 3; after++) {
        const { pipeline, assertClean } = threaded('counter ! increment ! talker', {
          counter: { type: 'counter', props: { count: 1e9 } },
          increment: { type: 'increment', thread: 'a' },
          talker: { type: 'talker' },
        });
        const run = assert.rejects(pipeline.run());
        for (let turn = 0; turn < after * 300; turn++) await new Promise(setImmediate);
        pipeline.abort();
        await run;
        assertClean();
      }
    });
  });
});
