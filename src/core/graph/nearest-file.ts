import { readdirSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { nearestName } from './nearest-name.ts';

/** The name of the file in the same folder, with the same extension, that is most like one that is not there. */
export function nearestFile(path: string): string | undefined {
  const extension = extname(path);
  try {
    const names = readdirSync(dirname(path)).filter((name) => extname(name) === extension);
    const nearest = nearestName(
      basename(path, extension),
      names.map((name) => basename(name, extension)),
    );
    return nearest === undefined ? undefined : nearest + extension;
  } catch {
    return undefined;
  }
}
