// Heads of files that say what no sane program would write.
import fc from 'fast-check';

const absurdNumbers = fc.oneof(
  { weight: 3, arbitrary: fc.nat(9).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('-1', '65536', '2147483648', '4294967296', '9999999999', '9007199254740993', '1'.repeat(400)) },
  { weight: 1, arbitrary: fc.constantFrom('', 'x', '1e9', 'nan', '0x10', '1.5', '\0', '٣') },
);

/** 32 bits, as they stand in binary heads. */
export const absurdWords = fc.oneof(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat(1000), fc.nat(0xffffffff));

const list = (items: fc.Arbitrary<string>, maxLength: number, between: string): fc.Arbitrary<string> =>
  fc.array(items, { maxLength, size: 'max' }).map((all) => all.join(between));

const dtype = fc.constantFrom(
  "'<f4'",
  "'|u1'",
  "'>i2'",
  "'<f8'",
  "'|b1'",
  "'|O'",
  "'<c8'",
  "'<f'",
  "[('a', '<f4')]",
  '"<f4"',
  'None',
  undefined,
);

export const absurdNpyHeads = fc.record({
  descr: dtype,
  fortran_order: fc.constantFrom('True', 'False', '1', undefined),
  shape: fc.oneof(
    list(absurdNumbers, 5, ', ').map((sizes) => `(${sizes})`),
    list(fc.constant('1'), 70, ',').map((sizes) => `(${sizes},)`),
    fc.string({ unit: fc.constantFrom('1', '0', ' ', ',', 'L', '(', ')'), maxLength: 60, size: 'max' }),
    fc.constant(undefined),
  ),
});

const line = (key: string, values: fc.Arbitrary<string>): fc.Arbitrary<string> => values.map((one) => `${key} ${one}`);
const sane = ['FIELDS x y z', 'SIZE 4 4 4', 'TYPE F F F', 'COUNT 1 1 1', 'WIDTH 2', 'HEIGHT 1', 'POINTS 2'];

const pcdLines = fc.oneof(
  line('FIELDS', list(fc.constantFrom('x', 'y', 'z', '_', 'rgb', 'x'), 6, ' ')),
  line('SIZE', list(absurdNumbers, 4, ' ')),
  line('TYPE', list(fc.constantFrom('F', 'U', 'I', 'Q', ''), 4, ' ')),
  line('COUNT', list(absurdNumbers, 4, ' ')),
  ...['WIDTH', 'HEIGHT', 'POINTS'].map((key) => line(key, absurdNumbers)),
  fc.constantFrom('#', 'VIEWPOINT', '', 'DATA'),
);

const body = fc.oneof(
  fc.uint8Array({ maxLength: 80, size: 'max' }),
  list(fc.oneof(absurdNumbers, fc.constantFrom('1e-400', '-1e99999999999', '.', '+', 'inf', '\n')), 20, ' ').map((text) =>
    Buffer.from(text),
  ),
);

const file = (lines: readonly string[], rest: Uint8Array, between = '\n'): Uint8Array =>
  Buffer.concat([Buffer.from(`${lines.join(between)}${between}`), rest]);

export const absurdPcdFiles = fc
  .tuple(
    fc.array(pcdLines, { maxLength: 3 }),
    fc.constantFrom('ascii', 'binary', 'binary_compressed', 'other'),
    fc.tuple(fc.array(absurdWords, { maxLength: 2 }), body),
    fc.constantFrom('\n', '\r\n'),
  )
  .map(([lines, data, [words, rest], between]) => {
    const sizes = Buffer.from(Uint32Array.from(words).buffer);
    return file([...sane, ...lines, `DATA ${data}`], Buffer.concat([sizes, rest]), between);
  });

const plyLines = fc.oneof(
  line('element vertex', absurdNumbers),
  line('element face', absurdNumbers),
  fc.constantFrom(
    'property float x',
    'property double y',
    'property uchar red',
    'property list uchar int at',
    'property quad q',
    'property',
  ),
  fc.constantFrom('comment', 'element', '', 'obj_info x'),
);

export const absurdPlyFiles = fc
  .tuple(
    fc.constantFrom('ascii', 'binary_little_endian', 'binary_big_endian', 'other'),
    fc.array(plyLines, { maxLength: 2 }),
    absurdNumbers,
    fc.array(plyLines, { maxLength: 3 }),
    body,
  )
  .map(([format, before, count, after, rest]) => {
    const points = [`element vertex ${count}`, ...['x', 'y', 'z'].map((name) => `property float ${name}`)];
    return file(['ply', `format ${format} 1.0`, ...before, ...points, ...after, 'end_header'], rest);
  });
