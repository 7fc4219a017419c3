// Puts values in the place of `${name}`, `${env:NAME}` and `${file:path}`. A string that is nothing but `${name}` becomes the param's value with
// its type; within a longer string it becomes text. `$${` stands for `${` itself.
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Issue } from '../errors.ts';
import { keepSecret } from '../secrets.ts';
import type { ParamValue } from './graph-params.ts';
import { childPointer } from './json-pointer.ts';
import { nearestName } from './nearest-name.ts';

export interface SubstitutionScope {
  /** The declared params; undefined for one that has no value, which was complained of where it is declared. */
  readonly params: ReadonlyMap<string, ParamValue | undefined>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the paths of files are relative to: the folder of the graph. */
  readonly folder: string;
}

/** A string that a reference is left of, because it has no value. */
export const HAS_REFERENCE = /(?<!\$)\$\{/;

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;

/** A copy of a JSON value with its references replaced. What cannot be replaced stays, and becomes an issue. */
export function substitute(value: unknown, pointer: string, scope: SubstitutionScope, issues: Issue[]): unknown {
  if (typeof value === 'string') return substituteText(value, pointer, scope, issues);
  if (Array.isArray(value)) return value.map((one, index) => substitute(one, childPointer(pointer, index), scope, issues));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, substitute(one, childPointer(pointer, name), scope, issues)]),
  );
}

function substituteText(text: string, pointer: string, scope: SubstitutionScope, issues: Issue[]): unknown {
  if (!text.includes('${')) return text;
  const whole = /^\$\{([^}]*)\}$/.exec(text);
  if (whole !== null) return lookUp(whole[1]!.trim(), pointer, scope, issues) ?? text;
  return text.replaceAll(REFERENCE, (found, name: string | undefined, close: string | undefined) => {
    if (name === undefined) return '${';
    if (close === '') {
      const hint = 'close it with }, or write $${ for the two characters themselves';
      issues.push({ code: 'graph/bad-reference', path: pointer, message: `The reference ${found} is not closed`, hint });
      return found;
    }
    return String(lookUp(name.trim(), pointer, scope, issues) ?? found);
  });
}

function lookUp(name: string, path: string, { params, env, folder }: SubstitutionScope, issues: Issue[]): ParamValue | undefined {
  if (name.startsWith('env:')) {
    const variable = name.slice(4);
    const value = env[variable];
    if (value === undefined) {
      const message = `The environment variable ${variable} is not set`;
      issues.push({ code: 'graph/missing-env', path, message, hint: 'set it, or use a param with a default instead' });
    } else keepSecret(value);
    return value;
  }
  if (name.startsWith('file:')) return contentOf(resolve(folder, name.slice(5)), path, issues);
  if (params.has(name)) return params.get(name);
  const nearest = nearestName(name, params.keys());
  const known = [...params.keys()].join(', ');
  const hint = nearest !== undefined ? `did you mean \${${nearest}}?` : known === '' ? 'declare it under params' : `there are ${known}`;
  issues.push({ code: 'graph/unknown-param', path, message: `There is no param named ${name}`, hint });
  return undefined;
}

/** The most that a file is taken for a value with: a file that is longer is another one than was meant. */
const MOST_BYTES = 65_536;

/** What stands in a file, without the line's end that editors put there. */
function contentOf(file: string, path: string, issues: Issue[]): string | undefined {
  const complain = (message: string): void => {
    issues.push({ code: 'graph/missing-secret', path, message, hint: 'expected a text file that holds the value and nothing else' });
  };
  try {
    const { size } = statSync(file);
    if (size > MOST_BYTES) return void complain(`The file ${file} is too long for a value: it has ${size} bytes, ${MOST_BYTES} at most`);
    const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    keepSecret(value);
    return value;
  } catch (error) {
    return void complain(`Cannot read the value in the file ${file}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
  }
}
