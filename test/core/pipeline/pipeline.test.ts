import assert from 'node:assert/strict';
import { AbortedError, ElementError } from '../../../src/core/errors.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { Skipped } from '../../../src/core/stream/skipped.ts';
import { settled, steadyPipeline } from '../../support/test-pipeline.ts';
import { countingSource, filter, notingSink, SINK_PADS, SOURCE_PADS, tinyElement } from '../../support/tiny-element.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('pipeline', () => {
  describe('run', () => {
    it('brings every buffer from the source to the sink, in order', async () => {
      const seen: number[] = [];
      const { pipeline, assertClean } = steadyPipeline(
        [countingSource('source', { count: 100, slabBytes: 64 }), filter('pass', (buffer) => buffer), notingSink('sink', seen)],
        { links: ['source ! pass ! sink'] },
      );
      const summary = await pipeline.run();
      assert.deepEqual(seen, upTo(100));
      assert.deepEqual(
        summary.elements.map(({ name, received, handled, produced }) => ({ name, received, handled, produced })),
        [
          { name: 'source', received: 100, handled: 100, produced: 100 },
          { name: 'pass', received: 100, handled: 100, produced: 100 },
          { name: 'sink', received: 100, handled: 100, produced: 0 },
        ],
      );
      assertClean();
    });

    it('goes through the states and says so', async () => {
      const { pipeline, heard } = steadyPipeline([countingSource('source', { count: 1 }), notingSink('sink', [])], {
        links: ['source ! sink'],
      });
      assert.equal(pipeline.state, 'null');
      await pipeline.run();
      assert.deepEqual(
        heard('state-changed').map(({ from, to }) => `${from} ${to}`),
        ['null ready', 'ready paused', 'paused playing', 'playing null'],
      );
    });

    it('opens and creates from sinks to sources, and closes everything it opened', async () => {
      const log: string[] = [];
      const noting = (name: string) => ({
        open: () => {
          log.push(`open ${name}`);
          return name;
        },
        close: () => void log.push(`close ${name}`),
      });
      const source = countingSource('source', { count: 1 });
      const { pipeline } = steadyPipeline(
        [
          { ...source, ...noting('source') },
          filter('middle', (buffer) => buffer, noting('middle')),
          tinyElement('sink', {
            ...noting('sink'),
            pads: SINK_PADS,
            create: () => ({
              render: () => void log.push('render'),
              finish: () => void log.push('finish'),
              close: () => void log.push('close hooks'),
            }),
          }),
        ],
        { links: ['source ! middle ! sink'] },
      );
      await pipeline.run();
      assert.deepEqual(log.slice(0, 5), ['open sink', 'open middle', 'open source', 'render', 'finish']);
      assert.deepEqual(log.slice(5).sort(), ['close hooks', 'close middle', 'close sink', 'close source']);
      assert.ok(log.indexOf('close hooks') < log.indexOf('close sink'));
    });

    it('runs any number of times', async () => {
      const seen: number[] = [];
      const { pipeline, assertClean } = steadyPipeline(
        [
          countingSource('source', { count: 5, slabBytes: 64 }),
          filter('queued', (buffer) => buffer, { queued: true }),
          notingSink('sink', seen),
        ],
        { links: ['source ! queued ! sink'] },
      );
      for (let run = 0; run < 50; run++) {
        seen.length = 0;
        const summary = await pipeline.run();
        assert.deepEqual(seen, upTo(5));
        assert.equal(summary.elements[1]!.received, 5);
        assertClean();
      }
    });

    it('refuses a second run beside the first', async () => {
      const { pipeline } = steadyPipeline([countingSource('source', { count: 3 }), notingSink('sink', [])], { links: ['source ! sink'] });
      const first = pipeline.run();
      await assert.rejects(pipeline.run(), /Cannot run a pipeline that is running already/);
      await first;
    });

    it('opens once, however often it is asked at the same time', async () => {
      let opened = 0;
      const { pipeline } = steadyPipeline(
        [
          countingSource('source', { count: 1 }),
          tinyElement('sink', { pads: SINK_PADS, open: async () => ++opened, create: () => ({ render: () => {} }) }),
        ],
        { links: ['source ! sink'] },
      );
      await Promise.all([pipeline.open(), pipeline.open(), pipeline.negotiate()]);
      await pipeline.close();
      assert.equal(opened, 1);
      assert.equal(pipeline.state, 'null');
    });

    it('waits until every sink has made its last byte durable', async () => {
      const log: string[] = [];
      let release = (): void => {};
      const slow = tinyElement('slow', {
        pads: SINK_PADS,
        create: () => ({
          render: () => {},
          finish: () =>
            new Promise<void>((resolve) => {
              release = resolve;
            }),
        }),
      });
      const { pipeline, heard } = steadyPipeline(
        [countingSource('a', { count: 1 }), countingSource('b', { count: 1 }), slow, notingSink('quick', [])],
        { links: ['a ! slow', 'b ! quick'] },
      );
      const run = pipeline.run().then(() => log.push('run'));
      await settled();
      assert.deepEqual(log, []);
      assert.deepEqual(
        heard('eos').map(({ element }) => element),
        ['quick'],
      );
      release();
      await run;
      assert.deepEqual(
        heard('eos').map(({ element }) => element),
        ['quick', 'slow'],
      );
    });

    it('carries several sources to several sinks, none waiting for another', async () => {
      const [a, b]: number[][] = [[], []];
      const { pipeline, assertClean } = steadyPipeline(
        [
          countingSource('one', { count: 7, slabBytes: 64 }),
          countingSource('two', { count: 3, slabBytes: 64 }),
          notingSink('left', a!),
          notingSink('right', b!),
        ],
        { links: ['one ! left', 'two ! right'] },
      );
      await pipeline.run();
      assert.deepEqual([a, b], [upTo(7), upTo(3)]);
      assertClean();
    });

    it('lets a buffer leave twice that an element gives twice', async () => {
      const seen: number[] = [];
      const { pipeline, assertClean } = steadyPipeline(
        [countingSource('source', { count: 3, slabBytes: 64 }), filter('echo', (buffer) => [buffer, buffer]), notingSink('sink', seen)],
        { links: ['source ! echo ! sink'] },
      );
      await pipeline.run();
      assert.deepEqual(seen, [0, 0, 1, 1, 2, 2]);
      assertClean();
    });

    it('has a gap stand for what a source has left out, which counts as one of its buffers', async () => {
      const source = tinyElement('source', {
        pads: SOURCE_PADS,
        create: ({ caps }) => {
          let made = 0;
          return {
            produce: () => {
              const number = made++;
              if (number === 4) return undefined;
              if (number % 2 === 1) return new Skipped(number * 10_000, 10_000);
              return new StreamBuffer({ caps: caps.src!, pts: number * 10_000, duration: 10_000 });
            },
          };
        },
      });
      const seen: string[] = [];
      const sink = tinyElement('sink', {
        pads: SINK_PADS,
        create: () => ({
          render: ({ sequence }) => void seen.push(`${sequence}`),
          gap: (_pad, until, { source: from, epoch }) => {
            seen.push(`${from}/${epoch} nothing until ${until}`);
            return 'ok';
          },
        }),
      });
      const { pipeline, assertClean } = steadyPipeline([source, sink], { links: ['source ! sink'] });
      const { elements } = await pipeline.run();
      assert.deepEqual(seen, ['0', 'source/0 nothing until 20000', '2', 'source/0 nothing until 40000']);
      assert.deepEqual(elements[0]!.dropped, { skipped: 2 });
      assertClean();
    });

    it('stamps source, sequence, epoch and birth on what enters the graph', async () => {
      const seen: unknown[] = [];
      const sink = tinyElement('sink', {
        pads: SINK_PADS,
        create: () => ({ render: ({ source, sequence, epoch, bornAt }) => void seen.push({ source, sequence, epoch, bornAt }) }),
      });
      const { pipeline } = steadyPipeline([countingSource('camera', { count: 2 }), sink], { links: ['camera ! sink'] });
      await pipeline.run();
      assert.deepEqual(seen, [
        { source: 'camera', sequence: 0, epoch: 0, bornAt: 1_000_000 },
        { source: 'camera', sequence: 1, epoch: 0, bornAt: 1_000_000 },
      ]);
    });
  });

  describe('stop', () => {
    it('ends endless sources and drains what is in flight', async () => {
      const seen: number[] = [];
      let inside = 0;
      const slow = filter(
        'slow',
        async (buffer) => {
          inside++;
          await settled(1);
          return buffer;
        },
        { inFlight: () => 3 },
      );
      const { pipeline, assertClean } = steadyPipeline(
        [countingSource('source', { count: Number.POSITIVE_INFINITY, slabBytes: 64 }), slow, notingSink('sink', seen)],
        { links: ['source ! slow ! sink'] },
      );
      const run = pipeline.run();
      await settled();
      pipeline.stop();
      const summary = await run;
      assert.ok(inside > 0);
      assert.deepEqual(seen, upTo(summary.elements[0]!.handled), 'whatever was produced has arrived');
      assertClean();
    });

    it('comes to the end behind what an element without a queue still works on', async () => {
      const seen: number[] = [];
      let give = (): void => {};
      const held = filter('held', (buffer) => new Promise((resolve) => (give = () => resolve(buffer))), { queued: false });
      const source = countingSource('source', { count: Number.POSITIVE_INFINITY, slabBytes: 64 });
      const { pipeline, assertClean, heard } = steadyPipeline([source, held, notingSink('sink', seen)], {
        links: ['source ! held ! sink'],
      });
      const run = pipeline.run();
      await settled();
      pipeline.stop();
      await settled();
      assert.deepEqual(heard('eos'), []);
      give();
      await run;
      assert.deepEqual(seen, [0]);
      assertClean();
    });

    it('is heard while the graph is still being opened', async () => {
      const seen: number[] = [];
      let opened = (): void => {};
      const sink = tinyElement('sink', {
        pads: SINK_PADS,
        open: () =>
          new Promise<void>((resolve) => {
            opened = resolve;
          }),
        create: () => ({ render: ({ pts }) => void seen.push(pts) }),
      });
      const { pipeline } = steadyPipeline([countingSource('source', { count: Number.POSITIVE_INFINITY }), sink], {
        links: ['source ! sink'],
      });
      const run = pipeline.run();
      await settled();
      pipeline.stop();
      opened();
      await run;
      assert.deepEqual(seen, []);
    });

    it('does not wait for a source whose produce hangs longer than it takes to be left behind', async () => {
      const source = tinyElement('source', { pads: SOURCE_PADS, create: () => ({ produce: () => new Promise(() => {}) }) });
      const { pipeline, clock, heard } = steadyPipeline([source, notingSink('sink', [])], { links: ['source ! sink'] });
      const run = pipeline.run();
      await settled();
      pipeline.stop();
      await settled();
      assert.deepEqual(
        heard('eos').map(({ element }) => element),
        ['sink'],
      );
      clock.advanceBy(5_000_000);
      await run;
      assert.deepEqual(
        heard('warning').map(({ code, element }) => `${code} ${element}`),
        ['element/stuck source'],
      );
    });

    it('lets go of what a source gives after it was stopped', async () => {
      let give = (_: StreamBuffer): void => {};
      const source = tinyElement('source', {
        pads: SOURCE_PADS,
        create: ({ context, caps }) => ({
          produce: () =>
            new Promise<StreamBuffer>((resolve) => {
              give = resolve;
            }),
          stop: () => give(new StreamBuffer({ caps: caps.src!, pts: 0, slabs: [context.arena.allocate(64)] })),
        }),
      });
      const { pipeline, assertClean } = steadyPipeline([source, notingSink('sink', [])], { links: ['source ! sink'] });
      const run = pipeline.run();
      await settled();
      pipeline.stop();
      const { elements } = await run;
      assert.deepEqual(elements[0]!.dropped, { eos: 1 });
      assertClean();
    });

    it('aborts at its deadline, and says who has not come back', async () => {
      const stuck = filter('stuck', () => new Promise(() => {}));
      const { pipeline, clock, assertClean, heard } = steadyPipeline(
        [countingSource('source', { count: 10, slabBytes: 64 }), stuck, notingSink('sink', [])],
        { links: ['source ! stuck ! sink'], elements: { stuck: { queue: {} } } },
      );
      const run = pipeline.run();
      await settled();
      pipeline.stop(10_000_000);
      await settled();
      clock.advanceBy(10_000_000);
      await settled();
      clock.advanceBy(5_000_000);
      await assert.rejects(run, /not finished 10.00 s after it was stopped; still at work: stuck/);
      assert.equal(heard('warning').at(-1)?.code, 'element/stuck');
      // The one buffer that the hook has never given back is all that is missing.
      assert.throws(assertClean, /stuck: 10 received, 0 handled, 9 dropped/);
    });
  });

  describe('abort', () => {
    it('rejects the run, wakes whoever waits, and gives everything back', async () => {
      let aborted = false;
      const waiting = filter('waiting', (buffer) => buffer, {
        create: ({ context }) => ({
          transform: (buffer) =>
            new Promise((resolve) => {
              context.signal.addEventListener('abort', () => {
                aborted = true;
                resolve(buffer);
              });
            }),
        }),
      });
      const { pipeline, assertClean } = steadyPipeline(
        [countingSource('source', { count: 1000, slabBytes: 64 }), waiting, notingSink('sink', [])],
        { links: ['source ! waiting ! sink'], elements: { waiting: { queue: { maxBuffers: 2 } } } },
      );
      const run = pipeline.run();
      await settled();
      pipeline.abort();
      await assert.rejects(run, AbortedError);
      assert.ok(aborted);
      assert.equal(pipeline.state, 'null');
      assertClean();
    });

    it('waits for hooks at work before it closes what they work with', async () => {
      const log: string[] = [];
      const finish: (() => void)[] = [];
      const slow = filter('slow', (buffer) => buffer, {
        open: () => 'device',
        close: () => void log.push('closed'),
        create: () => ({
          transform: async (buffer) => {
            await new Promise<void>((resolve) => finish.push(resolve));
            log.push('worked');
            return buffer;
          },
        }),
      });
      const { pipeline, assertClean } = steadyPipeline(
        [countingSource('source', { count: 5, slabBytes: 64 }), slow, notingSink('sink', [])],
        {
          links: ['source ! slow ! sink'],
          elements: { slow: { inFlight: 2 } },
        },
      );
      const rejected = assert.rejects(pipeline.run());
      await settled();
      pipeline.abort();
      await settled();
      assert.deepEqual(log, []);
      finish[1]!();
      await settled();
      assert.deepEqual(log, ['worked']);
      finish[0]!();
      await rejected;
      assert.deepEqual(log, ['worked', 'worked', 'closed']);
      assertClean();
    });

    it('is heard while an element opens, whose late resource is closed', async () => {
      const log: string[] = [];
      let opened = (_: string): void => {};
      const sink = tinyElement('sink', {
        pads: SINK_PADS,
        open: () =>
          new Promise<string>((resolve) => {
            opened = resolve;
          }),
        close: (resource) => void log.push(`closed ${resource}`),
        create: () => ({ render: () => {} }),
      });
      const { pipeline, clock } = steadyPipeline([countingSource('source', { count: 1 }), sink], { links: ['source ! sink'] });
      const run = pipeline.run();
      await settled();
      pipeline.abort();
      await settled();
      clock.advanceBy(5_000_000);
      await assert.rejects(run, AbortedError);
      opened('device');
      await settled();
      assert.deepEqual(log, ['closed device']);
    });

    it('leaves a pipeline that can run again', async () => {
      const seen: number[] = [];
      const { pipeline, assertClean } = steadyPipeline(
        [countingSource('source', { count: 500, slabBytes: 64 }), notingSink('sink', seen)],
        {
          links: ['source ! sink'],
          elements: { sink: { queue: { maxBuffers: 4 } } },
        },
      );
      for (let turn = 0; turn < 10; turn++) {
        const run = pipeline.run();
        if (turn > 4) await pipeline.negotiate();
        pipeline.abort();
        await assert.rejects(run, AbortedError);
        assertClean();
      }
      seen.length = 0;
      await pipeline.run();
      assert.deepEqual(seen, upTo(500));
    });

    it('comes with close, too', async () => {
      const { pipeline, assertClean } = steadyPipeline(
        [countingSource('source', { count: Number.POSITIVE_INFINITY, slabBytes: 64 }), notingSink('sink', [])],
        { links: ['source ! sink'] },
      );
      const run = assert.rejects(pipeline.run(), AbortedError);
      await settled();
      await pipeline.close();
      assert.equal(pipeline.state, 'null');
      await run;
      assertClean();
    });
  });

  describe('faults on the way', () => {
    const opened: string[] = [];
    const closing = {
      open: () => {
        opened.push('open');
        return 'resource';
      },
      close: () => void opened.push('close'),
    };
    beforeEach(() => {
      opened.length = 0;
    });

    it('name the element that cannot be opened, and close the others', async () => {
      const { pipeline } = steadyPipeline(
        [
          tinyElement('source', {
            pads: SOURCE_PADS,
            open: () => {
              throw Object.assign(new Error('no such device'), { code: 'device/missing' });
            },
            create: () => ({ produce: () => undefined }),
          }),
          tinyElement('sink', { pads: SINK_PADS, ...closing, create: () => ({ render: () => {} }) }),
        ],
        { links: ['source ! sink'] },
      );
      await assert.rejects(pipeline.run(), (error: ElementError) => {
        assert.ok(error instanceof ElementError);
        assert.deepEqual([error.code, error.element, error.message], ['device/missing', 'source', 'source: no such device']);
        return true;
      });
      assert.deepEqual(opened, ['open', 'close']);
      assert.equal(pipeline.state, 'null');
    });

    it('name the element whose create fails', async () => {
      const { pipeline } = steadyPipeline(
        [
          countingSource('source', { count: 1 }),
          tinyElement('sink', { pads: SINK_PADS, ...closing, create: () => Promise.reject(new TypeError('bad caps')) }),
        ],
        { links: ['source ! sink'] },
      );
      await assert.rejects(pipeline.run(), { code: 'element/failed', element: 'sink', message: 'sink: bad caps' });
      assert.deepEqual(opened, ['open', 'close']);
    });

    it('in closing cost a warning, not the result', async () => {
      const { pipeline, heard } = steadyPipeline(
        [
          countingSource('source', { count: 1 }),
          tinyElement('sink', {
            pads: SINK_PADS,
            create: () => ({
              render: () => {},
              close: () => {
                throw new Error('cannot close');
              },
            }),
          }),
        ],
        { links: ['source ! sink'] },
      );
      await pipeline.run();
      assert.deepEqual(
        heard('warning').map(({ code, text }) => `${code}: ${text}`),
        ['element/close-failed: sink: closing failed: cannot close'],
      );
    });
  });
});
