import { readFile } from 'node:fs/promises';
import { OnnxError } from '../onnx/onnx-error.ts';
import { readModel } from '../onnx/read-model.ts';
import type { ModelSource } from './backend.ts';

/** The notes a model's maker left in the file; none where it cannot be read as ONNX. */
export async function readModelNotes(model: ModelSource): Promise<Record<string, string>> {
  try {
    const {
      producerName = '',
      docString = '',
      graph,
      metadataProps = [],
    } = readModel('path' in model ? await readFile(model.path) : model.bytes);
    const own = metadataProps.map(({ key = '', value = '' }) => [key, value] as const);
    const notes = [['producer', producerName], ['graph', graph?.name ?? ''], ['description', docString], ...own] as const;
    return Object.fromEntries(notes.filter(([, value]) => value !== ''));
  } catch (error) {
    if (error instanceof OnnxError) return {};
    throw error;
  }
}
