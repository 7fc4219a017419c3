// What a file of points holds, told from its first bytes; files without a head, as those of KITTI and nuScenes, by their name.
import { open } from 'node:fs/promises';
import { inputFault } from '../files/input-fault.ts';
import { MediaError } from '../media-error.ts';
import { isPcd, readPcdHead } from './pcd-head.ts';
import { isPly, readPlyHead } from './ply-head.ts';
import { type PointTable, packedFields } from './point-table.ts';

/** Endings of files that count in a folder. */
export const POINT_ENDINGS = ['.bin', '.pcd', '.ply'] as const;

/** More than this the head of a file may not take. */
const HEAD_BYTES = 65536;

const KITTI = ['x', 'y', 'z', 'intensity'];
const NUSCENES = [...KITTI, 'ring'];

export interface HeadlessFile {
  /** What stands in a file without a head, float32 each. Default: as KITTI has it, or nuScenes, by the file's name. */
  readonly columns?: readonly string[] | undefined;
}

/** What a file's head says of it. @throws MediaError as {@link pointTableOf} does, and for what cannot be read. */
export async function readPointTable(path: string, headless: HeadlessFile): Promise<PointTable> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size === 0) throw new MediaError('media/empty', `Cannot read ${path}: the file is empty`);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(size, HEAD_BYTES)), 0);
      return pointTableOf(path, buffer.subarray(0, bytesRead), size, headless);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw inputFault(path, error);
  }
}

/**
 * @param first The file's first bytes, or all of them.
 * @param size Of the whole file.
 * @throws MediaError `media/not-media`, `media/corrupt`.
 */
export function pointTableOf(path: string, first: Uint8Array, size: number, { columns }: HeadlessFile): PointTable {
  const head = Buffer.from(first.subarray(0, HEAD_BYTES)).toString('latin1');
  if (isPly(head)) return readPlyHead(path, head);
  if (isPcd(head)) return readPcdHead(path, head);
  if (!/\.bin$/i.test(path)) throw new MediaError('media/not-media', `Cannot read ${path}: it is no PCD, PLY or .bin file of points`);
  const names = columns ?? (/\.pcd\.bin$/i.test(path) ? NUSCENES : KITTI);
  const table = packedFields(names.map((name) => [name, 'float32']));
  if (size % table.pointBytes !== 0) {
    const text = `Cannot read ${path}: its ${size} bytes are no whole number of points of ${names.length} float32; set columns to those it has`;
    throw new MediaError('media/corrupt', text);
  }
  return { ...table, count: size / table.pointBytes, order: 'records', start: 0, isBigEndian: false };
}
