import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readSensors } from '../../../src/media/devices/sensors.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('readSensors', () => {
  const at = temporaryFolder();

  const put = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), `${text}\n`);
    }
  };

  it('reads zones and monitors in their order, in degrees and watts', () => {
    put({
      'thermal/thermal_zone10/type': 'gpu-thermal',
      'thermal/thermal_zone10/temp': '51250',
      'thermal/thermal_zone2/type': 'cpu-thermal',
      'thermal/thermal_zone2/temp': '48000',
      'thermal/cooling_device0/type': 'fan',
      'hwmon/hwmon0/name': 'ina3221',
      'hwmon/hwmon0/power1_input': '4875000',
      'hwmon/hwmon0/power1_label': 'VDD_IN',
      'hwmon/hwmon0/temp2_input': '-3500',
      'hwmon/hwmon0/fan1_input': '900',
    });
    assert.deepEqual(readSensors(at()), [
      { kind: 'temperature', name: 'cpu-thermal', value: 48 },
      { kind: 'temperature', name: 'gpu-thermal', value: 51.3 },
      { kind: 'power', name: 'ina3221 VDD_IN', value: 4.9 },
      { kind: 'temperature', name: 'ina3221 temp2', value: -3.5 },
    ]);
  });

  it('leaves out what is asleep or says nonsense, and finds nothing where nothing is', () => {
    put({ 'thermal/thermal_zone0/type': 'asleep', 'hwmon/hwmon1/temp1_input': 'nonsense', 'hwmon/hwmon1/power1_average': '' });
    assert.deepEqual(readSensors(at()), []);
    assert.deepEqual(readSensors(at('none')), []);
  });
});
