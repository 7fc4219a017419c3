import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { type TrialNote, tryProviders } from '../../../src/media/devices/try-providers.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

/** What stands for the process that tries providers: each is called what becomes of it. */
const PEER = `
const say = (note) => new Promise((resolve) => process.send(note, resolve));
(async () => {
  for (const provider of process.argv.slice(1)) {
    if (provider === 'ends-at-once') process.exit(3);
    await say({ provider, hasBegun: true });
    if (provider === 'crashes') process.kill(process.pid, 'SIGSEGV');
    if (provider === 'hangs') return setInterval(() => undefined, 1e6);
    await say(provider === 'fails' ? { provider, reason: 'no such card' } : { provider, tookMs: 7 });
  }
  process.disconnect();
})();
`;

describe('tryProviders', function () {
  this.timeout(60_000);

  const trying = async (providers: readonly string[]) => {
    const clock = new ManualClock();
    const children: ChildProcess[] = [];
    const start = (left: readonly string[]): ChildProcess => {
      const child = spawn(process.execPath, ['-e', PEER, ...left], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      children.push(child);
      // Once whoever waits for it has heard it.
      const heard = ({ provider }: TrialNote): void => void (provider === 'hangs' && setImmediate(() => clock.advanceBy(1_000_000)));
      return child.on('message', heard);
    };
    const reports = await tryProviders(providers, { clock, limitMs: 1000, start });
    for (const { exitCode, signalCode } of children) assert.ok(exitCode !== null || signalCode !== null, 'nobody is left behind');
    return { reports, processes: children.length };
  };

  it('tells which work, and why others do not, in one process', async () => {
    const { reports, processes } = await trying(['works', 'fails', 'works-too']);
    assert.deepEqual(reports, [
      { provider: 'works', works: true, tookMs: 7 },
      { provider: 'fails', works: false, reason: 'no such card' },
      { provider: 'works-too', works: true, tookMs: 7 },
    ]);
    assert.equal(processes, 1);
  });

  it('tries what comes after a crash, and after one that hangs, in other processes', async () => {
    const { reports, processes } = await trying(['crashes', 'works', 'hangs', 'works-too']);
    assert.deepEqual(reports, [
      { provider: 'crashes', works: false, reason: 'its driver ended the process that tried it (SIGSEGV)' },
      { provider: 'works', works: true, tookMs: 7 },
      { provider: 'hangs', works: false, reason: 'it did not come to an end within 1.00 s' },
      { provider: 'works-too', works: true, tookMs: 7 },
    ]);
    assert.equal(processes, 3);
  });

  it('comes to an end where nothing can be tried', async () => {
    const { reports } = await trying(['ends-at-once', 'works']);
    assert.deepEqual(reports[0], {
      provider: 'ends-at-once',
      works: false,
      reason: 'its driver ended the process that tried it (exit code 3)',
    });
    assert.equal(reports[1]!.works, true);
    const missing = await tryProviders(['any'], { clock: new ManualClock(), start: () => spawn('/nowhere/node', { stdio: 'ignore' }) });
    assert.match(missing[0]!.reason!, /^it cannot be tried: .*ENOENT/);
  });

  it('has the processor run the tiny model, and tells of what is not built in', async () => {
    const [cpu, none] = await tryProviders(['cpu', 'coreml']);
    assert.equal(cpu!.works, true, cpu!.reason);
    assert.equal(none!.works, process.platform === 'darwin');
  });
});
