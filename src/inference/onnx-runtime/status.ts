import { InferenceError } from '../inference-error.ts';
import type { OnnxRuntime, Pointer } from './api.ts';

/** What the library says of a failed call. */
export interface LibraryFault {
  readonly number: number;
  readonly text: string;
}

/** Reads and frees a status; undefined means success. */
export function faultOf({ api }: OnnxRuntime, status: Pointer): LibraryFault | undefined {
  if (status === null || status === 0n) return undefined;
  const fault = { number: api.getErrorCode(status), text: api.getErrorMessage(status) };
  api.releaseStatus(status);
  return fault;
}

/** Throws when a call that cannot well fail has failed. */
export function check(runtime: OnnxRuntime, status: Pointer): void {
  const fault = faultOf(runtime, status);
  if (fault !== undefined) throw new InferenceError('inference/library-fault', `ONNX Runtime ${runtime.version}: ${fault.text}`);
}
