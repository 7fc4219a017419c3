// Random sequences of edits while data flows, against a model of what each sink has to get.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { GraphEdit } from '../../../src/core/edit/graph-edit.ts';
import { EditedPipeline, upTo } from './edited-pipeline.ts';

const GRAPH = {
  elements: {
    a: { type: 'ticker' },
    mux: { type: 'stream-mux', props: { maxWaitMs: 20, maxSize: 3 } },
    model: { type: 'slow' },
    demux: { type: 'stream-demux' },
    toA: { type: 'collector' },
    x: { type: 'ticker', props: { periodMs: 7 } },
    tee: { type: 'tee' },
    one: { type: 'collector' },
    l: { type: 'ticker' },
    r: { type: 'ticker' },
    k: { type: 'ticker', props: { periodMs: 6 } },
    left: { type: 'funnel' },
    right: { type: 'funnel' },
    toLeft: { type: 'collector' },
    toRight: { type: 'collector' },
  },
  links: ['a ! mux ! model ! demux ! toA', 'x ! tee ! one', 'l ! left ! toLeft', 'r ! right ! toRight', 'k ! left'],
};

type Step =
  | { readonly do: 'source' | 'branch'; readonly index: number; readonly drain: boolean }
  | { readonly do: 'relink' | 'set' }
  | { readonly do: 'fail'; readonly how: number }
  | { readonly do: 'wait'; readonly time: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('source' as const, 'branch' as const), index: fc.integer({ min: 0, max: 2 }), drain: fc.boolean() }),
  fc.record({ do: fc.constantFrom('relink' as const, 'set' as const) }),
  fc.record({ do: fc.constant('fail' as const), how: fc.integer({ min: 0, max: 6 }) }),
  fc.record({ do: fc.constant('wait' as const), time: fc.integer({ min: 1, max: 40 }) }),
);

/** Edits that cannot be: nothing of them may come into force. */
const IMPOSSIBLE: readonly GraphEdit[] = [
  { add: { elements: { z: { type: 'ticker' }, toZ: { type: 'collector', props: { failing: true } } }, links: ['z ! mux', 'demux ! toZ'] } },
  { add: { elements: { z: { type: 'ticker' }, toZ: { type: 'refusing' } }, links: ['z ! left', 'tee ! toZ'] } },
  { add: { elements: { z: { type: 'ticker' } }, links: ['z ! mux.there'] } },
  {
    add: { elements: { z: { type: 'ticker', props: { media: 'nothing' } }, toZ: { type: 'refusing' } }, links: ['z ! toZ'] },
    set: { one: { label: 'z' } },
  },
  { remove: ['model'] },
  { set: { one: { label: 'z' }, model: { serviceMs: 1 } } },
  { unlink: ['k ! toRight'], remove: 'toA' },
];

class Walk {
  readonly test = new EditedPipeline(GRAPH);
  private readonly present = new Set<string>();
  private readonly pending: Promise<void>[] = [];
  private side: 'left' | 'right' = 'left';
  private labels = 0;
  /** How much of what sinks noted has been looked at, and the latest number of each stream in it. */
  private looked = 0;
  private readonly last = new Map<string, number>();
  /** Sinks whose sources have been taken out with everything worked off. */
  readonly drained = new Set<string>();

  constructor() {
    this.test.atRest = () => this.conserve();
  }

  async take(one: Step): Promise<void> {
    switch (one.do) {
      case 'wait':
        await this.test.advance(one.time, 5);
        break;
      case 'source':
        this.pair(`c${one.index}`, [`c${one.index}`, `to-c${one.index}`], one.drain, {
          elements: {
            [`c${one.index}`]: { type: 'ticker', props: { periodMs: 4 + one.index } },
            [`to-c${one.index}`]: { type: 'collector' },
          },
          links: [`c${one.index} ! mux`, `demux ! to-c${one.index}`],
        });
        break;
      case 'branch':
        this.pair(`b${one.index}`, [`q${one.index}`, `b${one.index}`], one.drain, {
          elements: { [`q${one.index}`]: { type: 'queue', props: { maxBuffers: 2 } }, [`b${one.index}`]: { type: 'collector' } },
          links: [`tee ! q${one.index} ! b${one.index}`],
        });
        break;
      case 'relink': {
        const next = this.side === 'left' ? 'right' : 'left';
        this.edit({ unlink: [`k ! ${this.side}`], add: { links: [`k ! ${next}`] } });
        this.side = next;
        break;
      }
      case 'set':
        this.edit({ set: { one: { label: `${this.labels++}` } } });
        break;
      case 'fail':
        await this.fail(IMPOSSIBLE[one.how]!);
    }
    this.check();
  }

  /** Adds what is not there, removes what is. */
  private pair(name: string, names: string[], drain: boolean, add: NonNullable<GraphEdit['add']>): void {
    if (this.present.delete(name)) this.edit({ remove: names, drain });
    else {
      this.present.add(name);
      this.edit({ add });
    }
  }

  private edit(edit: GraphEdit): void {
    this.pending.push(this.test.pipeline.edit(edit));
  }

  async settle(): Promise<void> {
    await this.test.while(Promise.all(this.pending.splice(0)));
  }

  private async fail(edit: GraphEdit): Promise<void> {
    await this.settle();
    const before = this.picture();
    await assert.rejects(this.test.while(this.test.pipeline.edit(edit)));
    assert.deepEqual(this.picture(), before);
  }

  /** Everything about the graph that an edit changes. */
  private picture(): unknown {
    const { pipeline, open } = this.test;
    const elements = [...pipeline.elements.values()].map(({ name, written, sinkPads, srcPads }) => [
      name,
      written,
      [...sinkPads.values()].map(({ path, peer }) => [path, peer?.path]),
      [...srcPads.values()].map(({ path, peer }) => [path, peer?.path]),
    ]);
    return [elements, pipeline.summary().elements.map(({ name }) => name), [...open].sort(), pipeline.latency];
  }

  /**
   * What is in flight, by what is found in queues, by what elements count themselves that have buffers at work, and by the slabs that
   * nobody has given back: at every element exactly what its statistics say.
   */
  private conserve(): void {
    const { pipeline, slowWork, arena } = this.test;
    for (const { name, statistics, sinkPads, isSource } of pipeline.elements.values()) {
      if (name === 'mux') continue;
      const pads = [...sinkPads.values()];
      const queued = pads.reduce((sum, { queueTask }) => sum + (queueTask?.queue.level ?? 0) + (queueTask?.queue.blocked ?? 0), 0);
      const atWork = slowWork.get(name)?.atWork ?? 0;
      assert.equal(statistics.inFlight, queued + atWork, `${name}: ${queued} in queues, ${atWork} at work`);
      if (isSource) assert.equal(statistics.handled, statistics.received, name);
    }
    // Nobody else holds anything: a slab that is in use is in the mux, or between it and the end of the model's work.
    const { inFlight, handled, produced } = pipeline.elements.get('mux')!.statistics;
    const inModel = handled - slowWork.get('model')!.slabsDone;
    assert.equal(inFlight + inModel, arena.statistics.slabsInUse, `mux: ${inFlight} in flight, and ${inModel} in the model`);
    // What comes by a link is what was sent.
    const model = pipeline.elements.get('model')!.statistics;
    assert.equal(model.received, produced, 'mux ! model');
    // Each item for a stream that has left counts as one that the demux got, and lost.
    const { received, dropped } = pipeline.elements.get('demux')!.statistics;
    assert.equal(received - (dropped.get('not-linked') ?? 0), model.produced, 'model ! demux');
  }

  /** What holds at every moment. */
  check(): void {
    const { noted } = this.test;
    for (; this.looked < noted.length; this.looked++) {
      const { sink, source, epoch, sequence } = noted[this.looked]!;
      const stream = `${sink} ${source}/${epoch}`;
      const last = this.last.get(stream) ?? -1;
      assert.ok(last < sequence, `${stream} got ${sequence} after ${last}`);
      this.last.set(stream, sequence);
    }
  }

  /** What each sink has to have got in the end. */
  async end(isWhole: boolean): Promise<void> {
    await this.settle();
    const { elements, removed = [] } = await this.test.end();
    this.check();
    const produced = (name: string): number[] => upTo(elements.find((one) => one.name === name)!.produced);
    assert.deepEqual(this.test.gotBy('toA'), { 'a/0': produced('a') });
    assert.deepEqual(this.test.gotBy('one'), { 'x/0': produced('x') });
    assert.deepEqual(this.test.gotBy('toLeft')['l/0'], produced('l'));
    assert.deepEqual(this.test.gotBy('toRight')['r/0'], produced('r'));
    const k = [...(this.test.gotBy('toLeft')['k/0'] ?? []), ...(this.test.gotBy('toRight')['k/0'] ?? [])];
    assert.deepEqual(
      k.sort((one, other) => one - other),
      produced('k'),
    );
    // The lives of a source, one epoch each.
    const lives = (name: string): number[] => [...removed, ...elements].filter((one) => one.name === name).map((one) => one.produced);
    for (const sink of ['to-c0', 'to-c1', 'to-c2', 'b0', 'b1', 'b2']) {
      for (const [stream, sequences] of Object.entries(this.test.gotBy(sink))) {
        const [source, epoch] = stream.split('/') as [string, string];
        assert.equal(source, sink.startsWith('to-') ? sink.slice(3) : 'x');
        if (isWhole && sink.startsWith('to-')) assert.deepEqual(sequences, upTo(lives(source)[Number(epoch)]!), `${sink} lacks nothing`);
      }
    }
  }
}

describe('random edits while data flows', () => {
  it('never come to a standstill, lose or double nothing, and leave no trace when they fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (steps) => {
        const walk = new Walk();
        await walk.test.advance(15);
        for (const one of steps) await walk.take(one);
        const everyDrains = steps.every((one) => !('drain' in one) || one.drain);
        await walk.end(everyDrains);
      }),
      { seed: 20_261_125, numRuns: 200, endOnFailure: true },
    );
  }).timeout(120_000);
});
