// The head of a .npy file, versions 1 to 3: what its array is, written as a Python dictionary.
//
// Method: numpy/lib/format.py, "Format Version 1.0" and following.
import type { Dtype } from '../../memory/dtype.ts';
import { MediaError } from '../media-error.ts';

const DTYPES: Readonly<Record<string, Dtype>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/** More than this the head of an array of numbers does not take. */
export const NPY_HEAD_BYTES = 65536;
/** More axes than this numpy knows none. */
const MOST_AXES = 64;

export interface NpyHead {
  readonly dtype: Dtype;
  /** Outermost first; empty for a single number. */
  readonly shape: readonly number[];
  readonly isBigEndian: boolean;
  /** The first axis varies fastest, not the last. */
  readonly isFortran: boolean;
  /** Bytes before the first element. */
  readonly start: number;
}

/**
 * @param what What is read, for messages.
 * @param first At least {@link NPY_HEAD_BYTES} of the file, or all of it.
 * @throws MediaError `media/not-media`, `media/corrupt`, `media/unsupported-dtype`.
 */
export function readNpyHead(what: string, first: Uint8Array): NpyHead {
  const bytes = Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  if (bytes.toString('latin1', 0, 6) !== '\x93NUMPY') throw new MediaError('media/not-media', `Cannot read ${what}: it is no .npy file`);
  const wrong = (why: string): MediaError => new MediaError('media/corrupt', `Cannot read ${what}: ${why}`);
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) throw wrong(`it is of version ${version} of the format; 1, 2 and 3 are known`);
  const lead = version === 1 ? 10 : 12;
  if (bytes.length < lead) throw wrong('it breaks off in its head');
  const start = lead + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (start > bytes.length) throw wrong(`its head of ${start} bytes is not whole, or no array of numbers has one so long`);
  const head = bytes.toString('utf8', lead, start);
  const descr = /'descr'\s*:\s*(?:'([^']*)'|[^\s,])/.exec(head);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(head);
  const shape = /'shape'\s*:\s*\(([\d\sL,]*)\)/.exec(head);
  if (descr === null || order === null || shape === null) throw wrong('its head does not say descr, fortran_order and shape');
  const [, mark, type] = /^([<>|=]?)([a-z]\d)$/.exec(descr[1] ?? '') ?? [];
  const dtype = DTYPES[type ?? ''];
  if (dtype === undefined) {
    const found = descr[1] ?? 'a record of several fields';
    const text = `Cannot read ${what}: its numbers are ${found}; expected one of ${Object.keys(DTYPES).join(', ')}: convert it with numpy's astype`;
    throw new MediaError('media/unsupported-dtype', text);
  }
  const sizes = (shape[1]!.match(/\d+/g) ?? []).map(Number);
  if (sizes.length > MOST_AXES) throw wrong(`it has ${sizes.length} axes, more than ${MOST_AXES}`);
  if (!Number.isSafeInteger(sizes.reduce((product, size) => product * size, 8))) throw wrong(`its shape is ${sizes.join('×')}`);
  return { dtype, shape: sizes, isBigEndian: mark === '>', isFortran: order[1] === 'True', start };
}
