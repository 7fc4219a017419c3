// Runs the real launcher in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
// @ts-expect-error plain Node, which runs before anything is installed, has no types
import { buildStale } from '../../scripts/build-stale.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface LeatRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningLeat {
  readonly process: ChildProcess;
  /** Resolves when a text has appeared on either stream. */
  saw(text: string): Promise<void>;
  readonly done: Promise<LeatRun>;
}

/** Compiles what is stale; for a `before` hook, with time to spare. */
export function prepareLeat(): void {
  buildStale();
}

export function startLeat(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): RunningLeat {
  const child = spawn(process.execPath, [`${root}bin/leat.cjs`, ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, NODE_OPTIONS: '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  const waiting: { text: string; resolve: () => void }[] = [];
  const look = (): void => {
    for (const { text, resolve } of waiting) if ((stdout + stderr).includes(text)) resolve();
  };
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    stdout += data;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (data: string) => {
    stderr += data;
    look();
  });
  const done = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }) as LeatRun);
  const saw = (text: string): Promise<void> =>
    Promise.race([
      new Promise<void>((resolve) => {
        waiting.push({ text, resolve });
        look();
      }),
      done.then(() => {
        if (!(stdout + stderr).includes(text)) throw new Error(`The launcher ended without saying "${text}":\n${stdout}${stderr}`);
      }),
    ]);
  return { process: child, saw, done };
}

export function runLeat(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Promise<LeatRun> {
  return startLeat(args, options).done;
}

/** Text of a plugin that may use what `leat` exports. */
export function pluginText(body: string): string {
  const from = (path: string): string => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
  return `import { anyMedia, defineElement, sinkPad, srcPad, StreamBuffer } from ${from('dist/index.js')};
import { z } from ${from('node_modules/zod/index.js')};
const common = { klass: 'Test', summary: 'For a test.', example: '', props: z.strictObject({}) };
${body}`;
}
