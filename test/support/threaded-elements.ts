// Elements that tests run in worker threads, which load this module by its address.
import { threadId } from 'node:worker_threads';
import { z } from 'zod';
import { caps } from '../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../src/core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../src/core/stream/buffer.ts';
import type { FlowReturn } from '../../src/core/stream/flow-return.ts';
import { slowJoint } from './slow-joint.ts';
import { countingSource, FILTER_PADS, filter, SINK_PADS, SOURCE_PADS, testMedia, tinyElement } from './tiny-element.ts';

const TICK = 10_000;

/** Gives `count` buffers with a slab each, whose first byte is their number; changes caps in mid-stream where `changeAt` says so. */
const counter = tinyElement('counter', {
  pads: { src: srcPad(anyMedia()) },
  props: z.looseObject({ count: z.number().default(20), changeAt: z.number().default(-1) }),
  open: ({ props }) => props,
  negotiate: { srcCaps: () => caps('test') },
  create: ({ context, caps: { src }, resource }) => {
    const { count, changeAt } = resource as { count: number; changeAt: number };
    let made = 0;
    let current = src!;
    return {
      produce: async () => {
        if (made >= count) return undefined;
        if (made === changeAt) {
          current = { media: 'test', fields: { step: 2 } };
          await context.setCaps('src', current);
        }
        const slab = context.arena.allocate(64);
        context.arena.bytes(slab.offset, 1)[0] = made;
        return new StreamBuffer({ caps: current, pts: made++ * TICK, duration: TICK, slabs: [slab] });
      },
    };
  },
});

/** Hands on, with the number of its thread in the value. */
const stamp = filter('stamp', (buffer) =>
  buffer.derive({ value: { ...(buffer.value as object), threads: [...threadsOf(buffer.value), threadId] } }),
);

function threadsOf(value: unknown): number[] {
  return (value as { threads?: number[] } | undefined)?.threads ?? [];
}

/** Writes the next number into a new slab of the framework's pool. */
const increment = tinyElement('increment', {
  pads: FILTER_PADS,
  create: ({ context }) => ({
    outputBytes: 64,
    transform: (buffer, output) => {
      context.arena.bytes(output.offset, 1)[0] = context.arena.bytes(buffer.slab.offset, 1)[0]! + 1;
      return buffer.derive({ slabs: [output], value: { view: output } });
    },
  }),
});

/** Hands on what is needed. */
const pure = filter('pure', (buffer) => buffer, { memoryless: true });

/** Gives its second buffer when it has heard that it is not needed. */
const needed = countingSource('needed', {
  count: 20,
  before: async (index, { neededFrom }) => {
    while (index === 1 && neededFrom('needed', 0) !== 10 * TICK) await new Promise(setImmediate);
  },
});

/** Says at its first buffer that it needs none before the tenth. */
const picky = tinyElement('picky', {
  pads: FILTER_PADS,
  create: ({ context }) => ({
    transform: (buffer) => {
      const { source, epoch, pts } = buffer;
      if (pts === 0) context.needs({ source, epoch, pts: 10 * TICK });
      return buffer;
    },
  }),
});

/** Lets every second buffer through. */
const halve = filter('halve', (buffer) => (buffer.sequence % 2 === 0 ? buffer : undefined));

/** Holds two buffers back until the end. */
const hold = tinyElement('hold', {
  pads: FILTER_PADS,
  create: () => {
    const held: StreamBuffer[] = [];
    return {
      transform: (buffer) => {
        held.push(buffer.retain());
        return held.length > 2 ? held.shift() : undefined;
      },
      drain: () => held.splice(0),
      flush: () => {
        for (const buffer of held.splice(0)) buffer.release();
      },
    };
  },
});

/** Throws on the buffer of that number. */
const faulty = tinyElement('faulty', {
  pads: FILTER_PADS,
  props: z.looseObject({ at: z.number().default(3) }),
  open: ({ props }) => props,
  create: ({ resource }) => ({
    transform: (buffer) => {
      if (buffer.pts === (resource as { at: number }).at * TICK) throw new RangeError('no luck');
      return buffer;
    },
  }),
});

/** Lets a buffer go a second after it came. */
const delay = filter('delay', (buffer) => buffer, {
  inFlight: () => 4,
  create: ({ context }) => ({
    transform: (buffer) =>
      new Promise((resolve) => {
        context.clock.schedule(context.clock.now() + 1_000_000, () => resolve(buffer));
      }),
  }),
});

/** Cannot be held back: gives something every 10 ms by the clock. */
const ticker = tinyElement('ticker', {
  pads: SOURCE_PADS,
  live: true,
  create: ({ context: { clock, signal }, caps: { src } }) => ({
    produce: async () => {
      await new Promise<void>((resolve) => {
        clock.schedule(clock.now() + TICK, resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      return signal.aborted ? undefined : new StreamBuffer({ caps: src!, pts: clock.now() });
    },
  }),
});

/** Never lets a buffer go, until it is aborted. */
const stuck = filter('stuck', (buffer) => buffer, {
  create: ({ context: { signal } }) => ({
    transform: (buffer) => {
      if (signal.aborted) return buffer;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(buffer)));
    },
  }),
});

/** Ends its thread. */
const crash = filter('crash', () => {
  setImmediate(() => {
    throw new Error('out of the blue');
  });
  return new Promise(() => {});
});

/** Hands on, but for the buffers of these numbers, with which its thread dies. */
const deadly = tinyElement('deadly', {
  pads: FILTER_PADS,
  props: z.looseObject({ at: z.array(z.number()).default([]) }),
  open: ({ props }) => props,
  create: ({ resource }) => ({
    transform: (buffer) => {
      if (!(resource as { at: number[] }).at.includes(buffer.sequence)) return buffer;
      setImmediate(() => {
        throw new Error('out of the blue');
      });
      return new Promise(() => {});
    },
  }),
});

/** Gives three buffers, and then its thread dies. */
const mortal = tinyElement('mortal', {
  pads: SOURCE_PADS,
  create: ({ context, caps: { src } }) => {
    let made = 0;
    return {
      produce: () => {
        if (made === 3) {
          context.arena.allocate(64);
          setImmediate(() => {
            throw new Error('out of the blue');
          });
          return new Promise(() => {});
        }
        return new StreamBuffer({ caps: src!, pts: made++ * TICK, duration: TICK, slabs: [context.arena.allocate(64)] });
      },
    };
  },
});

/**
 * Gives a frame in each round, once it has begun; in some it fails, or its thread dies. The test says how far it is in the first word
 * of `shared`, and hears in the second how often this has begun.
 */
const rounds = tinyElement('rounds', {
  pads: SOURCE_PADS,
  open: ({ props }) => props,
  create: ({ context, caps: { src }, resource }) => {
    const { shared, rounds, fails, dies } = resource as { shared: Int32Array; rounds: number; fails: number[]; dies: number[] };
    let round = Atomics.load(shared, 0);
    Atomics.add(shared, 1, 1);
    return {
      produce: async () => {
        if (round === rounds) return undefined;
        round++;
        while (Atomics.load(shared, 0) < round) await new Promise(setImmediate);
        if (fails.includes(round)) throw new Error(`killed in round ${round}`);
        if (dies.includes(round)) {
          context.arena.allocate(64);
          setImmediate(() => {
            throw new Error('out of the blue');
          });
          return new Promise(() => {});
        }
        return new StreamBuffer({ caps: src!, pts: round * TICK, duration: TICK, slabs: [context.arena.allocate(64)] });
      },
    };
  },
});

/** Keeps what comes until the first word of `shared` says so, and then its thread dies. */
const lateCrash = tinyElement('lateCrash', {
  pads: FILTER_PADS,
  queued: true,
  open: ({ props }) => props,
  create: ({ resource, context: { signal } }) => ({
    transform: async (buffer) => {
      while (!signal.aborted && Atomics.load((resource as { shared: Int32Array }).shared, 0) === 0) await new Promise(setImmediate);
      if (signal.aborted) return buffer;
      setImmediate(() => {
        throw new Error('out of the blue');
      });
      return new Promise(() => {});
    },
  }),
});

/** Fails with whatever comes. */
const broken = filter('broken', () => {
  throw new Error('out of order');
});

/** Gives three buffers, and says so when it is asked for more. */
const three = tinyElement('three', {
  pads: SOURCE_PADS,
  create: ({ context, caps: { src } }) => {
    let made = 0;
    return {
      produce: () => {
        if (made < 3) return new StreamBuffer({ caps: src!, pts: made++ * TICK, duration: TICK, slabs: [context.arena.allocate(64)] });
        context.info('three/over', 'gave all three');
        return undefined;
      },
    };
  },
});

/** Keeps what comes for ever. */
const swallow = filter('swallow', () => new Promise(() => {}), { queued: true });

/** Takes only what has the width that its model, known once it is open, wants; says what it has been given. */
const modelled = tinyElement('modelled', {
  pads: { sink: sinkPad(anyMedia()), src: srcPad(testMedia) },
  open: () => ({ width: 320 }),
  negotiate: {
    sinkCaps: ({ resource }) =>
      caps('picture', resource === undefined ? {} : { width: (resource as { width: number }).width }, { model: MODEL }),
    srcCaps: ({ sink }) => [{ media: 'test', fields: { from: (sink['sink']!.fields as { width: number }).width } }],
  },
  create: ({ context, caps: { sink, src } }) => ({
    transform: (buffer) => {
      context.post('seen', { sink: sink!.fields, isModel: sink!.info?.['model'] === MODEL });
      return buffer.derive({ caps: src! });
    },
  }),
});
const MODEL = { name: 'a model' };

/** Says everything that an element may say. */
const talker = tinyElement('talker', {
  pads: SINK_PADS,
  open: ({ context }) => {
    context.progress('opening', 0.5);
    context.reads('/tmp/leat-threads-in');
    context.writes('/tmp/leat-threads-out');
    return context.budget.claim(context.name, 2);
  },
  close: (claim) => (claim as { release(): void }).release(),
  create: ({ context }) => {
    let width = 0;
    return {
      render: (buffer) => {
        context.warn('talker/warning', `saw ${buffer.pts}`);
        context.info('talker/info', `width ${width}`);
        context.position(buffer.pts, 100);
        context.post('note', { pts: buffer.pts });
      },
      update: (props) => {
        const next = (props as unknown as { width: number }).width;
        if (next < 0) throw new RangeError('no width below 0');
        width = next;
      },
      report: ({ elements }) =>
        context.post(
          'reported',
          elements.map(({ name, handled }) => `${name} ${handled}`),
        ),
    };
  },
});

/** Leaves what no other thread can be given in all its hooks' results. */
const chatty = tinyElement('chatty', {
  pads: SINK_PADS,
  open: () => () => 'open',
  create: () => ({ render: () => {}, report: () => (() => 'report') as never, finish: () => (() => 'finish') as never }),
});

/** Gives something that no other thread can be given. */
const unclonable = filter('unclonable', (buffer) => buffer.derive({ value: () => 1 }));

/** Hands on whatever comes. */
const echo = tinyElement('echo', {
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  create: () => ({ transform: (buffer) => buffer }),
});

const blank = tinyElement('blank', { pads: SOURCE_PADS, create: () => ({ produce: () => undefined }) });

/** Spreads and joins. */
const split = tinyElement('split', {
  pads: { sink: sinkPad(anyMedia()), 'src_%u': srcPad(anyMedia(), { presence: 'request' }) },
  create: ({ caps, context }) => ({
    chain: {
      sink: async (buffer): Promise<FlowReturn> => {
        for (const pad of Object.keys(caps)) if (pad !== 'sink') await context.push(pad, buffer.retain());
        return 'ok';
      },
    },
  }),
});

export const threadedDefinitions: readonly AnyElementDefinition[] = [
  counter,
  stamp,
  increment,
  halve,
  pure,
  picky,
  needed,
  hold,
  faulty,
  delay,
  ticker,
  stuck,
  crash,
  deadly,
  mortal,
  rounds,
  broken,
  lateCrash,
  three,
  swallow,
  modelled,
  talker,
  chatty,
  unclonable,
  blank,
  echo,
  split,
  slowJoint,
];

export const threadedElements = { definitions: threadedDefinitions, module: import.meta.url };
