import assert from 'node:assert/strict';
import { anyMedia, sinkPad } from '../../../src/core/element/pad-template.ts';
import type { GraphError } from '../../../src/core/errors.ts';
import { tinyElement } from '../../support/tiny-element.ts';
import { EditedPipeline, upTo } from './edited-pipeline.ts';

const TWO = {
  elements: {
    a: { type: 'ticker' },
    b: { type: 'ticker' },
    mux: { type: 'stream-mux', props: { maxWaitMs: 20 } },
    model: { type: 'slow' },
    demux: { type: 'stream-demux' },
    toA: { type: 'collector' },
    toB: { type: 'collector' },
  },
  links: ['a ! mux.sink_0', 'b ! mux.sink_1', 'mux ! model ! demux', 'demux.src_0 ! toA', 'demux.src_1 ! toB'],
};

describe('pipeline.add', () => {
  it('links a source and its sink to a mux and a demux that run, and the others go on', async () => {
    const test = new EditedPipeline(TWO);
    await test.advance(50);
    await test.while(
      test.pipeline.add({
        elements: { c: { type: 'ticker' }, toC: { type: 'collector' } },
        links: ['c ! mux', 'demux ! toC'],
      }),
    );
    await test.advance(50);
    await test.end();
    assert.ok(test.gotBy('toC')['c/0']!.length >= 4);
    for (const [sink, source] of [
      ['toA', 'a'],
      ['toB', 'b'],
      ['toC', 'c'],
    ] as const) {
      const got = test.gotBy(sink);
      assert.deepEqual(Object.keys(got), [`${source}/0`]);
      assert.deepEqual(got[`${source}/0`], upTo(got[`${source}/0`]!.length));
    }
    assert.deepEqual(test.heard('edited'), [{ type: 'edited', added: ['c', 'toC'], removed: [] }]);
  });

  it('adds a branch to a tee', async () => {
    const test = new EditedPipeline({
      elements: { a: { type: 'ticker' }, t: { type: 'tee' }, one: { type: 'collector' } },
      links: ['a ! t ! one'],
    });
    await test.advance(30);
    await test.pipeline.add({ elements: { two: { type: 'collector' } }, links: ['t ! two'] });
    await test.advance(30);
    await test.end();
    assert.deepEqual(test.gotBy('one')['a/0'], upTo(6));
    assert.deepEqual(test.gotBy('two')['a/0'], [3, 4, 5]);
  });

  it('tells everything that is wrong at once, and leaves the graph as it was', async () => {
    const test = new EditedPipeline(TWO);
    await test.advance(30);
    const before = test.pipeline.summary().elements.map(({ name }) => name);
    const edit = {
      add: {
        elements: { a: { type: 'ticker' }, c: { type: 'tiker' }, d: { type: 'ticker', props: { periodMs: 'x' } } },
        links: ['c ! mx'],
      },
      remove: 'toZ',
    };
    await assert.rejects(test.pipeline.edit(edit as never), (error: GraphError) => {
      assert.deepEqual(
        error.issues.map(({ code, path }) => `${code} ${path}`),
        [
          'graph/duplicate-name /add/elements/a',
          'graph/unknown-type /add/elements/c/type',
          'graph/bad-value /add/elements/d/props/periodMs',
          'graph/unknown-element /remove',
        ],
      );
      return true;
    });
    await test.advance(30);
    assert.deepEqual(
      test.pipeline.summary().elements.map(({ name }) => name),
      before,
    );
    await test.end();
    assert.deepEqual(test.gotBy('toA')['a/0'], upTo(6));
  });

  it('says of what is no edit that it is none', async () => {
    const test = new EditedPipeline(TWO);
    await test.advance(10);
    for (const edit of [null, undefined, [], 'cam', 7]) await assert.rejects(test.pipeline.edit(edit as never), /expected object/);
    await test.end();
  });

  it('has pools hold what gathers behind what is added', async () => {
    const test = new EditedPipeline({
      elements: { a: { type: 'ticker', props: { pooled: true } }, tee: { type: 'tee' }, main: { type: 'collector' } },
      links: ['a ! tee ! main'],
    });
    await test.advance(20);
    const gatherer = { type: 'stream-mux', props: { maxSize: 64, maxPerSource: 64, maxWaitMs: null } };
    await test.while(test.pipeline.add({ elements: { gatherer, side: { type: 'collector' } }, links: ['tee ! gatherer ! side'] }));
    await test.advance(1500);
    assert.equal(test.noted.filter(({ sink }) => sink === 'side').length, 2, 'two batches of 64');
    await test.end();
  });

  it('takes a camera for one, which is not held back', async () => {
    const test = new EditedPipeline({ elements: { a: { type: 'ticker' }, main: { type: 'collector' } }, links: ['a ! main'] });
    await test.advance(20);
    const camera = { type: 'video-test-source', props: { live: true, width: 16, height: 16 } };
    await test.while(test.pipeline.add({ elements: { camera, side: { type: 'collector' } }, links: ['camera ! side'] }));
    const { elements } = test.pipeline;
    assert.equal(elements.get('camera')!.isLive, true);
    assert.equal(elements.get('side')!.sinkPads.get('sink')!.queueTask!.queue.options.onFull, 'dropOldest');
    await test.end();
  });

  it('refuses what would wait without an end before a sink that drops what is late, and takes it back', async () => {
    const test = new EditedPipeline({
      elements: {
        camera: { type: 'video-test-source', props: { live: true, width: 16, height: 16 } },
        t: { type: 'tee' },
        main: { type: 'collector' },
      },
      links: ['camera ! t ! main'],
    });
    await test.advance(20);
    const waiting = { type: 'stream-mux', props: { maxSize: 4, maxPerSource: 4, maxWaitMs: null } };
    const add = { elements: { waiting, late: { type: 'collector', sync: true } }, links: ['t ! waiting ! late'] };
    await assert.rejects(test.while(test.pipeline.add(add)), (error: GraphError) => error.issues[0]!.code === 'latency/no-end');
    const before = test.noted.length;
    await test.advance(200);
    assert.ok(test.noted.length > before);
    await test.end();
  });

  it('ends what comes while its source ends, and sources that come while all are stopped', async () => {
    const slow = tinyElement('slow-to-open', {
      pads: { sink: sinkPad(anyMedia()) },
      open: ({ context: { clock } }) => new Promise((resolve) => void clock.schedule(clock.now() + 50_000, () => resolve(undefined))),
      create: () => ({ render: () => {} }),
    });
    const ending = new EditedPipeline(
      {
        elements: { a: { type: 'ticker', props: { count: 3 } }, t: { type: 'tee' }, sink: { type: 'collector' } },
        links: ['a ! t ! sink'],
      },
      [slow],
    );
    await ending.advance(20);
    await ending.while(ending.pipeline.add({ elements: { other: { type: 'slow-to-open' } }, links: ['t ! other'] }));
    await ending.while(ending.running);
    await ending.end();
    const stopping = new EditedPipeline(
      { elements: { a: { type: 'ticker' }, f: { type: 'funnel' }, sink: { type: 'collector' } }, links: ['a ! f ! sink'] },
      [slow],
    );
    await stopping.advance(20);
    const edit = stopping.pipeline.add({
      elements: { b: { type: 'ticker' }, t: { type: 'tee' }, other: { type: 'slow-to-open' }, own: { type: 'collector' } },
      links: ['b ! t ! own', 't ! other'],
    });
    await stopping.advance(20);
    stopping.pipeline.stop();
    await stopping.while(edit);
    await stopping.while(stopping.running);
    await stopping.end();
  });

  it('takes back links and properties when the last that was to be changed refuses', async () => {
    const [ticker, collector] = [{ type: 'ticker' }, { type: 'collector' }];
    const [limiter, t, l, r] = [{ type: 'flow-limiter' }, { type: 'tee' }, { type: 'funnel' }, { type: 'join' }];
    const test = new EditedPipeline({
      elements: { a: ticker, b: ticker, c: ticker, limiter, t, l, r, left: collector, right: collector },
      links: ['a ! limiter ! t ! l ! left', 't ! limiter.finished', 'b ! l', 'c ! r ! right'],
    });
    await test.advance(50);
    const edit = { unlink: ['b ! l'], add: { links: ['b ! r'] }, set: { left: { label: 'another' }, limiter: { beside: 'stream' } } };
    await assert.rejects(test.while(test.pipeline.edit(edit)), /Cannot change beside/);
    const { elements } = test.pipeline;
    assert.deepEqual(elements.get('left')!.props, { failing: false, label: '' });
    assert.equal(elements.get('r')!.sinkPads.size, 1);
    const joined = test.gotBy('right')['c/0']!.length;
    await test.advance(50);
    assert.ok(test.gotBy('right')['c/0']!.length > joined, 'it does not wait for an input that it has not been given');
    const summary = await test.end();
    const { produced } = summary.elements.find(({ name }) => name === 'b')!;
    assert.ok(produced >= 9);
    assert.deepEqual(test.gotBy('left')['b/0'], upTo(produced));
    assert.deepEqual(Object.keys(test.gotBy('right')), ['c/0']);
  });

  it('says of a part that is to be included where its elements go instead', async () => {
    const test = new EditedPipeline(TWO);
    await test.advance(10);
    const edit = { add: { include: { yard: { graph: 'camera.json' } } } } as never;
    await assert.rejects(test.pipeline.edit(edit), ({ issues }: GraphError) => {
      assert.deepEqual(
        issues.map(({ code, path, hint }) => [code, path, hint]),
        [['graph/not-opened', '/add/include', 'write the elements and links of the part into elements and links of add']],
      );
      return true;
    });
    await test.end();
  });

  for (const [what, type, props, code] of [
    ['cannot be opened', 'collector', { failing: true }, 'element/failed'],
    ['refuses what comes', 'refusing', {}, 'graph/invalid'],
  ] as const) {
    it(`takes everything back when one of several elements ${what}`, async () => {
      const test = new EditedPipeline(TWO);
      await test.advance(30);
      const opened = [...test.open];
      const add = {
        elements: { c: { type: 'ticker' }, toC: { type, props }, t: { type: 'tee' }, other: { type: 'collector' } },
        links: ['c ! t', 't ! mux', 't ! toC', 'demux ! other'],
      };
      await assert.rejects(test.while(test.pipeline.add(add)), { code });
      assert.deepEqual([...test.open], opened);
      assert.deepEqual([...test.pipeline.elements.get('mux')!.sinkPads.keys()], ['sink_0', 'sink_1']);
      assert.deepEqual([...test.pipeline.elements.get('demux')!.srcPads.keys()], ['src_0', 'src_1']);
      await test.advance(30);
      const { elements } = await test.end();
      for (const [sink, source] of [
        ['toA', 'a'],
        ['toB', 'b'],
      ] as const) {
        const { produced } = elements.find(({ name }) => name === source)!;
        assert.deepEqual(test.gotBy(sink), { [`${source}/0`]: upTo(produced) });
        assert.ok(produced >= 6);
      }
    });
  }
});
