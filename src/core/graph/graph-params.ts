// The params of a graph: values that whoever runs it may set, checked against what the graph declares.
import { isAbsolute, resolve } from 'node:path';
import type { z } from 'zod';
import type { Issue } from '../errors.ts';
import type { parameterDescription } from './graph-description.ts';
import { childPointer } from './json-pointer.ts';
import { nearestName } from './nearest-name.ts';
import { HAS_REFERENCE, substitute } from './substitute.ts';

export type ParamValue = string | number | boolean;
export type ParameterDescription = z.input<typeof parameterDescription>;

export interface GivenParams {
  readonly values: Readonly<Record<string, ParamValue>>;
  /** What relative values of `path` params are relative to. */
  readonly folder: string;
  /** Where a given value stands, for issues. */
  pathOf(name: string): string;
}

/**
 * The value of every declared param: the given one, or the default.
 *
 * @param folder What relative defaults of `path` params are relative to: the folder of the file that declares them.
 */
export function resolveParams(
  declared: Readonly<Record<string, ParameterDescription>>,
  given: GivenParams,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  issues: Issue[],
): Map<string, ParamValue | undefined> {
  const params = new Map<string, ParamValue | undefined>();
  for (const [name, declaration] of Object.entries(declared)) {
    const path = childPointer('/params', name);
    if (Object.hasOwn(given.values, name)) {
      params.set(name, convert(name, given.values[name], declaration, given.folder, given.pathOf(name), issues));
    } else if (declaration.default === undefined) {
      params.set(name, undefined);
      const hint = `give one with --param ${name}=…, or a default`;
      issues.push({ code: 'graph/missing-param', path, message: `The param ${name} has no value`, hint });
    } else {
      const value = substitute(declaration.default, `${path}/default`, { params: new Map(), env, folder }, issues);
      params.set(name, convert(name, value, declaration, folder, `${path}/default`, issues));
    }
  }
  for (const name of Object.keys(given.values)) {
    if (Object.hasOwn(declared, name)) continue;
    const nearest = nearestName(name, Object.keys(declared));
    const known = Object.keys(declared).join(', ') || 'none';
    const hint = nearest === undefined ? `there are: ${known}` : `did you mean ${nearest}?`;
    issues.push({ code: 'graph/unknown-param', path: given.pathOf(name), message: `The graph has no param named ${name}`, hint });
  }
  return params;
}

function convert(
  name: string,
  value: unknown,
  { type = 'string' }: ParameterDescription,
  folder: string,
  path: string,
  issues: Issue[],
): ParamValue | undefined {
  if (typeof value === 'string' && HAS_REFERENCE.test(value)) return undefined;
  const converted = type === 'path' ? toPath(value, folder) : CONVERTERS[type](value);
  if (converted === undefined) {
    const found = typeof value === 'string' ? `"${value}"` : String(value);
    issues.push({ code: 'graph/bad-param', path, message: `The param ${name} must be ${EXPECTED[type]}, found ${found}` });
  }
  return converted;
}

const EXPECTED = { string: 'text', number: 'a number', integer: 'a whole number', boolean: 'true or false', path: 'a path' };

const CONVERTERS = {
  string: (value: unknown): ParamValue | undefined => (typeof value === 'string' ? value : undefined),
  number: (value: unknown): ParamValue | undefined => toNumber(value),
  integer: (value: unknown): ParamValue | undefined => {
    const number = toNumber(value);
    return Number.isInteger(number) ? number : undefined;
  },
  boolean: (value: unknown): ParamValue | undefined => {
    if (typeof value === 'boolean') return value;
    return value === 'true' ? true : value === 'false' ? false : undefined;
  },
};

function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** An absolute path; addresses with a scheme, and `-` for the standard streams, stay as they are. */
function toPath(value: unknown, folder: string): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return value === '-' || isAbsolute(value) || /^[a-z][a-z0-9+.-]+:\/\//i.test(value) ? value : resolve(folder, value);
}
