// `npm run kernels`: compiles kernels/*.ts to kernels/kernels.wasm. With --check it only says whether the committed file is
// what the sources give.
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const kept = join(root, 'kernels/kernels.wasm');
const check = process.argv.includes('--check');
// Beside the kept file, so that the last step is a rename.
const folder = mkdtempSync(join(root, 'kernels/.build-'));
const built = join(folder, 'kernels.wasm');

const options =
  '-O3 --converge --noAssert --runtime stub --importMemory --sharedMemory --initialMemory 3 --maximumMemory 65536 --memoryBase 1024';
const features = '--enable simd,threads,bulk-memory';
try {
  const { error, stderr } = await asc.main(
    ['kernels/index.ts', '--baseDir', root, '--outFile', built, ...options.split(' '), ...features.split(' ')],
    {},
  );
  if (error) {
    process.stderr.write(`${stderr.toString()}${error.message}\n`);
    process.exitCode = 1;
  } else if (!check) {
    renameSync(built, kept);
    console.log(`kernels/kernels.wasm: ${readFileSync(kept).length} bytes`);
  } else if (!existsSync(kept) || !readFileSync(kept).equals(readFileSync(built))) {
    console.error('kernels/kernels.wasm is not what its sources give; run `npm run kernels`');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
