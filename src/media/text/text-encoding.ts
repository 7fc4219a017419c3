// How bytes become text: which encoding, told by a mark at the beginning where there is one, and what is no text in it.
export const TEXT_ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'latin1'] as const;

export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

/** More bytes than this the mark of an encoding does not take. */
export const MARK_BYTES = 3;

const MARKS: readonly (readonly [mark: readonly number[], encoding: TextEncoding])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/** The encoding that a mark at the beginning tells, and how long it is; without one, the encoding given. */
export function encodingOf(
  first: Uint8Array,
  wished: TextEncoding | 'auto',
): { readonly encoding: TextEncoding; readonly markBytes: number } {
  const found = MARKS.find(([mark]) => mark.every((byte, index) => first[index] === byte));
  if (found !== undefined && (wished === 'auto' || wished === found[1])) return { encoding: found[1], markBytes: found[0].length };
  return { encoding: wished === 'auto' ? 'utf-8' : wished, markBytes: 0 };
}

/** Bytes of the smallest unit of an encoding. */
export function unitOf(encoding: TextEncoding): 1 | 2 {
  return encoding.startsWith('utf-16') ? 2 : 1;
}

export interface DecodedText {
  readonly text: string;
  /** Some of it was no text, and stands there as U+FFFD. */
  readonly isDamaged: boolean;
}

/** @param isCut It ends anywhere: a character that is not whole is left out. */
export function decodeText(bytes: Uint8Array, encoding: TextEncoding, isCut: boolean): DecodedText {
  if (encoding === 'latin1')
    return { text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'), isDamaged: false };
  const decode = (fatal: boolean): string => new TextDecoder(encoding, { fatal, ignoreBOM: true }).decode(bytes, { stream: isCut });
  try {
    return { text: decode(true), isDamaged: false };
  } catch {
    return { text: decode(false), isDamaged: true };
  }
}
