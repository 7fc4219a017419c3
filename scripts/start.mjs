// `npm start`: installs and compiles what is missing, then runs the quickstart graph. Arguments are passed on.
import { fileURLToPath } from 'node:url';
import { buildStale } from './build-stale.mjs';
import { installMissing } from './install-missing.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
installMissing();
buildStale();
process.argv.splice(1, 1, 'leat', 'run', 'graphs/quickstart.json');
await import('../bin/leat.cjs');
