import assert from 'node:assert/strict';
import { formatDevices } from '../../src/cli/devices-command.ts';
import { readSources } from '../../src/media/ffmpeg/ffmpeg-devices.ts';
import { prepareLeat, runLeat } from './run-leat.ts';

describe('leat devices', function () {
  this.timeout(60_000);
  before(prepareLeat);

  it('prints as JSON which ways there are to read media, and what would bring those that are missing', async () => {
    const { code, stdout } = await runLeat(['devices', '--json'], { env: { FFMPEG_BIN: '/nowhere/ffmpeg' } });
    assert.equal(code, 0);
    const { backends, devices, accelerators } = JSON.parse(stdout) as {
      backends: { name: string; version?: string; missing?: string }[];
      devices: unknown[];
      accelerators: { provider: string }[];
    };
    assert.deepEqual(
      backends.slice(0, 2).map(({ name }) => name),
      ['node-av', 'ffmpeg'],
    );
    assert.match(backends[1]!.missing!, /no program \/nowhere\/ffmpeg; install FFmpeg, or name one in FFMPEG_BIN/);
    assert.ok(backends.every(({ version, missing }) => (version === undefined) !== (missing === undefined)));
    assert.ok(Array.isArray(devices));
    assert.ok(accelerators.some(({ provider }) => provider === 'cpu'));
  });

  it('shows in tables what there is', () => {
    const mode = { width: 640, height: 480, frameRates: [30, 30], format: 'yuyv422' } as const;
    const text = formatDevices({
      backends: [{ name: 'ffmpeg', summary: 'a program', version: undefined, missing: 'install it' }],
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
      accelerators: [{ provider: 'cpu' }],
      remarks: ['Something cannot be listed: it is broken'],
    });
    assert.match(text, /\/dev\/video0 {2}Eye {3}v4l2 {4}yes {6}640×480 30\/s yuyv422, .*, and 2 more \(--json\)/);
    assert.match(text, /hw:0 {4}Ear {3}alsa {13}48000 Hz × 2 s16/);
    assert.match(text, /missing: install it/);
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
