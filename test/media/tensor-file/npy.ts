/** A .npy file as numpy would write it, but for what its head is told to say; what is undefined is left out. */
export function npy(
  head: Readonly<Record<string, string | undefined>> = {},
  elements: ArrayBufferView = Float32Array.of(1),
  lengthBytes: 2 | 4 = 4,
): Buffer {
  const said = Object.entries({ descr: "'<f4'", fortran_order: 'False', shape: '(1,)', ...head });
  const entries = said.flatMap(([key, value]) => (value === undefined ? [] : [`'${key}': ${value}, `]));
  const text = Buffer.from(`{${entries.join('')}}\n`);
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntLE(text.length, 0, lengthBytes);
  const magic = Buffer.from(`\x93NUMPY${lengthBytes === 2 ? '\x01' : '\x02'}\0`, 'latin1');
  return Buffer.concat([magic, length, text, Buffer.from(elements.buffer, elements.byteOffset, elements.byteLength)]);
}
