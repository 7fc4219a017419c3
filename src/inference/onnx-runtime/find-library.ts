// Where ONNX Runtime's shared library lies: the one that onnxruntime-node ships, unless the environment names another, such
// as NVIDIA's own on a Jetson.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InferenceError } from '../inference-error.ts';

const OVERRIDE = 'LEAT_ONNXRUNTIME_LIBRARY';

const FILES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libonnxruntime.so.1'],
  darwin: ['libonnxruntime.1.dylib'],
  win32: ['onnxruntime.dll'],
};

/** The library's path. @throws InferenceError `inference/library-missing`. */
export function findLibrary(environment: NodeJS.ProcessEnv = process.env): string {
  const wanted = environment[OVERRIDE];
  if (wanted !== undefined && wanted !== '') {
    if (existsSync(wanted)) return wanted;
    throw new InferenceError('inference/library-missing', `Cannot find ONNX Runtime at ${wanted}, which ${OVERRIDE} names`);
  }
  const remedy = `install onnxruntime-node, or set ${OVERRIDE} to the path of an ONNX Runtime library`;
  let folder: string;
  try {
    folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  } catch (error) {
    throw new InferenceError('inference/library-missing', `Cannot find the package onnxruntime-node; ${remedy}`, { cause: error });
  }
  for (const file of FILES[process.platform] ?? []) {
    const path = join(folder, 'bin', 'napi-v6', process.platform, process.arch, file);
    if (existsSync(path)) return path;
  }
  throw new InferenceError(
    'inference/library-missing',
    `Cannot find ONNX Runtime for ${process.platform}/${process.arch} in onnxruntime-node; ${remedy}`,
  );
}
