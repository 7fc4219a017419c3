// What a model's own file says, where the library behind a backend does not tell.
import { readFile } from 'node:fs/promises';
import type { Model } from '../onnx/model.ts';
import { OnnxError } from '../onnx/onnx-error.ts';
import { readModel } from '../onnx/read-model.ts';
import type { ModelSource } from './backend.ts';

/** The model as its file has it; undefined where that cannot be read as ONNX, of which the library then complains. */
export async function readOnnx(model: ModelSource): Promise<Model | undefined> {
  try {
    return readModel('path' in model ? await readFile(model.path) : model.bytes);
  } catch (error) {
    if (error instanceof OnnxError) return undefined;
    throw error;
  }
}

/** The notes that its maker left. */
export function notesOf({ producerName = '', docString = '', graph, metadataProps = [] }: Model): Record<string, string> {
  const own = metadataProps.map(({ key = '', value = '' }) => [key, value] as const);
  const notes = [['producer', producerName], ['graph', graph?.name ?? ''], ['description', docString], ...own] as const;
  return Object.fromEntries(notes.filter(([, value]) => value !== ''));
}

/** The inputs and outputs that are declared without any shape. */
export function unrankedNames({ graph }: Model): ReadonlySet<string> {
  const values = [...(graph?.input ?? []), ...(graph?.output ?? [])];
  return new Set(
    values.flatMap(({ name = '', type }) => (type?.tensorType !== undefined && type.tensorType.shape === undefined ? [name] : [])),
  );
}
