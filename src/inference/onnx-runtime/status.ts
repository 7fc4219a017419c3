// What the library says when something fails, and our codes for it. Its own words are always kept.
import { InferenceError } from '../inference-error.ts';
import type { OnnxRuntime, Pointer } from './api.ts';

/** What the library says of a failed call. */
export interface LibraryFault {
  /** OrtErrorCode. */
  readonly number: number;
  readonly text: string;
}

// Where in the library's sources a fault arose, which helps nobody who reads the message.
const LOCATION = /^\/\S+:\d+ .*?\[ONNXRuntimeError\] : \d+ : \w+ : /s;

/** Reads and frees a status; undefined means success. */
export function faultOf({ api }: OnnxRuntime, status: Pointer): LibraryFault | undefined {
  if (status === null || status === 0n) return undefined;
  const fault = { number: api.getErrorCode(status), text: api.getErrorMessage(status).replace(LOCATION, '').trim() };
  api.releaseStatus(status);
  return fault;
}

/** Throws when a call that cannot well fail has failed. @throws InferenceError `inference/library-fault`. */
export function check(runtime: OnnxRuntime, status: Pointer): void {
  const fault = faultOf(runtime, status);
  if (fault !== undefined) throw new InferenceError('inference/library-fault', `ONNX Runtime ${runtime.version}: ${fault.text}`);
}
