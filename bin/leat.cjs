#!/usr/bin/env node
// CommonJS, since the size of libuv's pool counts only when it is set before the pool is first used, and the loader of ES modules
// uses it. Models run there, one for each core and one that waits; one thread more serves files.
const { existsSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, (Number(process.env.LEAT_THREADS) || availableParallelism()) + 2));

const main = join(__dirname, '../dist/cli/main.js');
if (existsSync(main)) void import(pathToFileURL(main).href);
else {
  console.error('Leat is not compiled yet: run npm start once, or npm run build');
  process.exitCode = 1;
}
