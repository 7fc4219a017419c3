// The floors of the building: who may import whom. What is said in words in ARCHITECTURE.md is enforced here.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Source {
  readonly path: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  /** Files of ours that it imports when it runs; types leave nothing behind. */
  readonly uses: readonly string[];
  /** The same, types included. */
  readonly names: readonly string[];
  readonly packages: readonly string[];
}

function read(folder: string): Source[] {
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(folder, name);
      const text = readFileSync(root + path, 'utf8');
      const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
      const imports = [...code.matchAll(/(?:^|\n)\s*(import|export)\s(type\s)?([^;'"]*?from\s)?['"]([^'"]+)['"]/g)].map(
        ([, , type, names, from]) => ({ isType: type !== undefined || isOnlyTypes(names), from: from! }),
      );
      const lazy = [...code.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)].map(([, from]) => ({ isType: false, from: from! }));
      const all = [...imports, ...lazy];
      const own = (one: { from: string }): string => join(dirname(path), one.from);
      const local = all.filter(({ from }) => from.startsWith('.'));
      return {
        path,
        text,
        code,
        uses: imports.filter(({ isType, from }) => !isType && from.startsWith('.')).map(own),
        names: local.map(own),
        packages: all.filter(({ from }) => !from.startsWith('.') && !from.startsWith('node:')).map(({ from }) => from),
      };
    });
}

function isOnlyTypes(names: string | undefined): boolean {
  const list = /\{([^}]*)\}/.exec(names ?? '')?.[1];
  return list !== undefined && list.trim() !== '' && list.split(',').every((one) => one.trim() === '' || one.trim().startsWith('type '));
}

const sources = read('src');
const isIn = (folder: string) => (path: string) => path.startsWith(`src/${folder}/`);

/** Imports that a rule does not allow. */
function offences(
  from: (path: string) => boolean,
  allows: (target: string, path: string) => boolean,
  which: 'uses' | 'names' = 'names',
): string[] {
  return sources
    .filter(({ path }) => from(path))
    .flatMap((source) => source[which].filter((target) => !allows(target, source.path)).map((target) => `${source.path} → ${target}`));
}

describe('floors', () => {
  it('are found at all', () => {
    assert.ok(sources.length > 150, `${sources.length} files`);
    assert.ok(sources.flatMap(({ names }) => names).length > 500);
  });

  it('memory stands on nothing of ours', () => {
    assert.deepEqual(offences(isIn('memory'), isIn('memory')), []);
  });

  it('threads stand on nothing of ours but memory', () => {
    assert.deepEqual(
      offences(isIn('threads'), (target) => isIn('threads')(target) || isIn('memory')(target)),
      [],
    );
  });

  it('the core stands on memory and threads alone: it knows no element, no media and no model', () => {
    assert.deepEqual(
      offences(isIn('core'), (target) => ['core', 'memory', 'threads'].some((folder) => isIn(folder)(target))),
      [],
    );
  });

  it('ONNX files are read and written without anything else of ours', () => {
    assert.deepEqual(offences(isIn('onnx'), isIn('onnx')), []);
  });

  it('elements stand on the authoring floor: not on the pipeline, the registry, or the elements of another kind', () => {
    const closed = ['pipeline', 'thread', 'edit', 'watch'].map((folder) => isIn(`core/${folder}`));
    const ofElement = ['define-element', 'element-context', 'pad-template', 'quarantine', 'quarantine-options'];
    const ofGraph = ['nearest-name', 'nearest-file', 'json-pointer', 'property-value'];
    const isOpen = (target: string): boolean => {
      const name = basename(target, '.ts');
      if (isIn('core/element')(target)) return ofElement.includes(name);
      if (isIn('core/graph')(target)) return ofGraph.includes(name);
      return !closed.some((one) => one(target));
    };
    const floor = (target: string, path: string): boolean => {
      if (isIn('core')(target)) return isOpen(target);
      if (isIn('elements')(target)) return dirname(target) === dirname(path) && !definesElement(target);
      return ['memory', 'media', 'inference', 'onnx', 'threads', 'report'].some((folder) => isIn(folder)(target));
    };
    assert.deepEqual(
      offences((path) => isIn('elements')(path) && path !== 'src/elements/builtin-elements.ts', floor),
      [],
    );
  });

  it('the floors below the elements know no element and no pipeline', () => {
    for (const folder of ['media', 'inference', 'onnx', 'memory', 'threads', 'core']) {
      assert.deepEqual(
        offences(isIn(folder), (target) => !isIn('elements')(target) && !isIn('cli')(target) && !isIn('testing')(target)),
        [],
      );
    }
    for (const folder of ['media', 'inference']) {
      assert.deepEqual(
        offences(isIn(folder), (target) => target !== 'src/core/pipeline/pipeline.ts' && target !== 'src/core/graph/registry.ts'),
        [],
      );
    }
  });

  it('the launcher is the first user of the public surface, and imports nothing else of ours', () => {
    assert.deepEqual(
      offences(isIn('cli'), (target) => isIn('cli')(target) || target === 'src/index.ts'),
      [],
    );
  });

  it('nothing imports in a circle', () => {
    const uses = new Map(sources.map((source) => [source.path, source.uses]));
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].map((one) => relative('src', one)).join(' → '));
      if (done.has(path) || way.includes(path)) return;
      for (const next of uses.get(path) ?? []) walk(next, [...way, path]);
      done.add(path);
    };
    for (const path of uses.keys()) walk(path, []);
    assert.deepEqual(circles, []);
  });
});

describe('the core', () => {
  it('names no element and no media type', () => {
    const elements = new Set(
      sources.filter(({ path }) => definesElement(path)).map(({ path }) => path.split('/').at(-1)!.replace('.ts', '')),
    );
    assert.ok(elements.size >= 20);
    const named = sources
      .filter(({ path }) => isIn('core')(path))
      .flatMap(({ path, code }) => {
        // Hints may recommend elements, in whole sentences; only a string that is nothing but the name is a special case.
        const strings = [...code.matchAll(/'([^'\n]*)'/g)].map(([, one]) => one!);
        return strings
          .filter((one) => (elements.has(one) && !WORDS.includes(one)) || /^(video|audio|image)\/[a-z]+$/.test(one))
          .map((one) => `${path}: '${one}'`);
      });
    assert.deepEqual(named, []);
  });

  it('has no barrels: no file only passes on what others export', () => {
    const barrels = sources
      .filter(({ path, code }) => isIn('core')(path) && /^\s*export\s*(type\s*)?(\*|\{[^}]*\})\s*from/m.test(code))
      .map(({ path }) => path);
    assert.deepEqual(barrels, []);
  });
});

/** Names of elements that are names of other things, too. */
const WORDS = ['queue'];

describe('packages', () => {
  const users = (name: string): string[] =>
    sources.filter(({ packages }) => packages.some((one) => one === name || one.startsWith(`${name}/`))).map(({ path }) => path);

  it('that are sharp, or may go, are imported in one place each', () => {
    assert.deepEqual(users('ajv'), ['src/core/graph/validate-graph.ts']);
    for (const [name, folder] of [
      ['gstreamer-superficial', 'src/media/gstreamer-binding'],
      ['koffi', 'src/inference/onnx-runtime'],
      ['mqtt', 'src/media/message'],
      ['node-av', 'src/media/node-av'],
      ['onnxruntime-node', 'src/inference/onnxruntime-node'],
      ['ws', 'src/media/message'],
    ] as const) {
      assert.deepEqual(
        users(name).filter((path) => !path.startsWith(`${folder}/`)),
        [],
        name,
      );
    }
    assert.ok(users('koffi').length > 0);
  });

  it('are all among the dependencies', () => {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const known = new Set([...Object.keys(dependencies!), ...Object.keys(optionalDependencies!)]);
    const unknown = sources.flatMap(({ path, packages }) =>
      packages
        .map((one) =>
          one
            .split('/')
            .slice(0, one.startsWith('@') ? 2 : 1)
            .join('/'),
        )
        .filter((one) => !known.has(one))
        .map((one) => `${path}: ${one}`),
    );
    assert.deepEqual(unknown, []);
  });
});

describe('files', () => {
  const all = [...sources, ...read('test'), ...read('examples')];

  it('are named after what is in them', () => {
    const vague = all
      .filter(({ path }) => /(^|\/)(utils?|types|helpers?|common|misc|shared)(\.ts|\/|\.test\.ts)/.test(path))
      .map(({ path }) => path);
    assert.deepEqual(vague, []);
    const loud = all.filter(({ path }) => !/^[a-z0-9/.-]+$/.test(path)).map(({ path }) => path);
    assert.deepEqual(loud, []);
  });

  it('have no default exports', () => {
    const found = all.filter(({ code }) => /^export default\b/m.test(code)).map(({ path }) => path);
    assert.deepEqual(found, []);
  });

  it('have no effects when they are imported, but for the programs of threads and the launcher', () => {
    const found = sources
      .filter(({ path, code }) => !isProgram(path) && /^(?:await |void |[a-z]\w*(?:\.\w+)*\()/m.test(code))
      .map(({ path }) => path);
    assert.deepEqual(found, []);
  });

  it('begin with an essay of 20 lines at most', () => {
    const long = sources.flatMap(({ path, text }) => {
      const lines = text.split('\n');
      const essay = lines.findIndex((line) => !line.startsWith('//'));
      return essay > 20 ? [`${path}: ${essay} lines`] : [];
    });
    assert.deepEqual(long, []);
  });
});

function isProgram(path: string): boolean {
  return /-worker\.ts$/.test(path) || path === 'src/cli/main.ts' || /worker\.ts$/.test(path);
}

function definesElement(path: string): boolean {
  return /^export const \w+ = defineElement\(/m.test(sources.find((source) => source.path === path)?.code ?? '');
}
