import assert from 'node:assert/strict';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { ClockWait } from '../../../src/core/time/clock-wait.ts';
import { tinyElement } from '../../support/tiny-element.ts';
import { EditedPipeline, upTo } from './edited-pipeline.ts';

const THREE = {
  elements: {
    a: { type: 'ticker' },
    b: { type: 'ticker' },
    c: { type: 'ticker' },
    mux: { type: 'stream-mux', props: { maxWaitMs: 20 } },
    model: { type: 'slow' },
    demux: { type: 'stream-demux' },
    toA: { type: 'collector' },
    toB: { type: 'collector' },
    toC: { type: 'collector' },
  },
  links: [
    ...['a ! mux.sink_0', 'b ! mux.sink_1', 'c ! mux.sink_2', 'mux ! model ! demux'],
    ...['demux.src_0 ! toA', 'demux.src_1 ! toB', 'demux.src_2 ! toC'],
  ],
};

describe('pipeline.remove', () => {
  it('works off what is under way of a source, ends its branch alone, and frees its pads', async () => {
    const test = new EditedPipeline(THREE);
    await test.advance(55);
    await test.while(test.pipeline.remove(['b', 'toB']));
    const { elements } = test.pipeline;
    assert.deepEqual([...elements.keys()], ['a', 'c', 'mux', 'model', 'demux', 'toA', 'toC']);
    assert.deepEqual([...elements.get('mux')!.sinkPads.keys()], ['sink_0', 'sink_2']);
    assert.deepEqual([...elements.get('demux')!.srcPads.keys()], ['src_0', 'src_2']);
    assert.ok(!test.open.has('toB') && !test.open.has('b'));
    await test.advance(50);
    const summary = await test.end();
    const given = summary.removed!.find(({ name }) => name === 'b')!.produced;
    assert.equal(given, 5);
    assert.deepEqual(test.gotBy('toB')['b/0'], upTo(given));
    for (const name of ['a', 'c']) {
      const { produced } = summary.elements.find((one) => one.name === name)!;
      assert.deepEqual(test.gotBy(`to${name.toUpperCase()}`)[`${name}/0`], upTo(produced));
    }
    assert.deepEqual(test.heard('dropped'), []);
  });

  it('drops what is under way without drain, and counts it', async () => {
    const test = new EditedPipeline(THREE);
    await test.advance(50);
    await test.while(test.pipeline.remove(['b', 'toB'], { drain: false }));
    await test.advance(50);
    const summary = await test.end();
    for (const name of ['a', 'c']) {
      const { produced } = summary.elements.find((one) => one.name === name)!;
      assert.deepEqual(test.gotBy(`to${name.toUpperCase()}`)[`${name}/0`], upTo(produced));
    }
  });

  it('takes a branch from a tee', async () => {
    const test = new EditedPipeline({
      elements: { a: { type: 'ticker' }, t: { type: 'tee' }, one: { type: 'collector' }, q: { type: 'queue' }, two: { type: 'collector' } },
      links: ['a ! t ! one', 't ! q ! two'],
    });
    await test.advance(30);
    await test.while(test.pipeline.remove(['q', 'two']));
    const got = test.gotBy('two')['a/0']!.length;
    await test.advance(30);
    await test.end();
    assert.deepEqual(test.gotBy('two')['a/0'], upTo(got));
    const one = test.gotBy('one')['a/0']!;
    assert.deepEqual(one, upTo(one.length));
    assert.ok(one.length > got);
  });

  it('takes a whole branch with what waits for more inputs in it, whether its inputs end now or have ended before', async () => {
    for (const count of [-1, 2]) {
      const ticker = (more: object) => ({ type: 'ticker', props: { periodMs: 10, ...more } });
      const test = new EditedPipeline({
        elements: { a: ticker({ count }), f: { type: 'funnel' }, toA: { type: 'collector' }, b: ticker({}), toB: { type: 'collector' } },
        links: ['a ! f ! toA', 'b ! toB'],
      });
      const letGo = test.pipeline.hold();
      await test.advance(50);
      await test.while(test.pipeline.remove(['a', 'f', 'toA']));
      assert.deepEqual([...test.pipeline.elements.keys()], ['b', 'toB']);
      await test.advance(20);
      letGo();
      const { removed, elements } = await test.end();
      assert.deepEqual(test.gotBy('toA')['a/0'], upTo(removed!.find(({ name }) => name === 'a')!.produced));
      assert.deepEqual(test.gotBy('toB')['b/0'], upTo(elements[0]!.produced));
    }
  });

  it('works off what is under way of a source that has been there before, too', async () => {
    const test = new EditedPipeline(THREE);
    for (let epoch = 0; epoch < 3; epoch++) {
      await test.advance(55);
      await test.while(test.pipeline.remove(['b', 'toB']));
      const given = test.pipeline.summary().removed!.filter(({ name }) => name === 'b')[epoch]!.produced;
      assert.ok(given > 0);
      assert.deepEqual(test.gotBy('toB')[`b/${epoch}`], upTo(given));
      const back = { elements: { b: { type: 'ticker' }, toB: { type: 'collector' } }, links: ['b ! mux', 'demux ! toB'] };
      await test.while(test.pipeline.add(back));
    }
    await test.end();
  });

  it('begins a source that comes back behind the last epoch that it gave of its own accord', async () => {
    const reconnecting = tinyElement('reconnecting', {
      pads: { src: srcPad(anyMedia()) },
      negotiate: { srcCaps: () => [{ media: 'tensor', fields: {} }] },
      create: ({ caps: { src }, context }) => {
        let epoch = 0;
        const wait = new ClockWait(context);
        return {
          produce: async () => {
            await wait.until(context.clock.now() + 10_000);
            return context.signal.aborted ? undefined : new StreamBuffer({ caps: src!, pts: 0, epoch: epoch++ });
          },
          stop: () => wait.cutShort(),
        };
      },
    });
    const test = new EditedPipeline(
      {
        elements: { a: { type: 'ticker' }, b: { type: 'reconnecting' }, f: { type: 'funnel' }, sink: { type: 'collector' } },
        links: ['a ! f', 'b ! f', 'f ! sink'],
      },
      [reconnecting],
    );
    const epochs = (): number[] => test.noted.flatMap(({ source, epoch }) => (source === 'b' ? [epoch] : []));
    await test.advance(35);
    await test.while(test.pipeline.remove('b'));
    const before = epochs();
    assert.ok(before.length >= 3);
    await test.while(test.pipeline.add({ elements: { b: { type: 'reconnecting' } }, links: ['b ! f'] }));
    await test.advance(35);
    await test.end();
    assert.deepEqual(epochs(), upTo(epochs().length));
    assert.ok(epochs().length > before.length);
  });

  it('lets others have the files of those who leave', async () => {
    const writer = tinyElement('writer', {
      pads: { sink: sinkPad(anyMedia()) },
      open: ({ context }) => context.writes('/tmp/leat-test-of-edits'),
      create: () => ({ render: () => {} }),
    });
    const test = new EditedPipeline(
      { elements: { a: { type: 'ticker' }, t: { type: 'tee' }, sink: { type: 'collector' } }, links: ['a ! t ! sink'] },
      [writer],
    );
    const add = (name: string): Promise<void> =>
      test.while(test.pipeline.add({ elements: { [name]: { type: 'writer' } }, links: [`t ! ${name}`] }));
    await test.advance(20);
    await add('one');
    await assert.rejects(add('other'), { code: 'media/same-file' });
    await test.while(test.pipeline.remove('one'));
    await add('other');
    await test.end();
  });

  it('raises the epoch of a source that comes back', async () => {
    const test = new EditedPipeline({
      elements: { a: { type: 'ticker' }, b: { type: 'ticker' }, f: { type: 'funnel' }, sink: { type: 'collector' } },
      links: ['a ! f', 'b ! f', 'f ! sink'],
    });
    for (let round = 0; round < 3; round++) {
      await test.advance(30);
      await test.while(test.pipeline.remove('b'));
      await test.while(test.pipeline.add({ elements: { b: { type: 'ticker' } }, links: ['b ! f'] }));
    }
    await test.advance(20);
    await test.end();
    const got = test.gotBy('sink');
    assert.deepEqual(Object.keys(got).sort(), ['a/0', 'b/0', 'b/1', 'b/2', 'b/3']);
    for (const sequences of Object.values(got)) assert.deepEqual(sequences, upTo(sequences.length));
  });

  it('is refused where something would be left without input or output, with what to do', async () => {
    const test = new EditedPipeline(THREE);
    await test.advance(20);
    await assert.rejects(test.pipeline.remove('model'), {
      issues: [
        {
          code: 'edit/left-open',
          path: '/remove',
          message: 'Removing model would leave mux.src with nobody who takes what it gives',
          hint: 'remove mux too, or link something else to mux.src',
        },
        {
          code: 'edit/left-open',
          path: '/remove',
          message: 'Removing model would leave demux.sink without anything that comes to it',
          hint: 'remove demux too, or link something else to demux.sink',
        },
      ],
    });
    await assert.rejects(
      test.pipeline.remove(['a', 'b', 'c']),
      (error: { issues: { code: string }[] }) => error.issues[0]!.code === 'edit/left-open',
    );
    await test.end();
    assert.deepEqual(test.gotBy('toA')['a/0'], upTo(2));
  });

  it('takes out all sources while the pipeline is held open, and takes in others', async () => {
    const test = new EditedPipeline(THREE);
    const letGo = test.pipeline.hold();
    await test.advance(30);
    await test.while(test.pipeline.remove(['a', 'b', 'c', 'toA', 'toB']));
    await test.advance(100);
    assert.equal(test.isOver, false);
    await test.while(
      test.pipeline.add({
        elements: { d: { type: 'ticker', props: { count: 3 } }, toD: { type: 'collector' } },
        links: ['d ! mux', 'demux ! toD'],
      }),
    );
    await test.advance(100);
    assert.equal(test.isOver, false);
    letGo();
    await test.while(test.running);
    assert.deepEqual(test.gotBy('toD'), { 'd/0': [0, 1, 2] });
  });
});
