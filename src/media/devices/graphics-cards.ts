// The graphics cards that there are: those of NVIDIA by its nvidia-smi, others by what Linux knows of them.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { GraphicsCard } from './device-report.ts';

const FIELDS = ['name', 'driver_version', 'memory.total', 'temperature.gpu', 'power.draw'];

/** How long a driver may take that has hung itself up, in milliseconds. */
const PATIENCE_MS = 5000;

const MAKERS: Readonly<Record<string, string>> = { '0x1002': 'AMD', '0x10de': 'NVIDIA', '0x8086': 'Intel' };

export interface CardPlaces {
  readonly program?: string;
  /** Where the kernel's tree of cards hangs. */
  readonly root?: string;
}

export async function graphicsCards({ program = 'nvidia-smi', root = '/sys/class/drm' }: CardPlaces = {}): Promise<GraphicsCard[]> {
  const asked = await nvidiaCards(program);
  return [...asked, ...kernelCards(root).filter(({ driver }) => asked.length === 0 || driver !== 'nvidia')];
}

/** None where there is no such program, or no card of NVIDIA's. */
function nvidiaCards(program: string): Promise<GraphicsCard[]> {
  return new Promise((resolve) => {
    const words = [`--query-gpu=${FIELDS.join(',')}`, '--format=csv,noheader,nounits'];
    execFile(program, words, { timeout: PATIENCE_MS, killSignal: 'SIGKILL' }, (error, printed) => {
      resolve(error === null ? readCards(printed) : []);
    });
  });
}

/** What nvidia-smi has printed; what a card does not tell stands there as [N/A]. */
export function readCards(printed: string): GraphicsCard[] {
  return printed.split('\n').flatMap((line): GraphicsCard[] => {
    const [name = '', driver = '', ...numbers] = line.split(',').map((one) => one.trim());
    if (name === '' || driver === '') return [];
    const [memoryMiB, temperatureC, powerW] = numbers.map((one) => (/^\d/.test(one) ? Number(one) : undefined));
    return [{ name, driver, ...known({ memoryMiB, temperatureC, powerW }) }];
  });
}

function kernelCards(root: string): GraphicsCard[] {
  try {
    return readdirSync(root)
      .filter((name) => /^card\d+$/.test(name))
      .sort()
      .map((card) => {
        const device = join(root, card, 'device');
        const [maker, model] = ['vendor', 'device'].map((file) => told(() => readFileSync(join(device, file), 'utf8').trim()));
        const name = maker === undefined ? card : `${MAKERS[maker] ?? maker} ${model ?? card}`;
        return { name, ...known({ driver: told(() => basename(readlinkSync(join(device, 'driver')))) }) };
      });
  } catch {
    return [];
  }
}

function told<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

function known<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
