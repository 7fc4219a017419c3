// The little that a simulated graph has to do with the world outside of it: files that it reads and writes. That takes no time
// of the simulation's: whatever is being read or written is waited for before the next step.
import { stat } from 'node:fs';

/** How often it is looked whether something happens that nobody can be asked about. */
const PATIENCE = 20_000;

/** Everything that can happen without a step, and without time passing, has happened. */
export async function nothingIsRead(): Promise<void> {
  do await new Promise(setImmediate);
  while (isReading('FSReqCallback'));
}

/**
 * Waits for what cannot be seen to be over: files that are read or written with promises.
 *
 * @param goesOn Whether that has led to something.
 */
export async function awaitOutside(goesOn: () => boolean): Promise<boolean> {
  if (!isReading('FSReqPromise') && !isReading('CloseReq')) return false;
  for (let look = 0; look < PATIENCE; look++) {
    await new Promise<void>((resolve) => stat('.', () => resolve()));
    if (goesOn()) return true;
  }
  return false;
}

function isReading(kind: string): boolean {
  return process.getActiveResourcesInfo().includes(kind);
}
