// `leat devices`: what this machine can see, hear and compute with.
import { type CaptureDevice, type CaptureMode, type DeviceReport, listDevices } from '../index.ts';
import { formatTable } from './format-table.ts';
import { styleFor } from './style-text.ts';

/** Modes of a device that are shown; a webcam has fifty. */
const MOST_MODES = 6;

export async function devicesCommand(options: { json?: boolean }): Promise<void> {
  const report = await listDevices();
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : formatDevices(report));
}

export function formatDevices({ backends, devices, accelerators, remarks }: DeviceReport): string {
  const style = styleFor(process.stdout);
  const section = (title: string, columns: readonly string[], rows: readonly (readonly string[])[], none: string): string => {
    const lines =
      rows.length === 0
        ? [none]
        : formatTable(
            columns.map((one) => ({ title: one })),
            rows,
          );
    return [style('bold', title), ...lines.map((line) => `  ${line}`), ''].join('\n');
  };
  const row = ({ device, name, system, isDefault, modes }: CaptureDevice): string[] => [
    device,
    name,
    system,
    isDefault ? 'yes' : '',
    formatModes(modes),
  ];
  const columns = ['device', 'name', 'system', 'default', 'modes'];
  const of = (kind: CaptureDevice['kind']): string[][] => devices.filter((one) => one.kind === kind).map(row);
  return [
    section('Cameras', columns, of('camera'), 'none'),
    section('Microphones', columns, of('microphone'), 'none'),
    section(
      'Accelerators that ONNX Runtime is built with; onnx-inference says which of them work here',
      ['provider'],
      accelerators.map(({ provider }) => [provider]),
      'none',
    ),
    section(
      'Ways to read media',
      ['back end', 'what it is', 'version'],
      backends.map(({ name, summary, version, missing }) => [name, summary, version ?? `missing: ${missing}`]),
      'none',
    ),
    ...remarks.map((remark) => `${remark}\n`),
  ].join('\n');
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
