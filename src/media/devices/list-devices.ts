// What this machine can see, hear and compute with, and by which ways it reads media and runs models: what `leat devices` shows.
// Everything is asked at once, and whatever cannot be asked is a remark.
import type { z } from 'zod';
import { chooseBackend as chooseInference } from '../../inference/choose-backend.ts';
import { pulseSources } from '../ffmpeg/ffmpeg-devices.ts';
import { chooseBackend, MEDIA_BACKENDS } from '../reader/choose-backend.ts';
import type { MediaBackend } from '../reader/media-backend.ts';
import type { CaptureDevice } from './capture-device.ts';
import type { AcceleratorReport, BackendReport, deviceReport, InferenceReport } from './device-report.ts';
import { graphicsCards } from './graphics-cards.ts';
import { readSensors } from './sensors.ts';
import { tryProviders } from './try-providers.ts';

export type DeviceReport = Omit<z.output<typeof deviceReport>, 'devices'> & { readonly devices: readonly CaptureDevice[] };

/** What stands for any file, where back ends are asked about files. */
const SOME_FILE = { kind: 'file', path: 'film.mp4' } as const;

export async function listDevices(): Promise<DeviceReport> {
  const remarks: string[] = [];
  const attempt = async <T>(what: string, ask: () => Promise<T[]>): Promise<T[]> => {
    try {
      return await ask();
    } catch (error) {
      remarks.push(`${what}: ${(error as Error).message}`);
      return [];
    }
  };
  const [accelerators, kernel, served, cards, inference, backends] = await Promise.all([
    attempt('Accelerators cannot be tried', triedAccelerators),
    attempt('Cameras and microphones cannot be listed', async () => (await import('../node-av/node-av-devices.ts')).nodeAvDevices()),
    pulseSources(),
    graphicsCards(),
    inferenceReports(),
    mediaReports(),
  ]);
  return { devices: [...kernel, ...served], accelerators, graphicsCards: cards, sensors: readSensors(), inference, backends, remarks };
}

async function triedAccelerators(): Promise<AcceleratorReport[]> {
  const { backend } = await chooseInference('auto');
  return tryProviders(await backend.providers());
}

async function inferenceReports(): Promise<InferenceReport[]> {
  const reports: InferenceReport[] = [];
  for (const name of ['onnxruntime', 'onnxruntime-node'] as const) {
    const taken = reports.find(({ version }) => version !== undefined);
    try {
      const { backend } = await chooseInference(name);
      const because = taken === undefined ? 'auto takes it' : `${taken.name} comes first, which copies nothing`;
      reports.push({ name, version: await backend.version(), because });
    } catch (error) {
      reports.push({ name, missing: (error as Error).message, because: 'it is missing' });
    }
  }
  return reports;
}

async function mediaReports(): Promise<BackendReport[]> {
  const chosen = await chooseBackend(SOME_FILE).catch(() => undefined);
  return Promise.all(
    MEDIA_BACKENDS.map(async (backend: MediaBackend): Promise<BackendReport> => {
      const { name, summary } = backend;
      const isTaken = chosen?.backend === backend;
      const because = isTaken ? `auto takes it: ${chosen.because}` : (backend.refuses(SOME_FILE) ?? `${chosen?.backend.name} costs less`);
      try {
        return { name, summary, version: await backend.version(), because };
      } catch (error) {
        return { name, summary, missing: (error as Error).message, because: 'it is missing' };
      }
    }),
  );
}
