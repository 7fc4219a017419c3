import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Manifest } from '../../src/inference/manifest.ts';
import { manifestSchema } from '../../src/inference/manifest.ts';
import { type OpenedModel, type OpenModelOptions, openModel } from '../../src/inference/open-model.ts';
import { Arena } from '../../src/memory/arena.ts';
import { model, node, tensor, valueInfo } from '../../src/onnx/build-model.ts';
import type { Model } from '../../src/onnx/model.ts';
import { writeModel } from '../../src/onnx/write-model.ts';
import { ThreadBudget } from '../../src/threads/thread-budget.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { smallModels, unrankedModel } from './small-models.ts';
import { floats, release, valuesOf } from './tensors.ts';

const shapes = new URL('../../models/shapes/', import.meta.url);

/** A manifest that fits the small model `linear`. */
const good = {
  manifestVersion: 1,
  name: 'linear',
  file: 'model.onnx',
  inputs: { x: { dtype: 'float32', axes: ['batch', 'feature'], shape: ['batch', 4] } },
  outputs: { y: { dtype: 'float32', shape: ['batch', 3] } },
};

describe('open model', () => {
  const path = temporaryFolder();
  let arena: Arena;
  let budget: ThreadBudget;
  beforeEach(() => {
    arena = Arena.create({ maximumBytes: 2 ** 26 });
    budget = new ThreadBudget(3);
  });
  afterEach(() => {
    assert.equal(arena.statistics.slabsInUse, 0, 'every slab is back');
    assert.deepEqual(budget.report().claims, [], 'every thread is back');
  });

  const open = (at: string, options: Partial<OpenModelOptions> = {}) => openModel(at, { arena, budget, ...options });
  const write = (manifest: unknown, of: Model = smallModels.linear()): string => {
    writeFileSync(path('model.onnx'), writeModel(of));
    writeFileSync(path('model.json'), typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
    return path();
  };
  const using = async (at: string, use: (opened: OpenedModel) => void | Promise<void>, options?: Partial<OpenModelOptions>) => {
    const opened = await open(at, options);
    try {
      await use(opened);
    } finally {
      await opened.close();
    }
  };

  describe('the three ways to name a model', () => {
    it('opens a folder, its manifest, or an ONNX file', async () => {
      const folder = write(good);
      for (const at of [folder, path('model.json')]) await using(at, ({ manifest }) => assert.equal(manifest.name, 'linear'));
      await using(path('model.onnx'), ({ manifest }) =>
        assert.deepEqual(manifest, {
          manifestVersion: 1,
          name: 'model',
          file: 'model.onnx',
          inputs: { x: { role: 'tensor', dtype: 'float32', axes: [], shape: ['N', 4] } },
          outputs: { y: { role: 'tensor', dtype: 'float32', axes: [], shape: ['N', 3] } },
        } satisfies Manifest),
      );
    });

    it('takes an input of four axes with few channels for a picture, and an output of its own length for no batch', async () => {
      const picture = model({
        nodes: [node('Reshape', ['image', 'minusOne'], ['flat'])],
        inputs: [valueInfo('image', 'float32', ['N', 'H', 'W', 3])],
        outputs: [valueInfo('flat', 'float32', ['all'])],
        initializers: [tensor('minusOne', 'int64', [1], new BigInt64Array([-1n]))],
      });
      writeFileSync(path('picture.onnx'), writeModel(picture));
      await using(path('picture.onnx'), ({ manifest: { inputs, outputs } }) => {
        assert.deepEqual([inputs['image']!.role, inputs['image']!.axes], ['image', ['batch', 'height', 'width', 'channel']]);
        assert.deepEqual(outputs['flat']!.axes, ['axis0']);
      });
    });

    it('says what there is to name where nothing is found', async () => {
      await assert.rejects(open(path('none')), {
        code: 'inference/model-not-found',
        message: /name a model\.json, a folder with one, or an \.onnx file/,
      });
      mkdirSync(path('empty'));
      await assert.rejects(open(path('empty')), { code: 'inference/model-not-found', message: /Cannot read the manifest .*model\.json/ });
      write({ ...good, file: 'other.onnx' });
      await assert.rejects(open(path()), { code: 'inference/model-not-found', message: /other\.onnx: there is no such file/ });
    });
  });

  describe('complaints about a manifest', () => {
    const complaints: Readonly<Record<string, readonly [manifest: unknown, message: RegExp]>> = {
      'text that is no JSON': ['{', /not JSON/],
      'a list': [[], /expected object/],
      'an unknown field': [{ ...good, lables: [] }, /lables/],
      'a missing name': [{ ...good, name: undefined }, /\/name/],
      'an unknown version': [{ ...good, manifestVersion: 2 }, /\/manifestVersion/],
      'an unknown type': [{ ...good, inputs: { x: { ...good.inputs.x, dtype: 'float' } } }, /\/inputs\/x\/dtype/],
      'an unknown role': [{ ...good, outputs: { y: { ...good.outputs.y, role: 'box' } } }, /\/outputs\/y\/role/],
      'a size of 0': [{ ...good, inputs: { x: { ...good.inputs.x, shape: [0, 4] } } }, /\/inputs\/x\/shape\/0/],
      'axes and shape of different lengths': [
        { ...good, inputs: { x: { ...good.inputs.x, axes: ['batch'] } } },
        /axes and shape must be equally long/,
      ],
      'a checksum that is none': [{ ...good, sha256: 'ABC' }, /64 lower-case hexadecimal digits/],
      'labels twice': [{ ...good, labels: ['a'], labelsFile: 'labels.txt' }, /labels and labelsFile exclude each other/],
      'labels that are not there': [{ ...good, labelsFile: 'labels.txt' }, /\/labelsFile: cannot read .*labels\.txt/],
      'preprocessing that makes no sense': [
        { ...good, inputs: { x: { ...good.inputs.x, preprocess: { fit: 'squeeze' } } } },
        /\/inputs\/x\/preprocess\/fit/,
      ],
      'a decoder without a type': [{ ...good, decoder: {} }, /\/decoder\/type/],
    };
    for (const [what, [manifest, message]] of Object.entries(complaints)) {
      it(`refuses ${what}`, () => assert.rejects(open(write(manifest)), { code: 'inference/manifest-invalid', message }));
    }

    it('lists all of them at once', () =>
      assert.rejects(open(write({ ...good, name: '', sha256: 'x', inputs: { x: { dtype: 'float32' } } })), (error: Error) => {
        for (const place of ['/name', '/sha256', '/inputs/x/shape']) assert.ok(error.message.includes(place), place);
        return true;
      }));
  });

  it('reads labels from a file, whatever ends its lines', async () => {
    const folder = write({ ...good, labelsFile: 'labels.txt' });
    writeFileSync(path('labels.txt'), 'cat\r\ndog\n\nbird\n\n');
    await using(folder, ({ manifest }) => assert.deepEqual(manifest.labels, ['cat', 'dog', '', 'bird']));
  });

  describe('checksums', () => {
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

    it('opens a file with the right one, and says that it verifies it', async () => {
      const progress: string[] = [];
      const folder = write({ ...good, sha256: sha256(writeModel(smallModels.linear())) });
      await using(folder, () => undefined, { progress: (text) => progress.push(text.split(' ')[0]!) });
      assert.deepEqual(progress, ['Verifying', 'Loading']);
    });

    it('refuses another file before it loads it', async () => {
      const folder = write({ ...good, sha256: sha256(new Uint8Array(3)) });
      // Not even a model: had it been loaded, the error would be another.
      writeFileSync(path('model.onnx'), 'garbage');
      await assert.rejects(open(folder), {
        code: 'inference/sha256-mismatch',
        message: /but its manifest says .*fetch it again, or correct/,
      });
    });

    it('verifies the bundled detector', () => using(shapes.pathname, ({ manifest }) => assert.equal(manifest.labels?.length, 6)));
  });

  describe('manifests that do not fit their model', () => {
    const mismatch = (manifest: unknown, message: RegExp, of?: Model) =>
      assert.rejects(open(write(manifest, of)), { code: 'inference/manifest-mismatch', message });

    it('refuses wrong names, types and shapes, all at once', async () => {
      const { x } = good.inputs;
      await mismatch(
        { ...good, inputs: { X: x } },
        /\/inputs\/X: the model has no such input; (did you mean x\?|it has x); \/inputs\/x: missing/,
      );
      await mismatch({ ...good, outputs: {} }, /\/outputs\/y: missing/);
      await mismatch(
        { ...good, inputs: { x: { dtype: 'uint8', shape: ['batch', 5] } } },
        /\/inputs\/x\/dtype: uint8, but the model has float32; \/inputs\/x\/shape: batch×5, but the model has N×4/,
      );
      await mismatch(
        { ...good, outputs: { y: { dtype: 'float32', shape: ['batch', 3, 1] } } },
        /\/outputs\/y\/shape: batch×3×1, but the model has N×3/,
      );
    });

    it('refuses a batch that the manifest leaves open and the model does not', async () => {
      const fixed = smallModels.linear();
      const one = {
        ...fixed,
        graph: { ...fixed.graph!, input: [valueInfo('x', 'float32', [1, 4])], output: [valueInfo('y', 'float32', [1, 3])] },
      };
      await mismatch(good, /\/inputs\/x\/shape: batch×4, but the model has 1×4/, one);
    });

    it('lets a manifest fix what the model leaves open, and graphs fix it too', async () => {
      const eight = { dtype: 'float32', shape: [8, 4] };
      await using(write({ ...good, inputs: { x: eight }, outputs: { y: { dtype: 'float32', shape: [8, 3] } } }), () => undefined);
      const named = {
        ...good,
        inputs: { x: { dtype: 'float32', shape: ['N', 4] } },
        outputs: { y: { dtype: 'float32', shape: ['N', 3] } },
      };
      await using(write(named), ({ session }) => assert.deepEqual(session.inputs[0]!.shape, [2, 4]), { freeDimensions: { N: 2 } });
    });
  });

  describe('shapes that a model declares', () => {
    it('refuses a model that declares none, unless its manifest does', async () => {
      writeFileSync(path('bare.onnx'), writeModel(unrankedModel()));
      await assert.rejects(open(path('bare.onnx')), {
        code: 'inference/undeclared-shape',
        message: /declares no shape of x, y; export it with shapes, or give them in a model\.json/,
      });
      const pair = { dtype: 'float32', shape: ['batch', 2] };
      await using(write({ ...good, inputs: { x: pair }, outputs: { y: pair } }, unrankedModel()), (opened) => opened.warmUp({ x: [1, 2] }));
      const false2 = { ...good, inputs: { x: pair }, outputs: { y: { dtype: 'float32', shape: ['batch', 7] } } };
      await using(write(false2, unrankedModel()), async (opened) => {
        await assert.rejects(opened.warmUp({ x: [1, 2] }), {
          code: 'inference/false-shape',
          message: /output y has the shape 1×2, but its manifest declares batch×7/,
        });
      });
    });

    it('refuses a model that declares a false one, when it is warmed up', async () => {
      // The sizes come from data, so that the library cannot know better than the declaration.
      const expanded = model({
        nodes: [node('Expand', ['x', 'shape'], ['y'])],
        inputs: [valueInfo('x', 'float32', [1]), valueInfo('shape', 'int64', [1])],
        outputs: [valueInfo('y', 'float32', [9])],
      });
      writeFileSync(path('false.onnx'), writeModel(expanded));
      await using(path('false.onnx'), async (opened) => {
        await assert.rejects(opened.warmUp(), {
          code: 'inference/false-shape',
          message: /output y has the shape \d+, but the model declares 9/,
        });
      });
    });
  });

  describe('threads', () => {
    it('plans as many runs of one thread as there are cores, and enters them until the model is closed', async () => {
      const opened = await open(write(good), { owner: 'detect' });
      assert.deepEqual(opened.plan, { inFlight: 3, intraOpThreads: 1 });
      assert.deepEqual(budget.report().claims, [{ name: 'detect', threads: 3 }]);
      await opened.close();
      await opened.close();
      assert.deepEqual(budget.report().claims, []);
    });

    it('heeds what is asked for', () =>
      using(write(good), ({ plan }) => assert.deepEqual([plan, budget.report().claimed], [{ inFlight: 3, intraOpThreads: 2 }, 6]), {
        intraOpThreads: 2,
        inFlight: 3,
      }));

    it('gives one run all cores where a backend runs one at a time', () =>
      using(
        write(good),
        ({ plan, backend }) =>
          assert.deepEqual([plan, backend, budget.report().claimed], [{ inFlight: 1, intraOpThreads: 3 }, 'onnxruntime-node', 3]),
        { backend: 'onnxruntime-node' },
      ));

    it('enters nothing for a model that does not open', async () => {
      await assert.rejects(open(write({ ...good, outputs: {} })), { code: 'inference/manifest-mismatch' });
    });
  });

  it('warms a model up with as many runs as asked, and leaves nothing behind', () =>
    using(write(good), async (opened) => {
      await opened.warmUp({ x: [3, 4] }, 4);
      assert.equal(opened.session.statistics.runs, 4);
      await opened.warmUp(undefined, 0);
      const x = floats(arena, [1, 4]);
      const found = await opened.session.run({ x });
      assert.equal(valuesOf(arena, found['y']!).length, 3);
      release({ x, ...found });
    }));

  it('publishes the schema of manifests', () => {
    const published = JSON.parse(readFileSync(new URL('../../schemas/model.schema.json', import.meta.url), 'utf8'));
    assert.deepEqual(published, manifestSchema());
  });
});
