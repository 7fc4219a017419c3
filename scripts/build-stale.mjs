// Compiles src to dist when a source is newer than what was compiled last. Plain Node.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const next = `${root}node_modules/.leat-dist`;
const last = `${root}node_modules/.leat-dist-last`;
const stamp = `${root}dist/.compiled`;

/** @returns {boolean} whether something had to be compiled */
export function buildStale() {
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  const begun = new Date();
  if (
    !isNewer(`${root}src`, built) &&
    !['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].some((file) => isNewer(root + file, built))
  )
    return false;
  console.error('Compiling …');
  // Types are checked by `npm run types`; here they would only cost whoever runs the program three seconds more.
  const args = ['-p', 'tsconfig.build.json', '--noCheck', '--declaration', 'false', '--incremental', 'false', '--outDir', next];
  rmSync(next, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error('Cannot compile src: the compiler failed (see above)');
    process.exit(1);
  }
  // Compiled aside and put in place at once: no program starts on half of it, and nothing of an older source stays behind.
  rmSync(last, { recursive: true, force: true });
  if (existsSync(`${root}dist`)) renameSync(`${root}dist`, last);
  renameSync(next, `${root}dist`);
  rmSync(last, { recursive: true, force: true });
  writeFileSync(stamp, '');
  // A source that was saved while the compiler ran is newer than the stamp.
  utimesSync(stamp, begun, begun);
  return true;
}

/** Whether a file, a folder or something in it changed after a time; a folder changes when a file in it goes. */
function isNewer(path, time) {
  const stat = statSync(path);
  if (stat.mtimeMs > time) return true;
  return stat.isDirectory() && readdirSync(path).some((name) => isNewer(`${path}/${name}`, time));
}
