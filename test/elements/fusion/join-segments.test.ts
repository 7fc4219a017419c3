// Inputs whose times do not count alike: those of a file that is opened anew begin anew, and a segment says where they go on.
import assert from 'node:assert/strict';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { JOIN_POLICIES } from '../../../src/core/join/join.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { join } from '../../../src/elements/fusion/join.ts';
import type { JoinedSet } from '../../../src/media/joined.ts';
import { testElement } from '../../../src/testing/test-element.ts';
import { testCaps } from '../../support/make-buffer.ts';
import { scriptedSource } from '../../support/probe.ts';
import { settled, type TestPipeline, testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

/** Three buffers, 10 ms apart; then it fails, and gives the same three when it is opened anew. */
function filed(name: string): AnyElementDefinition {
  let opened = 0;
  return tinyElement(name, {
    pads: { src: srcPad(anyMedia()) },
    negotiate: { srcCaps: () => [testCaps] },
    create: ({ context }) => {
      const isFirst = opened++ === 0;
      let made = 0;
      return {
        produce: () => {
          if (made < 3)
            return new StreamBuffer({ caps: testCaps, pts: made++ * 10_000, duration: 10_000, slabs: [context.arena.allocate(8)] });
          if (isFirst) throw new Error('The file is broken');
          return undefined;
        },
      };
    },
  });
}

/** Notes sets as `pts(parts)`, in ms, with who they are of where that changes, and segments as `source+base`. */
function noting(noted: string[]): AnyElementDefinition {
  let last = '';
  return tinyElement('sink', {
    pads: { sink: sinkPad(anyMedia()) },
    create: () => ({
      render: ({ pts, source, epoch, value }) => {
        const parts = Object.values((value as JoinedSet).parts).map((part) => (part === null ? '-' : part.pts / 1000));
        const whose = `${source}#${epoch}`;
        noted.push(`${whose === last ? '' : `${whose} `}${pts / 1000}(${parts.join()})`);
        last = whose;
      },
      event: (_pad, event) => {
        if (event.type === 'segment') noted.push(`${event.source}+${(event.base - event.start) / 1000}`);
        return 'ok';
      },
    }),
  });
}

async function run({ pipeline, clock }: TestPipeline): Promise<unknown> {
  const running = pipeline.run();
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  running.then(over, over);
  while (!isOver) {
    await settled();
    if (clock.next !== undefined) clock.advanceTo(clock.next);
  }
  return running;
}

const restarts = { onError: 'restart', restart: { firstDelayMs: 1, maxDelayMs: 1 } };
const dropped = ({ pipeline }: TestPipeline) => pipeline.summary().elements.find(({ name }) => name === 'join')!.dropped;

describe('join of inputs whose times begin anew', () => {
  it('goes on in running time, and says of what the parts are at their own times', async () => {
    for (const policy of JOIN_POLICIES) {
      if (policy === 'latest') continue;
      const noted: string[] = [];
      const steady = scriptedSource('steady', new Array(6).fill({}), { slabBytes: 8 });
      const test = testPipeline([filed('file'), steady, join, noting(noted)], {
        elements: { file: restarts, join: { props: { policy } } },
        links: ['file ! join', 'steady ! join', 'join ! sink'],
      });
      await run(test);
      const wanted = ['join#0 0(0,0)', '10(10,10)', '20(20,20)', 'join#1 30(0,30)', '40(10,40)', '50(20,50)'];
      assert.deepEqual([noted, dropped(test)], [wanted, {}], policy);
      test.assertClean();
    }
  });

  it('leaves sets of one source in its own times, and tells of its segment before the first that it is about', async () => {
    const noted: string[] = [];
    const test = testPipeline([filed('file'), tee, join, noting(noted)], {
      elements: { file: restarts },
      links: ['file ! tee', 'tee ! join', 'tee ! join', 'join ! sink'],
    });
    await run(test);
    assert.deepEqual(noted, ['file#0 0(0,0)', '10(10,10)', '20(20,20)', 'file+30', 'file#1 0(0,0)', '10(10,10)', '20(20,20)']);
    test.assertClean();
  });

  it('says of an input that counts by the wall clock that it is of another time, once, where it has to wait', async () => {
    for (const onFull of ['block', 'dropOldest'] as const) {
      const test = await testElement(join, { props: { maxPending: 2, onFull }, caps: { sink_0: testCaps, sink_1: testCaps } });
      await test.push({ pts: 0 }, 'sink_0');
      for (let index = 0; index < 8; index++) void test.push({ pts: 1.7e15 + index }, 'sink_1');
      for (let index = 1; index < 6; index++) void test.push({ pts: index * 1000 }, 'sink_0');
      await test.settled();
      const [warning, ...more] = test.heard('warning');
      assert.equal(warning?.code, 'join/unlike-times');
      assert.match(
        warning.text,
        /^What waits at sink_1 \(join\.sink_1\) is 19675 d 22 h ahead of the other inputs; have its source count from the same point$/,
      );
      assert.deepEqual(more, []);
      await test.end();
    }
  });

  it('keeps time where inputs count from different points, also in gaps', async () => {
    const test = await testElement(join, { caps: { sink_0: testCaps, sink_1: testCaps } });
    await test.event({ type: 'segment', source: 'a', start: 1_000_000, base: 0 }, 'sink_0');
    await test.event({ type: 'segment', start: 0, base: 50 }, 'sink_1');
    await test.push({ source: 'a', pts: 1_000_100 }, 'sink_0');
    await test.gap(0, 51, 'sink_1', 'b');
    await test.settled();
    const told = () =>
      test.out().flatMap((one) => {
        if (one.type === 'gap') return [`..${one.until}`];
        if (one.type !== 'buffer') return [];
        const parts = Object.values((one.buffer.value as JoinedSet).parts).map((part) => part?.pts ?? '-');
        return [`${one.buffer.source} ${one.buffer.pts}(${parts.join()})`];
      });
    assert.deepEqual(told(), ['join 100(1000100,-)']);
    await test.push({ source: 'b', pts: 60 }, 'sink_1');
    await test.push({ source: 'a', pts: 1_000_110 }, 'sink_0');
    await test.gap(1_000_111, 10, 'sink_0', 'a');
    await test.gap(61, 10, 'sink_1', 'b');
    await test.settled();
    assert.deepEqual(told().slice(1), ['join 110(1000110,60)', '..121']);
    await test.end();
  });
});
