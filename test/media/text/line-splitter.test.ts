import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lineSplitter } from '../../../src/media/text/line-splitter.ts';
import { decodeText, encodingOf, TEXT_ENCODINGS, type TextEncoding } from '../../../src/media/text/text-encoding.ts';

function encode(text: string, encoding: TextEncoding): Buffer {
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16();
  return Buffer.from(text, encoding === 'utf-16le' ? 'utf16le' : encoding === 'latin1' ? 'latin1' : 'utf8');
}

/** The lines of a text whose bytes come in pieces, which are overwritten as soon as they may be. */
function split(text: string, encoding: TextEncoding, pieces: readonly number[], maxBytes = 2 ** 20): [text: string, isCut: boolean][] {
  const splitter = lineSplitter(encoding, maxBytes);
  const lines: [string, boolean][] = [];
  const note = (line: ReturnType<typeof splitter.next>): boolean => {
    if (line === undefined) return false;
    lines.push([decodeText(line.bytes, encoding, line.isCut).text, line.isCut]);
    return true;
  };
  let bytes = encode(text, encoding);
  for (const size of [...pieces, bytes.length]) {
    const piece = Buffer.from(bytes.subarray(0, size));
    bytes = bytes.subarray(size);
    splitter.push(piece);
    while (note(splitter.next()));
    piece.fill(0x0a);
  }
  note(splitter.rest());
  return lines;
}

const words = fc.string({ unit: fc.constantFrom('a', 'ö', '€', '😀', '\n', '\r\n', '\r', ' ', '\u0a0a', '\u000a'), maxLength: 40 });
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 });

describe('lineSplitter', () => {
  for (const encoding of TEXT_ENCODINGS) {
    it(`cuts ${encoding} at line ends, however its bytes come`, () => {
      fc.assert(
        fc.property(words, sizes, (given, pieces) => {
          const text = encoding === 'latin1' ? given.replaceAll(/[^\0-\xff]/g, 'x') : given;
          const wanted = text.split('\n').map((line) => line.replace(/\r$/, ''));
          // A last line that is empty is none; one that is a lone carriage return is empty, and one.
          if (text === '' || text.endsWith('\n')) wanted.pop();
          assert.deepEqual(
            split(text, encoding, pieces).map(([line]) => line),
            wanted,
          );
        }),
        { numRuns: 300, seed: 20_261_125 },
      );
    });

    it(`takes no more of a line than it may, in ${encoding}`, () => {
      fc.assert(
        fc.property(words, sizes, fc.integer({ min: 1, max: 12 }), (given, pieces, maxBytes) => {
          const text = encoding === 'latin1' ? given.replaceAll(/[^\0-\xff]/g, 'x') : given;
          const whole = split(text, encoding, []);
          const cut = split(text, encoding, pieces, maxBytes);
          assert.equal(cut.length, whole.length);
          for (const [i, [line, isCut]] of cut.entries()) {
            assert.equal(isCut, encode(whole[i]![0], encoding).length > maxBytes);
            assert.ok(whole[i]![0].startsWith(line) && encode(line, encoding).length <= maxBytes);
          }
        }),
        { numRuns: 300, seed: 20_261_125 },
      );
    });
  }
});

describe('lines of anything', () => {
  const bytes = fc
    .uint8Array({ maxLength: 300, size: 'max' })
    .map((all) => all.map((one) => (one % 5 === 0 ? [10, 13, 0, 0xff, 0xc3][(one % 7) % 5]! : one)));

  it('hold what stands between line ends, NUL and what is no text included, and no more than they may', () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 64 }), (all, maxBytes, step) => {
        const splitter = lineSplitter('utf-8', maxBytes);
        const lines: { readonly bytes: string; readonly isCut: boolean }[] = [];
        const note = (line: ReturnType<typeof splitter.next>): boolean => {
          if (line === undefined) return false;
          assert.ok(line.bytes.length <= maxBytes);
          const { text, isDamaged } = decodeText(line.bytes, 'utf-8', line.isCut);
          assert.ok(isDamaged === text.includes('\ufffd'));
          lines.push({ bytes: Buffer.from(line.bytes).toString('latin1'), isCut: line.isCut });
          return true;
        };
        for (let from = 0; from < all.length; from += step) {
          splitter.push(all.subarray(from, from + step));
          while (note(splitter.next()));
        }
        note(splitter.rest());
        const wanted = Buffer.from(all).toString('latin1').split('\n');
        if (wanted.at(-1) === '') wanted.pop();
        assert.deepEqual(
          lines,
          wanted.map((line) => {
            const whole = line.replace(/\r$/, '');
            return { bytes: whole.slice(0, maxBytes), isCut: whole.length > maxBytes };
          }),
        );
      }),
      { numRuns: 300, seed: 20_261_125 },
    );
  });

  it('take little more room than they have, however small the pieces are in which they come', () => {
    const { alloc } = Buffer;
    let asked = 0;
    Buffer.alloc = ((size: number, ...rest: never[]) => {
      asked += size;
      return alloc.call(Buffer, size, ...rest);
    }) as typeof alloc;
    try {
      const splitter = lineSplitter('utf-8', 4096);
      for (let count = 0; count < 20_000; count++) {
        splitter.push(Uint8Array.of(97));
        assert.equal(splitter.next(), undefined);
      }
      assert.equal(splitter.rest()!.bytes.length, 4096);
    } finally {
      Buffer.alloc = alloc;
    }
    assert.ok(asked < 4 * 4096, `${asked} bytes`);
  });
});

describe('encodingOf', () => {
  it('goes by the mark at the beginning, unless another encoding is wished for', () => {
    assert.deepEqual(encodingOf(Buffer.from('\ufeffa'), 'auto'), { encoding: 'utf-8', markBytes: 3 });
    assert.deepEqual(encodingOf(Buffer.from('\ufeffa', 'utf16le'), 'auto'), { encoding: 'utf-16le', markBytes: 2 });
    assert.deepEqual(encodingOf(Buffer.from('\ufeffa', 'utf16le').swap16(), 'auto'), { encoding: 'utf-16be', markBytes: 2 });
    assert.deepEqual(encodingOf(Buffer.from('\ufeffa', 'utf16le'), 'utf-16le'), { encoding: 'utf-16le', markBytes: 2 });
    assert.deepEqual(encodingOf(Buffer.from([0xff, 0xfe]), 'latin1'), { encoding: 'latin1', markBytes: 0 });
    assert.deepEqual(encodingOf(Buffer.alloc(0), 'auto'), { encoding: 'utf-8', markBytes: 0 });
  });
});

describe('decodeText', () => {
  it('marks what is no text', () => {
    assert.deepEqual(decodeText(Buffer.from([97, 0xff, 98]), 'utf-8', false), { text: 'a\ufffdb', isDamaged: true });
    assert.deepEqual(decodeText(Buffer.from('aö').subarray(0, 2), 'utf-8', false), { text: 'a\ufffd', isDamaged: true });
    assert.deepEqual(decodeText(Buffer.from('aö').subarray(0, 2), 'utf-8', true), { text: 'a', isDamaged: false });
    assert.deepEqual(decodeText(Buffer.from([0, 0xd8, 97, 0]), 'utf-16le', false), { text: '\ufffda', isDamaged: true });
    assert.deepEqual(decodeText(Buffer.from([0xe4]), 'latin1', false), { text: 'ä', isDamaged: false });
  });
});
