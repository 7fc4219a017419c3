import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeModel } from '../../src/onnx/write-model.ts';
import { int4Model, smallModels } from '../inference/small-models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { prepareLeat, runLeat } from './run-leat.ts';

const shapes = fileURLToPath(new URL('../../models/shapes', import.meta.url));

describe('leat models', function () {
  this.timeout(30_000);
  before(prepareLeat);
  const path = temporaryFolder();

  it('says what the bundled detector wants and gives', async () => {
    const { code, stdout, stderr } = await runLeat(['models', 'models']);
    assert.equal(
      stdout,
      [
        'shapes  1.0.0  MIT  models/shapes/model.json',
        '  Finds circles, squares, triangles, stars, crosses and rings in 320x320 pictures.',
        '  wants  images       float32  batch×3×320×320  image       letterbox, RGB',
        '  gives  predictions  float32  batch×10×2100    detections',
        '  decoder yolov8',
        '  6 labels: circle, square, triangle, star, cross, ring',
        '',
      ].join('\n'),
    );
    assert.deepEqual([code, stderr], [0, '']);
  });

  it('says the same as JSON', async () => {
    const { code, stdout } = await runLeat(['models', '--json', 'models/shapes/model.json']);
    const [entry, ...others] = JSON.parse(stdout) as { path: string; model: Record<string, unknown> }[];
    assert.deepEqual([code, others.length, entry!.path], [0, 0, 'models/shapes/model.json']);
    const { name, labels, inputs, outputs } = entry!.model;
    assert.equal(name, 'shapes');
    assert.equal((labels as string[])[2], 'triangle');
    const [{ preprocess, ...input }] = inputs as [Record<string, unknown>];
    const axes = ['batch', 'channel', 'height', 'width'];
    assert.deepEqual(input, { name: 'images', dtype: 'float32', shape: ['batch', 3, 320, 320], role: 'image', axes });
    assert.equal((preprocess as { padValue: number }).padValue, 114);
    assert.equal((outputs as { name: string }[])[0]!.name, 'predictions');
  });

  it('finds bare models and folders of models, and lists the broken ones with what is wrong', async () => {
    mkdirSync(path('deep', 'inner'), { recursive: true });
    cpSync(shapes, path('deep', 'shapes'), { recursive: true });
    writeFileSync(path('linear.onnx'), writeModel(smallModels.linear()));
    writeFileSync(path('deep', 'inner', 'garbage.onnx'), 'no model');
    writeFileSync(path('four-bits.onnx'), writeModel(int4Model()));
    const { code, stdout } = await runLeat(['models', '--json', '.'], { cwd: path() });
    const entries = JSON.parse(stdout) as { path: string; error?: { code: string } }[];
    assert.deepEqual(
      entries.map((entry) => [entry.path, entry.error?.code]),
      [
        ['four-bits.onnx', 'inference/unsupported-type'],
        ['linear.onnx', undefined],
        ['deep/inner/garbage.onnx', 'inference/model-corrupt'],
        ['deep/shapes/model.json', undefined],
      ],
    );
    assert.equal(code, 1);
    const table = await runLeat(['models', '.'], { cwd: path() });
    assert.equal(table.code, 1);
    assert.match(table.stdout, /deep\/inner\/garbage\.onnx {2}broken \[inference\/model-corrupt\]\n {2}Cannot open the model/m);
    assert.match(table.stdout, /linear {2}linear\.onnx\n {2}wants {2}x {5}float32 {2}N×4\n {2}gives {2}y {5}float32 {2}N×3\n/);
  });

  it('says so where there is none', async () => {
    for (const name of ['empty', 'missing']) {
      if (name === 'empty') mkdirSync(path(name));
      const { code, stdout, stderr } = await runLeat(['models', name], { cwd: path() });
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, new RegExp(`There is no model in ${name}: neither a model.json nor an .onnx file`));
    }
  });
});
