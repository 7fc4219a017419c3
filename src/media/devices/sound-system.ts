// Through what a microphone is reached on Linux: a sound server, where one answers, shares it with others and names it for good;
// ALSA has it for whoever comes first.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MicrophoneInput } from '../reader/media-input.ts';

/** Names that ALSA's configuration gives, as against those of a server's sources. */
const OF_ALSA = /^(sysdefault|(plug)?hw|dsnoop|plug|front|null|pulse|pipewire|jack)(:|$)/;

/** @returns Undefined where FFmpeg has one way only. */
export function soundSystem(
  { device, system, server }: Pick<MicrophoneInput, 'device' | 'system' | 'server'>,
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): MicrophoneInput['system'] {
  if (system !== undefined) return system;
  if (server !== undefined) return 'pulse';
  if (platform !== 'linux') return undefined;
  if (device !== undefined && OF_ALSA.test(device)) return 'alsa';
  return hasServer(environment) ? 'pulse' : 'alsa';
}

/** Whether PulseAudio, or PipeWire in its place, is there for this user. */
function hasServer({ PULSE_SERVER: named, PULSE_RUNTIME_PATH: own, XDG_RUNTIME_DIR: session }: NodeJS.ProcessEnv): boolean {
  if (named !== undefined && named !== '') return true;
  const folders = [own, session && join(session, 'pulse'), `/run/user/${process.getuid?.()}/pulse`, '/run/pulse'];
  return folders.some((folder) => folder !== undefined && folder !== '' && existsSync(join(folder, 'native')));
}
