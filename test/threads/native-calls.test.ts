import assert from 'node:assert/strict';
import { NativeCalls, nativeCalls, poolThreads } from '../../src/threads/native-calls.ts';
import { settled } from '../support/test-pipeline.ts';

type Done = (error: Error | null, result: string) => void;

/** A gate, with the calls that have begun and how to end them. */
function gate(limit: number) {
  const calls = new NativeCalls(limit);
  const begun = new Map<string, Done>();
  const run = (name: string, signal?: AbortSignal) => calls.run<string>((done) => begun.set(name, done), signal);
  return { calls, begun, run, end: (name: string) => begun.get(name)!(null, `${name} done`) };
}

describe('native calls', () => {
  it('lets as many run at once as its limit says, and the others in the order of asking', async () => {
    const { calls, begun, run, end } = gate(2);
    const all = ['a', 'b', 'c', 'd'].map((name) => run(name));
    assert.deepEqual([...begun.keys()], ['a', 'b']);
    assert.equal(calls.waitingCalls, 2);
    end('b');
    assert.deepEqual([...begun.keys()], ['a', 'b', 'c']);
    end('a');
    end('d');
    end('c');
    assert.deepEqual(await Promise.all(all), ['a done', 'b done', 'c done', 'd done']);
    assert.equal(calls.waitingCalls, 0);
  });

  it('goes on after calls that fail, whether they throw at once or later', async () => {
    const calls = new NativeCalls(1);
    const later = calls.run<string>((done) => setImmediate(done, new Error('later'), ''));
    const atOnce = calls.run<string>(() => {
      throw new Error('at once');
    });
    const good = calls.run<string>((done) => done(null, 'good'));
    const outcomes = await Promise.allSettled([later, atOnce, good]);
    assert.deepEqual(
      outcomes.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
      ['later', 'at once', 'good'],
    );
  });

  it('never begins a call that was aborted while it waited', async () => {
    const { begun, run, end } = gate(1);
    const abortion = new AbortController();
    const [first, second, third] = [run('a'), run('b', abortion.signal), run('c')];
    abortion.abort();
    assert.equal(await second, undefined);
    end('a');
    assert.deepEqual([...begun.keys()], ['a', 'c']);
    end('c');
    assert.deepEqual(await Promise.all([first, third]), ['a done', 'c done']);
  });

  it('leaves a call that has begun to its caller when it is aborted', async () => {
    const { run, end } = gate(1);
    const abortion = new AbortController();
    const first = run('a', abortion.signal);
    abortion.abort();
    end('a');
    assert.equal(await first, 'a done');
  });

  it('lets work that is a promise wait in the same way', async () => {
    const calls = new NativeCalls(1);
    const events: string[] = [];
    const work = (name: string) =>
      calls.work(async () => {
        events.push(`${name} begins`);
        await settled(2);
        events.push(`${name} ends`);
        return name;
      });
    assert.deepEqual(await Promise.all([work('a'), work('b')]), ['a', 'b']);
    assert.deepEqual(events, ['a begins', 'a ends', 'b begins', 'b ends']);
    await assert.rejects(
      calls.work(() => Promise.reject(new Error('failed'))),
      /failed/,
    );
    assert.equal(await work('c'), 'c');
  });

  it('reads the size of the pool from the environment', () => {
    const sizes = [undefined, '', '8', '1', '0', '-3', 'many', '5000'].map((value) =>
      poolThreads(value === undefined ? {} : { UV_THREADPOOL_SIZE: value }),
    );
    assert.deepEqual(sizes, [4, 4, 8, 1, 1, 1, 4, 1024]);
  });

  it('keeps a thread of the pool free of models', () => {
    assert.equal(nativeCalls.limit, Math.max(1, poolThreads(process.env) - 1));
  });
});
