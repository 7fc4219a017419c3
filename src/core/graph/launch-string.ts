// Graphs in one line, as people type them: `video-file-source path=a.mp4 ! letterbox width=320 ! tee name=t  t. ! fake-sink`.
//
//   graph    = chain { chain }
//   chain    = end { "!" end }
//   end      = element | reference
//   element  = type { property "=" value }        name=… names it; queue.maxBuffers=… sets its queue
//   reference = name "." [ pad ]                  an element of the line, and a pad of it
//
// Words are separated by white space. A value with blanks stands in quotes, single or double; a backslash takes the next
// character as it is. A value that begins with [ or { is JSON and ends with its bracket.

import type { Issue, Place } from '../errors.ts';
import { setProperty } from './apply-settings.ts';
import type { GraphInput } from './graph-description.ts';
import { NAME_PATTERN } from './graph-description.ts';
import { childPointer } from './json-pointer.ts';
import type { Registry } from './registry.ts';

interface Word {
  /** Without quotes. */
  readonly text: string;
  readonly offset: number;
  readonly quoted: boolean;
}

export interface ParsedLaunch {
  readonly description: GraphInput;
  readonly issues: readonly Issue[];
  /** Where what a pointer names stands in the line. */
  place(pointer: string): Place | undefined;
}

type Elements = Record<string, { type: string; props: Record<string, unknown> }>;

/** Reads a launch string; what cannot be read becomes issues with columns. */
export function parseLaunch(line: string, registry: Registry): ParsedLaunch {
  const offsets = new Map<string, number>([['', 0]]);
  const issues: Issue[] = [];
  const placeOf = (offset: number): Place => {
    const before = line.slice(0, offset).split('\n');
    return { line: before.length, column: before.at(-1)!.length + 1 };
  };
  const complain = (offset: number, message: string, hint?: string, code = 'graph/bad-launch'): void => {
    issues.push({ code, path: '', message, hint, at: placeOf(offset) });
  };
  const words = splitWords(line, complain);
  const reader = new LaunchReader(words, line.length, registry, offsets, complain);
  const description = reader.read();
  const place = (pointer: string): Place | undefined => {
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const offset = offsets.get(at);
      if (offset !== undefined) return placeOf(offset);
      if (at === '') return undefined;
    }
  };
  return { description, issues, place };
}

/** Whether a text is meant as a launch string rather than as the name of a file. */
export function isLaunchString(text: string): boolean {
  return /\s!(\s|$)/.test(text);
}

class LaunchReader {
  private readonly elements: Elements = {};
  private readonly links: string[] = [];
  private readonly words: readonly Word[];
  private readonly length: number;
  private readonly registry: Registry;
  private readonly offsets: Map<string, number>;
  private readonly complain: (offset: number, message: string, hint?: string, code?: string) => void;
  private readonly taken: ReadonlySet<string>;
  private at = 0;

  constructor(
    words: readonly Word[],
    length: number,
    registry: Registry,
    offsets: Map<string, number>,
    complain: (offset: number, message: string, hint?: string, code?: string) => void,
  ) {
    this.words = words;
    this.length = length;
    this.registry = registry;
    this.offsets = offsets;
    this.complain = complain;
    // Names made up must not meet those that are given further on.
    this.taken = new Set(words.flatMap(({ text }) => (text.startsWith('name=') ? [text.slice(5)] : [])));
  }

  read(): GraphInput {
    while (this.at < this.words.length) this.chain();
    if (this.words.length === 0)
      this.complain(0, 'The launch string is empty', 'write elements with ! between them, such as fake-source ! fake-sink');
    return { elements: this.elements, links: this.links };
  }

  private chain(): void {
    const start = this.words[this.at]!.offset;
    const ends: string[] = [];
    const references = new Map<string, number>();
    let onlyReference = true;
    for (;;) {
      const word = this.words[this.at];
      if (word === undefined || isLinkSign(word)) {
        const what = ends.length === 0 ? 'There is nothing before this !' : 'Expected an element after !';
        this.complain(
          word?.offset ?? this.length,
          `${what}${ends.length > 0 ? `, found ${word === undefined ? 'the end' : 'another !'}` : ''}`,
        );
        this.at++;
        if (word === undefined) break;
        continue;
      }
      const reference = /^([A-Za-z_][\w-]*)\.(\w*)$/.exec(word.text);
      if (reference !== null && !word.quoted) {
        const [, name, pad] = reference as unknown as [string, string, string];
        references.set(name, word.offset);
        ends.push(pad === '' ? name : `${name}.${pad}`);
        this.at++;
      } else {
        ends.push(this.element(word));
        onlyReference = false;
      }
      if (this.words[this.at] === undefined || !isLinkSign(this.words[this.at]!)) break;
      this.at++;
    }
    if (ends.length < 2) {
      if (onlyReference && ends.length === 1)
        this.complain(start, `Nothing is linked to ${ends[0]}`, 'write ! between it and what it is linked to');
      return;
    }
    const link = `/links/${this.links.length}`;
    this.offsets.set(link, start);
    // What is said about one end of the link points at that end.
    for (const [name, offset] of references) this.offsets.set(childPointer(link, name), offset);
    this.links.push(ends.join(' ! '));
  }

  private element({ text: type, offset }: Word): string {
    this.at++;
    const element = { type, props: {} };
    const settings: Word[] = [];
    let name: string | undefined;
    for (let word = this.words[this.at]; word !== undefined && /^[A-Za-z_][\w.-]*=/.test(word.text); word = this.words[++this.at]) {
      if (word.text.startsWith('name=')) name = this.givenName(word);
      else settings.push(word);
    }
    if (type.includes('=')) {
      this.complain(offset, `Expected an element, found the property ${type}`, 'a property follows the element it belongs to');
      return type;
    }
    name ??= this.freeName(type);
    const pointer = childPointer('/elements', name);
    this.offsets.set(pointer, offset);
    this.offsets.set(`${pointer}/type`, offset);
    this.elements[name] = element;
    for (const setting of settings) {
      const equals = setting.text.indexOf('=');
      const below = setProperty(element, setting.text.slice(0, equals), setting.text.slice(equals + 1), this.registry);
      if (this.offsets.has(pointer + below)) {
        this.complain(setting.offset, `The property ${setting.text.slice(0, equals)} is given twice`, 'remove one', 'graph/duplicate-name');
      }
      this.offsets.set(pointer + below, setting.offset);
    }
    return name;
  }

  private givenName({ text, offset }: Word): string | undefined {
    const name = text.slice(5);
    if (!NAME_PATTERN.test(name)) {
      this.complain(offset, `The name "${name}" cannot be used`, 'use letters, digits, _ and -, and a letter or _ first', 'graph/bad-name');
      return undefined;
    }
    if (Object.hasOwn(this.elements, name)) {
      this.complain(offset, `Two elements are named ${name}`, 'give one another name', 'graph/duplicate-name');
      return undefined;
    }
    return name;
  }

  /** The type itself, or with a number behind it. */
  private freeName(type: string): string {
    const stem = NAME_PATTERN.test(type) ? type : 'element';
    for (let count = 1; ; count++) {
      const name = count === 1 ? stem : `${stem}${count}`;
      if (!Object.hasOwn(this.elements, name) && !this.taken.has(name)) return name;
    }
  }
}

function isLinkSign({ text, quoted }: Word): boolean {
  return text === '!' && !quoted;
}

function splitWords(line: string, complain: (offset: number, message: string, hint?: string) => void): Word[] {
  const words: Word[] = [];
  for (let at = 0; at < line.length; ) {
    if (/\s/.test(line[at]!)) {
      at++;
      continue;
    }
    const offset = at;
    let text = '';
    let quoted = false;
    while (at < line.length && !/\s/.test(line[at]!)) {
      const character = line[at]!;
      const json = /^[^=]+=$/.test(text) ? readBracketed(line, at) : undefined;
      if (json !== undefined) {
        quoted = true;
        text += json;
        at += json.length;
      } else if (character === '\\' && at + 1 < line.length) {
        text += line[at + 1];
        at += 2;
      } else if (character === '"' || character === "'") {
        quoted = true;
        const quote = readQuoted(line, at);
        if (quote === undefined) {
          complain(at, `The quote ${character} is not closed`, 'close it, or put a backslash before it');
          return words;
        }
        text += quote.text;
        at = quote.end;
      } else {
        text += character;
        at++;
      }
    }
    words.push({ text, offset, quoted });
  }
  return words;
}

function readQuoted(line: string, start: number): { text: string; end: number } | undefined {
  const quote = line[start];
  let text = '';
  for (let at = start + 1; at < line.length; at++) {
    const character = line[at]!;
    if (character === quote) return { text, end: at + 1 };
    if (character === '\\' && quote === '"' && at + 1 < line.length) text += line[++at];
    else text += character;
  }
  return undefined;
}

/** The text from an opening bracket to the one that closes it; undefined where there is no such pair. */
function readBracketed(line: string, start: number): string | undefined {
  let depth = 0;
  let inString = false;
  for (let at = start; at < line.length; at++) {
    const character = line[at]!;
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth--;
    if (depth === 0) return at === start ? undefined : line.slice(start, at + 1);
  }
  return undefined;
}
