// Opens a microphone by the first way that can: its sound server, where there is one and something speaks to it, else ALSA.
import { soundSystem } from '../devices/sound-system.ts';
import { MediaError } from '../media-error.ts';
import type { BackendChoice, BackendWish, chooseBackend } from '../reader/choose-backend.ts';
import type { MediaBackend } from '../reader/media-backend.ts';
import type { MicrophoneInput } from '../reader/media-input.ts';
import type { MediaReader, ReadOptions } from '../reader/media-reader.ts';

export interface MicrophoneChoice extends BackendChoice {
  readonly input: MicrophoneInput;
}

export type ChooseBackend = typeof chooseBackend;

/** @throws MediaError `media/no-backend`. */
export async function chooseMicrophone(wanted: MicrophoneInput, wish: BackendWish, choose: ChooseBackend): Promise<MicrophoneChoice> {
  const input = { ...wanted, system: soundSystem(wanted) };
  try {
    return { ...(await choose(input, wish)), input };
  } catch (error) {
    // ALSA's default leads to the server, where one has the devices.
    const isOpen = wanted.system === undefined && wanted.server === undefined && wanted.device === undefined;
    if (!isOpen || input.system !== 'pulse' || !(error instanceof MediaError)) throw error;
    const plain = { ...wanted, system: 'alsa' as const };
    return { ...(await choose(plain, wish)), input: plain };
  }
}

/** @throws MediaError `media/no-device`, `media/busy`, `media/permission-denied`. */
export async function openMicrophone(
  backend: Pick<MediaBackend, 'open'>,
  input: MicrophoneInput,
  options: ReadOptions,
): Promise<MediaReader> {
  // A device that is spoken to without anybody between has the channels that it has: mostly one, or two.
  const { channels: wanted = 2 } = input;
  const isDirect = input.system === 'alsa' && /^(hw|dsnoop):/.test(input.device ?? '');
  const channels = isDirect ? [wanted, wanted === 1 ? 2 : 1] : [input.channels];
  let failed: unknown;
  for (const count of channels) {
    try {
      return await backend.open({ ...input, channels: count }, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      failed ??= error;
    }
  }
  throw failed;
}
