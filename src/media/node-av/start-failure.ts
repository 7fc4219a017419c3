import { MediaError } from '../media-error.ts';

/** What a worker's failure to start means: most often that the optional package is not installed. */
export function startFailure(error: Error, task: string): MediaError {
  const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' && error.message.includes('node-av');
  if (!missing) return new MediaError('media/library-failed', `Cannot ${task}: ${error.message}`, { cause: error });
  return new MediaError('media/library-missing', `Cannot ${task}: the optional package node-av is not installed; run npm install node-av`, {
    cause: error,
  });
}
