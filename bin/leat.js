#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error('Leat is not compiled yet: run npm start once, or npm run build');
  process.exitCode = 1;
}
