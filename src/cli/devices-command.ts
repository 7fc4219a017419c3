// `leat devices`: what this machine can see, hear and compute with.
import { type CaptureDevice, type CaptureMode, type DeviceReport, listDevices } from '../index.ts';
import { formatTable } from './format-table.ts';
import { styleFor } from './style-text.ts';
import { wrapText } from './wrap-text.ts';

/** Modes of a device that are shown; a webcam has fifty. */
const MOST_MODES = 6;
/** What every terminal has. */
const WIDTH = 80;
/** What the last column has at least, however much the others take. */
const LEAST_WIDTH = 24;

export async function devicesCommand(options: { json?: boolean }): Promise<void> {
  const report = await listDevices();
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : formatDevices(report));
}

export function formatDevices({ backends, devices, accelerators, graphicsCards, sensors, inference, remarks }: DeviceReport): string {
  const style = styleFor(process.stdout);
  const section = (title: string, lines: readonly string[]): string =>
    [style('bold', title), ...(lines.length === 0 ? ['none'] : lines).map((line) => `  ${line}`), ''].join('\n');
  const of = (kind: CaptureDevice['kind']): string[] => devices.filter((one) => one.kind === kind).flatMap(deviceLines);
  return [
    section('Cameras', of('camera')),
    section('Microphones', of('microphone')),
    section(
      'Accelerators that ONNX Runtime is built with',
      table(
        ['provider', 'works', 'why not'],
        accelerators.map(({ provider, works, reason }) => [provider, works ? 'yes' : 'no', works ? '' : `built in, but: ${reason}`]),
      ),
    ),
    section(
      'Graphics cards',
      table(
        ['driver', 'memory', 'heat', 'power', 'name'],
        graphicsCards.map(({ driver, memoryMiB, temperatureC, powerW, name }) => [
          driver ?? '',
          ...[quantity(memoryMiB, 'MiB'), quantity(temperatureC, '°C'), quantity(powerW, 'W'), name],
        ]),
      ),
    ),
    section(
      'Heat and power',
      table(
        ['reading', 'sensor'],
        sensors.map(({ kind, name, value }) => [quantity(value, kind === 'power' ? 'W' : '°C'), name]),
      ),
    ),
    section('Ways to run models', ways(inference)),
    section('Ways to read media', ways(backends)),
    ...remarks.map((remark) => `${broken(remark, WIDTH).join('\n')}\n`),
  ].join('\n');
}

function ways(all: readonly { name: string; version?: string | undefined; missing?: string | undefined; because: string }[]): string[] {
  return table(
    ['back end', 'version, and whether auto takes it'],
    all.map(({ name, version, missing, because }) => [name, missing === undefined ? `${version}; ${because}` : `missing: ${missing}`]),
  );
}

/** A table whose last column is broken into lines where it would not fit. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const before = titles.slice(0, -1).map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)) + 2);
  const room = Math.max(LEAST_WIDTH, WIDTH - 2 - before.reduce((sum, width) => sum + width, 0));
  const lines = rows.flatMap((row) =>
    broken(row.at(-1)!, room).map((line, index) => [...row.slice(0, -1).map((cell) => (index === 0 ? cell : '')), line]),
  );
  return formatTable(
    titles.map((title) => ({ title })),
    lines,
  );
}

/** What it is called stands whole, since it is to be copied. */
function deviceLines({ device, name, system, isDefault, modes }: CaptureDevice): string[] {
  const details = `${name} (${[system, ...(isDefault ? ['the default'] : [])].join(', ')})`;
  return [
    device,
    ...[details, formatModes(modes)].flatMap((text) => (text === '' ? [] : broken(text, WIDTH - 4))).map((line) => `  ${line}`),
  ];
}

function formatModes(modes: readonly CaptureMode[]): string {
  if (modes.length === 0) return '';
  const shown = modes.slice(0, MOST_MODES).map(({ width, height, frameRates, rate, channels, format }) => {
    const shape = width === undefined ? `${rate} Hz × ${channels}` : `${width}×${height}`;
    const rates = frameRates === undefined ? '' : ` ${[...new Set(frameRates)].join('-')}/s`;
    return `${shape}${rates}${format === undefined ? '' : ` ${format}`}`;
  });
  return shown.join(', ') + (modes.length > MOST_MODES ? `, and ${modes.length - MOST_MODES} more (--json)` : '');
}

function quantity(value: number | undefined, unit: string): string {
  return value === undefined ? '' : `${value} ${unit}`;
}

/** Lines of at most `width` characters; a path longer than that is broken anywhere. */
function broken(text: string, width: number): string[] {
  return wrapText(text, width).flatMap((line) => line.match(new RegExp(`.{1,${width}}`, 'g')) ?? ['']);
}
