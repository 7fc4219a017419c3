import assert from 'node:assert/strict';
import fc from 'fast-check';
import { caps } from '../../../src/core/caps/caps.ts';
import { sinkPad } from '../../../src/core/element/pad-template.ts';
import { JOIN_POLICIES } from '../../../src/core/join/join.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { join } from '../../../src/elements/fusion/join.ts';
import { bufferOf, type JoinedSet } from '../../../src/media/joined.ts';
import { joined } from '../../../src/media/media-types.ts';
import { settled } from '../../../src/testing/settled.ts';
import { type ElementTest, type ElementTestOptions, testElement } from '../../../src/testing/test-element.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { SOURCE_PADS, tinyElement } from '../../support/tiny-element.ts';

const [plain] = caps('test');
const two = { sink_0: plain, sink_1: plain };

/** `10(10,-)`, gaps as `..20`. */
function told(test: ElementTest): string[] {
  return test.out().flatMap((one) => {
    if (one.type === 'gap') return [`..${one.until}`];
    return one.type === 'buffer' ? [textOf(one.buffer as StreamBuffer<JoinedSet>)] : [];
  });
}

function textOf({ pts, value: { parts } }: StreamBuffer<JoinedSet>): string {
  return `${pts}(${Object.values(parts)
    .map((part) => part?.pts ?? '-')
    .join(',')})`;
}

describe('join', () => {
  describe('props', () => {
    const refused = (props: NonNullable<ElementTestOptions<typeof join.props>['props']>, message: RegExp): Promise<void> =>
      assert.rejects(testElement(join, { props, caps: two }), (error: Error) => message.test(error.message));

    it('refuse what contradicts itself, and say what would do', async () => {
      await refused({ inputs: [{ required: true, onMissing: 'null' }] }, /Expected skip, last or interpolate, since the input is required/);
      await refused({ inputs: [{ onMissing: 'skip' }] }, /make the input required/);
      await refused({ policy: 'latest', inputs: [{ toleranceMs: 3 }] }, /latest compares no times/);
      await refused({ policy: 'arrival', inputs: [{ onMissing: 'interpolate' }] }, /arrival compares no times/);
    });

    it('refuse inputs that are not linked', async () => {
      await refused({ policy: 'base', base: 'camera' }, /base is camera, and linked are sink_0, sink_1/);
      await refused({ inputs: [{}, {}, {}] }, /inputs has 3 entries/);
    });
  });

  describe('negotiation', () => {
    it('names its parts in its caps, and hands on the caps of each', async () => {
      const test = await testElement(join, { props: { inputs: [{ name: 'video' }] }, caps: two });
      const [first] = test.out();
      assert.ok(first?.type === 'caps');
      assert.deepEqual(first.caps.fields, { inputs: ['video', 'sink_1'] });
      assert.deepEqual(first.caps.info, { inputs: { video: plain, sink_1: plain } });
      await test.end();
    });

    it('refuses to interpolate what it cannot', async () => {
      const interpolated = { props: { inputs: [{ onMissing: 'interpolate' as const }] }, caps: two };
      await assert.rejects(testElement(join, interpolated), /tensors of float32 can be, found test; set its onMissing to last/);
    });
  });

  describe('data', () => {
    it('gives the parts of one time with their payload, their values and which there are', async () => {
      const test = await testElement(join, { caps: two });
      await test.push({ pts: 10, payload: Uint8Array.of(7, 8), value: 'a' }, 'sink_0');
      await test.push({ pts: 10, payload: Uint8Array.of(9), value: 'b' }, 'sink_1');
      const [set] = test.buffers() as StreamBuffer<JoinedSet>[];
      const { parts, complete } = set!.value;
      assert.equal(complete, 0b11);
      assert.deepEqual([parts['sink_0']!.value, parts['sink_1']!.value, set!.bytes], ['a', 'b', 3]);
      assert.deepEqual([...test.arena.bytes(parts['sink_0']!.slabs[0]!.offset, 2)], [7, 8]);
      const alone = bufferOf(parts['sink_1']!);
      assert.deepEqual([...test.arena.bytes(alone.slab.offset, 1), alone.pts, alone.value], [9, 10, 'b']);
      alone.release();
      await test.end();
    });

    it('bears the source of its parts where they agree, and its own name where they do not', async () => {
      for (const [other, source] of [
        ['camera', 'camera'],
        ['lidar', 'join'],
      ] as const) {
        const test = await testElement(join, { caps: two });
        await test.push({ pts: 0, source: 'camera' }, 'sink_0');
        await test.push({ pts: 0, source: other }, 'sink_1');
        assert.equal(test.buffers()[0]!.source, source);
        await test.end();
      }
    });

    it('interpolates tensors by their times', async () => {
      const floats = caps('tensor', { dtype: 'float32', shape: [3] })[0];
      const test = await testElement(join, {
        props: { inputs: [{}, { onMissing: 'interpolate', maxAgeMs: 1 }] },
        caps: { sink_0: plain, sink_1: floats },
      });
      const bytes = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
      await test.push({ pts: 0, payload: bytes(0, 10, -4) }, 'sink_1');
      await test.push({ pts: 25 }, 'sink_0');
      await test.push({ pts: 100, payload: bytes(4, 10, 0) }, 'sink_1');
      await test.eos('sink_0');
      const set = (test.buffers() as StreamBuffer<JoinedSet>[])[1]!;
      const part = set.value.parts['sink_1']!;
      assert.deepEqual([set.pts, part.pts, set.value.complete], [25, 25, 0b01]);
      assert.deepEqual([...test.arena.view('float32', part.slabs[0]!.offset, 3)], [1, 10, -3]);
      await test.end();
    });

    it('skips sets that lack what is required, and sends gaps for them', async () => {
      const test = await testElement(join, { props: { inputs: [{}, { required: true }] }, caps: two });
      for (const pts of [0, 10, 20]) await test.push({ pts }, 'sink_0');
      for (const pts of [0, 20]) await test.push({ pts }, 'sink_1');
      await test.push({ pts: 30 }, 'sink_0');
      await test.gap(21, 14, 'sink_1');
      await test.settled();
      await test.gap(30, 15, 'sink_0');
      await test.settled();
      assert.deepEqual(told(test), ['0(0,0)', '20(20,20)', '..30', '..35']);
      const { elements } = await test.end();
      assert.deepEqual(elements.find(({ name }) => name === 'join')!.dropped, { unmatched: 2 });
    });

    it('is the same at once, at one hundredth of the speed, and in any order of arrival', async function () {
      this.timeout(30_000);
      const stream = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 8 });
      const scene = fc.record({ streams: fc.tuple(stream, stream, stream), order: fc.array(fc.nat(2), { minLength: 24, maxLength: 24 }) });
      const inputs = [{ toleranceMs: 0.004 }, { onMissing: 'last' as const, maxAgeMs: 0.02 }, { required: true, toleranceMs: 0.02 }];
      const run = async (times: readonly (readonly number[])[], order: readonly number[], paceUs: number): Promise<string[]> => {
        const test = await testElement(join, { props: { inputs }, caps: { ...two, sink_2: plain } });
        const left = times.map((own) => [...own]);
        for (const choice of order) {
          const open = left.flatMap((own, index) => (own.length > 0 ? [index] : []));
          if (open.length === 0) break;
          const index = open[choice % open.length]!;
          await test.push({ pts: left[index]!.shift()! }, `sink_${index}`);
          if (paceUs > 0) test.clock.advanceBy(paceUs);
        }
        let sets: string[] = [];
        await test.end(() => {
          sets = (test.buffers() as StreamBuffer<JoinedSet>[]).map((set) => `${textOf(set)} ${set.value.complete}`);
        });
        return sets;
      };
      await fc.assert(
        fc.asyncProperty(scene, async ({ streams, order }) => {
          const times = streams.map((steps) => steps.map((_, index) => steps.slice(0, index + 1).reduce((sum, step) => sum + step, 0)));
          const inTurns = order.map((_, index) => index);
          const fast = await run(times, inTurns, 0);
          assert.deepEqual(await run(times, inTurns, 10_000), fast);
          assert.deepEqual(await run(times, order, 100), fast);
        }),
        { seed: 20_261_125, numRuns: 40 },
      );
    });
  });

  describe('timing', () => {
    it('goes on without a silent input after its wait, warns of it once, and counts what comes too late', async () => {
      const test = await testElement(join, { props: { maxWaitMs: 50, inputs: [{}, { name: 'imu' }] }, caps: two });
      await test.push({ pts: 0 }, 'sink_0');
      test.clock.advanceBy(49_999);
      await test.settled();
      assert.deepEqual(told(test), []);
      test.clock.advanceBy(1);
      await test.push({ pts: 10 }, 'sink_0');
      test.clock.advanceBy(50_000);
      await test.settled();
      assert.deepEqual(told(test), ['0(0,-)', '10(10,-)']);
      assert.deepEqual(
        test.heard('warning').map(({ code, text }) => `${code}: ${text}`),
        ['join/silent-input: Nothing has come from imu (join.sink_1) for 50.0 ms; sets leave without it'],
      );
      await test.push({ pts: 5 }, 'sink_1');
      const { elements } = await test.end();
      assert.deepEqual(elements.find(({ name }) => name === 'join')!.dropped, { late: 1 });
    });

    it('goes on in a live graph without a silent input when the latency of the graph is over', async () => {
      const live = (name: string, times: readonly number[]) =>
        tinyElement(name, {
          pads: SOURCE_PADS,
          live: true,
          create: ({ context, caps }) => {
            const left = [...times];
            return {
              produce: async () => {
                const pts = left.shift();
                const isTime = await context.timeline.until(pts ?? Number.MAX_SAFE_INTEGER, context.signal);
                return isTime ? new StreamBuffer({ caps: caps.src!, pts: pts! }) : undefined;
              },
            };
          },
        });
      const seen: string[] = [];
      const sink = tinyElement('sink', {
        pads: { sink: sinkPad(joined()) },
        create: ({ context }) => ({
          render: (set) => {
            seen.push(`${textOf(set as StreamBuffer<JoinedSet>)} at ${context.timeline.now}`);
          },
        }),
      });
      const test = testPipeline([live('camera', [0, 100_000]), live('silent', []), join, sink], {
        elements: { sink: { sync: { processingDeadlineMs: 50 } } },
        links: ['camera ! join.sink_0', 'silent ! join.sink_1', 'join ! sink'],
      });
      await test.pipeline.negotiate();
      const running = test.pipeline.run();
      running.catch(() => {});
      for (let turn = 0; turn < 40; turn++) {
        await settled();
        test.clock.advanceBy(5000);
      }
      assert.deepEqual(seen, ['0(0,-) at 70000', '100000(100000,-) at 170000']);
      assert.equal(test.heard('warning').filter(({ code }) => code === 'join/silent-input').length, 1);
      await test.pipeline.close();
      test.assertClean();
    });

    for (const policy of JOIN_POLICIES) {
      it(`never hangs in ${policy} when an input stays silent`, async () => {
        const test = await testElement(join, { props: { policy, maxWaitMs: 20 }, caps: two });
        for (const pts of [0, 10, 20]) await test.push({ pts }, 'sink_0');
        test.clock.advanceBy(20_000);
        await test.settled();
        test.clock.advanceBy(20_000);
        await test.settled();
        assert.ok(test.buffers().length >= 1, told(test).join());
        await test.end();
      });
    }

    it('tells downstream of time that passed without data on all inputs', async () => {
      const test = await testElement(join, { caps: two });
      await test.gap(0, 30, 'sink_0');
      await test.settled();
      assert.deepEqual(told(test), []);
      await test.gap(0, 20, 'sink_1');
      await test.settled();
      assert.deepEqual(told(test), ['..20']);
      await test.end();
    });
  });

  describe('backpressure', () => {
    it('holds an input back when too much of it waits for the others', async () => {
      const test = await testElement(join, { props: { maxPending: 2 }, caps: two, settings: { queue: { maxBuffers: 1 } } });
      let taken = 0;
      const pushes = [0, 1, 2, 3, 4].map((pts) => test.push({ pts }, 'sink_0').then(() => taken++));
      await test.settled();
      assert.ok(taken < 5, `${taken} taken`);
      await test.push({ pts: 9 }, 'sink_1');
      await Promise.all(pushes);
      assert.equal(test.buffers().length >= 4, true);
      await test.end();
    });

    it('drops the oldest where it is asked to, and counts it', async () => {
      const test = await testElement(join, { props: { maxPending: 2, onFull: 'dropOldest' }, caps: two });
      for (const pts of [0, 1, 2, 3]) await test.push({ pts }, 'sink_0');
      let sets: string[] = [];
      const { elements } = await test.end(() => {
        sets = told(test);
      });
      assert.deepEqual(sets, ['2(2,-)', '3(3,-)']);
      assert.deepEqual(elements.find(({ name }) => name === 'join')!.dropped, { overflow: 2 });
    });

    it('holds its inputs back while downstream is busy', async () => {
      const test = await testElement(join, { caps: two, settings: { queue: { maxBuffers: 1 } } });
      const unblock = test.block();
      const pushes = [0, 1, 2, 3].flatMap((pts) => [test.push({ pts }, 'sink_0'), test.push({ pts }, 'sink_1')]);
      await test.settled();
      assert.equal(test.buffers().length, 1);
      unblock();
      await Promise.all(pushes);
      await test.end(() => assert.deepEqual(told(test), ['0(0,0)', '1(1,1)', '2(2,2)', '3(3,3)']));
    });
  });

  describe('eos and flush', () => {
    it('sends what is left when its last input ends', async () => {
      const test = await testElement(join, { caps: two });
      await test.push({ pts: 0 }, 'sink_0');
      await test.eos('sink_0');
      assert.deepEqual(told(test), []);
      await test.push({ pts: 5 }, 'sink_1');
      await test.end(() => assert.deepEqual(told(test), ['0(0,-)', '5(-,5)']));
    });

    it('keeps what waits over a change of caps of another input', async () => {
      const test = await testElement(join, { caps: two });
      await test.push({ pts: 0, payload: Uint8Array.of(1) }, 'sink_0');
      await test.push({ pts: 0, caps: caps('test', { size: 2 })[0] }, 'sink_1');
      await test.settled();
      await test.end(() => assert.deepEqual(told(test), ['0(0,0)']));
    });

    it('gives everything back when it is aborted', async () => {
      const test = await testElement(join, { caps: two });
      await test.push({ pts: 0, payload: Uint8Array.of(1) }, 'sink_0');
      await test.close();
    });
  });
});
