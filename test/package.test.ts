import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly scripts: Readonly<Record<string, string>>;
}

describe('package', () => {
  const { bin, exports, scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

  it('is compiled with its declarations before it is packed', () => {
    // What `npm start` leaves in dist has none.
    assert.equal(scripts['prepack'], 'npm run build');
    assert.match(scripts['build']!, /tsconfig\.build\.json$/);
    assert.equal(JSON.parse(readFileSync('tsconfig.build.json', 'utf8')).compilerOptions.declaration, true);
  });

  it('holds all that the launcher and the library need, and no leavings of the compiler', () => {
    const list = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], {
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    const [{ files }] = JSON.parse(list) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    const needed = [
      ...Object.values(bin),
      ...Object.values(exports).map((one) => one.default),
      'kernels/kernels.wasm',
      'schemas/graph.schema.json',
      'graphs/quickstart.json',
      'media/shapes.mp4',
      'models/shapes/model.json',
      'models/shapes/shapes.onnx',
      'README.md',
    ].map((path) => path.replace('./', ''));
    assert.deepEqual(
      needed.filter((path) => !paths.includes(path)),
      [],
    );
    assert.deepEqual(
      paths.filter((path) => path.startsWith('dist/.')),
      [],
    );
  });
});
