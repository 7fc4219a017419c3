// Reads caps as people write them and as messages show them: `video/raw(format={RGB, BGR}, width=640..1280)`. The inverse of
// `formatCaps`.
//
//   caps      = 'anything' | 'nothing' | structure { 'or' structure }
//   structure = media [ '(' [ name '=' value { ',' name '=' value } ] ')' ]
//   value     = item { '×' item }        a tuple, such as a shape; `[1000]` is one of length 1
//   item      = word | "text" | true | false | number | number '..' [ number ] [ 'step' number ] | '{' value { ',' value } '}'
//
// A tuple of numbers may also be written with the letter x: 1x3x640x640.
import type { Caps, CapsStructure } from './caps.ts';
import type { CapsChoice, CapsRange, CapsValue } from './caps-value.ts';

/** Caps that cannot be read; `column` counts from 1. */
export class CapsSyntaxError extends SyntaxError {
  readonly code = 'graph/bad-caps';
  readonly column: number | undefined;

  constructor(message: string, column?: number) {
    super(message);
    this.name = 'CapsSyntaxError';
    this.column = column;
  }
}

/**
 * Caps from their text.
 *
 * @throws CapsSyntaxError
 */
export function parseCaps(text: string): Caps {
  if (text.trim() === 'anything') return 'any';
  if (text.trim() === 'nothing') return [];
  const reader = new CapsReader(text);
  const structures = [reader.structure()];
  while (!reader.isAtEnd) {
    reader.expect(/or\b/y, 'or');
    structures.push(reader.structure());
  }
  return structures;
}

/**
 * Caps from either of the ways they are written: as text, or as JSON, one `{ media, fields }` or a list of them.
 *
 * @throws CapsSyntaxError
 */
export function readCaps(written: unknown): Caps {
  if (typeof written === 'string') return parseCaps(written);
  return (Array.isArray(written) ? written : [written]).map(readStructure);
}

function readStructure(written: unknown): CapsStructure {
  const { media, fields = {}, ...rest } = Object(written) as { media?: unknown; fields?: unknown };
  const [unknown] = Object.keys(rest);
  if (typeof media !== 'string' || media === '')
    throw new CapsSyntaxError('Expected caps to name a media type, such as video/raw, under "media"');
  if (unknown !== undefined) throw new CapsSyntaxError(`Expected caps to have media and fields, found ${unknown}`);
  if (typeof fields !== 'object' || fields === null) throw new CapsSyntaxError(`Expected the fields of ${media} to be an object`);
  for (const [name, value] of Object.entries(fields)) {
    if (!isCapsValue(value)) {
      throw new CapsSyntaxError(
        `Expected ${media}.${name} to be a value, a range { min, max }, a choice { anyOf } or a list of these, found ${JSON.stringify(value)}`,
      );
    }
  }
  return { media, fields: fields as Record<string, CapsValue> };
}

function isCapsValue(value: unknown): value is CapsValue {
  if (Array.isArray(value)) return value.every(isCapsValue);
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (value === null) return false;
  if ('anyOf' in value)
    return (
      Array.isArray((value as CapsChoice).anyOf) && (value as CapsChoice).anyOf.length > 0 && (value as CapsChoice).anyOf.every(isCapsValue)
    );
  const { min, max, step = 1 } = value as Partial<CapsRange>;
  return typeof min === 'number' && typeof max === 'number' && min <= max && typeof step === 'number' && step > 0;
}

const NUMBER = /[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?/iy;

class CapsReader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    this.skipSpace();
    return this.at === this.text.length;
  }

  structure(): CapsStructure {
    const media = this.expect(/[^\s(),={}]+/y, 'a media type such as video/raw');
    const fields: Record<string, CapsValue> = {};
    if (this.take(/\(/y) === undefined) return { media, fields };
    if (this.take(/\)/y) !== undefined) return { media, fields };
    do {
      const name = this.expect(/[A-Za-z_][\w-]*/y, 'the name of a field');
      this.expect(/=/y, '=');
      if (Object.hasOwn(fields, name)) this.complain(`${name} only once`);
      fields[name] = this.value();
    } while (this.take(/,/y) !== undefined);
    this.expect(/\)/y, ', or )');
    return { media, fields };
  }

  expect(pattern: RegExp, what: string): string {
    return this.take(pattern) ?? this.complain(what);
  }

  private value(): CapsValue {
    const items = this.items();
    return items.length === 1 ? items[0]! : items;
  }

  private items(): CapsValue[] {
    const numbers = this.take(/\d+(?:x\d+)+(?![\w.])/y);
    if (numbers !== undefined) return numbers.split('x').map(Number);
    const items = [this.item()];
    while (this.take(/×/y) !== undefined) items.push(this.item());
    return items;
  }

  private item(): CapsValue {
    if (this.take(/\[/y) !== undefined) {
      if (this.take(/\]/y) !== undefined) return [];
      const items = this.items();
      this.expect(/\]/y, ']');
      return items;
    }
    if (this.take(/\{/y) !== undefined) {
      const anyOf = [this.value()];
      while (this.take(/,/y) !== undefined) anyOf.push(this.value());
      this.expect(/\}/y, ', or }');
      return { anyOf };
    }
    const quoted = this.take(/"(?:[^"\\]|\\.)*"/y);
    if (quoted !== undefined) return JSON.parse(quoted) as string;
    // A number is one only where no word goes on behind it: 720p is a word.
    const number = this.take(new RegExp(`${NUMBER.source}(?=\\.\\.|[\\s,)}\\]×]|$)`, 'iy'));
    if (number !== undefined) return this.take(/\.\./y) === undefined ? Number(number) : this.range(Number(number));
    const word = this.expect(/[^\s,(){}[\]="×]+/y, 'a value');
    return word === 'true' ? true : word === 'false' ? false : word;
  }

  private range(min: number): CapsValue {
    const most = this.take(NUMBER);
    const max = most === undefined ? Number.MAX_SAFE_INTEGER : Number(most);
    if (max < min) this.complain(`a range that rises from ${min}`);
    const step = this.take(/step\b/y) === undefined ? undefined : Number(this.expect(NUMBER, 'the step of the range'));
    return step === undefined ? { min, max } : { min, max, step };
  }

  private take(pattern: RegExp): string | undefined {
    this.skipSpace();
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.at = pattern.lastIndex;
    return match[0];
  }

  private skipSpace(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  private complain(expected: string): never {
    const rest = this.text.slice(this.at, this.at + 12);
    const found = rest === '' ? 'the end' : `"${rest}${this.at + 12 < this.text.length ? '…' : ''}"`;
    throw new CapsSyntaxError(`Expected ${expected} in caps at column ${this.at + 1}, found ${found}`, this.at + 1);
  }
}
