// `npm test`: installs what is missing, then runs the tests, or the files that are named. Arguments are passed on to mocha.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildStale } from './build-stale.mjs';
import { installMissing } from './install-missing.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
installMissing();
buildStale();
const args = process.argv.slice(2);
// Mocha would add the files named here to those that its own settings name.
const files = args.some((arg) => existsSync(root + arg)) ? [] : ['test/**/*.test.ts'];
const { status } = spawnSync(process.execPath, [`${root}node_modules/mocha/bin/mocha.js`, ...args, ...files], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
