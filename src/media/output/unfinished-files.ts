// Files under temporary names that would be left behind as halves where the process ends before whoever writes them does: at a
// second Ctrl-C while an element hangs, or when a plugin calls process.exit. They go with the process.
import { rmSync } from 'node:fs';

const unfinished = new Set<string>();

/** Removes a file when the process ends, unless it is taken off the list before: in its place, or removed already. */
export function listUnfinished(path: string): void {
  if (unfinished.size === 0) process.on('exit', removeAll);
  unfinished.add(path);
}

/** Takes a file off the list. */
export function unlistUnfinished(path: string): void {
  unfinished.delete(path);
  if (unfinished.size === 0) process.off('exit', removeAll);
}

function removeAll(): void {
  for (const path of unfinished) {
    try {
      rmSync(path, { force: true });
    } catch {
      // Whoever ends has nobody left to tell.
    }
  }
}
