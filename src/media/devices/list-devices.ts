// What this machine can see, hear and compute with, and by which ways it reads media: what `leat devices` shows.
import { chooseBackend as chooseInference } from '../../inference/choose-backend.ts';
import { pulseSources } from '../ffmpeg/ffmpeg-devices.ts';
import { MEDIA_BACKENDS } from '../reader/choose-backend.ts';
import type { BackendName, MediaBackend } from '../reader/media-backend.ts';
import type { CaptureDevice } from './capture-device.ts';

export interface BackendReport {
  readonly name: BackendName;
  readonly summary: string;
  /** Undefined where it is missing. */
  readonly version: string | undefined;
  /** What would bring it. */
  readonly missing: string | undefined;
}

export interface AcceleratorReport {
  /** As `providers` of onnx-inference names it. */
  readonly provider: string;
}

export interface DeviceReport {
  readonly backends: readonly BackendReport[];
  readonly devices: readonly CaptureDevice[];
  readonly accelerators: readonly AcceleratorReport[];
  /** Why something could not be looked for. */
  readonly remarks: readonly string[];
}

export async function listDevices(): Promise<DeviceReport> {
  const remarks: string[] = [];
  const attempt = async <T>(what: string, ask: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await ask();
    } catch (error) {
      remarks.push(`${what}: ${(error as Error).message}`);
      return [];
    }
  };
  const [backends, kernel, served, accelerators] = await Promise.all([
    Promise.all(MEDIA_BACKENDS.map(reportOf)),
    attempt('Cameras and microphones cannot be listed', async () => (await import('../node-av/node-av-devices.ts')).nodeAvDevices()),
    pulseSources(),
    attempt('Accelerators cannot be listed', async () =>
      (await (await chooseInference('auto')).backend.providers()).map((provider) => ({ provider })),
    ),
  ]);
  return { backends, devices: [...kernel, ...served], accelerators, remarks };
}

async function reportOf(backend: MediaBackend): Promise<BackendReport> {
  const { name, summary } = backend;
  try {
    return { name, summary, version: await backend.version(), missing: undefined };
  } catch (error) {
    return { name, summary, version: undefined, missing: (error as Error).message };
  }
}
