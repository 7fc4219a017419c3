import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type LeatRun, runLeat } from '../run-leat.ts';

/** The launcher's words, the exit code that they call for, and what it has to say. */
export type Case = readonly [args: readonly string[], code: number, message: RegExp];

/** Runs the launcher for each case, all at once, and holds it to what every user is owed. */
export async function runCases(cwd: string, cases: readonly Case[]): Promise<LeatRun[]> {
  const runs = await Promise.all(cases.map(([args]) => runLeat(args, { cwd })));
  for (const [index, run] of runs.entries()) {
    const [args, code, message] = cases[index]!;
    const words = `leat ${args.join(' ')}\n${run.stderr}`;
    assert.equal(run.code, code, words);
    assert.match(run.stderr, message, words);
    saysItOnce(run.stderr, code === 0 ? 0 : 1, words);
  }
  assert.deepEqual(halfFiles(cwd), []);
  return runs;
}

/** Files under a folder that were begun and neither finished nor removed. */
export function halfFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.part'));
}

function saysItOnce(stderr: string, errors: number, words: string): void {
  assert.doesNotMatch(stderr, /\n +at /, `no stack trace: ${words}`);
  assert.equal(stderr.match(/^Error: |problems? with the graph:$/gm)?.length ?? 0, errors, words);
  assert.doesNotMatch(stderr, /\bundefined\b|\[object|^0 frames/m, words);
  assert.doesNotMatch(stderr, /^(?:Error: |Warning: )?([\w-]+): \1[: ]/m, `no name twice: ${words}`);
}
