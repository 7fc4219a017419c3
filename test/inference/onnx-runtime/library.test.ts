import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chooseBackend } from '../../../src/inference/choose-backend.ts';
import { InferenceError } from '../../../src/inference/inference-error.ts';
import { findLibrary } from '../../../src/inference/onnx-runtime/find-library.ts';
import { minorVersion } from '../../../src/inference/onnx-runtime/library-version.ts';
import { onnxRuntimeBackend } from '../../../src/inference/onnx-runtime/onnx-runtime-backend.ts';
import { onnxruntimeNodeBackend } from '../../../src/inference/onnxruntime-node/onnxruntime-node-backend.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { writeModel } from '../../../src/onnx/write-model.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { references, smallModels } from '../small-models.ts';
import { placeAll, release } from '../tensors.ts';

const root = new URL('../../../', import.meta.url);

describe('ONNX Runtime library', () => {
  const path = temporaryFolder();

  it('is known from 1.15 to the end of version 1', () => {
    assert.equal(minorVersion('1.15.0', 'lib.so'), 15);
    assert.equal(minorVersion('1.30.0', 'lib.so'), 30);
    assert.equal(minorVersion('1.31.0-dev', 'lib.so'), 31);
  });

  it('is refused in a major version that nobody has seen', () => {
    for (const version of ['2.0.0', '0.5.0', '1.14.1', '11.30.0', 'nightly', '', '1']) {
      assert.throws(() => minorVersion(version, '/opt/lib.so'), {
        code: 'inference/library-version',
        message: /^Cannot use ONNX Runtime .* from \/opt\/lib\.so: versions 1\.15 to 1\.x are known/,
      });
    }
  });

  it('is the one that the environment names, or the one of onnxruntime-node', () => {
    writeFileSync(path('own.so'), '');
    assert.equal(findLibrary({ LEAT_ONNXRUNTIME_LIBRARY: path('own.so') }), path('own.so'));
    assert.throws(() => findLibrary({ LEAT_ONNXRUNTIME_LIBRARY: path('none.so') }), {
      code: 'inference/library-missing',
      message: /none\.so, which LEAT_ONNXRUNTIME_LIBRARY names/,
    });
    assert.match(findLibrary({}), /onnxruntime-node.*onnxruntime/);
    assert.equal(findLibrary({ LEAT_ONNXRUNTIME_LIBRARY: '' }), findLibrary({}));
  });

  it('is called from one folder alone', () => {
    const callers = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .filter((name) =>
        /(from|import\(|require\(|\)\()\s*'koffi'|import\('koffi'\)/.test(readFileSync(new URL(`src/${name}`, root), 'utf8')),
      );
    assert.deepEqual(
      callers.map((name) => name.replaceAll('\\', '/')),
      ['inference/onnx-runtime/api.ts'],
    );
  });

  it('writes outputs in place once their shapes are known, and copies those that depend on the data', async () => {
    const arena = Arena.create({ maximumBytes: 2 ** 24 });
    const session = await onnxRuntimeBackend.open({ bytes: writeModel(smallModels.nonzero()) }, {}, arena);
    for (const { inputs } of references.nonzero.cases) {
      const placed = placeAll(arena, inputs);
      release(await session.run(placed));
      release(placed);
    }
    // Two non-zeros, two again in place, then five: that run is repeated, and nothing is taken for known any more.
    const { outputsInPlace, outputsCopied, runsRepeated } = session.statistics;
    assert.deepEqual({ outputsInPlace, outputsCopied, runsRepeated }, { outputsInPlace: 1, outputsCopied: 3, runsRepeated: 1 });
    await session.close();
    assert.equal(arena.statistics.slabsInUse, 0);
  });

  it('gives back what it took where the arena is full', async () => {
    const arena = Arena.create({ maximumBytes: 2 ** 18 });
    const session = await onnxRuntimeBackend.open({ bytes: writeModel(smallModels.linear()) }, {}, arena);
    const placed = placeAll(arena, references.linear.cases[0]!.inputs);
    release(await session.run(placed));
    const fillers = [];
    for (let size = 2 ** 16; size >= 64; ) {
      try {
        fillers.push(arena.allocate(size));
      } catch {
        size /= 2;
      }
    }
    const { slabsInUse } = arena.statistics;
    await assert.rejects(session.run(placed), { code: 'memory/arena-full' });
    assert.equal(arena.statistics.slabsInUse, slabsInUse);
    for (const filler of fillers) filler.release();
    release(await session.run(placed));
    release(placed);
    await session.close();
    assert.equal(arena.statistics.slabsInUse, 0);
  });
});

describe('choose backend', () => {
  const broken = async () => {
    throw new InferenceError('inference/library-missing', 'Cannot load ONNX Runtime from lib.so: wrong ELF class');
  };
  const loaders = { onnxruntime: async () => onnxRuntimeBackend, 'onnxruntime-node': async () => onnxruntimeNodeBackend };

  it('calls the library itself where it can', async () => {
    const { backend, instead } = await chooseBackend('auto');
    assert.deepEqual([backend.name, instead], ['onnxruntime', undefined]);
  });

  it('takes the stock binding where the library does not load, and says why', async () => {
    assert.deepEqual(await chooseBackend('auto', { ...loaders, onnxruntime: broken }), {
      backend: onnxruntimeNodeBackend,
      instead: 'Cannot load ONNX Runtime from lib.so: wrong ELF class',
    });
  });

  it('takes no other than the one that was asked for', async () => {
    assert.equal((await chooseBackend('onnxruntime-node')).backend.name, 'onnxruntime-node');
    await assert.rejects(chooseBackend('onnxruntime', { ...loaders, onnxruntime: broken }), { code: 'inference/library-missing' });
  });

  it('does not hide faults of its own behind another backend', async () => {
    const onnxruntime = async () => {
      throw new TypeError('a fault');
    };
    await assert.rejects(chooseBackend('auto', { ...loaders, onnxruntime }), TypeError);
  });
});
