// GStreamer in a process takes it along when it breaks down: what is tried of that is tried in a process of its own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const cases = fileURLToPath(new URL('read-here.cases.ts', import.meta.url));

describe('reading with GStreamer in this process', function () {
  this.timeout(240_000);

  it('passes its cases', function () {
    try {
      require.resolve('gstreamer-superficial');
    } catch {
      console.log('      (the package gstreamer-superficial is not installed, which wants a compiler and the headers of GStreamer)');
      this.skip();
    }
    const mocha = [require.resolve('mocha/bin/mocha.js'), '--no-config', '--exit', '--timeout', '60000'];
    const options = ['--node-option', 'import=tsx', '--node-option', 'no-warnings'];
    const { status, stdout } = spawnSync(process.execPath, [...mocha, ...options, cases], { encoding: 'utf8', timeout: 220_000 });
    assert.equal(status, 0, stdout);
    assert.match(stdout, /[1-9]\d* passing/);
  });
});
