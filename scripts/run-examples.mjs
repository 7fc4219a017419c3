// Runs every graph under graphs/ and every example under examples/, and says which failed. A graph with a plan of faults beside it
// is simulated, too; one that waits for a camera or a broker is checked here, and run by its test, which brings one along.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildStale } from './build-stale.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
buildStale();

/** Graphs that go on until somebody they wait for has come. */
const WAITING = ['rtsp.json', 'mqtt.json', 'camera-and-microphone.json'];

const leat = [`${root}bin/leat.cjs`, 'run', '--quiet'];
const runs = [];
for (const name of readdirSync(`${root}graphs`)) {
  if (!name.endsWith('.json')) continue;
  const graph = `graphs/${name.replace('.faults.json', '.json')}`;
  const simulation = [leat[0], 'simulate', graph, '--faults', `graphs/${name}`, '--runs', '10', '--buffers', '20'];
  const run = WAITING.includes(name) ? [leat[0], 'check', graph] : [...leat, graph];
  runs.push([`graphs/${name}`, name.endsWith('.faults.json') ? simulation : run]);
}
for (const name of readdirSync(`${root}examples`)) {
  if (!name.endsWith('.ts')) continue;
  // An element says in its first lines how to run it; anything else is a program.
  const launch = /^\/\/ leat run '(.+)'$/m.exec(readFileSync(`${root}examples/${name}`, 'utf8'))?.[1];
  const loader = ['--import', 'tsx'];
  const args = launch === undefined ? [`examples/${name}`] : [...leat, launch, '--plugin', `./examples/${name}`];
  runs.push([`examples/${name}`, [...loader, ...args]]);
}

let failures = 0;
for (const [name, args] of runs) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 120_000 });
  console.log(`${status === 0 ? '✔' : '✘'} ${name}`);
  if (status === 0) continue;
  failures++;
  console.log(stdout + stderr);
}
process.exitCode = failures === 0 ? 0 : 1;
