// What is said to somebody whose microphone cannot be opened: which ones there are.
import { pulseSources } from '../ffmpeg/ffmpeg-devices.ts';
import { MediaError } from '../media-error.ts';
import type { CaptureDevice } from './capture-device.ts';

/** Errors that another name may heal. */
const OF_NAMES = ['media/no-device', 'media/busy', 'media/not-media'];

/** Those that `leat devices` lists; none where nobody can tell. */
export async function microphones(server?: string): Promise<CaptureDevice[]> {
  const fromKernel = import('../node-av/node-av-devices.ts').then(({ nodeAvDevices }) => nodeAvDevices()).catch(() => []);
  const [kernel, served] = await Promise.all([fromKernel, pulseSources(server)]);
  return [...kernel.filter(({ kind }) => kind === 'microphone'), ...served];
}

/** The same error, with the names that would do. */
export async function namingMicrophones(error: unknown, list: () => Promise<readonly CaptureDevice[]>): Promise<unknown> {
  if (!(error instanceof MediaError) || !OF_NAMES.includes(error.code)) return error;
  const there = await list();
  const names = there.map(({ device, name, system }) => `${device} (${name}, ${system})`);
  const listed = names.length === 0 ? 'there is none here' : `those here: ${names.join(', ')}`;
  return new MediaError(error.code, `${error.message}; ${listed}`, { cause: error });
}
