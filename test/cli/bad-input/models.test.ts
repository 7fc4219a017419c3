import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freshFolder } from './fresh-folder.ts';
import { runCases } from './run-cases.ts';

const shapes = fileURLToPath(new URL('../../../models/shapes', import.meta.url));

interface Manifest {
  sha256?: string;
  readonly inputs: { readonly images: { shape: unknown[] } };
}

describe('leat and a model that', function () {
  const folder = freshFolder(this);

  /** A copy of the bundled model with another manifest. */
  const model = (name: string, change: (manifest: Manifest) => void): string => {
    cpSync(shapes, folder.file(name), { recursive: true });
    const manifest = JSON.parse(readFileSync(folder.file(`${name}/model.json`), 'utf8')) as Manifest;
    change(manifest);
    writeFileSync(folder.file(`${name}/model.json`), JSON.stringify(manifest));
    return folder.file(`${name}/shapes.onnx`);
  };
  const detecting = (props: string, before = 'letterbox'): string[] => [
    'run',
    `video-test-source count=3 ! ${before} ! onnx-inference ${props} ! detection-decoder ! nms ! json-lines-sink path=out.jsonl`,
  ];

  it('is not there, damaged, another one, or not what it is said to be, is refused before anything is written', async () => {
    truncateSync(
      model('short', (manifest) => delete manifest.sha256),
      900_000,
    );
    writeFileSync(
      model('changed', () => {}),
      'X',
      { flag: 'a' },
    );
    model('misfit', (manifest) => {
      manifest.inputs.images.shape = ['batch', 3, 640, 640];
    });
    await runCases(folder.path, [
      [
        detecting('model=nothing'),
        2,
        /launch string:1:\d+ \/elements\/onnx-inference\/props\/model .*\n +Cannot find the model \S+nothing;/,
      ],
      [
        detecting('model=short'),
        1,
        /Error: onnx-inference: Cannot open the model \S+short\S+: .*damaged or cut short.*\[inference\/model-corrupt\]/,
      ],
      [
        detecting('model=changed'),
        1,
        /sha256 [0-9a-f]{64}, but its manifest says [0-9a-f]{64}: .*fetch it again.*\[inference\/sha256-mismatch\]/,
      ],
      [detecting('model=misfit'), 1, /\/inputs\/images\/shape: batch×3×640×640, but the model has batch×3×320×320.*manifest-mismatch/],
      [detecting(`model=${shapes}`, 'letterbox width=640 height=640'), 2, /640×640 does not fit 3×320×320;\s+set letterbox\.width to 320/],
    ]);
    assert.equal(existsSync(folder.file('out.jsonl')), false);
  });

  it('no execution provider runs that may, is refused with what would help', async () => {
    await runCases(folder.path, [
      [detecting(`model=${shapes} providers=qdnn`), 2, /There is no execution provider qdnn; did you mean qnn\?/],
      [['check', detecting(`model=${shapes} providers=qdnn`)[1]!], 2, /did you mean qnn\?/],
      [
        detecting(`model=${shapes} providers=migraphx`),
        1,
        /No execution provider can run the model.*migraphx: .*add cpu.*provider-unavailable/,
      ],
      [
        detecting(`model=${shapes} providers=migraphx,cpu requireProvider=true`),
        1,
        /migraphx: .*requireProvider admits no other.*provider-unavailable/,
      ],
    ]);
    assert.equal(existsSync(folder.file('out.jsonl')), false);
  });
});
