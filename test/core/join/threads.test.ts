// Sets that are joined of streams from several threads, or are taken by one: the same as without any.
import assert from 'node:assert/strict';
import { anyMedia, sinkPad } from '../../../src/core/element/pad-template.ts';
import { joiningElements } from '../../support/joining-elements.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { SINK_PADS, tinyElement } from '../../support/tiny-element.ts';

const STEPS = [10, 25, 40, 7];

const INPUTS = [{ name: 'a' }, { name: 'b', toleranceMs: 0.005 }, { name: 'c', onMissing: 'last', maxAgeMs: 0.05 }, { name: 'd' }];

/** Over how many threads the streams of a join are spread, and in which one its sets are taken. */
interface Spread {
  readonly threads: number;
  readonly taker?: string;
}

/** A settled join of four unlike streams, of eight elements, so that there is work for as many threads. */
function spread(name: string, { threads, taker }: Spread): { elements: Record<string, Record<string, unknown>>; links: string[] } {
  const threadOf = (index: number) => (threads === 0 ? {} : { thread: `thread ${index % threads}` });
  const streams = STEPS.flatMap((step, index) => [
    [`${name}-steps${index}`, { type: 'steps', props: { step, count: 30 }, ...threadOf(2 * index) }] as const,
    [`${name}-pass${index}`, { type: 'identity', ...threadOf(2 * index + 1) }] as const,
  ]);
  const elements = {
    ...Object.fromEntries(streams),
    [`${name}-join`]: { type: 'join', props: { inputs: INPUTS } },
    [`${name}-write`]: { type: 'write', ...(taker === undefined ? {} : { thread: taker }) },
  };
  const links = STEPS.map((_, index) => `${name}-steps${index} ! ${name}-pass${index} ! ${name}-join.sink_${index}`);
  return { elements, links: [...links, `${name}-join ! ${name}-write ! ${name}`] };
}

/** What leaves each of several joins; they share their threads, since to start one is dear. */
async function setsOf(spreads: Readonly<Record<string, Spread>>): Promise<Readonly<Record<string, readonly string[]>>> {
  const sets: Record<string, string[]> = {};
  const sinks = Object.keys(spreads).map((name) => {
    const seen: string[] = [];
    sets[name] = seen;
    return tinyElement(name, {
      pads: { ...SINK_PADS, sink: sinkPad(anyMedia()) },
      create: () => ({ render: ({ value }) => void seen.push(value as string) }),
    });
  });
  const parts = Object.entries(spreads).map(([name, one]) => spread(name, one));
  const elements = Object.assign({}, ...parts.map((part) => part.elements));
  const test = testPipeline(sinks, { elements, links: parts.flatMap(({ links }) => links) }, { threaded: joiningElements });
  await test.pipeline.run();
  test.assertClean();
  return sets;
}

describe('settled joins and threads', function () {
  this.timeout(60_000);

  it('give the same sets with 1, 2 and 8 threads, and in a thread that takes whole sets, as without any', async () => {
    const { none = [], ...others } = await setsOf({
      none: { threads: 0 },
      one: { threads: 1 },
      two: { threads: 2, taker: 'thread 0' },
      eight: { threads: 8 },
    });
    assert.ok(none.length > 60);
    for (const [name, sets] of Object.entries(others)) assert.deepEqual(sets, none, name);
  });
});
