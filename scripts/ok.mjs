// `npm run ok`: the one gate, the same here and in continuous integration. Runs every check, shows what failed, and says at the
// end which did.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildStale } from './build-stale.mjs';
import { installMissing } from './install-missing.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
installMissing();
buildStale();

const tool = (path, ...args) => [`${root}node_modules/${path}`, ...args];
const tsc = (...args) => tool('typescript/bin/tsc', ...args);

const CHECKS = [
  ['format and lint', tool('@biomejs/biome/bin/biome', 'ci', '--diagnostic-level=error', '--colors=off', '.')],
  // Examples import the package by its name, and find its types where users do.
  ['declarations', tsc('-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--incremental', 'false')],
  ['types', tsc('-p', 'tsconfig.json', '--noEmit')],
  ['generated files', ['scripts/generate.mjs', '--check']],
  ['kernels', ['scripts/build-kernels.mjs', '--check']],
  ['tests', tool('mocha/bin/mocha.js', '--reporter', 'dot', 'test/**/*.test.ts')],
  ['examples and graphs', ['scripts/run-examples.mjs']],
];

const failed = [];
for (const [name, [script, ...args]] of CHECKS) {
  const began = performance.now();
  const path = script.startsWith('/') || /^[A-Z]:/i.test(script) ? script : root + script;
  const run = existsSync(path)
    ? spawnSync(process.execPath, [path, ...args], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 })
    : { status: 1, stdout: `There is no ${script}\n`, stderr: '' };
  const passed = run.status === 0;
  console.log(`${passed ? '✔' : '✘'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  if (passed) continue;
  failed.push(name);
  console.log(`${run.stdout}${run.stderr}`);
}
console.log(failed.length === 0 ? 'Everything is in order' : `Not in order: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
