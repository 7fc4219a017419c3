import { InferenceError } from '../inference-error.ts';

// The newest function that every library must have, getBuildInfoString, came with 1.15.
const OLDEST_MINOR = 15;

/**
 * The minor version of a library that we know how to call: places in its table of functions mean the same within a major
 * version, and anything at all beyond it.
 *
 * @throws InferenceError `inference/library-version`.
 */
export function minorVersion(version: string, path: string): number {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  if (major !== 1 || minor === undefined || minor < OLDEST_MINOR) {
    throw new InferenceError(
      'inference/library-version',
      `Cannot use ONNX Runtime ${version} from ${path}: versions 1.${OLDEST_MINOR} to 1.x are known; name another with LEAT_ONNXRUNTIME_LIBRARY`,
    );
  }
  return minor;
}
