// Validates what a graph file says against the schema of graphs, and says in our words what the validator found.
//
// The validator reports every branch of every alternative that failed; of those only what belongs to the alternative that was
// meant is kept. The schema is made of the element types that the graph uses, so that a small graph is validated fast.
import { Ajv, type ErrorObject } from 'ajv';
import type { AnyElementDefinition } from '../element/define-element.ts';
import type { Issue } from '../errors.ts';
import { graphSchema, type JsonSchema } from './graph-schema.ts';
import { childPointer, pointerNames, valueAt } from './json-pointer.ts';
import { nearestName } from './nearest-name.ts';
import type { Registry } from './registry.ts';
import { HAS_REFERENCE } from './substitute.ts';

/** Everything that is wrong with the form of a graph, by JSON pointer; its references should have been replaced. */
export function validateGraph(value: unknown, registry: Registry): Issue[] {
  const version = valueAt(value, '/version');
  if (version !== undefined && version !== 1) {
    const hint = typeof version === 'number' && version > 1 ? 'a newer release of leat may read it' : 'write "version": 1, or leave it out';
    return [
      { code: 'graph/wrong-version', path: '/version', message: `Expected version 1 of the graph format, found ${show(version)}`, hint },
    ];
  }
  const used = usedDefinitions(value, registry);
  const ajv = new Ajv({ allErrors: true, strict: false, verbose: true, validateFormats: false });
  const validate = ajv.compile(graphSchema(used));
  if (validate(withProps(value))) return [];
  const issues = meantErrors(validate.errors ?? []).map((error) => issueOf(error, value, registry));
  return issues.filter(
    (issue, index) => issues.findIndex(({ path, message }) => path === issue.path && message === issue.message) === index,
  );
}

function usedDefinitions(value: unknown, registry: Registry): AnyElementDefinition[] {
  const used = new Set<AnyElementDefinition>();
  for (const element of Object.values(Object(valueAt(value, '/elements')) as object)) {
    const definition = registry.get(String(valueAt(element, '/type')));
    if (definition !== undefined) used.add(definition);
  }
  return [...used];
}

/** Elements without `props` have empty ones, so that the message names the property that is missing. */
function withProps(value: unknown): unknown {
  const elements = valueAt(value, '/elements');
  if (typeof elements !== 'object' || elements === null || Array.isArray(elements)) return value;
  const complete = Object.entries(elements).map(([name, element]) => {
    const isPlain = typeof element === 'object' && element !== null && !Array.isArray(element);
    return [name, isPlain && !('props' in element) ? { ...element, props: {} } : element];
  });
  return { ...(value as object), elements: Object.fromEntries(complete) };
}

/** Of the errors of alternatives those that belong to the one that was meant. */
function meantErrors(errors: readonly ErrorObject[]): ErrorObject[] {
  let kept: ErrorObject[] = [];
  for (const error of errors) {
    if (error.schemaPath.startsWith('#/definitions/reference') || error.keyword === 'if') continue;
    if (error.keyword !== 'anyOf' && error.keyword !== 'oneOf') {
      kept.push(error);
      continue;
    }
    const inside = (one: ErrorObject): boolean =>
      one.schemaPath.startsWith(`${error.schemaPath}/`) && one.instancePath.startsWith(error.instancePath);
    const branches = new Map<string, ErrorObject[]>();
    for (const one of kept.filter(inside)) {
      const branch = one.schemaPath.slice(error.schemaPath.length + 1).split('/')[0]!;
      branches.set(branch, [...(branches.get(branch) ?? []), one]);
    }
    kept = [...kept.filter((one) => !inside(one)), ...meantBranch(error, [...branches.values()])];
  }
  return kept;
}

function meantBranch(error: ErrorObject, branches: readonly (readonly ErrorObject[])[]): readonly ErrorObject[] {
  if (branches.length === 1) return branches[0]!;
  const isMiss = ({ keyword, instancePath }: ErrorObject): boolean =>
    instancePath === error.instancePath && (keyword === 'type' || keyword === 'enum' || keyword === 'const');
  const fitting = branches.filter((branch) => !branch.some(isMiss)).sort((a, b) => weight(a) - weight(b));
  if (fitting[0] !== undefined) return fitting[0];
  // None was meant: one message for all that would have done.
  const type = [...new Set(branches.flatMap((branch) => branch.filter(isMiss).flatMap(expectedTypes)))];
  return [{ ...error, keyword: 'type', params: { type } }];
}

/** A wrong discriminator weighs more than any number of other faults. */
function weight(branch: readonly ErrorObject[]): number {
  return branch.reduce((sum, { keyword }) => sum + (keyword === 'const' ? 100 : 1), 0);
}

function expectedTypes({ keyword, params, schema }: ErrorObject): unknown[] {
  if (keyword === 'enum') return (schema as unknown[]).map((one) => JSON.stringify(one));
  return keyword === 'const' ? [JSON.stringify(schema)] : [params['type']].flat();
}

function issueOf(error: ErrorObject, graph: unknown, registry: Registry): Issue {
  const { instancePath: path, keyword, params, data } = error;
  const parent = error.parentSchema as JsonSchema;
  switch (keyword) {
    case 'additionalProperties':
      return unknownProperty(path, params['additionalProperty'] as string, parent, graph, registry);
    case 'required': {
      const name = params['missingProperty'] as string;
      const described = (parent['properties'] as Record<string, JsonSchema> | undefined)?.[name]?.['description'];
      const where = path === '' ? 'The graph' : pointerNames(path).slice(-2).join('.');
      const code = 'graph/missing-property';
      return {
        code,
        path,
        message: `${where} lacks the property ${name}`,
        hint: typeof described === 'string' ? lowerFirst(described) : undefined,
      };
    }
    case 'propertyNames':
      return { code: 'graph/bad-name', path: childPointer(path, params['propertyName']), message: badName(params['propertyName']) };
    case 'pattern':
      if (error.propertyName === undefined) break;
      return { code: 'graph/bad-name', path: childPointer(path, error.propertyName), message: badName(error.propertyName) };
    case 'enum': {
      const names = (error.schema as unknown[]).map(String);
      if (/^\/elements\/[^/]+\/type$/.test(path)) return unknownType(path, data, registry);
      const nearest = nearestName(String(data), names);
      const hint = nearest === undefined ? undefined : `did you mean ${nearest}?`;
      return { code: 'graph/bad-value', path, message: `Expected ${list(names)}, found ${show(data)}`, hint };
    }
    case 'const':
      return { code: 'graph/bad-value', path, message: `Expected ${show(error.schema)}, found ${show(data)}` };
    case 'type':
      return { code: 'graph/bad-type', path, message: `Expected ${list([params['type']].flat().map(typeName))}, found ${show(data)}` };
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return { code: 'graph/out-of-range', path, message: `Expected ${rangeOf(parent)}, found ${show(data)}` };
    case 'minProperties':
      if (path === '/elements') return { code: 'graph/empty', path, message: 'The graph has no elements' };
  }
  return {
    code: 'graph/bad-value',
    path,
    message: `Expected ${OTHERS[keyword]?.(params) ?? `what ${error.message}`}, found ${show(data)}`,
  };
}

const OTHERS: Record<string, ((params: Record<string, unknown>) => string) | undefined> = {
  minLength: ({ limit }) => (limit === 1 ? 'a text that is not empty' : `at least ${limit} characters`),
  maxLength: ({ limit }) => `at most ${limit} characters`,
  minItems: ({ limit }) => `at least ${limit === 1 ? 'one item' : `${limit} items`}`,
  maxItems: ({ limit }) => `at most ${limit} items`,
  minProperties: ({ limit }) => `at least ${limit === 1 ? 'one member' : `${limit} members`}`,
  uniqueItems: () => 'items that differ from one another',
  multipleOf: ({ multipleOf }) => `a multiple of ${multipleOf}`,
  pattern: ({ pattern }) => `a text that matches ${pattern}`,
};

function unknownProperty(path: string, name: string, parent: JsonSchema, graph: unknown, registry: Registry): Issue {
  const issue = { code: 'graph/unknown-property', path: childPointer(path, name), message: `There is no property ${name}` };
  const known = Object.keys((parent['properties'] as object | undefined) ?? {});
  const isElement = /^\/elements\/[^/]+$/.test(path);
  const definition = isElement ? registry.get(String(valueAt(graph, `${path}/type`))) : undefined;
  if (definition !== undefined && name in definition.props.shape) {
    return { ...issue, hint: `${name} is a property of ${definition.name}: put it under props` };
  }
  const nearest = nearestName(name, known);
  return {
    ...issue,
    hint: nearest !== undefined ? `did you mean ${nearest}?` : known.length > 0 ? `there are ${known.join(', ')}` : undefined,
  };
}

function unknownType(path: string, data: unknown, registry: Registry): Issue {
  const nearest = nearestName(String(data), registry.names);
  const hint = nearest === undefined ? 'leat inspect lists the elements there are; a plugin may bring more' : `did you mean ${nearest}?`;
  return { code: 'graph/unknown-type', path, message: `There is no element type ${typeof data === 'string' ? data : show(data)}`, hint };
}

function badName(name: unknown): string {
  return `The name "${name}" cannot be used: expected letters, digits, _ and -, and a letter or _ first`;
}

function rangeOf(schema: JsonSchema): string {
  const bounds = [
    schema['minimum'] === undefined ? undefined : `at least ${schema['minimum']}`,
    schema['exclusiveMinimum'] === undefined ? undefined : `more than ${schema['exclusiveMinimum']}`,
    schema['maximum'] === undefined ? undefined : `at most ${schema['maximum']}`,
    schema['exclusiveMaximum'] === undefined ? undefined : `less than ${schema['exclusiveMaximum']}`,
  ];
  return bounds.filter((bound) => bound !== undefined).join(' and ');
}

const TYPE_NAMES: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

function typeName(type: unknown): string {
  return TYPE_NAMES[String(type)] ?? String(type);
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function show(value: unknown): string {
  if (typeof value === 'string') {
    const shown = JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
    return HAS_REFERENCE.test(value) ? `the unresolved ${shown}` : `the text ${shown}`;
  }
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'number' ? `the number ${value}` : String(value);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
}
