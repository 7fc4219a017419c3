// Installs the packages that the lock file names and node_modules lacks. Plain Node, since nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns {boolean} whether something had to be installed */
export function installMissing() {
  const missing = missingPackages();
  if (missing.length === 0) return false;
  const fresh = !existsSync(`${root}node_modules`);
  const what = fresh ? 'packages' : `${missing.length} missing ${missing.length === 1 ? 'package' : 'packages'}`;
  console.error(`Installing ${what} from the npm registry (once; about a minute) …`);
  // npm ci wants an empty node_modules and a lock file in step with package.json; npm install is the way for everything else.
  const done = (fresh && npm('ci')) || npm('install');
  if (done) return true;
  console.error('Cannot install the packages: npm failed (see above); check the network and run the command again');
  process.exit(1);
}

function missingPackages() {
  const wanted = packagesIn(`${root}package-lock.json`);
  const present = packagesIn(`${root}node_modules/.package-lock.json`);
  return Object.entries(wanted)
    .filter(([path, { optional, devOptional, peer }]) => path !== '' && !optional && !devOptional && !peer)
    .filter(([path, { version }]) => present[path]?.version !== version || !existsSync(`${root}${path}/package.json`))
    .map(([path]) => path);
}

function packagesIn(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

function npm(command) {
  const args = [command, '--no-audit', '--no-fund', '--loglevel=error'];
  // Under `npm start` the running npm says where it is; on its own the script takes the one in the path.
  const own = process.env.npm_execpath;
  const [program, first] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  const env = { ...process.env, SKIP_FFMPEG: 'true', ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const { status } = spawnSync(program, [...first, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: program === 'npm' && process.platform === 'win32',
  });
  return status === 0;
}
