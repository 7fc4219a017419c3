// The files of a folder, each given once it is complete: when neither its size nor its time of change have changed for a while.
//
// A look lists the folder and gives what is new since the last one; who calls decides when, and says what time it is. A file that is
// overwritten, or comes again after it was gone, is a new one; among thousands it may be seen to be some looks later. Links to files count, hidden files do not: programs that copy files
// give them such names, or others that do not match, until they are whole.
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { fileOrder, filesIn } from './matching-files.ts';

export const FILE_ORDERS = ['name', 'modified'] as const;

/** Of the files that were given, so many are looked at again in one look: to ask for all of thousands takes longer than to list them. */
const MOST_CHECKED = 256;

export interface FolderOptions {
  /** Absolute. */
  readonly folder: string;
  /** Globs, relative to the folder; upper and lower case are the same. */
  readonly patterns: readonly string[];
  /** How long a file has to stay as it is before it counts as complete, in microseconds; 0 takes it as it is found. */
  readonly settleUs: number;
  /** Of those that are found complete by one look. */
  readonly order: (typeof FILE_ORDERS)[number];
  /** Absolute paths of folders in it whose files do not count. */
  readonly except: readonly string[];
}

export interface FoundFile {
  readonly path: string;
  /** Relative to the folder. */
  readonly name: string;
  /** When its contents were changed, in microseconds since 1970. */
  readonly modifiedUs: number;
  /** Differs when the file does. */
  readonly state: string;
}

interface Seen {
  readonly state: string;
  /** When it was first seen as it is. */
  readonly since: number;
  isGiven: boolean;
}

export interface WatchedFolder {
  /** New files that are complete at a time, in microseconds of any clock. */
  look(now: number): Promise<readonly FoundFile[]>;
  /** Has a file that was given, and was not complete after all, be given again once it has settled. */
  again(file: FoundFile, now: number): void;
}

export function watchFolder({ folder, patterns, settleUs, order, except }: FolderOptions): WatchedFolder {
  let known = new Map<string, Seen>();
  let checkedFrom = 0;
  const counts = (path: string): boolean => !except.some((one) => path.startsWith(one + sep));
  return {
    look: async (now) => {
      const found: FoundFile[] = [];
      const present = new Map<string, Seen>();
      let given = 0;
      for (const path of (await filesIn(folder, patterns, { anyCase: true })).map((one) => resolve(one)).filter(counts)) {
        const before = known.get(path);
        const place = before?.isGiven === true ? given++ - checkedFrom : 0;
        if (before !== undefined && (place < 0 || place >= MOST_CHECKED)) {
          present.set(path, before);
          continue;
        }
        const file = await fileAt(folder, path);
        if (file === undefined) continue;
        const seen = before?.state === file.state ? before : { state: file.state, since: now, isGiven: false };
        present.set(path, seen);
        if (seen.isGiven || now - seen.since < settleUs) continue;
        seen.isGiven = true;
        found.push(file);
      }
      known = present;
      checkedFrom = checkedFrom + MOST_CHECKED < given ? checkedFrom + MOST_CHECKED : 0;
      if (order === 'modified') found.sort((a, b) => a.modifiedUs - b.modifiedUs || fileOrder.compare(a.name, b.name));
      return found;
    },
    again: ({ path }, now) => {
      known.set(path, { state: '', since: now, isGiven: false });
    },
  };
}

/** What is at a path now; undefined where there is no file any more. */
export async function fileAt(folder: string, path: string): Promise<FoundFile | undefined> {
  let found: Stats;
  try {
    found = await stat(path);
  } catch {
    return undefined;
  }
  if (!found.isFile()) return undefined;
  const { ino, size, mtimeMs } = found;
  return { path, name: relative(folder, path), modifiedUs: Math.round(mtimeMs * 1000), state: `${ino} ${size} ${mtimeMs}` };
}
