// Where ALSA, which is linked into node-av, finds its configuration and its plugins: it looks where it was built. What tells it
// otherwise is the environment of the process, which only the main thread can write to.
import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const CONFIGURATIONS = ['/usr/share/alsa/alsa.conf', '/usr/local/share/alsa/alsa.conf'];

/** Debian's folders bear the names of machines. */
const MACHINES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
};

/** Sees to it that ALSA finds them; says why it cannot where that is so, as half a sentence. */
export function alsaHindrance(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const { env } = process;
  const lib = `/usr/lib/${MACHINES[process.arch] ?? ''}/alsa-lib`;
  const found = {
    ALSA_CONFIG_PATH: env['ALSA_CONFIG_PATH'] ?? CONFIGURATIONS.find((path) => existsSync(path)),
    ALSA_PLUGIN_DIR: env['ALSA_PLUGIN_DIR'] ?? [lib, '/usr/lib64/alsa-lib', '/usr/lib/alsa-lib'].find((path) => existsSync(path)),
  };
  if (found.ALSA_CONFIG_PATH === undefined) return 'ALSA is not configured here; install libasound2-data, or set ALSA_CONFIG_PATH';
  for (const [name, value] of Object.entries(found)) {
    if (value === undefined || env[name] !== undefined) continue;
    if (!isMainThread) return `it reads a microphone in a thread only where ${name} is set`;
    env[name] = value;
  }
  return undefined;
}
