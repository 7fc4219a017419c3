// Reads JSON and remembers where everything stands, so that whatever is found wrong later can be shown by line and column.
// JSON.parse would do neither, and lets the second of two equal names win without a word.
import type { Issue, Place } from '../errors.ts';
import { childPointer } from './json-pointer.ts';

export interface JsonDocument {
  readonly value: unknown;
  /** What is wrong with the text: at most one syntax error, and every duplicate name. */
  readonly issues: readonly Issue[];
  /** Where a pointer's value stands, or the nearest thing around it that does. */
  place(pointer: string): Place | undefined;
}

/** Reads a document; never throws. With a syntax error the value is undefined. */
export function parseJson(text: string, file?: string): JsonDocument {
  const starts = lineStarts(text);
  const placeOf = (offset: number): Place => {
    let line = starts.length;
    while (starts[line - 1]! > offset) line--;
    return { file, line, column: offset - starts[line - 1]! + 1 };
  };
  const offsets = new Map<string, number>();
  const issues: Issue[] = [];
  let value: unknown;
  try {
    value = new JsonReader(text, offsets, (pointer, name, offset) => {
      const message = `The name "${name}" stands twice in one object; JSON would keep only the last`;
      issues.push({ code: 'graph/duplicate-name', path: pointer, message, hint: 'rename or remove one', at: placeOf(offset) });
    }).read();
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    issues.push({ code: 'graph/not-json', path: '', message: error.message, hint: error.hint, at: placeOf(error.offset) });
  }
  const place = (pointer: string): Place | undefined => {
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const offset = offsets.get(at);
      if (offset !== undefined) return placeOf(offset);
      if (at === '') return undefined;
    }
  };
  return { value, issues, place };
}

class JsonSyntaxError extends Error {
  readonly offset: number;
  readonly hint: string | undefined;

  constructor(message: string, offset: number, hint?: string) {
    super(message);
    this.offset = offset;
    this.hint = hint;
  }
}

class JsonReader {
  private readonly text: string;
  private readonly offsets: Map<string, number>;
  private readonly duplicate: (pointer: string, name: string, offset: number) => void;
  private at = 0;

  constructor(text: string, offsets: Map<string, number>, duplicate: (pointer: string, name: string, offset: number) => void) {
    this.text = text;
    this.offsets = offsets;
    this.duplicate = duplicate;
  }

  read(): unknown {
    if (this.text.charCodeAt(0) === 0xfeff) this.at = 1;
    const value = this.value('', 'a value');
    this.space();
    if (this.at < this.text.length) throw this.unexpected('the end of the document');
    return value;
  }

  private value(pointer: string, expected: string, depth = 0): unknown {
    if (depth > 200) throw new JsonSyntaxError('The document is nested more than 200 levels deep', this.at);
    this.space();
    if (!this.offsets.has(pointer)) this.offsets.set(pointer, this.at);
    const character = this.text[this.at];
    if (character === '{') return this.object(pointer, depth);
    if (character === '[') return this.array(pointer, depth);
    if (character === '"') return this.string();
    const word = /[\w.+-]+/y;
    word.lastIndex = this.at;
    const token = word.exec(this.text)?.[0];
    if (token === 'true' || token === 'false' || token === 'null') {
      this.at += token.length;
      return token === 'null' ? null : token === 'true';
    }
    if (token !== undefined && /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(token)) {
      this.at += token.length;
      return Number(token);
    }
    throw this.unexpected(expected);
  }

  private object(pointer: string, depth: number): unknown {
    const result: Record<string, unknown> = {};
    const open = this.at++;
    this.space();
    if (this.text[this.at] === '}') {
      this.at++;
      return result;
    }
    for (;;) {
      this.space();
      const start = this.at;
      if (this.text[start] !== '"') throw this.unexpected('a name in double quotes', open);
      const name = this.string();
      const child = childPointer(pointer, name);
      if (Object.hasOwn(result, name)) this.duplicate(child, name, start);
      // What is said about a member points at its name.
      this.offsets.set(child, start);
      this.space();
      if (this.text[this.at] !== ':') throw this.unexpected(`a colon after "${name}"`);
      this.at++;
      const value = this.value(child, `a value for "${name}"`, depth + 1);
      // Assigning would take "__proto__" for the prototype.
      Object.defineProperty(result, name, { value, enumerable: true, configurable: true, writable: true });
      this.space();
      const next = this.text[this.at];
      if (next !== ',' && next !== '}') throw this.unexpected('a comma or }', open);
      this.at++;
      if (next === '}') return result;
    }
  }

  private array(pointer: string, depth: number): unknown {
    const result: unknown[] = [];
    const open = this.at++;
    this.space();
    if (this.text[this.at] === ']') {
      this.at++;
      return result;
    }
    for (;;) {
      result.push(this.value(`${pointer}/${result.length}`, 'a value', depth + 1));
      this.space();
      const next = this.text[this.at];
      if (next !== ',' && next !== ']') throw this.unexpected('a comma or ]', open);
      this.at++;
      if (next === ']') return result;
    }
  }

  private string(): string {
    const start = this.at;
    for (let at = start + 1; at < this.text.length; at++) {
      const character = this.text[at];
      if (character === '\\') at++;
      else if (character === '\n') break;
      else if (character === '"') {
        this.at = at + 1;
        try {
          return JSON.parse(this.text.slice(start, this.at)) as string;
        } catch {
          throw new JsonSyntaxError(
            'The string holds an escape or a control character that JSON does not know',
            start,
            'write \\\\ for a backslash',
          );
        }
      }
    }
    throw new JsonSyntaxError(
      'The string has no closing quote',
      start,
      'a string ends on the line it begins on; write \\n for a line break',
    );
  }

  private space(): void {
    const blank = /[ \t\r\n]*/y;
    blank.lastIndex = this.at;
    this.at += blank.exec(this.text)![0].length;
  }

  private unexpected(expected: string, open?: number): JsonSyntaxError {
    const rest = this.text.slice(this.at, this.at + 24);
    if (rest === '') {
      const begun = open === undefined ? '' : `; what ${this.text[open]} opened is not closed`;
      return new JsonSyntaxError(`Expected ${expected}, found the end of the document${begun}`, this.at);
    }
    const found = /^[\w.+-]+/.exec(rest)?.[0] ?? rest[0]!;
    return new JsonSyntaxError(`Expected ${expected}, found ${found}`, this.at, hintFor(rest, this.text.slice(0, this.at)));
  }
}

function hintFor(rest: string, before: string): string | undefined {
  if (/^(\/\/|\/\*|#)/.test(rest)) return 'JSON has no comments; use "description"';
  if (rest[0] === "'") return 'JSON wants double quotes';
  if (/^[}\]]/.test(rest) && /,\s*$/.test(before)) return 'remove the comma before it';
  if (/^["{[\w-]/.test(rest) && /["}\]\w]\s*$/.test(before)) return 'a comma may be missing before it';
  if (/^(NaN|Infinity|-Infinity|undefined|True|False|None)\b/.test(rest)) return 'JSON knows numbers, true, false and null';
  return undefined;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
