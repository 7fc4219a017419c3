// Edits of a graph that runs, one JSON object a line, from a file or from the standard input; each is answered by one line of JSON on
// the standard output: `{"ok": true}`, or what speaks against it. The graph is held open until the last line has been carried out.
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type GraphEdit, GraphError, type Pipeline } from '../index.ts';
import { cannotRead } from './read-text.ts';

export interface ControlAnswer {
  /** Of the edit, from 1. */
  readonly line: number;
  readonly ok: boolean;
  readonly error?: { readonly code?: string; readonly message: string; readonly issues?: GraphError['issues'] };
}

/**
 * Carries out what the lines of a stream say, one after the other, once the pipeline plays.
 *
 * @param answer Is told what came of each.
 * @returns What ends the reading.
 */
export function controlBy(pipeline: Pipeline, lines: NodeJS.ReadableStream, answer: (answer: ControlAnswer) => void): () => void {
  const letGo = pipeline.hold();
  const reader = createInterface({ input: lines, terminal: false });
  let last: Promise<void> = new Promise((resolve) => {
    const begin = pipeline.bus.on('state-changed', ({ to }) => {
      if (to !== 'playing') return;
      begin();
      resolve();
    });
  });
  let line = 0;
  reader.on('line', (text) => {
    const number = ++line;
    if (text.trim() === '') return;
    last = last.then(async () => answer({ line: number, ...(await outcomeOf(pipeline, text)) }));
  });
  reader.on('close', () => void last.then(letGo));
  return () => {
    letGo();
    reader.close();
    (lines as { destroy?(): void }).destroy?.();
  };
}

/** Where edits are read from: a file, or `-` for the standard input. @throws UsageError */
export async function openControl(path: string): Promise<NodeJS.ReadableStream> {
  if (path === '-') return process.stdin;
  // A folder opens, and cannot be read only then.
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw cannotRead('--control', path, { code: 'EISDIR' });
  const stream = createReadStream(path);
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve());
    stream.once('error', (error) => reject(cannotRead('--control', path, error)));
  });
  return stream;
}

async function outcomeOf(pipeline: Pipeline, text: string): Promise<Omit<ControlAnswer, 'line'>> {
  try {
    await pipeline.edit(readEdit(text));
    return { ok: true };
  } catch (error) {
    if (error instanceof GraphError) return { ok: false, error: { code: error.code, message: error.message, issues: error.issues } };
    const { code, message } = error as { code?: string; message: string };
    return { ok: false, error: { ...(code === undefined ? {} : { code }), message } };
  }
}

function readEdit(text: string): GraphEdit {
  try {
    return JSON.parse(text) as GraphEdit;
  } catch (error) {
    const message = `Cannot read the edit: ${(error as Error).message}; write one JSON object a line, such as {"remove": "cam3"}`;
    throw Object.assign(new Error(message), { code: 'edit/not-json' });
  }
}
