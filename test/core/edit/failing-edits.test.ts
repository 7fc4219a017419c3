// What was added, and has worked already, when an edit fails.
import assert from 'node:assert/strict';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import type { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { slowJoint } from '../../support/slow-joint.ts';
import { tinyElement } from '../../support/tiny-element.ts';
import { EditedPipeline, upTo } from './edited-pipeline.ts';

/** Keeps what comes until the end, or until it is told to let go. */
const keeper = tinyElement('keeper', {
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  negotiate: { srcCaps: ({ sink }) => [sink['sink']!] },
  create: ({ context: { post } }) => {
    const kept: StreamBuffer[] = [];
    return {
      transform: (buffer) => {
        kept.push(buffer.retain());
        post('kept', { count: kept.length });
        return undefined;
      },
      drain: () => kept.splice(0),
      flush: () => {
        post('let-go', { count: kept.length });
        for (const buffer of kept.splice(0)) buffer.release();
      },
    };
  },
});

/** Fails with what comes. */
const failing = tinyElement('failing', {
  pads: { sink: sinkPad(anyMedia()) },
  create: () => ({
    render: () => {
      throw new Error('out of order');
    },
  }),
});

const collector = { type: 'collector' };
const ticker = { type: 'ticker' };

/** Two sources: `b` by way of `far` to `left`, `a` by way of a joint that takes time to `right`. */
function site(): EditedPipeline {
  const elements = {
    ...{ a: ticker, b: ticker, near: { type: 'identity' }, far: { type: 'tee' }, left: collector },
    ...{ joint: { type: 'slow-joint' }, right: collector },
  };
  return new EditedPipeline({ elements, links: ['b ! near ! far ! left', 'a ! joint ! right'] }, [slowJoint, keeper, failing]);
}

describe('an edit that fails when what it adds is at work already', () => {
  it('has that let go of everything it holds, and leaves the graph as it was', async () => {
    const test = site();
    await test.advance(30);
    const edit = {
      add: { elements: { keeper: { type: 'keeper' }, side: collector, other: collector }, links: ['far ! keeper ! side', 'joint ! other'] },
      set: { left: { label: 'refused' } },
    };
    await assert.rejects(test.while(test.pipeline.edit(edit)), /There is no such label/);
    const said = test.heard('element').map(({ name }) => name);
    assert.ok(said.length > 1);
    assert.deepEqual(said, [...said.slice(1).fill('kept'), 'let-go']);
    await test.advance(50);
    assert.equal(test.heard('element').length, said.length, 'nothing comes to it any more');
    const { elements } = await test.end();
    assert.deepEqual(test.gotBy('side'), {});
    for (const [source, sink] of [
      ['b', 'left'],
      ['a', 'right'],
    ] as const)
      assert.deepEqual(test.gotBy(sink)[`${source}/0`], upTo(elements.find(({ name }) => name === source)!.produced));
  });

  it('is undone for what fails in it, too, and told so, the same every time', async () => {
    const test = site();
    await test.advance(30);
    for (let time = 0; time < 2; time++) {
      const add = { elements: { failing: { type: 'failing' }, other: collector }, links: ['far ! failing', 'joint ! other'] };
      await assert.rejects(test.while(test.pipeline.add(add)), /out of order/);
      await test.advance(50);
    }
    assert.deepEqual([test.isOver, test.heard('error')], [false, []]);
    const { elements } = await test.end();
    for (const [source, sink] of [
      ['b', 'left'],
      ['a', 'right'],
    ] as const)
      assert.deepEqual(test.gotBy(sink)[`${source}/0`], upTo(elements.find(({ name }) => name === source)!.produced));
  });
});
