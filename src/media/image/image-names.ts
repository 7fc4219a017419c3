// Names of files that are written one after the other, from a pattern: `%d` or `%05d` counts them from 0, `{frame}` is the
// number of the frame in its source, `{ptsUs}` its time in microseconds, and `{source}` the name of its source.
import type { StreamBuffer } from '../../core/stream/buffer.ts';

const PLACEHOLDER = /%(?:0?(\d{1,2}))?d|\{(frame|ptsUs|source)\}/g;

/** Whether a pattern gives more than one name. */
export function namesMany(pattern: string): boolean {
  return pattern.search(PLACEHOLDER) >= 0;
}

/** The name of the file for a buffer that is the `count`th to be written, from 0. */
export function fileNameOf(
  pattern: string,
  count: number,
  { sequence, pts, source }: Pick<StreamBuffer, 'sequence' | 'pts' | 'source'>,
): string {
  // What a name is made of must not lead to another folder.
  const values = { frame: sequence, ptsUs: pts, source: source.replace(/[/\\]/g, '_') };
  return pattern.replace(PLACEHOLDER, (_, width: string | undefined, name: keyof typeof values | undefined) =>
    name === undefined ? String(count).padStart(Number(width ?? 0), '0') : String(values[name]),
  );
}
