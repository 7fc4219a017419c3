// Which elements of a pipeline read and write which files, so that none writes over what another reads or writes.
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ElementError } from '../errors.ts';

interface Claim {
  readonly element: string;
  readonly writes: boolean;
}

/** Who claims a file, by one of the names it is known by. */
export type ClaimEntry = readonly [identity: string, claims: readonly Claim[]];

export class FileClaims {
  private readonly claims = new Map<string, Claim[]>();

  /**
   * Notes that an element reads or writes a file.
   *
   * @param path Absolute; the file need not exist.
   * @throws ElementError `media/same-file` when another element writes it, or reads it and this one writes.
   */
  claim(element: string, path: string, writes: boolean): void {
    const identities = identitiesOf(path);
    const others = identities.flatMap((identity) => this.claims.get(identity) ?? []);
    const rival = others.find((other) => other.element !== element && (writes || other.writes));
    if (rival !== undefined) {
      const [one, other] = [writes ? 'write' : 'read', rival.writes ? 'writes' : 'reads'];
      const message = `${element}: Cannot ${one} ${path}: ${rival.element} ${other} it; give one of them another path`;
      throw new ElementError(element, 'media/same-file', message);
    }
    for (const identity of identities) this.claims.set(identity, [...(this.claims.get(identity) ?? []), { element, writes }]);
  }

  /** An element has let go of its files. */
  release(element: string): void {
    for (const [identity, claims] of this.claims) {
      const left = claims.filter((claim) => claim.element !== element);
      if (left.length > 0) this.claims.set(identity, left);
      else this.claims.delete(identity);
    }
  }

  /** All claims, for another thread to take over. */
  get entries(): readonly ClaimEntry[] {
    return [...this.claims];
  }

  /** Takes over what another thread knows. */
  replace(entries: readonly ClaimEntry[]): void {
    this.claims.clear();
    for (const [identity, claims] of entries) this.claims.set(identity, [...claims]);
  }

  clear(): void {
    this.claims.clear();
  }
}

/** What a file is known by, whichever way its path is written; nothing for devices and pipes, which many may write. */
function identitiesOf(path: string): string[] {
  try {
    const stat = statSync(path);
    return stat.isFile() ? [realpathSync(path), `${stat.dev}:${stat.ino}`] : [];
  } catch {
    // Not there yet.
  }
  try {
    return [join(realpathSync(dirname(path)), basename(path))];
  } catch {
    return [path];
  }
}
