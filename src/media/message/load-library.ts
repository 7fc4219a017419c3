// The packages that speak MQTT and WebSocket: optional, and loaded when they are first needed.
import { MediaError } from '../media-error.ts';

/** Loads a package. @throws MediaError `media/library-missing`, `media/library-failed`. */
export async function loadLibrary<T>(name: string, purpose: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`);
    if (!missing) throw new MediaError('media/library-failed', `Cannot use the package ${name}: ${message}`, { cause: error });
    const text = `Cannot ${purpose}: the optional package ${name} is not installed; run npm install ${name}`;
    throw new MediaError('media/library-missing', text, { cause: error });
  }
}
