// Runs a program in a process of its own and says what it cost. The shell's own clock takes user and system time of all its
// threads and children, whatever language it is written in.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

export interface ProcessCost {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Cores that other programs kept busy meanwhile, on average. */
  readonly othersCores: number;
  readonly stdout: string;
}

/** @throws Error when the program cannot be started or fails; its own words are in the message. */
export function timedProcess(command: readonly string[], env: NodeJS.ProcessEnv = process.env): ProcessCost {
  const before = busyMs();
  const { status, stdout, stderr, error } = spawnSync('bash', ['-c', 'TIMEFORMAT="%3R %3U %3S"; time "$@"', 'bash', ...command], {
    encoding: 'utf8',
    env: { ...env, LC_ALL: 'C' },
    maxBuffer: 2 ** 28,
    timeout: 600_000,
  });
  const last = stderr?.trimEnd().split('\n').at(-1) ?? '';
  if (error !== undefined || status !== 0) throw new Error(`Cannot measure ${command.join(' ')}: ${error?.message ?? stderr}`);
  const [wall, user, system] = last.split(' ').map(Number) as [number, number, number];
  const cpuMs = (user + system) * 1000;
  return { wallMs: wall * 1000, cpuMs, othersCores: Math.max(0, (busyMs() - before - cpuMs) / (wall * 1000)), stdout };
}

/** Processor time that the whole machine has spent. */
function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

export interface ItemCost {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Cores that other programs kept busy during the longer run. */
  readonly othersCores: number;
}

/** What an item costs when starting and stopping are taken out: two fresh processes of different length, and the difference. */
export function costPerItem(commandFor: (count: number) => readonly string[], [few, many]: readonly [number, number]): ItemCost {
  const short = timedProcess(commandFor(few));
  const long = timedProcess(commandFor(many));
  const items = many - few;
  return { wallMs: (long.wallMs - short.wallMs) / items, cpuMs: (long.cpuMs - short.cpuMs) / items, othersCores: long.othersCores };
}

/** The first line that a program prints when asked for its version; undefined when it is not installed. */
export function versionOf(command: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0]!.trim() : undefined;
}
