// What Linux tells of heat and power: thermal zones, and the sensors of hardware monitors. Elsewhere there is nothing to be read.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sensor } from './device-report.ts';

/** @param root Where the kernel's tree hangs. */
export function readSensors(root = '/sys/class'): Sensor[] {
  return [...thermalZones(join(root, 'thermal')), ...monitors(join(root, 'hwmon'))];
}

function thermalZones(folder: string): Sensor[] {
  return entries(folder, /^thermal_zone\d+$/).flatMap((zone) => {
    const path = join(folder, zone);
    return reading('temperature', text(path, 'type') ?? zone, text(path, 'temp'), 1e3);
  });
}

function monitors(folder: string): Sensor[] {
  return entries(folder, /^hwmon\d+$/).flatMap((monitor) => {
    const path = join(folder, monitor);
    const name = text(path, 'name') ?? monitor;
    return entries(path, /^(?:temp\d+_input|power\d+_(?:input|average))$/).flatMap((file) => {
      const [place] = file.split('_') as [string];
      const label = `${name} ${text(path, `${place}_label`) ?? place}`;
      // Thousandths of a degree, and millionths of a watt.
      return place.startsWith('temp')
        ? reading('temperature', label, text(path, file), 1e3)
        : reading('power', label, text(path, file), 1e6);
    });
  });
}

/** Sensors that are asleep, or broken, say nothing, or nonsense. */
function reading(kind: Sensor['kind'], name: string, raw: string | undefined, unit: number): Sensor[] {
  const value = Number(raw ?? Number.NaN) / unit;
  return raw === undefined || raw === '' || !Number.isFinite(value) ? [] : [{ kind, name, value: Math.round(value * 10) / 10 }];
}

function entries(folder: string, which: RegExp): string[] {
  try {
    const number = (name: string): number => Number(/\d+/.exec(name)![0]);
    return readdirSync(folder)
      .filter((name) => which.test(name))
      .sort((a, b) => number(a) - number(b) || (a < b ? -1 : 1));
  } catch {
    return [];
  }
}

function text(folder: string, file: string): string | undefined {
  try {
    return readFileSync(join(folder, file), 'utf8').trim();
  } catch {
    return undefined;
  }
}
