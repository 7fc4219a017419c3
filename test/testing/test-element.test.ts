import assert from 'node:assert/strict';
import { decimate } from '../../src/elements/flow/decimate.ts';
import { funnel } from '../../src/elements/flow/funnel.ts';
import { tee } from '../../src/elements/flow/tee.ts';
import { fakeSink } from '../../src/elements/sinks/fake-sink.ts';
import { fakeSource } from '../../src/elements/sources/fake-source.ts';
import { testElement } from '../../src/testing/index.ts';
import { FILTER_PADS, filter, tinyElement } from '../support/tiny-element.ts';

const test = { media: 'test', fields: {} };

describe('testing an element', () => {
  it('shows what comes out for what is pushed in, gaps, caps and the end included', async () => {
    const harness = await testElement(decimate, { props: { every: 2 }, caps: { sink: test } });
    for (const pts of [0, 1, 2]) await harness.push({ pts, payload: new Uint8Array([pts]) });
    await harness.gap(3, 5);
    assert.deepEqual(
      harness.buffers().map(({ pts, slab }) => [pts, harness.arena.bytes(slab.offset, 1)[0]]),
      [
        [0, 0],
        [2, 2],
      ],
    );
    const summary = await harness.end(() => {
      assert.deepEqual(
        harness.out().map(({ type }) => type),
        ['caps', 'buffer', 'gap', 'buffer', 'gap', 'eos'],
      );
    });
    assert.deepEqual(summary.elements.find(({ name }) => name === 'decimate')?.dropped, { decimated: 1 });
  });

  it('links request pads by name', async () => {
    const joined = await testElement(funnel, { caps: { sink_0: test, sink_1: test } });
    await joined.push({ pts: 1 }, 'sink_0');
    await joined.push({ pts: 2 }, 'sink_1');
    await joined.eos('sink_0');
    await joined.push({ pts: 3 }, 'sink_1');
    assert.deepEqual(
      joined.buffers().map(({ pts }) => pts),
      [1, 2, 3],
    );
    await joined.end();
    const spread = await testElement(tee, { caps: { sink: test }, srcPads: ['src_0', 'src_1'] });
    await spread.push({ pts: 1 });
    assert.equal(spread.buffers('src_0')[0], spread.buffers('src_1')[0]);
    await spread.end();
  });

  it('takes what a source gives, up to a number, and stops it', async () => {
    const harness = await testElement(fakeSource, { props: { sizeBytes: 64 }, maxOutputs: 5 });
    assert.deepEqual(
      harness.buffers().map(({ pts }) => pts),
      [0, 40_000, 80_000, 120_000, 160_000],
    );
    await harness.close();
    const finite = await testElement(fakeSource, { props: { count: 3 } });
    assert.equal((await finite.end()).elements[0]?.produced, 3);
  });

  it('feeds a sink', async () => {
    const harness = await testElement(fakeSink, { caps: { sink: test } });
    await harness.push({ pts: 0 });
    assert.equal((await harness.end()).elements.at(-1)?.handled, 1);
  });

  it('shows backpressure', async () => {
    const harness = await testElement(filter('pass', (buffer) => buffer) as never, { caps: { sink: test } });
    const unblock = harness.block();
    let taken = false;
    const pushed = harness.push({ pts: 0 }).then(() => {
      taken = true;
    });
    await harness.settled();
    assert.equal(taken, false);
    unblock();
    await pushed;
    await harness.end();
  });

  it('negotiates anew for buffers of other caps', async () => {
    const any = {
      ...filter('pass', (buffer) => buffer),
      pads: { sink: { ...FILTER_PADS.sink, media: ANY }, src: { ...FILTER_PADS.src, media: ANY } },
    };
    const harness = await testElement(any as never, { caps: { sink: test } });
    await harness.push({ pts: 0 });
    await harness.push({ pts: 1, caps: { media: 'test', fields: { size: 2 } } });
    assert.deepEqual(
      harness.out().map((one) => (one.type === 'caps' ? one.caps.fields : one.type)),
      [{}, 'buffer', { size: 2 }, 'buffer'],
    );
    await harness.end();
  });

  it('moves time only when told', async () => {
    const late = tinyElement('late', {
      pads: FILTER_PADS,
      create: ({ context: { clock } }) => ({
        transform: (buffer) => new Promise((resolve) => clock.schedule(clock.now() + 5, () => resolve(buffer))),
      }),
    });
    const harness = await testElement(late as never, { caps: { sink: test } });
    void harness.push({ pts: 0 });
    await harness.settled();
    assert.equal(harness.buffers().length, 0);
    harness.clock.advanceBy(5);
    await harness.settled();
    assert.equal(harness.buffers().length, 1);
    await harness.end();
  });

  it('fails for an element that fails, keeps a slab, or does not take the caps', async () => {
    const broken = await testElement(filter('broken', () => Promise.reject(new Error('no'))) as never, { caps: { sink: test } });
    void broken.push({ pts: 0, payload: new Uint8Array(1) });
    await assert.rejects(broken.end(), /broken: no/);
    const keeping = await testElement(filter('keeping', (buffer) => void buffer.slab.retain()) as never, { caps: { sink: test } });
    await keeping.push({ pts: 0, payload: new Uint8Array(1) });
    await assert.rejects(keeping.end(), /every slab is back, but 1/);
    await assert.rejects(
      testElement(filter('picky', (buffer) => buffer) as never, { caps: { sink: { media: 'other', fields: {} } } }),
      /Cannot link/,
    );
  });

  it('says which pads there are', async () => {
    const harness = await testElement(fakeSink, { caps: { sink: test } });
    await assert.rejects(harness.push({ pts: 0 }, 'sinc'), /Cannot push to sinc.*there are sink/);
    assert.throws(() => harness.out('src'), /Nothing comes out of src; linked are no pads/);
    await harness.close();
  });
});

const ANY = { name: 'any', caps: 'any' } as const;
