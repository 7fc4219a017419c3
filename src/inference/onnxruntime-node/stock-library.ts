// The package onnxruntime-node, loaded when it is first needed. It is asked for nothing but CPU tensors.
import { InferenceError } from '../inference-error.ts';

export type StockLibrary = typeof import('onnxruntime-node');
export type StockSession = Awaited<ReturnType<StockLibrary['InferenceSession']['create']>>;

/** @throws InferenceError `inference/library-missing`. */
export async function loadStockLibrary(): Promise<StockLibrary> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    throw new InferenceError(
      'inference/library-missing',
      `Cannot load the package onnxruntime-node: ${(error as Error).message}; install it, or use another backend`,
      { cause: error },
    );
  }
}
