// What `record` has written of joined sets.
import { RecordingReader } from '../../src/media/recording/recording-file.ts';

export interface RecordedPart {
  readonly pts: number;
  readonly duration: number;
  readonly epoch: number;
  readonly corrupt: boolean;
  readonly meta: Readonly<Record<string, unknown>>;
  /** The payload. */
  readonly bytes: Uint8Array;
}

export interface RecordedSet {
  readonly pts: number;
  /** By the names of the join's inputs. */
  readonly parts: Readonly<Record<string, RecordedPart | null>>;
}

interface WrittenPart extends Omit<RecordedPart, 'bytes'> {
  readonly bytes: number;
  readonly slabs: readonly { readonly $slab: number }[];
}

export async function readJoined(path: string): Promise<RecordedSet[]> {
  const reader = await RecordingReader.open(path);
  const sets: RecordedSet[] = [];
  for (let record = await reader.next(); typeof record !== 'string'; record = await reader.next()) {
    const { header, slabs } = record;
    if (header.type !== 'buffer') continue;
    const { parts } = header.value as { parts: Record<string, WrittenPart | null> };
    const read = (part: WrittenPart): RecordedPart => ({
      ...part,
      bytes: Uint8Array.from(slabs[part.slabs[0]!.$slab]!.subarray(0, part.bytes)),
    });
    sets.push({
      pts: header.pts,
      parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part && read(part)])),
    });
  }
  await reader.close();
  return sets;
}
