import assert from 'node:assert/strict';
import fc from 'fast-check';
import { z } from 'zod';
import { type AnyElementDefinition, defineElement } from '../../../src/core/element/define-element.ts';
import type { ElementContext } from '../../../src/core/element/element-context.ts';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import type { GraphInput } from '../../../src/core/graph/graph-description.ts';
import type { Message } from '../../../src/core/pipeline/message.ts';
import { Pipeline } from '../../../src/core/pipeline/pipeline.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { ClockDrift } from '../../../src/core/time/clock-drift.ts';
import { ClockElection, RESYNC_MS } from '../../../src/core/time/clock-election.ts';
import { ClockWait } from '../../../src/core/time/clock-wait.ts';
import { DriftingClock } from '../../../src/core/time/drifting-clock.ts';
import { PipelineClock } from '../../../src/core/time/pipeline-clock.ts';
import { builtinRegistry, checkGraph } from '../../../src/load-graph.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { assertAllReturned, assertConserved } from '../../../src/testing/assert-conserved.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { settled } from '../../../src/testing/settled.ts';
import { ThreadBudget } from '../../../src/threads/thread-budget.ts';
import { testCaps } from '../../support/make-buffer.ts';
import { SteadyScheduler } from '../../support/steady-scheduler.ts';

const clockProps = z.strictObject({ clockPpm: z.number().nullable().default(0), live: z.boolean().default(true) });

/** Elements with clocks, each of which starts anew at 0 when it is opened. */
class ClockedGraph {
  readonly clock = new ManualClock(1_000_000);
  readonly arena = Arena.create({ maximumBytes: 2 ** 22 });
  readonly messages: Message[] = [];
  readonly contexts = new Map<string, ElementContext>();
  /** Sources that fail when they are next asked for a buffer. */
  readonly failing = new Set<string>();
  readonly pipeline: Pipeline;
  private readonly running: Promise<unknown>;

  constructor(graph: GraphInput) {
    const registry = builtinRegistry().add([this.microphone(), this.speaker()], 'test');
    const { arena, clock } = this;
    this.pipeline = new Pipeline(graph, {
      registry,
      arena,
      budget: new ThreadBudget(2),
      clock,
      scheduler: new SteadyScheduler(),
      random: () => 0.5,
    });
    this.pipeline.bus.on('*', (message) => this.messages.push(message));
    this.running = this.pipeline.run();
    this.running.catch(() => {});
  }

  /** What was said of clocks since the last time, as `+selected` and `-lost`. */
  heard(): string[] {
    const said = this.messages.flatMap((message) =>
      message.type === 'clock-selected' ? [`+${message.clock}`] : message.type === 'clock-lost' ? [`-${message.element}`] : [],
    );
    this.messages.length = 0;
    return said;
  }

  async advance(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 10) {
      this.clock.advanceBy(Math.min(10, left) * 1000);
      await settled(3);
    }
  }

  /** Waits for something while time goes on. */
  async while(work: Promise<unknown>): Promise<void> {
    let isDone = false;
    const done = (): void => {
      isDone = true;
    };
    work.then(done, done);
    while (!isDone) await this.advance(10);
    await work;
  }

  async end() {
    this.pipeline.stop();
    await this.while(this.running);
    const summary = this.pipeline.summary();
    assertConserved(summary);
    assertAllReturned(this.arena);
    return summary;
  }

  private microphone(): AnyElementDefinition {
    return defineElement({
      name: 'microphone',
      klass: 'Source/Test',
      summary: 'Gives a buffer every 10 ms.',
      example: 'microphone ! fake-sink',
      props: clockProps,
      pads: { src: srcPad(anyMedia()) },
      live: ({ live }) => live,
      negotiate: { srcCaps: () => [testCaps] },
      open: ({ props, context }) => this.openClock(props.clockPpm, context),
      providesClock: ({ own }) => own,
      create: ({ caps: { src }, context }) => {
        const wait = new ClockWait(context);
        let next = 0;
        let stopped = false;
        return {
          produce: async () => {
            if (next > 0) await wait.until(context.clock.now() + 10_000);
            if (this.failing.delete(context.name)) throw new Error('unplugged');
            return stopped ? undefined : new StreamBuffer({ pts: next++ * 10_000, caps: src });
          },
          stop: () => {
            stopped = true;
            wait.cutShort();
          },
        };
      },
    });
  }

  private speaker(): AnyElementDefinition {
    return defineElement({
      name: 'speaker',
      klass: 'Sink/Test',
      summary: 'Takes buffers.',
      example: 'fake-source ! speaker',
      props: clockProps,
      pads: { sink: sinkPad(anyMedia()) },
      open: ({ props, context }) => this.openClock(props.clockPpm, context),
      providesClock: ({ own }) => own,
      create: () => ({ render: () => {} }),
    });
  }

  private openClock(ppm: number | null, context: ElementContext) {
    this.contexts.set(context.name, context);
    return { own: ppm === null ? undefined : new DriftingClock(context.systemClock, ppm) };
  }
}

const mic = (props: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({ type: 'microphone', props, ...more });
const speaker = (props: Record<string, unknown> = {}) => ({ type: 'speaker', props });

describe('clock election', () => {
  for (const [what, { graph, expected }] of Object.entries<{ graph: Record<string, unknown>; expected: string }>({
    'a live source before a sink': { graph: { elements: { a: mic(), b: speaker() } }, expected: 'a' },
    'a sink where no source is live': { graph: { elements: { a: mic({ live: false }), b: speaker() } }, expected: 'b' },
    'the system where nobody else provides one': {
      graph: { elements: { a: mic({ clockPpm: null }), b: { type: 'fake-sink' } } },
      expected: 'system',
    },
    'the one that the graph names': { graph: { clock: 'b', elements: { a: mic(), b: speaker() } }, expected: 'b' },
    'one that only counts when it is named': {
      graph: { clock: 'a', elements: { a: mic({ live: false }), b: speaker() } },
      expected: 'a',
    },
    'the system where the graph says so': { graph: { clock: 'system', elements: { a: mic(), b: speaker() } }, expected: 'system' },
  })) {
    it(`takes ${what}`, async () => {
      const test = new ClockedGraph({ links: ['a ! b'], ...graph } as GraphInput);
      await test.advance(20);
      assert.deepEqual(test.heard(), [`+${expected}`]);
      await test.end();
    });
  }

  it('warns when the element that the graph names has no clock now, and takes another', async () => {
    const test = new ClockedGraph({ clock: 'b', elements: { a: mic(), b: speaker({ clockPpm: null }) }, links: ['a ! b'] });
    await test.advance(20);
    assert.deepEqual(
      test.messages.flatMap((one) => (one.type === 'warning' ? [one.code] : [])),
      ['clock/not-provided'],
    );
    assert.deepEqual(test.heard(), ['+a']);
    await test.end();
  });

  it('elects anew when an element says that its clock is lost, and does not come back to it until it is opened anew', async () => {
    const test = new ClockedGraph({
      elements: { a: mic({}, { onError: 'restart', restart: { firstDelayMs: 50 } }), b: speaker() },
      links: ['a ! b'],
    });
    await test.advance(20);
    test.heard();
    test.contexts.get('a')!.clockLost('it was unplugged');
    assert.deepEqual(
      test.messages.filter(({ type }) => type === 'clock-lost'),
      [{ type: 'clock-lost', element: 'a', reason: 'it was unplugged' }],
    );
    assert.deepEqual(test.heard(), ['-a', '+b']);
    test.contexts.get('b')!.clockLost('it, too');
    assert.deepEqual(test.heard(), ['-b', '+system']);
    await test.advance(50);
    test.failing.add('a');
    await test.advance(500);
    assert.deepEqual(test.heard(), ['+a']);
    await test.end();
  });

  it('does without a provider while it is restarted', async () => {
    const test = new ClockedGraph({
      elements: { a: mic({}, { onError: 'restart', restart: { firstDelayMs: 50 } }), b: speaker() },
      links: ['a ! b'],
    });
    await test.advance(20);
    test.failing.add('a');
    await test.advance(500);
    assert.deepEqual(test.heard(), ['+a', '-a', '+b', '+a']);
    await test.end();
  });

  it('does not go back to one that has failed while another like it leads', async () => {
    const test = new ClockedGraph({
      elements: {
        a: mic({}, { onError: 'restart', restart: { firstDelayMs: 50 } }),
        b: mic(),
        f: { type: 'funnel' },
        c: { type: 'fake-sink' },
      },
      links: ['a ! f', 'b ! f ! c'],
    });
    await test.advance(20);
    test.failing.add('a');
    await test.advance(500);
    assert.deepEqual(test.heard(), ['+a', '-a', '+b']);
    assert.ok(test.contexts.has('a'));
    await test.end();
  });

  it('asks no element that is in a thread, whose clock cannot be read here', () => {
    const element = (name: string, thread?: string): unknown => ({
      name,
      definition: { providesClock: () => new ManualClock(0) },
      description: { thread },
      life: { isOpen: true },
      resource: {},
      isSource: true,
      isLive: true,
      statistics: { notes: new Map() },
    });
    const system = new ManualClock(1_000_000);
    const election = new ClockElection({ clock: new PipelineClock(system), system, post: () => {}, follow: () => {} });
    election.begin(() => [element('far', 'a'), element('near')] as never);
    assert.equal(election.selected, 'near');
    election.end();
  });

  it('goes on without a provider that leaves, and by one that comes', async () => {
    const test = new ClockedGraph({
      clock: 'c',
      elements: { a: mic({ clockPpm: null }), c: mic({}), f: { type: 'funnel' }, b: { type: 'fake-sink' } },
      links: ['a ! f', 'c ! f ! b'],
    });
    await test.advance(20);
    const before = test.pipeline.runningTime;
    await test.while(test.pipeline.remove('c'));
    assert.deepEqual(test.heard(), ['+c', '-c', '+system']);
    await test.while(test.pipeline.add({ elements: { d: mic({}) }, links: ['d ! f'] }));
    assert.deepEqual(test.heard(), ['+d']);
    await test.while(test.pipeline.add({ elements: { e: mic({}) }, links: ['e ! f'] }));
    assert.deepEqual(test.heard(), [], 'one that leads stays before its like');
    await test.while(test.pipeline.add({ elements: { c: mic({}) }, links: ['c ! f'] }));
    assert.deepEqual(test.heard(), ['+c'], 'the one that the graph names goes before all');
    assert.ok(test.pipeline.runningTime > before);
    await test.end();
  });

  it('keeps each buffer to the clock of the provider, and notes how far that is from the system', async () => {
    const test = new ClockedGraph({ elements: { a: mic({ clockPpm: 500 }), b: { type: 'fake-sink' } }, links: ['a ! b'] });
    await test.advance(20);
    const before = test.pipeline.runningTime;
    await test.advance(4000);
    assert.equal(test.pipeline.runningTime - before, 4_002_000);
    const { elements } = await test.end();
    const { seconds, driftPpm } = elements.find(({ name }) => name === 'a')!.notes['clock'] as Record<string, number>;
    assert.ok(seconds! >= 4 && seconds! < 4.1);
    assert.ok(Math.abs(driftPpm! - 500) < 0.5);
  });

  it('has those in other threads follow again every second, for as long as an element provides the clock', async () => {
    const test = new ClockedGraph({ elements: { mic: { type: 'microphone' }, out: { type: 'fake-sink' } }, links: ['mic ! out'] });
    await test.advance(20);
    const system = new ManualClock(1_000_000);
    let told = 0;
    const election = new ClockElection({ clock: new PipelineClock(system), system, post: () => {}, follow: () => told++ });
    election.begin(() => test.pipeline.elements.values());
    assert.deepEqual([election.selected, told], ['mic', 1]);
    for (let seconds = 1; seconds <= 3; seconds++) {
      system.advanceBy(RESYNC_MS * 1000);
      assert.equal(told, 1 + seconds);
    }
    election.end();
    assert.equal(told, 5, 'they go by the system again');
    system.advanceBy(9 * RESYNC_MS * 1000);
    assert.equal(told, 5);
    await test.end();
  });

  it('is refused of elements that have no clock', async () => {
    const elements = {
      a: { type: 'fake-source' },
      v: { type: 'video-test-source', thread: 'w', props: { live: true } },
      b: { type: 'fake-sink' },
      w: { type: 'fake-sink' },
    };
    for (const [clock, code] of [
      ['a', 'clock/not-provided'],
      ['v', 'clock/in-thread'],
      ['x', 'graph/unknown-element'],
    ]) {
      const { issues } = await checkGraph({ description: { clock, elements, links: ['a ! b', 'v ! w'] } as GraphInput });
      assert.deepEqual(
        issues.map((issue) => [issue.code, issue.path]),
        [[code, '/clock']],
      );
    }
    const { issues } = await checkGraph({ description: { clock: 'system', elements, links: ['a ! b', 'v ! w'] } as GraphInput });
    assert.deepEqual(issues, []);
  });

  it('never has running time jump or go back, whatever is elected, lost, paused, added or removed', async () => {
    const step = fc.oneof(
      fc.record({ by: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ lose: fc.constantFrom('a', 'b', 'c', 'd') }),
      fc.record({ fail: fc.constantFrom('a', 'c') }),
      fc.record({ toggle: fc.constantFrom('c', 'd') }),
      fc.constantFrom('pause' as const, 'play' as const),
    );
    const drift = fc.integer({ min: -5000, max: 5000 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 25 }),
        fc.array(drift, { minLength: 4, maxLength: 4 }),
        async (steps, ppm) => {
          const more = { onError: 'restart', restart: { firstDelayMs: 5, maxAttempts: null } };
          const one = (index: number) => mic({ clockPpm: ppm[index] }, more);
          const all = { a: one(0), c: one(2), d: one(3) } as Record<string, { type: string }>;
          const test = new ClockedGraph({
            elements: { a: all['a']!, f: { type: 'funnel' }, b: speaker({ clockPpm: ppm[1] }) },
            links: ['a ! f ! b'],
          });
          const { pipeline, clock } = test;
          let time = 0;
          let at = clock.now();
          const look = (): void => {
            const [now, elapsed] = [pipeline.runningTime, clock.now() - at];
            assert.ok(now >= time, 'it never goes back');
            // An election, and each reading, may cost a microsecond of rounding.
            assert.ok(now - time <= elapsed * 1.005 + 4, `it goes no faster than any clock does: ${now - time} in ${elapsed}`);
            [time, at] = [now, clock.now()];
          };
          pipeline.bus.on('*', ({ type }) => {
            if (type === 'clock-selected' || type === 'clock-lost') look();
          });
          await test.advance(20);
          look();
          const isThere = new Set<string>();
          for (const each of steps) {
            const from = [pipeline.runningTime, clock.now()] as const;
            const isPaused = pipeline.state === 'paused';
            if (each === 'pause') pipeline.pause();
            else if (each === 'play') pipeline.play();
            else if ('by' in each) {
              await test.advance(each.by);
              if (isPaused) assert.equal(pipeline.runningTime, from[0], 'it stands still in a pause');
              else assert.ok(pipeline.runningTime - from[0] >= (clock.now() - from[1]) * 0.995 - 4, 'it does not stand still otherwise');
            } else if ('lose' in each) test.contexts.get(each.lose)?.clockLost('lost');
            else if ('fail' in each) test.failing.add(each.fail);
            else if (!isPaused) {
              const name = each.toggle;
              if (isThere.has(name)) await test.while(pipeline.remove(name));
              else await test.while(pipeline.add({ elements: { [name]: all[name]! }, links: [`${name} ! f`] }));
              if (!isThere.delete(name)) isThere.add(name);
            }
            look();
          }
          test.failing.clear();
          await test.end();
        },
      ),
      { seed: 61, numRuns: 60 },
    );
  });
});

describe('clock drift', () => {
  it('is what one clock goes faster than another', () => {
    const machine = new ManualClock(500);
    const clock = new DriftingClock(machine, -250);
    const drift = new ClockDrift(clock, machine);
    assert.deepEqual([drift.span, drift.ppm], [0, 0]);
    machine.advanceBy(8_000_000);
    assert.deepEqual([drift.span, drift.ppm, clock.now()], [8_000_000, -250, 7_998_000]);
  });

  it('never calls early, and late by no more than the rounding', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 10_000 }), fc.array(fc.nat(1_000_000), { maxLength: 20 }), (ppm, times) => {
        const machine = new ManualClock(77);
        const clock = new DriftingClock(machine, ppm);
        let calls = 0;
        for (const time of times) {
          clock.schedule(time, () => {
            calls++;
            assert.ok(clock.now() >= time && clock.now() <= time + 2);
          });
        }
        machine.advanceBy(1_100_000);
        assert.equal(calls, times.length);
      }),
      { seed: 62, numRuns: 200 },
    );
  });

  it('is bounded in threads by how often they are told anew', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -500, max: 500 }),
        fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 30 }),
        (ppm, steps) => {
          const machine = new ManualClock(0);
          const clock = new PipelineClock(new DriftingClock(machine, ppm));
          // As a worker has it: it hears where the pipeline's clock stands against the machine's, and follows by that.
          const worker = new PipelineClock(machine, clock.stateAgainst(machine.now()));
          const resync = (): void => {
            worker.follow(clock.stateAgainst(machine.now()));
            machine.schedule(machine.now() + RESYNC_MS * 1000, resync, 'background');
          };
          resync();
          let last = worker.now();
          for (const by of steps) {
            machine.advanceBy(by);
            const now = worker.now();
            assert.ok(now >= last, 'it never goes back');
            assert.ok(Math.abs(now - clock.now()) <= (Math.abs(ppm) * RESYNC_MS) / 1000 + 2, 'it is off by the drift of one interval');
            last = now;
          }
        },
      ),
      { seed: 63, numRuns: 200 },
    );
  });
});
