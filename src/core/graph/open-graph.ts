// Opens a graph as it is written, whatever it is written in: reads it, loads its plugins, gives its params their values, puts
// in what it includes and validates it. The result is a description with nothing left open, and everything that is wrong.
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Issue, Place } from '../errors.ts';
import { applySettings } from './apply-settings.ts';
import type { GraphInput } from './graph-description.ts';
import { type GivenParams, type ParameterDescription, type ParamValue, resolveParams } from './graph-params.ts';
import { type GraphPart, joinParts, type Origin } from './graph-part.ts';
import { parseJson } from './json-document.ts';
import { childPointer, pointerNames, valueAt } from './json-pointer.ts';
import { parseLaunch } from './launch-string.ts';
import { loadPlugins } from './load-plugins.ts';
import { nearestFile } from './nearest-file.ts';
import type { Registry } from './registry.ts';
import { isSoundGraph } from './sound-graph.ts';
import { substitute } from './substitute.ts';

/** What a graph is written in: a file, a launch string, or an object. */
export type GraphSource =
  | { readonly file: string }
  | { readonly launch: string; readonly folder?: string | undefined }
  | { readonly description: GraphInput; readonly folder?: string | undefined };

export interface OpenGraphOptions {
  /** The elements there are; plugins are added to it. */
  readonly registry: Registry;
  /** Values for the graph's params. */
  readonly params?: Readonly<Record<string, ParamValue>> | undefined;
  /** Properties to change, as `element.property=value`. */
  readonly settings?: readonly string[] | undefined;
  /** Further plugins: paths relative to the current folder, or package names. */
  readonly plugins?: readonly string[] | undefined;
  /** What `${env:NAME}` takes its values from. Default: the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Default: the current folder of the process. */
  readonly currentFolder?: string | undefined;
}

/** A graph that is ready to become a pipeline: no references, no includes. */
export interface OpenedGraph {
  readonly description: GraphInput;
  readonly registry: Registry;
  /** What relative paths of inputs are relative to. */
  readonly baseFolder: string;
  /** The same for elements that come from included files in other folders. */
  readonly folders: ReadonlyMap<string, string>;
  /** Elements of which something was complained of already. */
  readonly flawed: ReadonlySet<string>;
  /** Says where an issue about the description stands in what the user wrote. */
  locate(issue: Issue): Issue;
}

/** Opens a graph; complains of everything that can be known without making its elements. */
export async function openGraph(
  source: GraphSource,
  options: OpenGraphOptions,
): Promise<{ graph: OpenedGraph | undefined; issues: Issue[] }> {
  const issues: Issue[] = [];
  const { registry, currentFolder = process.cwd() } = options;
  const requests = (options.plugins ?? []).map((name) => ({ name, folder: currentFolder, path: '' }));
  issues.push(...(await loadPlugins(requests, registry)));
  const document = readSource(source, registry, currentFolder, issues);
  if (document === undefined) return { graph: undefined, issues };
  const given = { values: options.params ?? {}, folder: currentFolder, pathOf: () => '' };
  const opener = new GraphOpener(registry, options.env ?? process.env, issues);
  const part = await opener.open(document, given, options.settings ?? [], []);
  if (part === undefined) return { graph: undefined, issues };
  const { elements, links, overload, clock } = part;
  const { description: text } = Object(document.value) as { description?: unknown };
  const description = {
    ...(typeof text === 'string' ? { description: text } : {}),
    elements: Object.fromEntries([...elements].map(([name, { description }]) => [name, description])),
    links: links.map(({ text }) => text),
    ...(typeof clock === 'string' ? { clock } : {}),
    ...(overload.length === 0 ? {} : { overload: overload.map(({ step }) => step) }),
  } as GraphInput;
  const folders = new Map([...elements].flatMap(([name, { folder }]) => (folder === document.folder ? [] : [[name, folder] as const])));
  const flawed = new Set([...elements].flatMap(([name, element]) => (element.flawed ? [name] : [])));
  const locate = (issue: Issue): Issue => {
    const [kind, name, ...rest] = pointerNames(issue.path);
    const lists: Readonly<Record<string, readonly { readonly origin: Origin }[]>> = { links, overload };
    const origin = kind === 'elements' ? elements.get(name!)?.origin : lists[kind ?? '']?.[Number(name)]?.origin;
    return origin === undefined ? { ...issue, at: document.place(issue.path) } : origin(rest.reduce<string>(childPointer, ''), issue);
  };
  return { graph: { description, registry, baseFolder: document.folder, folders, flawed, locate }, issues };
}

interface Document {
  readonly value: unknown;
  /** What relative paths in it are relative to. */
  readonly folder: string;
  readonly file: string | undefined;
  place(pointer: string): Place | undefined;
}

function readSource(source: GraphSource, registry: Registry, currentFolder: string, issues: Issue[]): Document | undefined {
  if ('file' in source) return readGraphFile(resolve(currentFolder, source.file), currentFolder, (issue) => issues.push(issue), '');
  const folder = resolve(currentFolder, source.folder ?? '.');
  if ('description' in source) return { value: source.description, folder, file: undefined, place: () => undefined };
  const parsed = parseLaunch(source.launch, registry);
  issues.push(...parsed.issues);
  return { value: parsed.description, folder, file: undefined, place: (pointer) => parsed.place(pointer) };
}

function readGraphFile(file: string, currentFolder: string, complain: (issue: Issue) => void, path: string): Document | undefined {
  const shown = relative(currentFolder, file).startsWith('..') ? file : relative(currentFolder, file);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const nearest = nearestFile(file);
      const hint = nearest === undefined ? `looked for ${file}` : `did you mean ${nearest}?`;
      complain({ code: 'graph/file-not-found', path, message: `There is no graph file ${shown}`, hint });
    } else
      complain({
        code: 'graph/unreadable',
        path,
        message: `Cannot read the graph file ${shown || '.'}: ${code === 'EISDIR' ? 'it is a folder' : message}`,
      });
    return undefined;
  }
  const text = bytes.toString('utf8');
  if (!isUtf8(bytes) || text.includes('\0')) {
    complain({
      code: 'graph/not-json',
      path,
      message: `The graph file ${shown} holds no text in UTF-8`,
      hint: 'expected a JSON object with "elements" and "links"; to play a video, name it in a launch string, such as \'video-file-source path=… ! …\'',
    });
    return undefined;
  }
  if (text.trim() === '') {
    complain({
      code: 'graph/not-json',
      path,
      message: `The graph file ${shown} is empty`,
      hint: 'a graph is a JSON object with "elements" and "links"',
    });
    return undefined;
  }
  const { value, issues, place } = parseJson(text, shown);
  for (const issue of issues) complain(issue);
  return value === undefined ? undefined : { value, folder: dirname(file), file, place };
}

/** Opens a document and what it includes, one within the other. */
class GraphOpener {
  private readonly registry: Registry;
  private readonly env: Readonly<Record<string, string | undefined>>;
  private readonly issues: Issue[];

  constructor(registry: Registry, env: Readonly<Record<string, string | undefined>>, issues: Issue[]) {
    this.registry = registry;
    this.env = env;
    this.issues = issues;
  }

  /** @param chain The files that are being included, outermost first. */
  async open(
    document: Document,
    given: GivenParams,
    settings: readonly string[],
    chain: readonly string[],
  ): Promise<GraphPart | undefined> {
    const { folder } = document;
    const found: Issue[] = [];
    if (typeof document.value !== 'object' || document.value === null || Array.isArray(document.value)) {
      const message = 'Expected a graph: an object with "elements" and "links"';
      this.issues.push({ code: 'graph/bad-type', path: '', message, at: document.place('') });
      return undefined;
    }
    const written = document.value as Readonly<Record<string, unknown>>;
    const declared = membersOf(written['params'], isObject) as Record<string, ParameterDescription>;
    const scope = { params: resolveParams(declared, given, folder, this.env, found), env: this.env, folder };
    const value: Record<string, unknown> = { ...written };
    for (const key of ['plugins', 'include', 'elements', 'links', 'clock', 'overload']) {
      if (key in written) value[key] = substitute(written[key], `/${key}`, scope, found);
    }
    const plugins = Array.isArray(value['plugins']) ? value['plugins'] : [];
    const requests = plugins.flatMap((name, index) => (typeof name === 'string' ? [{ name, folder, path: `/plugins/${index}` }] : []));
    found.push(...(await loadPlugins(requests, this.registry)));
    const includes = membersOf(value['include'], isObject) as Record<string, { file?: unknown; params?: unknown }>;
    const own = settings.filter((setting) => !Object.hasOwn(includes, setting.split('/')[0]!));
    const elements = membersOf(value['elements'], isObject) as Record<string, Record<string, unknown>>;
    const set = applySettings(elements, own, this.registry, found);
    if (set.pointers.length > 0) value['elements'] = { ...(value['elements'] as object), ...set.elements };
    if (!isSoundGraph(value, this.registry)) {
      const { validateGraph } = await import('./validate-graph.ts');
      found.push(...validateGraph(value, this.registry));
    }
    const isSet = (path: string): boolean => set.pointers.some((pointer) => path === pointer || path.startsWith(`${pointer}/`));
    const locate = (issue: Issue): Issue => {
      if (issue.at !== undefined || issue.path === '' || isSet(issue.path)) return issue;
      return { ...issue, at: document.place(issue.path) };
    };
    const names = Object.keys(includes).filter((name) => typeof includes[name]!.file === 'string');
    const parts = new Map<string, GraphPart | undefined>();
    for (const name of names) {
      const inner = settings.flatMap((setting) => (setting.startsWith(`${name}/`) ? [setting.slice(name.length + 1)] : []));
      parts.set(name, await this.include(name, includes[name]!, document, inner, chain, (issue) => found.push(issue)));
    }
    this.issues.push(...found.map(locate));
    if (!isReadable(value)) return undefined;
    return joinParts(value, parts, {
      folder,
      isFlawed: (name) => {
        const pointer = childPointer('/elements', name);
        return found.some(({ path }) => path === pointer || path.startsWith(`${pointer}/`)) || hasReference(valueAt(value, pointer));
      },
      origin: (prefix) => (rest, issue) => locate({ ...issue, path: prefix + rest }),
      complain: (issue) => this.issues.push(locate(issue)),
    });
  }

  private async include(
    name: string,
    { file, params }: { file?: unknown; params?: unknown },
    document: Document,
    settings: readonly string[],
    chain: readonly string[],
    complain: (issue: Issue) => void,
  ): Promise<GraphPart | undefined> {
    const path = childPointer('/include', name);
    const target = resolve(document.folder, file as string);
    const files = document.file === undefined ? chain : [...chain, document.file];
    if (files.includes(target)) {
      const circle = [...files.slice(files.indexOf(target)), target].map((one) => relative(document.folder, one)).join(' → ');
      complain({ code: 'graph/include-cycle', path: `${path}/file`, message: `The file includes itself: ${circle}` });
      return undefined;
    }
    const included = readGraphFile(target, process.cwd(), complain, `${path}/file`);
    if (included === undefined) return undefined;
    const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
    const values = membersOf(params, isPlain) as Record<string, ParamValue>;
    // Issues about given values belong to the file that gives them.
    const own: Issue[] = [];
    const opener = new GraphOpener(this.registry, this.env, own);
    const given = { values, folder: document.folder, pathOf: (param: string) => `outer:${childPointer(`${path}/params`, param)}` };
    const part = await opener.open(included, given, settings, files);
    for (const issue of own) {
      if (issue.path.startsWith('outer:')) complain({ ...issue, path: issue.path.slice(6), at: undefined });
      else this.issues.push(issue);
    }
    return part;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether elements and links are what they should be; of anything else, whatever more could be said would only follow from that. */
function isReadable({ elements, links = [] }: Readonly<Record<string, unknown>>): boolean {
  return isObject(elements) && Array.isArray(links) && links.every((link) => typeof link === 'string');
}

/** The members of an object that are what they should be; nothing of anything else. */
function membersOf(value: unknown, isMember: (value: unknown) => boolean): Record<string, unknown> {
  return isObject(value) ? Object.fromEntries(Object.entries(value as object).filter(([, member]) => isMember(member))) : {};
}

/** Whether a reference was left because it has no value. */
function hasReference(value: unknown): boolean {
  return JSON.stringify(value ?? null).includes('${');
}
