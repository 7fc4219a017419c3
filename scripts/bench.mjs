// `npm run bench`: installs and compiles what is missing, then measures. What is measured is the compiled program, as users run
// it; only the measuring itself is loaded as TypeScript.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildStale } from './build-stale.mjs';
import { installMissing } from './install-missing.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
installMissing();
buildStale();
const args = ['--import', 'tsx', `${root}test/bench/bench.ts`, ...process.argv.slice(2)];
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
