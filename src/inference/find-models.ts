import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const MANIFEST = 'model.json';

/**
 * The models under a path, sorted: manifests, and ONNX files that no manifest beside them names. Hidden folders and those
 * of packages are passed over.
 */
export async function findModels(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const own = entries.some(({ name }) => name === MANIFEST) ? [join(path, MANIFEST)] : [];
  const named = new Set(await Promise.all(own.map(fileOf)));
  const bare = entries.filter(({ name }) => name.endsWith('.onnx')).map(({ name }) => join(path, name));
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules');
  const inner = await Promise.all(folders.map(({ name }) => findModels(join(path, name))));
  return [...own, ...bare.filter((file) => !named.has(resolve(file))).sort(), ...inner.flat().sort()];
}

/** The file that a manifest names; undefined where it names none, of which whoever opens it will hear. */
async function fileOf(manifest: string): Promise<string | undefined> {
  try {
    const { file } = JSON.parse(await readFile(manifest, 'utf8')) as { file?: unknown };
    return typeof file === 'string' ? resolve(dirname(manifest), file) : undefined;
  } catch {
    return undefined;
  }
}
