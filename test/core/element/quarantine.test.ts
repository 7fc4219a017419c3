import assert from 'node:assert/strict';
import type { AnyHooks } from '../../../src/core/element/define-element.ts';
import type { QuarantineStore, SetAside } from '../../../src/core/element/quarantine.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { probe, type Seen, stepsOf } from '../../support/probe.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';
import { countingSource, FILTER_PADS, filter, tinyElement } from '../../support/tiny-element.ts';

type Settings = Readonly<Record<string, unknown>>;

/** Six buffers through an element; what was seen behind it. */
async function through(create: () => AnyHooks, settings: Settings, openQuarantine?: () => QuarantineStore) {
  const seen: Seen[] = [];
  const test = testPipeline(
    [countingSource('source', { count: 6, slabBytes: 64 }), tinyElement('it', { pads: FILTER_PADS, create }), probe('probe', seen)],
    { links: ['source ! it ! probe'], elements: { it: settings } },
    { openQuarantine },
  );
  const run = test.pipeline.run();
  for (;;) {
    await settled();
    if (test.clock.next === undefined) break;
    test.clock.advanceTo(test.clock.next);
  }
  const summary = await run;
  test.assertClean();
  const it = summary.elements[1]!;
  return { seen: stepsOf(seen), dropped: it.dropped, notes: it.notes, ...test };
}

const poison = (buffer: StreamBuffer): StreamBuffer => {
  if (buffer.pts === 30_000) throw new RangeError('poison');
  return buffer;
};

describe('quarantine', () => {
  it('tries a buffer as often as it is told to, and puts it aside then', async () => {
    for (const onError of ['skip', 'restart']) {
      let tries = 0;
      const { seen, dropped, heard, notes } = await through(
        () => ({
          transform: (buffer) => {
            if (buffer.pts === 30_000) tries++;
            return poison(buffer);
          },
        }),
        { onError, quarantine: { attempts: 3 } },
      );
      assert.deepEqual([tries, seen, dropped], [3, ['0', '1', '2', '-3', '4', '5'], { quarantined: 1 }]);
      assert.deepEqual(
        heard('quarantine').map(({ source, epoch, sequence, pts, attempts }) => [source, epoch, sequence, pts, attempts]),
        [['source', 0, 3, 30_000, 3]],
      );
      assert.equal(notes['restarts'], onError === 'restart' ? 3 : undefined);
    }
  });

  it('loses nothing where an element fails that comes to itself', async () => {
    let failures = 0;
    const create = (): AnyHooks => ({
      transform: (buffer) => {
        if (buffer.pts === 30_000 && failures++ < 1) throw new Error('out of sorts');
        return buffer;
      },
    });
    for (const onError of ['skip', 'restart']) {
      failures = 0;
      const { seen, dropped } = await through(create, { onError, quarantine: { attempts: 2 } });
      assert.deepEqual([seen, dropped], [['0', '1', '2', '3', '4', '5'], {}]);
    }
  });

  it('takes one buffer out of a batch, and leaves the others in it and in order', async () => {
    const sizes: number[] = [];
    const { seen, dropped } = await through(
      () => ({
        transformBatch: async (buffers) => {
          sizes.push(buffers.length);
          return buffers.map(poison);
        },
      }),
      { onError: 'skip', batch: { maxSize: 6, maxWaitMs: null } },
    );
    assert.deepEqual([seen, dropped], [['0', '1', '2', '-3', '4', '5'], { quarantined: 1 }]);
    assert.deepEqual(sizes, [6, 1, 1, 1, 1, 1, 1], 'once more for each at most');
  });

  it('takes a buffer apart that holds several items', async () => {
    const runs: number[] = [];
    /** Its value is how many it holds, from its pts on. */
    const gather = tinyElement('gather', {
      pads: FILTER_PADS,
      create: () => ({ transform: (buffer) => (buffer.pts === 0 ? buffer.derive({ value: 6 }) : undefined) }),
    });
    const it = tinyElement('it', {
      pads: FILTER_PADS,
      create: () => ({
        parts: (buffer) => {
          const count = buffer.value as number;
          const part = (at: number, value: number): StreamBuffer =>
            new StreamBuffer({ ...buffer, pts: buffer.pts + at * 10_000, slabs: [], value });
          return count < 2 ? undefined : [part(0, count >> 1), part(count >> 1, count - (count >> 1))];
        },
        transformBatch: (buffers) => {
          const [{ pts, value }] = buffers as readonly [StreamBuffer];
          runs.push(value as number);
          if (pts <= 30_000 && 30_000 < pts + (value as number) * 10_000) throw new Error('poison');
          return buffers;
        },
      }),
    });
    const seen: Seen[] = [];
    const { pipeline, assertClean } = testPipeline(
      [countingSource('source', { count: 1, slabBytes: 64 }), gather, it, probe('probe', seen)],
      {
        links: ['source ! gather ! it ! probe'],
        elements: { it: { onError: 'skip' } },
      },
    );
    const { elements } = await pipeline.run();
    assert.deepEqual(stepsOf(seen), ['0', '-3', '4'], 'three of them, none, and two');
    assert.deepEqual(runs, [6, 3, 3, 1, 2]);
    assert.deepEqual(elements[2]!.dropped, { quarantined: 1 });
    assertClean();
  });

  it('gives what was put aside to whoever writes it down, and tells where', async () => {
    const written: SetAside[] = [];
    let finished = 0;
    const { heard } = await through(
      () => ({ transform: poison }),
      { onError: 'skip', quarantine: { folder: 'out' } },
      () => ({
        add: (one) => {
          written.push(one);
          assert.equal(one.buffer.slab.references, 1, 'while it is still there');
          return 'out/it.leat';
        },
        finish: async () => void finished++,
      }),
    );
    assert.deepEqual(
      written.map(({ element, attempts, error }) => [element.name, attempts, error.message]),
      [['it', 1, 'it: poison']],
    );
    assert.equal(heard('quarantine')[0]!.file, 'out/it.leat');
    assert.equal(finished, 1);
  });

  it('goes on where nothing can be written, with a warning', async () => {
    const settings = { onError: 'skip', quarantine: { folder: 'out' } };
    const texts: string[] = [];
    for (const open of [
      undefined,
      () => {
        throw new Error('no such disk');
      },
      () => ({ add: () => 'out/it.leat', finish: () => Promise.reject(new Error('the disk is full')) }),
    ]) {
      const { heard, seen } = await through(() => ({ transform: poison }), settings, open);
      assert.equal(seen.length, 6);
      texts.push(...heard('warning').map(({ code, text }) => `${code} ${text}`));
    }
    const start = 'quarantine/not-written it: what was put aside could not be written down: ';
    assert.deepEqual(texts, [
      `${start}the pipeline was made without anything that could write it; make it with createPipeline`,
      `${start}no such disk`,
      `${start}the disk is full`,
    ]);
  });
});

describe('a quarantine that takes nothing', () => {
  const settings = { onError: 'skip', quarantine: { folder: 'out', maxFiles: 3, keep: 'first' } };
  const failing = (): AnyHooks => ({
    transform: () => {
      throw new Error('poison');
    },
  });

  it('for want of a folder says so once a second at most, and counts', async () => {
    const open = (): never => {
      throw new Error('no such disk');
    };
    const { heard, dropped } = await through(failing, settings, open);
    assert.deepEqual([dropped, heard('quarantine').length], [{ quarantined: 6 }, 6]);
    assert.deepEqual(
      heard('warning').map(({ text }) => text),
      ['it: what was put aside could not be written down: no such disk'],
    );
  });

  it('for want of room says so once, with what to do', async () => {
    let room = 3;
    const { heard } = await through(failing, settings, () => ({
      add: () => (room-- > 0 ? 'out/file' : undefined),
      finish: async () => {},
    }));
    assert.deepEqual(
      heard('quarantine').map(({ file }) => file !== undefined),
      [true, true, true, false, false, false],
    );
    assert.deepEqual(
      heard('warning').map(({ code, text }) => `${code} ${text}`),
      [
        'quarantine/full it: what is put aside does not fit into out any more (maxFiles 3, maxBytes 268435456): it is counted and told of, but not written down; empty it, raise them, or say keep: last',
      ],
    );
  });
});

describe('a hook that takes too long', () => {
  it('costs its buffer, which it keeps until it comes back', async () => {
    const back: (() => void)[] = [];
    const slow = filter('it', (buffer) =>
      buffer.pts === 30_000 ? new Promise((resolve) => back.push(() => resolve(buffer.derive({})))) : Promise.resolve(buffer),
    );
    const seen: Seen[] = [];
    const { pipeline, clock, arena, heard, assertClean } = testPipeline(
      [countingSource('source', { count: 6, slabBytes: 64 }), slow, probe('probe', seen)],
      { links: ['source ! it ! probe'], elements: { it: { onError: 'skip', timeoutMs: 100 } } },
    );
    const run = pipeline.run();
    await settled();
    clock.advanceBy(100_000);
    await run;
    assert.deepEqual(stepsOf(seen), ['0', '1', '2', '-3', '4', '5']);
    assert.equal(arena.statistics.slabsInUse, 1);
    assert.deepEqual(
      heard('quarantine').map(({ error }) => [error.code, error.message]),
      [['element/timeout', 'it has not come back from a buffer for 100.0 ms; raise its timeoutMs if it needs longer']],
    );
    back[0]!();
    await settled();
    assertClean();
  });
});
