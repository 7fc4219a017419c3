import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { formatDevices } from '../../src/cli/devices-command.ts';
import { deviceReport } from '../../src/index.ts';
import { readSources } from '../../src/media/ffmpeg/ffmpeg-devices.ts';
import { prepareLeat, runLeat } from './run-leat.ts';

describe('leat devices', function () {
  this.timeout(120_000);
  before(prepareLeat);
  const schema = new URL('../../schemas/devices.schema.json', import.meta.url);
  const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(schema, 'utf8')));

  it('prints as JSON which ways there are to read media, and what would bring those that are missing', async () => {
    const { code, stdout } = await runLeat(['devices', '--json'], { env: { FFMPEG_BIN: '/nowhere/ffmpeg' } });
    assert.equal(code, 0);
    const report = JSON.parse(stdout) as unknown;
    const { backends, accelerators, inference } = deviceReport.strict().parse(report);
    assert.ok(validate(report), JSON.stringify(validate.errors));
    assert.deepEqual(
      backends.slice(0, 2).map(({ name }) => name),
      ['node-av', 'ffmpeg'],
    );
    assert.match(backends[1]!.missing!, /no program \/nowhere\/ffmpeg; install FFmpeg, or name one in FFMPEG_BIN/);
    assert.ok(backends.every(({ version, missing }) => (version === undefined) !== (missing === undefined)));
    assert.deepEqual([backends[0]!.because, backends[1]!.because], ['auto takes it: it costs the least', 'it is missing']);
    assert.deepEqual(
      inference.map(({ name, because }) => [name, because]),
      [
        ['onnxruntime', 'auto takes it'],
        ['onnxruntime-node', 'onnxruntime comes first, which copies nothing'],
      ],
    );
    assert.ok(accelerators.some(({ provider, works }) => provider === 'cpu' && works));
    assert.ok(accelerators.every(({ works, reason }) => works === (reason === undefined)));
  });

  it('shows in tables what there is', () => {
    const mode = { width: 640, height: 480, frameRates: [30, 30], format: 'yuyv422' } as const;
    const text = formatDevices({
      backends: [{ name: 'ffmpeg', summary: 'a program', missing: 'install it', because: 'it is missing' }],
      devices: [
        {
          kind: 'camera',
          device: '/dev/video0',
          name: 'Eye',
          system: 'v4l2',
          isDefault: true,
          modes: Array.from({ length: 8 }, () => mode),
        },
        {
          kind: 'microphone',
          device: 'hw:0',
          name: 'Ear',
          system: 'alsa',
          isDefault: false,
          modes: [{ rate: 48_000, channels: 2, format: 's16' }],
        },
      ],
      accelerators: [
        { provider: 'cuda', works: false, reason: 'it cannot load libcublasLt.so.12: cannot open shared object file, which is long' },
        { provider: 'cpu', works: true, tookMs: 3 },
      ],
      graphicsCards: [{ name: 'GeForce RTX 4090', driver: '550.54.15', memoryMiB: 24_564, temperatureC: 41, powerW: 22.5 }],
      sensors: [{ kind: 'power', name: 'ina3221 VDD_IN', value: 4.9 }],
      inference: [{ name: 'onnxruntime', version: `ONNX Runtime 1.30.0 of /${'very/'.repeat(30)}far`, because: 'auto takes it' }],
      remarks: ['Something cannot be listed: it is broken'],
    });
    assert.match(text, /\/dev\/video0\n {4}Eye \(v4l2, the default\)\n {4}640×480 30\/s yuyv422, [\s\S]*, and 2 more\s+\(--json\)/);
    assert.match(text, /hw:0\n {4}Ear \(alsa\)\n {4}48000 Hz × 2 s16/);
    assert.match(text, /cuda {6}no {5}built in, but: it cannot load libcublasLt.so.12: cannot open/);
    assert.match(text, /cpu {7}yes\n/);
    assert.match(text, /550.54.15 {2}24564 MiB {2}41 °C {2}22.5 W {2}GeForce RTX 4090/);
    assert.match(text, /4.9 W {4}ina3221 VDD_IN/);
    assert.match(text, /missing: install it/);
    assert.ok(text.split('\n').every((line) => line.length <= 80));
    assert.match(text, /it is broken/);
  });

  it('takes the sources of a sound server from what FFmpeg prints of them', () => {
    const printed =
      'Auto-detected sources for pulse:\n  fakemic.monitor [Monitor of Null Output] (none)\n* mic [Remapped [left] Monitor] (none)\nCannot list sources: x\n';
    assert.deepEqual(
      readSources(printed).map(({ device, name, isDefault }) => [device, name, isDefault]),
      [
        ['fakemic.monitor', 'Monitor of Null Output', false],
        ['mic', 'Remapped [left] Monitor', true],
      ],
    );
  });
});
