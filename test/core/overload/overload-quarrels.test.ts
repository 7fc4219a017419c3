// Steps that get in one another's way, or in that of edits, restarts, the application and the end: whatever happens, what was changed
// comes back, and what happened is told.
import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Element } from '../../../src/core/element/element.ts';
import { OverloadActions, type Undo } from '../../../src/core/overload/overload-actions.ts';
import { OverloadLadder } from '../../../src/core/overload/overload-ladder.ts';
import { type OverloadStep, overloadStep } from '../../../src/core/overload/overload-options.ts';
import { queue } from '../../../src/elements/flow/queue.ts';
import { join } from '../../../src/elements/fusion/join.ts';
import { probe, type Seen } from '../../support/probe.ts';
import { settled, steadyPipeline } from '../../support/test-pipeline.ts';
import { countingSource, FILTER_PADS, SINK_PADS, SOURCE_PADS, tinyElement } from '../../support/tiny-element.ts';

const when = { element: 'queue', measure: 'level', above: 0.5, below: 0.2, windowMs: 100, dwellMs: 0 } as const;
const step = (changes: object): OverloadStep => overloadStep.parse({ when, ...changes });

/** Elements that keep what they are told, and what queues are told. */
function hands() {
  const queues: Record<string, unknown> = {};
  const held = new Set<string>();
  const element = (name: string) => {
    const one = {
      name,
      written: { every: 1 } as Record<string, unknown>,
      setProps: (changes: Record<string, unknown>) => {
        one.written = { ...one.written, ...changes };
      },
    };
    return one;
  };
  const elements = { a: element('a') };
  const actions = new OverloadActions(new Map(Object.entries(elements)) as never as ReadonlyMap<string, Element>, {
    hold: (name, isHeld) => void (isHeld ? held.add(name) : held.delete(name)),
    changeQueues: ({ name }, changes) => {
      queues[name] = changes;
    },
  });
  return { actions, queues, held, elements };
}

function taken(actions: OverloadActions, one: OverloadStep): Undo[] {
  const undos: Undo[] = [];
  actions.take(one, undos);
  return undos;
}

const undoAll = (undos: readonly { undo(): void }[]): void => {
  for (const { undo } of undos) undo();
};

describe('overload steps', () => {
  it('of two ladders change the same queue, and are undone in any order', () => {
    const one = step({ queue: { a: { maxBuffers: 2 } }, batch: { a: { maxWaitMs: 0 } } });
    const two = step({ queue: { a: { onFull: 'dropOldest' } } });
    for (const isFirst of [true, false]) {
      const { actions, queues } = hands();
      const undos = [taken(actions, one), taken(actions, two)] as const;
      assert.deepEqual(queues['a'], { queue: { maxBuffers: 2, onFull: 'dropOldest' }, batch: { maxWaitMs: 0 } });
      undoAll(undos[isFirst ? 0 : 1]);
      assert.deepEqual(
        queues['a'],
        isFirst ? { queue: { onFull: 'dropOldest' } } : { queue: { maxBuffers: 2 }, batch: { maxWaitMs: 0 } },
        'what the other one changed stays',
      );
      undoAll(undos[isFirst ? 1 : 0]);
      assert.deepEqual(queues['a'], {});
    }
  });

  it('leave alone what the application has set since', () => {
    const { actions, elements } = hands();
    const half = taken(actions, step({ do: { a: { every: 2, other: 1 } } }));
    const quarter = taken(actions, step({ do: { a: { every: 4 } } }));
    elements.a.setProps({ every: 7 });
    undoAll(quarter);
    assert.equal(elements.a.written['every'], 7);
    undoAll(half);
    assert.deepEqual([elements.a.written['every'], elements.a.written['other']], [7, undefined]);
  });

  it('are undone when nothing at all is measured any more, where that is what `below` asks for', () => {
    let load = 1;
    let [sum, count] = [0, 0];
    const calls: string[] = [];
    const ladder = new OverloadLadder([
      {
        when: { above: 0.05, below: 0, windowMs: 10, dwellMs: 0 },
        read: () => {
          sum += load;
          count++;
          return { sum, count };
        },
        take: () => calls.push('up') > 0,
        undo: () => void calls.push('down'),
      },
    ]);
    for (let now = 0; now < 50_000; now += 1000) {
      if (now === 20_000) load = 0;
      ladder.look(now);
    }
    assert.deepEqual(calls, ['up', 'down']);
  });
});

/** Gives a buffer whenever the test lets it, and a sink that takes them when the test lets it; between them a queue of ten. */
function scene(overload: readonly object[], more: Parameters<typeof steadyPipeline>[1]['elements'] = {}) {
  const gate = { isOpen: false, opens: [] as (() => void)[] };
  const pass = (): void => {
    for (const open of gate.opens.splice(0)) open();
  };
  const update: unknown[] = [];
  const opened: unknown[] = [];
  let failing = 0;
  let refused = (_every: number): boolean => false;
  let opening: Promise<void> | undefined;
  const tuned = tinyElement('tuned', {
    pads: FILTER_PADS,
    props: z.looseObject({ every: z.number().default(1) }),
    open: async ({ props }) => {
      opened.push((props as { every: number }).every);
      await opening;
    },
    create: () => ({
      transform: (buffer) => {
        if (buffer.sequence === failing - 1) throw new Error('bad luck');
        return buffer;
      },
      update: (props) => {
        const { every } = props as { every: number };
        if (refused(every)) throw new RangeError(`${every} is not taken`);
        update.push(every);
      },
    }),
  });
  const sink = tinyElement('sink', {
    pads: SINK_PADS,
    create: () => ({ render: () => (gate.isOpen ? undefined : new Promise<void>((resolve) => gate.opens.push(resolve))) }),
  });
  const source = countingSource('source', { count: 200, slabBytes: 64 });
  const test = steadyPipeline([source, tuned, queue, sink], {
    links: ['source ! tuned ! queue ! sink'],
    elements: { queue: { props: { maxBuffers: 10 } }, ...more },
    overload: overload as never,
  });
  const play = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 10) {
      test.clock.advanceBy(10_000);
      await settled(3);
    }
  };
  return {
    ...test,
    play,
    update,
    opened,
    fail: (sequence: number, until?: Promise<void>) => {
      failing = sequence + 1;
      opening = until;
    },
    refuse: (which: (every: number) => boolean) => {
      refused = which;
    },
    one: async () => {
      gate.opens.shift()?.();
      await settled(3);
    },
    flow: async () => {
      gate.isOpen = true;
      pass();
      await settled(20);
    },
  };
}

describe('overload, while the graph is edited', () => {
  const thin = { name: 'thin', when, do: { tuned: { every: 3 } } };
  const all = ['source', 'tuned', 'queue', 'sink'];

  it('tells that a step is undone whose element leaves, and takes it anew where one comes by its name', async () => {
    const { pipeline, heard, play, flow, assertClean, update } = scene([thin]);
    const run = pipeline.run();
    await play(300);
    const told = (): unknown[] => heard('overload').map(({ direction, step, because }) => [direction, step, because]);
    assert.deepEqual(told(), [['up', 'thin', undefined]]);
    await pipeline.add({ elements: { other: { type: 'source' }, end: { type: 'sink' } }, links: ['other ! end'] });
    assert.deepEqual(pipeline.summary().overload!.taken, ['thin'], 'what it is not about does not touch it');
    const removal = pipeline.remove(all, { drain: false });
    await play(6000);
    await removal;
    assert.deepEqual(told(), [
      ['up', 'thin', undefined],
      ['down', 'thin', 'edit'],
    ]);
    assert.deepEqual([pipeline.summary().overload!.taken, update], [[], [3, 1]]);
    await play(300);
    assert.equal(told().length, 2, 'nobody is watched who is not there');
    const elements = Object.fromEntries(
      all.map((name) => [name, { type: name, ...(name === 'queue' ? { props: { maxBuffers: 10 } } : {}) }]),
    );
    await pipeline.add({ elements, links: ['source ! tuned ! queue ! sink'] });
    await play(300);
    assert.deepEqual(told().slice(2), [['up', 'thin', undefined]]);
    assert.deepEqual(pipeline.summary().overload!.counts, { thin: 2 });
    await flow();
    await play(1000);
    await run;
    assertClean();
  });
});

describe('overload, while an element is restarted', () => {
  it('changes its properties as soon as there are hooks again, and back', async () => {
    const restart = { onError: 'restart', restart: { firstDelayMs: 1 } };
    const { pipeline, heard, play, flow, assertClean, update, opened, fail, one } = scene(
      [{ name: 'thin', when, do: { tuned: { every: 3 } } }],
      { tuned: restart },
    );
    let open = (): void => {};
    const run = pipeline.run();
    await play(20);
    // Ten wait in the queue and one is at the sink: the next one makes it fail, and be opened anew for long.
    fail(
      13,
      new Promise((resolve) => {
        open = resolve;
      }),
    );
    await one();
    await one();
    await one();
    await play(300);
    assert.deepEqual(
      heard('overload').map(({ direction }) => direction),
      ['up'],
    );
    assert.deepEqual(
      heard('warning').map(({ code }) => code),
      ['element/restarting'],
    );
    assert.deepEqual([opened, update], [[1, 1], []]);
    open();
    await play(10);
    assert.deepEqual(update, [3]);
    await flow();
    await play(600);
    await run;
    assert.equal((pipeline.elements.get('tuned')!.props as { every: number }).every, 1);
    assertClean();
  });
});

describe('overload, where an element refuses a change', () => {
  it('leaves the step out whole, says what could not be undone of it, and goes on', async () => {
    const half = { name: 'half', when, do: { tuned: { every: 2 }, queue: { maxBuffers: 13 } }, pause: ['source'] };
    const { pipeline, heard, play, flow, assertClean, update, refuse } = scene([half, { name: 'pause', when, pause: ['source'] }]);
    const queued = pipeline.elements.get('queue')!;
    const setProps = queued.setProps.bind(queued);
    queued.setProps = (changes) => {
      if (changes['maxBuffers'] === 13) throw new RangeError('13 is not taken');
      setProps(changes);
    };
    refuse((every) => every === 1);
    const run = pipeline.run();
    await play(400);
    assert.deepEqual(update, [2]);
    assert.deepEqual(
      heard('warning').map(({ code, element, text }) => [code, element, text]),
      [
        ['overload/step-failed', 'tuned', 'Cannot undo half before the end: tuned: 1 is not taken'],
        ['overload/step-failed', 'queue', 'Cannot take the step half, which is left out from now on: 13 is not taken'],
      ],
    );
    assert.deepEqual(
      heard('overload').map(({ direction, step }) => [direction, step]),
      [['up', 'pause']],
    );
    assert.equal((pipeline.elements.get('tuned')!.props as { every: number }).every, 2);
    await flow();
    await play(1000);
    await run;
    assert.equal((pipeline.elements.get('tuned')!.props as { every: number }).every, 1, 'for the next run it is as it was');
    assertClean();
  });
});

describe('overload, where a pause makes the graph stand still', () => {
  it('undoes the step, leaves it out, says who waited for whom, and goes on', async () => {
    const seen: Seen[] = [];
    const test = steadyPipeline(
      [
        countingSource('left', { count: 60, slabBytes: 64 }),
        countingSource('right', { count: 60, slabBytes: 64 }),
        join,
        probe('sink', seen, () => new Promise((resolve) => void test.clock.schedule(test.clock.now() + 10_000, resolve))),
      ],
      {
        links: ['left ! join.sink_0', 'right ! join.sink_1', 'join ! sink'],
        elements: { join: { props: { maxPending: 2 }, queue: { maxBuffers: 10 } } },
        overload: [{ name: 'rest', when: { ...when, element: 'join' }, pause: ['right'] }] as never,
      },
      { stallMs: 1000 },
    );
    const run = test.pipeline.run();
    let isOver = false;
    void run.then(() => {
      isOver = true;
    });
    for (let turn = 0; turn < 1000 && !isOver; turn++) {
      test.clock.advanceBy(10_000);
      await settled(3);
    }
    assert.ok(isOver, 'it comes to its end');
    const { overload } = await run;
    assert.deepEqual(
      overload!.steps.map(({ direction, because }) => [direction, because]),
      [
        ['up', undefined],
        ['down', 'standstill'],
      ],
    );
    const [stall, standstill] = test.heard('warning');
    assert.equal(stall!.code, 'pipeline/no-progress');
    assert.deepEqual(
      [standstill!.code, standstill!.element, standstill!.text],
      [
        'overload/standstill',
        'right',
        'The step rest is left out from now on: while it pauses right the graph stands still, for join waits for right to give it something at join.sink_1',
      ],
    );
    assert.equal(seen.filter(({ type }) => type === 'buffer').length, 60);
    test.assertClean();
  });
});

describe('overload, at the end', () => {
  it('leaves nothing that goes on looking, however the run ends', async () => {
    for (const end of ['stop', 'abort', 'flow'] as const) {
      const { pipeline, clock, play, flow, heard, assertClean } = scene([
        { name: 'pause', when, pause: ['source'], do: { tuned: { every: 3 } } },
      ]);
      const run = pipeline.run().catch(() => {});
      await play(300);
      assert.deepEqual(pipeline.summary().overload!.taken, ['pause']);
      pipeline.pause();
      await play(300);
      if (end === 'flow') pipeline.play();
      if (end === 'stop') pipeline.stop();
      if (end === 'abort') pipeline.abort();
      await flow();
      await play(end === 'flow' ? 3000 : 200);
      await run;
      assert.equal(pipeline.state, 'null', end);
      assert.equal((pipeline.elements.get('tuned')!.props as { every: number }).every, 1);
      const told = heard('overload').length;
      clock.advanceBy(10_000_000);
      await settled();
      assert.equal(heard('overload').length, told);
      assertClean();
    }
  });

  it('lets a source that has ended be paused, and one that is paused end', async () => {
    const ended = tinyElement('brief', { pads: SOURCE_PADS, create: () => ({ produce: () => undefined }) });
    const sink = tinyElement('end', { pads: SINK_PADS, create: () => ({ render: () => {} }) });
    const never = tinyElement('never', {
      pads: SINK_PADS,
      create: ({ context }) => ({
        render: () => new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve())),
      }),
    });
    const test = steadyPipeline([countingSource('source', { count: 30 }), queue, never, ended, sink], {
      links: ['source ! queue ! never', 'brief ! end'],
      elements: { queue: { props: { maxBuffers: 10 } } },
      overload: [{ when, pause: ['brief', 'source'] } as never],
    });
    const run = test.pipeline.run();
    for (let turn = 0; turn < 40; turn++) {
      test.clock.advanceBy(10_000);
      await settled(3);
    }
    assert.equal(test.heard('overload').length, 1);
    test.pipeline.stop(1_000_000);
    await settled();
    test.clock.advanceBy(1_000_000);
    await assert.rejects(run, /still at work: queue|still at work: never/);
    test.assertClean();
  });
});
