// A fault that no hook can catch, in a timer of a plugin, say: nothing is certain any more, and the process ends.
//
// Whatever is under way may clean up first: `leat run` takes its pipeline down, so that no half file is left behind.
import { ExitCode } from './exit-code.ts';
import { printError } from './print-error.ts';

/** How long cleaning up may take before the process just ends. */
const CLEAN_UP_MS = 1000;

let cleanUp: ((fault: unknown) => void) | undefined;
let timer: NodeJS.Timeout | undefined;

/** From now on whoever is under way is given the first stray fault, to end the process in good order; undefined when it is over. */
export function cleanUpAfterFault(how: ((fault: unknown) => void) | undefined): void {
  clearTimeout(timer);
  timer = undefined;
  cleanUp = how;
}

/** Listens for faults until the process ends. */
export function watchForFaults(): void {
  process.on('uncaughtException', (fault) => {
    // What fails while the first fault is cleaned up after is a consequence.
    if (timer !== undefined) return;
    const end = (): never => process.exit(printError(fault) || ExitCode.failed);
    if (cleanUp === undefined) end();
    timer = setTimeout(end, CLEAN_UP_MS);
    cleanUp?.(fault);
  });
}
