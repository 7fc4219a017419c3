import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { hasSimd } from '../../src/memory/web-assembly.ts';
import { type KernelSample, sampleKernels } from './kernel-sampler.ts';

describe('an engine without SIMD', () => {
  it('gets the same from plain TypeScript, and one warning', function () {
    // V8 builds vectors on SSE 4.1 on x64; elsewhere nothing takes them away from it.
    if (process.arch !== 'x64') this.skip();
    assert.ok(hasSimd());
    const program = fileURLToPath(new URL('kernel-sampler.ts', import.meta.url));
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--no-enable-sse4-1', '--import', 'tsx', program, 'print'], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.equal(stderr.match(/has no WebAssembly SIMD/g)?.length, 1);
    const [plain, simd] = [JSON.parse(stdout) as KernelSample, sampleKernels()];
    for (const what of ['picture', 'drawn', 'laid', 'floats', 'scanned'] as const) {
      // Pictures are rounded to bytes from float32 here and from float64 there: a tie may fall either way.
      const slack = what === 'picture' ? 1 : 0;
      const wrong = simd[what].findIndex((value, i) => !(Math.abs(value - plain[what][i]!) <= slack));
      assert.equal(wrong, -1, `${what}: element ${wrong} is ${plain[what][wrong]} without SIMD and ${simd[what][wrong]} with it`);
      assert.equal(plain[what].length, simd[what].length);
    }
    assert.deepEqual([plain.slabsInUse, simd.slabsInUse], [0, 0]);
    assert.ok(simd.scanned.length > 4);
  });
});
