// Finds and reads a model's manifest, whichever of the three ways it is named: model.json, its folder, or a bare ONNX file.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { nearestFile } from '../core/graph/nearest-file.ts';
import { InferenceError } from './inference-error.ts';
import { type Manifest, manifest } from './manifest.ts';

export interface LoadedManifest {
  /** The manifest, with labels from their own file filled in; undefined for a bare ONNX file. */
  readonly manifest: Manifest | undefined;
  /** The manifest's own path; undefined for a bare ONNX file. */
  readonly manifestPath: string | undefined;
  /** The ONNX file. */
  readonly modelPath: string;
}

/**
 * Reads the manifest at a path.
 *
 * @throws InferenceError `inference/model-not-found`, `inference/manifest-invalid`.
 */
export async function loadManifest(path: string): Promise<LoadedManifest> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    const nearest = nearestFile(path);
    const advice = nearest === undefined ? 'name a model.json, a folder with one, or an .onnx file' : `did you mean ${nearest}?`;
    throw new InferenceError('inference/model-not-found', `Cannot find the model ${path}; ${advice}`);
  }
  if (found.isDirectory()) return readManifest(join(path, 'model.json'));
  return extname(path) === '.json' ? readManifest(path) : { manifest: undefined, manifestPath: undefined, modelPath: resolve(path) };
}

async function readManifest(path: string): Promise<LoadedManifest> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new InferenceError('inference/model-not-found', `Cannot read the manifest ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(path, [`not JSON: ${(error as Error).message}`]);
  }
  const parsed = manifest.safeParse(value);
  if (!parsed.success)
    throw invalid(
      path,
      parsed.error.issues.map(({ path: place, message }) => `/${place.join('/')}: ${message}`),
    );
  const folder = dirname(path);
  const { labelsFile } = parsed.data;
  const labels = labelsFile === undefined ? parsed.data.labels : await readLabels(path, join(folder, labelsFile));
  return {
    manifest: { ...parsed.data, ...(labels === undefined ? {} : { labels }) },
    manifestPath: resolve(path),
    modelPath: resolve(folder, parsed.data.file),
  };
}

async function readLabels(manifestPath: string, path: string): Promise<string[]> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r/g, '').replace(/\n+$/, '').split('\n');
  } catch (error) {
    throw invalid(manifestPath, [`/labelsFile: cannot read ${path}: ${(error as Error).message}`]);
  }
}

function invalid(path: string, problems: readonly string[]): InferenceError {
  return new InferenceError('inference/manifest-invalid', `Invalid manifest ${path}: ${problems.join('; ')}`);
}

/**
 * Compares a file with the checksum that its manifest gives.
 *
 * @throws InferenceError `inference/model-not-found`, `inference/sha256-mismatch`.
 */
export async function verifySha256(path: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  } catch (error) {
    throw new InferenceError('inference/model-not-found', `Cannot read the model ${path}: ${(error as Error).message}`, { cause: error });
  }
  const found = hash.digest('hex');
  if (found !== expected) {
    throw new InferenceError(
      'inference/sha256-mismatch',
      `The model ${path} has the sha256 ${found}, but its manifest says ${expected}: the file was changed or damaged; fetch it again, or correct the manifest`,
    );
  }
}
