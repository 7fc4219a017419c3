// Elements in worker threads come and go while the graph runs.
import assert from 'node:assert/strict';
import { threadId } from 'node:worker_threads';
import type { FixedCaps } from '../../../src/core/caps/caps.ts';
import { GraphError } from '../../../src/core/errors.ts';
import type { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { funnel } from '../../../src/elements/flow/funnel.ts';
import { streamMux } from '../../../src/elements/flow/stream-mux.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { assertAllReturned, assertConserved } from '../../../src/testing/assert-conserved.ts';
import { type TestPipeline, testPipeline, until } from '../../support/test-pipeline.ts';
import { threadedElements } from '../../support/threaded-elements.ts';
import { SINK_PADS, tinyElement } from '../../support/tiny-element.ts';

interface Came {
  readonly stream: string;
  readonly sequence: number;
  readonly thread: number | undefined;
  readonly sink: string;
  /** All threads in which it has been stamped. */
  readonly threads: readonly number[];
  /** What the sink had been told that it gets. */
  readonly caps: FixedCaps;
}

const ENDLESS = { count: 1_000_000_000 };

/** A graph whose sink notes what comes from where, held open; `base` runs in no thread. */
class Site {
  readonly came: Came[] = [];
  readonly test: TestPipeline;
  readonly running: Promise<unknown>;
  private readonly letGo: () => void;

  constructor(more: Readonly<Record<string, Record<string, unknown>>> = {}, links: string[] = []) {
    const noting = tinyElement('noting', {
      pads: SINK_PADS,
      create: ({ context: { name: sink }, caps: { sink: caps } }) => ({
        render: ({ source, epoch, sequence, value }: StreamBuffer) => {
          const { threads = [] } = Object(value) as { threads?: number[] };
          this.came.push({ stream: `${source}/${epoch}`, sequence, thread: threads[0], sink, threads, caps: caps! });
        },
      }),
    });
    this.test = testPipeline(
      [noting, funnel, tee],
      {
        elements: {
          noting: { type: 'noting' },
          funnel: { type: 'funnel' },
          tee: { type: 'tee' },
          base: { type: 'counter', props: { count: 5 } },
          ...more,
        },
        links: ['base ! tee ! funnel ! noting', ...links],
      },
      { threaded: { ...threadedElements, definitions: [...threadedElements.definitions, streamMux] } },
    );
    this.letGo = this.test.pipeline.hold();
    this.running = this.test.pipeline.run();
    this.running.catch(() => {});
  }

  async playing(): Promise<this> {
    await until(() => this.test.pipeline.state === 'playing');
    return this;
  }

  of(stream: string): Came[] {
    return this.came.filter((one) => one.stream === stream);
  }

  /** Adds a camera in a thread: what it gives is stamped there. */
  add(name: string, thread: string, props: Record<string, unknown> = ENDLESS): Promise<void> {
    return this.test.pipeline.add({
      elements: { [name]: { type: 'counter', thread, props }, [`${name}-stamp`]: { type: 'stamp', thread } },
      links: [`${name} ! ${name}-stamp ! funnel`],
    });
  }

  remove(name: string, drain = true): Promise<void> {
    return this.test.pipeline.remove([name, `${name}-stamp`], { drain });
  }

  /** Everything that has come of a stream, without a hole. */
  assertWhole(stream: string, count: number): void {
    assert.deepEqual(
      this.of(stream).map(({ sequence }) => sequence),
      Array.from({ length: count }, (_, index) => index),
    );
  }

  async end(): Promise<void> {
    this.letGo();
    this.test.pipeline.stop();
    await this.running;
    const summary = this.test.pipeline.summary();
    assertConserved(summary);
    assertConserved({ ...summary, elements: summary.removed ?? [] });
    await until(() => this.test.arena.statistics.slabsInUse === 0);
    assertAllReturned(this.test.arena);
  }
}

describe('elements in threads', function () {
  this.timeout(120_000);

  it('come in a thread of their own, leave with all that is under way, and come back in another epoch', async () => {
    const site = await new Site().playing();
    for (const epoch of [0, 1]) {
      await site.add('cam', 'a');
      await until(() => site.of(`cam/${epoch}`).length > 20);
      await site.remove('cam');
      const removed = site.test.pipeline.summary().removed!.filter(({ name }) => name === 'cam');
      site.assertWhole(`cam/${epoch}`, removed[epoch]!.produced);
      assert.ok(site.of(`cam/${epoch}`).every(({ thread }) => thread !== undefined && thread !== threadId));
    }
    assert.deepEqual([...site.test.pipeline.elements.keys()].sort(), ['base', 'funnel', 'noting', 'tee']);
    const [one, other] = [site.of('cam/0')[0]!, site.of('cam/1')[0]!];
    assert.notEqual(one.thread, other.thread, 'a thread ends with the last that is in it');
    await site.end();
    site.assertWhole('base/0', 5);
  });

  it('come and go in a thread in which others go on', async () => {
    const site = await new Site({ first: { type: 'counter', thread: 'a', props: ENDLESS }, mark: { type: 'stamp', thread: 'a' } }, [
      'first ! mark ! funnel',
    ]).playing();
    await site.add('cam', 'a');
    await site.add('other', 'a', { count: 7 });
    await until(() => site.of('cam/0').length > 20 && site.of('other/0').length === 7);
    const before = site.of('first/0').length;
    await site.remove('cam', false);
    await site.remove('other');
    await until(() => site.of('first/0').length > before + 20);
    const threads = new Set(site.came.flatMap(({ thread }) => thread ?? []));
    assert.equal(threads.size, 1, 'all were in one thread');
    await site.end();
    site.assertWhole('first/0', site.test.pipeline.summary().elements.find(({ name }) => name === 'first')!.produced);
    site.assertWhole('other/0', 7);
  });

  it('are fed by what runs, from now on', async () => {
    const site = await new Site({ live: { type: 'counter', props: ENDLESS }, spread: { type: 'tee' } }, [
      'live ! spread ! funnel',
    ]).playing();
    await site.test.pipeline.add({
      elements: { aside: { type: 'stamp', thread: 'b' }, end: { type: 'talker', thread: 'b' } },
      links: ['spread ! aside ! end'],
    });
    await until(() => (site.test.heard('warning') as unknown[]).length > 5);
    await site.test.pipeline.remove(['aside', 'end']);
    const before = site.of('live/0').length;
    await until(() => site.of('live/0').length > before + 20);
    const [aside, end] = site.test.pipeline.summary().removed!;
    assert.ok(aside!.received > 5);
    assert.deepEqual([aside!.handled, end!.handled, end!.dropped], [aside!.received, aside!.received, {}]);
    await site.end();
  });

  it('have pools that grow with what gathers elsewhere behind what they give', async () => {
    const site = await new Site(
      { live: { type: 'counter', thread: 'a', props: ENDLESS }, more: { type: 'increment', thread: 'a' }, spread: { type: 'tee' } },
      ['live ! more ! spread ! funnel'],
    ).playing();
    await until(() => site.of('live/0').length > 5);
    const gatherer = { type: 'stream-mux', props: { maxSize: 200, maxPerSource: 200, maxWaitMs: null } };
    await site.test.pipeline.add({
      elements: { gatherer, batches: { type: 'split' } },
      links: ['spread ! gatherer ! batches'],
    });
    const before = site.of('live/0').length;
    await until(() => site.test.pipeline.elements.get('batches')!.statistics.received === 2);
    assert.ok(site.of('live/0').length >= before + 200);
    await site.end();
  });

  it('leave no trace where the edit fails, whatever was in the thread by then', async () => {
    const site = await new Site({ sink: { type: 'talker', thread: 'a', props: { width: 1 } } }, ['tee ! sink']).playing();
    const { pipeline } = site.test;
    const picture = (): unknown => [
      [...pipeline.elements.keys()],
      pipeline.elements.get('sink')!.written,
      pipeline.summary().elements.map(({ name }) => name),
    ];
    const before = picture();
    for (const thread of ['a', 'new']) {
      await assert.rejects(
        pipeline.edit({
          add: { elements: { cam: { type: 'counter', thread, props: ENDLESS } }, links: ['cam ! funnel'] },
          set: { sink: { width: -1 } },
        }),
        /no width below 0/,
      );
      assert.deepEqual(picture(), before);
    }
    await site.add('cam', 'new', { count: 3 });
    await until(() => site.of('cam/0').length === 3);
    await pipeline.edit({ set: { sink: { width: 9 } } });
    assert.deepEqual(pipeline.elements.get('sink')!.written, { width: 9 });
    await site.end();
  });

  for (const [type, reason] of [
    ['broken', /out of order/],
    ['crash', /The thread a, in which added ran, ended early: out of the blue/],
  ] as const)
    it(`of which one is ${type} before the edit is done undo it, and cost what feeds it nothing`, async () => {
      const live = { type: 'counter', props: ENDLESS };
      const site = await new Site({ live, first: { type: 'echo' }, far: { type: 'tee' }, joint: { type: 'slow-joint' } }, [
        'live ! first ! far ! funnel',
        'tee ! joint ! funnel',
      ]).playing();
      const { pipeline, clock } = site.test;
      const far = pipeline.elements.get('far')!;
      const edit = pipeline.add({
        elements: { added: { type, thread: 'a' }, end: { type: 'noting' }, other: { type: 'talker' } },
        links: ['far ! added ! end', 'joint ! other'],
      });
      let isOver = false;
      const undone = assert.rejects(edit, reason).finally(() => {
        isOver = true;
      });
      // The joint takes time, in which what is added fails.
      await until(() => far.srcPads.size === 2);
      await until(() => far.srcPads.size === 1);
      await until(() => {
        if (!isOver && clock.next !== undefined) clock.advanceTo(clock.next);
        return isOver;
      });
      await undone;
      const before = site.of('live/0').length;
      await until(() => site.of('live/0').length > before + 20);
      assert.deepEqual(site.test.heard('error'), []);
      await site.end();
      site.assertWhole('live/0', site.test.pipeline.summary().elements.find(({ name }) => name === 'live')!.produced);
    });

  it('that stay give what leaves their thread to whom an edit says, without a hole', async () => {
    const mark = { type: 'stamp', thread: 'a' };
    const site = await new Site(
      {
        ...{ first: { type: 'counter', thread: 'a', props: ENDLESS }, mark, near: { type: 'echo' } },
        ...{ aside: { type: 'funnel' }, second: { type: 'noting' } },
      },
      ['first ! mark ! near ! funnel', 'tee ! aside ! second'],
    ).playing();
    const { pipeline } = site.test;
    const comesTo = async (sink: string, threads: number): Promise<void> => {
      const before = site.came.length;
      await until(() => site.came.slice(before).filter((one) => one.sink === sink && one.threads.length === threads).length > 20);
    };
    await comesTo('noting', 1);
    await pipeline.edit({ remove: 'near', add: { links: ['mark ! aside'] } });
    await comesTo('second', 1);
    // Somebody who comes into the thread, and leaves it, by a name that its links know.
    await pipeline.add({ elements: { near: { type: 'counter', thread: 'a', props: { count: 2 } } }, links: ['near ! funnel'] });
    await pipeline.remove('near');
    await comesTo('second', 1);
    // To somebody in another thread, and from there back to where it went at first.
    const over = { type: 'stamp', thread: 'b' };
    await pipeline.edit({ unlink: ['mark ! aside'], add: { elements: { over }, links: ['mark ! over ! funnel'] } });
    await comesTo('noting', 2);
    // In place of one that leaves.
    const last = { type: 'noting' };
    await pipeline.edit({ remove: 'over', add: { elements: { last }, links: ['mark ! last'] } });
    await comesTo('last', 1);
    assert.equal(new Set(site.of('first/0').map(({ thread }) => thread)).size, 1, 'its thread has been the same all the time');
    await site.end();
    const { removed, elements } = pipeline.summary();
    assert.deepEqual(
      removed!.map(({ name, dropped }) => [name, dropped]),
      ['near', 'near', 'over'].map((name) => [name, {}]),
    );
    // What is still on the way to one who leaves need not be there before what goes to another.
    const bySink = ['noting', 'second', 'last'].map((sink) => site.of('first/0').filter((one) => one.sink === sink));
    const sequences = bySink.map((came) => came.map(({ sequence }) => sequence));
    for (const own of sequences)
      assert.deepEqual(
        own,
        [...own].sort((a, b) => a - b),
      );
    const all = sequences.flat().sort((a, b) => a - b);
    assert.deepEqual(all, [...Array(elements.find(({ name }) => name === 'first')!.produced).keys()]);
  });

  it('that stay give others what they give now, not what they gave at first', async () => {
    const site = await new Site(
      {
        first: { type: 'counter', thread: 'a', props: { ...ENDLESS, changeAt: 3 } },
        aside: { type: 'funnel' },
        second: { type: 'noting' },
      },
      ['first ! funnel', 'tee ! aside ! second'],
    ).playing();
    await until(() => site.of('first/0').length > 5);
    await site.test.pipeline.relink(['first ! funnel'], ['first ! aside']);
    const led = (): Came[] => site.of('first/0').filter(({ sink }) => sink === 'second');
    await until(() => led().length > 5);
    assert.ok(led().every(({ caps }) => caps.fields['step'] === 2));
    await site.end();
    site.assertWhole('first/0', site.test.pipeline.summary().elements.find(({ name }) => name === 'first')!.produced);
  });

  it('that stay and are started anew go on with the links that an edit has given them', async () => {
    const restart = { onError: 'restart', restart: { firstDelayMs: 1, maxDelayMs: 1, maxAttempts: null } };
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const props = { shared, rounds: 40, fails: [], dies: [3] };
    const site = await new Site(
      { rounds: { type: 'rounds', thread: 'a', props, ...restart }, aside: { type: 'funnel' }, second: { type: 'noting' } },
      ['rounds ! funnel', 'tee ! aside ! second'],
    ).playing();
    const { pipeline, clock } = site.test;
    shared[0] = 1;
    await until(() => site.of('rounds/0').length === 1);
    await pipeline.relink(['rounds ! funnel'], ['rounds ! aside']);
    shared[0] = 2;
    await until(() => site.of('rounds/0').length === 2);
    shared[0] = 3;
    await until(() => {
      if (clock.next !== undefined && clock.next <= clock.now() + 1000) clock.advanceTo(clock.next);
      return shared[1] === 2;
    });
    shared[0] = 40;
    await until(() => site.of('rounds/1').length === 37);
    assert.deepEqual(
      site.of('rounds/0').map(({ sink }) => sink),
      ['noting', 'second'],
    );
    assert.ok(site.of('rounds/1').every(({ sink }) => sink === 'second'));
    await site.end();
  });

  it('that stay keep the pads they have, and what comes to them', async () => {
    const site = await new Site({ split: { type: 'split', thread: 'a' }, sink: { type: 'talker' } }, ['tee ! split ! sink']).playing();
    const { pipeline } = site.test;
    const codes = async (edit: Parameters<typeof pipeline.edit>[0]): Promise<string[]> => {
      const error = await pipeline.edit(edit).then(
        () => new Error('done'),
        (thrown: Error) => thrown,
      );
      return error instanceof GraphError ? error.issues.map(({ code, path }) => `${code} ${path}`) : [error.message];
    };
    assert.deepEqual(await codes({ add: { elements: { more: { type: 'talker', thread: 'a' } }, links: ['split ! more'] } }), [
      'edit/in-thread /add/links',
    ]);
    assert.deepEqual(await codes({ unlink: ['tee ! split'] }), ['edit/left-open /unlink', 'edit/in-thread /unlink/0'].reverse());
    assert.deepEqual(await codes({ remove: 'sink' }), ['edit/in-thread /remove', 'edit/left-open /remove']);
    const inside = { add: { elements: { more: { type: 'talker', thread: 'a' } }, links: ['split ! more'] } };
    assert.deepEqual(await codes({ unlink: ['split ! sink'], ...inside }), [
      'edit/in-thread /unlink/0',
      'edit/in-thread /add/links',
      'edit/left-open /unlink',
    ]);
    await assert.rejects(pipeline.edit({ remove: 'sink' }), (error: GraphError) => {
      const { message, hint = '' } = error.issues[0]!;
      assert.equal(message, 'Cannot take sink away from split: split is in the thread a, and goes on with the pads that it has there');
      assert.match(hint, /^lead what leaves the thread by split.src_0 to somebody else in the same edit/);
      return true;
    });
    await site.end();
  });
});
