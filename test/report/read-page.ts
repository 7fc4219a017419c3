// Reads a report's page as strictly as XML, and says what is in it.
import assert from 'node:assert/strict';

const VOID = new Set(['meta', 'br']);

export interface Page {
  /** Text without markup, runs of blanks as one. */
  readonly text: string;
  /** Names of all elements. */
  readonly tags: ReadonlySet<string>;
  /** Every attribute as name and value. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** The cells of each row of each table. */
  readonly rows: readonly (readonly string[])[];
  /** The pictures. */
  readonly jpegs: readonly Buffer[];
}

/** @throws AssertionError where tags do not match or an attribute is not quoted. */
export function readPage(html: string): Page {
  const open: string[] = [];
  const tags = new Set<string>();
  const attributes: [string, string][] = [];
  const body = html.replace(/^<!doctype html>/, '').replace(/<style>[\s\S]*?<\/style>/, '');
  const rest = body.replace(/<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z][\w-]*(?:="[^"<]*")?)*)\s*(\/?)>/gi, (_, close, name, written, self) => {
    tags.add(name);
    for (const [, attribute, value] of String(written).matchAll(/([a-zA-Z][\w-]*)(?:="([^"]*)")?/g))
      attributes.push([attribute!, plainText(value ?? '')]);
    if (close === '/') assert.equal(open.pop(), name, `</${name}> closes what is open`);
    else if (self === '' && !VOID.has(name)) open.push(name);
    return ' ';
  });
  assert.deepEqual(open, [], 'everything is closed');
  assert.doesNotMatch(rest, /[<>]/, 'nothing looks like markup but markup');
  const textOf = (piece: string): string =>
    plainText(piece.replace(/<title>[\s\S]*?<\/title>|<[^>]*>/g, ' '))
      .replace(/[ \n]+/g, ' ')
      .trim();
  return {
    text: plainText(rest)
      .replace(/[ \n]+/g, ' ')
      .trim(),
    tags,
    attributes,
    rows: [...body.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row]) =>
      [...row!.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) => textOf(cell!)),
    ),
    jpegs: attributes.flatMap(([, value]) => (value.startsWith('data:image/jpeg;base64,') ? [Buffer.from(value.slice(23), 'base64')] : [])),
  };
}

/** Asserts that a page asks for nothing from anywhere else and runs nothing. */
export function assertSelfContained(html: string): void {
  const { tags, attributes } = readPage(html);
  for (const tag of ['script', 'link', 'img', 'iframe', 'object', 'embed', 'base', 'form']) assert.ok(!tags.has(tag), `no <${tag}>`);
  for (const [name, value] of attributes) {
    assert.doesNotMatch(name, /^on/i, 'no handlers');
    if (name === 'href' || name === 'src') assert.match(value, /^(#|data:image\/jpeg;base64,)/);
  }
  assert.doesNotMatch(html.match(/<style>([\s\S]*?)<\/style>/)![1]!, /url\(|@import|expression/);
}

/** Width and height in the header of a JPEG (ITU-T T.81, B.2.2). */
export function jpegSize(jpeg: Buffer): readonly [width: number, height: number] {
  assert.equal(jpeg.readUInt16BE(0), 0xffd8);
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1]!;
    if (marker >= 0xc0 && marker <= 0xc2) return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)];
  }
  throw new Error('No frame header');
}

function plainText(text: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name]!);
}
