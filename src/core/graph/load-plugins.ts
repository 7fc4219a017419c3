// Loads modules that bring elements: files, or npm packages as seen from the folder of the graph.
//
// A plugin is an ES module that exports element definitions: by name, or all in a list. What else it exports is not looked at.
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyElementDefinition } from '../element/define-element.ts';
import type { Issue } from '../errors.ts';
import { thrownFacts } from '../thrown-facts.ts';
import type { Registry } from './registry.ts';

export interface PluginRequest {
  /** A path relative to `folder`, or a package name. */
  readonly name: string;
  readonly folder: string;
  /** Where the graph names it; for issues. */
  readonly path: string;
}

/** Adds the elements of plugins to a registry; a plugin that cannot be used becomes an issue. */
export async function loadPlugins(requests: readonly PluginRequest[], registry: Registry): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const request of requests) {
    const { name, path } = request;
    let file: string | undefined;
    let exported: Readonly<Record<string, unknown>> = {};
    try {
      file = findPlugin(request);
      if (file !== undefined) exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    } catch (error) {
      const hint = /\.[cm]?ts$/.test(file ?? '') ? 'compile it to JavaScript, or run node with a loader for TypeScript' : undefined;
      issues.push({ code: 'plugin/failed', path, message: `Cannot load the plugin ${name}: ${thrownFacts(error).message}`, hint });
      continue;
    }
    if (file === undefined) {
      const hint = isPath(name)
        ? `looked for ${resolve(request.folder, name)}`
        : `install it with npm install ${name}, or write ./ before the path of a file`;
      issues.push({ code: 'plugin/not-found', path, message: `There is no plugin ${name}`, hint });
      continue;
    }
    const definitions = exportedDefinitions(exported);
    if (definitions.length === 0) {
      const names = Object.keys(exported).join(', ') || 'nothing';
      const hint = 'export what defineElement returns; it needs a name, props, pads and create';
      issues.push({ code: 'plugin/no-elements', path, message: `The plugin ${name} exports no elements, but ${names}`, hint });
    }
    for (const definition of definitions) {
      const known = registry.get(definition.name);
      if (known === undefined || known === definition) registry.add([definition], name, pathToFileURL(file).href);
      else {
        const message = `The plugin ${name} brings an element named ${definition.name}, but ${registry.originOf(definition.name)} has one of this name`;
        issues.push({ code: 'plugin/name-clash', path, message, hint: 'rename the element in the plugin' });
      }
    }
  }
  return issues;
}

/** The elements among what a module exports. */
export function exportedDefinitions(exported: Readonly<Record<string, unknown>>): AnyElementDefinition[] {
  return Object.values(exported).flat().filter(isDefinition);
}

function isPath(name: string): boolean {
  return name.startsWith('.') || isAbsolute(name) || /\.[cm]?[jt]s$/.test(name);
}

function findPlugin({ name, folder }: PluginRequest): string | undefined {
  if (!isPath(name)) return findPackage(name, folder);
  const file = resolve(folder, name);
  for (const candidate of [file, `${file}.js`, `${file}.mjs`, join(file, 'index.js')]) {
    if (existsSync(candidate) && statSync(candidate).isFile()) return realpathSync(candidate);
  }
  return undefined;
}

/** The module of a package as an import in the folder would find it. */
function findPackage(name: string, folder: string): string | undefined {
  const [scope, rest] = name.split('/');
  const packageName = scope!.startsWith('@') ? `${scope}/${rest}` : scope!;
  for (let at = resolve(folder); ; at = dirname(at)) {
    const root = join(at, 'node_modules', packageName);
    const manifest = join(root, 'package.json');
    if (existsSync(manifest)) {
      const entry = entryOf(JSON.parse(readFileSync(manifest, 'utf8')) as PackageManifest, name.slice(packageName.length));
      const file = entry === undefined ? undefined : join(root, entry);
      return file !== undefined && existsSync(file) ? realpathSync(file) : undefined;
    }
    if (dirname(at) === at) return undefined;
  }
}

interface PackageManifest {
  readonly main?: string;
  readonly exports?: unknown;
}

/** The entry for imports, by the package's own exports where it has any. */
function entryOf({ main, exports }: PackageManifest, subpath: string): string | undefined {
  if (exports === undefined) return subpath === '' ? (main ?? 'index.js') : subpath.slice(1);
  const isMap = typeof exports === 'object' && exports !== null && Object.keys(exports).some((key) => key.startsWith('.'));
  let entry: unknown = isMap ? (exports as Record<string, unknown>)[`.${subpath}`] : subpath === '' ? exports : undefined;
  while (typeof entry === 'object' && entry !== null) {
    const conditions = entry as Record<string, unknown>;
    entry = conditions['import'] ?? conditions['node'] ?? conditions['default'];
  }
  return typeof entry === 'string' ? entry : undefined;
}

function isDefinition(value: unknown): value is AnyElementDefinition {
  const { name, props, pads, create } = Object(value) as Partial<AnyElementDefinition>;
  return typeof name === 'string' && typeof props?.safeParse === 'function' && typeof pads === 'object' && typeof create === 'function';
}
