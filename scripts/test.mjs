// `npm test`: installs what is missing, then runs the tests. Arguments are passed on to mocha.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildStale } from './build-stale.mjs';
import { installMissing } from './install-missing.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
installMissing();
buildStale();
const { status } = spawnSync(process.execPath, [`${root}node_modules/mocha/bin/mocha.js`, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
