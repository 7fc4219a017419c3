import assert from 'node:assert/strict';
import { EditedPipeline, upTo } from './edited-pipeline.ts';

describe('elements whose inputs come and go', () => {
  it('a join goes on with one input more, and with one less', async () => {
    const test = new EditedPipeline({
      elements: { a: { type: 'ticker' }, b: { type: 'ticker' }, j: { type: 'join' }, sink: { type: 'collector' } },
      links: ['a ! j', 'b ! j', 'j ! sink'],
    });
    await test.advance(50);
    await test.while(test.pipeline.add({ elements: { c: { type: 'ticker' } }, links: ['c ! j'] }));
    await test.advance(50);
    assert.equal(test.pipeline.elements.get('j')!.sinkPads.size, 3);
    const before = test.noted.length;
    await test.advance(50);
    assert.ok(test.noted.length > before, 'sets leave with the new input');
    await test.while(test.pipeline.remove('a'));
    const then = test.noted.length;
    await test.advance(50);
    assert.ok(test.noted.length > then, 'sets leave without the old one');
    await test.end();
  });

  it('a switch hands on nothing while its input is away', async () => {
    const test = new EditedPipeline({
      elements: { a: { type: 'ticker' }, b: { type: 'ticker' }, s: { type: 'switch' }, sink: { type: 'collector' } },
      links: ['a ! s', 'b ! s', 's ! sink'],
    });
    await test.advance(30);
    await test.while(test.pipeline.remove('a'));
    const { length } = test.gotBy('sink')['a/0']!;
    assert.deepEqual(test.gotBy('sink'), { 'a/0': upTo(length) });
    await test.pipeline.edit({ set: { s: { active: 'sink_1' } } });
    await test.advance(30);
    await test.end();
    assert.ok(test.gotBy('sink')['b/0']!.length >= 2);
  });

  it('links are led elsewhere at the boundary of a buffer', async () => {
    const test = new EditedPipeline({
      elements: {
        l: { type: 'ticker' },
        r: { type: 'ticker' },
        k: { type: 'ticker' },
        left: { type: 'funnel' },
        right: { type: 'funnel' },
        toLeft: { type: 'collector' },
        toRight: { type: 'collector' },
      },
      links: ['l ! left ! toLeft', 'r ! right ! toRight', 'k ! left'],
    });
    await test.advance(30);
    await test.while(test.pipeline.relink(['k ! left'], ['k ! right']));
    await test.advance(30);
    const { elements } = await test.end();
    const [left, right] = [test.gotBy('toLeft')['k/0']!, test.gotBy('toRight')['k/0']!];
    assert.ok(left.length >= 3 && right.length >= 2);
    assert.deepEqual([...left, ...right], upTo(elements.find(({ name }) => name === 'k')!.produced));
  });

  it('a source that is linked to others goes on where it was, with what it was about to give', async () => {
    const test = new EditedPipeline({
      elements: {
        l: { type: 'ticker' },
        r: { type: 'ticker' },
        k: { type: 'ticker', props: { pooled: true } },
        left: { type: 'funnel' },
        right: { type: 'funnel' },
        toLeft: { type: 'collector' },
        toRight: { type: 'collector' },
      },
      links: ['l ! left ! toLeft', 'r ! right ! toRight', 'k ! left'],
    });
    await test.advance(30);
    await test.while(test.pipeline.relink(['k ! left'], ['k ! right']));
    await test.advance(30);
    await test.end();
    const times = test.noted.filter(({ source }) => source === 'k').map(({ pts }) => pts);
    assert.deepEqual(
      times,
      times.map((_, index) => index * 10_000),
    );
  });

  it('a pad that led to one who leaves leads to whom the same edit says', async () => {
    const collector = { type: 'collector' };
    for (const drain of [true, false]) {
      const test = new EditedPipeline({
        elements: { a: { type: 'ticker' }, t: { type: 'tee' }, other: collector, queue: { type: 'queue' }, old: collector },
        links: ['a ! t', 't.src_0 ! queue ! old', 't.src_1 ! other'],
      });
      await test.advance(30);
      await test.while(
        test.pipeline.edit({ remove: ['queue', 'old'], drain, add: { elements: { fresh: collector }, links: ['t.src_0 ! fresh'] } }),
      );
      await test.advance(30);
      assert.deepEqual([...test.pipeline.elements.get('t')!.srcPads.keys()], ['src_0', 'src_1']);
      const { elements } = await test.end();
      const all = upTo(elements.find(({ name }) => name === 'a')!.produced);
      assert.deepEqual(test.gotBy('other')['a/0'], all);
      assert.deepEqual([...test.gotBy('old')['a/0']!, ...test.gotBy('fresh')['a/0']!], all);
    }
  });

  it('times of a source that is added begin at the time at which it is', async () => {
    const test = new EditedPipeline({
      elements: { a: { type: 'ticker' }, f: { type: 'funnel' }, sink: { type: 'collector' } },
      links: ['a ! f ! sink'],
    });
    await test.advance(100);
    await test.while(test.pipeline.add({ elements: { b: { type: 'ticker' } }, links: ['b ! f'] }));
    const at = test.pipeline.runningTime;
    await test.advance(20);
    await test.end();
    const first = test.noted.find(({ source }) => source === 'b')!;
    assert.ok(first.pts >= 100_000 && first.pts <= at, `${first.pts} µs`);
  });

  it('a camera that is added is late nowhere, and neither is one that comes back under its name', async () => {
    const cam = (frameRate: number) => ({
      type: 'video-test-source',
      props: { live: true, width: 16, height: 16, frameRate },
    });
    const sync = { maxLatenessMs: 0, processingDeadlineMs: 0 };
    const test = new EditedPipeline({
      elements: { a: cam(100), f: { type: 'funnel' }, screen: { type: 'fake-sink', sync } },
      links: ['a ! f ! screen'],
    });
    await test.advance(200);
    for (let round = 0; round < 2; round++) {
      await test.while(test.pipeline.add({ elements: { b: cam(50) }, links: ['b ! f'] }));
      await test.advance(200);
      await test.while(test.pipeline.remove('b'));
    }
    const { elements, removed } = await test.end();
    assert.deepEqual(elements.find(({ name }) => name === 'screen')!.dropped, {});
    assert.deepEqual(
      removed!.map(({ name, dropped, handled }) => [name, dropped, handled >= 9]),
      [
        ['b', {}, true],
        ['b', {}, true],
      ],
    );
  });
});
