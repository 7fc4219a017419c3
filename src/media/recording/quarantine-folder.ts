// A folder with buffers on which an element has failed: each a recording of one buffer, to be replayed alone, and beside it a note in
// JSON of what happened and of the command that does it again.
//
// It holds so many files and bytes at most, those of earlier runs included; what stays when it is full is the graph's choice.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { QuarantineStore, SetAside } from '../../core/element/quarantine.ts';
import type { QuarantineOptions } from '../../core/element/quarantine-options.ts';
import { makeFolderOf, outputError } from '../output/output-file.ts';
import { recordBuffer, recordCaps } from './record-buffer.ts';
import { encodeRecord, MAGIC } from './recording-format.ts';

interface Kept {
  readonly file: string;
  readonly bytes: number;
}

export class QuarantineFolder implements QuarantineStore {
  private readonly folder: string;
  private readonly options: QuarantineOptions;
  /** The oldest first. */
  private kept: Kept[] | undefined;
  private writing: Promise<void> = Promise.resolve();
  private failure: unknown;

  /** @param outputFolder What a relative folder is relative to. */
  constructor(options: QuarantineOptions & { readonly folder: string }, outputFolder: string) {
    this.folder = resolve(outputFolder, options.folder);
    this.options = options;
  }

  add(one: SetAside): string | undefined {
    const { buffer } = one;
    const recording = Buffer.concat([
      Buffer.from(MAGIC),
      recordCaps(buffer.caps, 0),
      recordBuffer(buffer, 0),
      encodeRecord({ type: 'eos', at: 0 }),
    ]);
    const file = join(this.folder, `${nameOf(one)}.leat`);
    if (!this.makeRoom(file, recording.length)) return undefined;
    this.kept!.push({ file, bytes: recording.length });
    const note = `${JSON.stringify(noteOf(one, file), undefined, 2)}\n`;
    this.writing = this.writing
      .then(async () => {
        await writeFile(file, recording);
        await writeFile(noteFile(file), note);
      })
      .catch((error: unknown) => {
        this.failure ??= outputError(file, error);
      });
    return file;
  }

  async finish(): Promise<void> {
    await this.writing;
    if (this.failure !== undefined) throw this.failure;
  }

  /** Whether there is room for a file, which there is made where the newest are to stay. */
  private makeRoom(file: string, bytes: number): boolean {
    const { maxFiles, maxBytes, keep } = this.options;
    this.kept ??= this.found();
    // The same buffer of the same run, written once more.
    this.kept = this.kept.filter((other) => other.file !== file);
    if (bytes > maxBytes) return false;
    const isFull = (): boolean => this.kept!.length >= maxFiles || this.kept!.reduce((sum, other) => sum + other.bytes, bytes) > maxBytes;
    while (isFull()) {
      if (keep === 'first') return false;
      this.discard(this.kept.shift()!.file);
    }
    return true;
  }

  private discard(file: string): void {
    this.writing = this.writing.then(() => {
      for (const one of [file, noteFile(file)]) rmSync(one, { force: true });
    });
  }

  private found(): Kept[] {
    try {
      makeFolderOf(join(this.folder, 'a file'));
      const names = readdirSync(this.folder).filter((name) => name.endsWith('.leat'));
      const files = names.map((name) => ({ file: join(this.folder, name), stats: statSync(join(this.folder, name)) }));
      return files.sort((a, b) => a.stats.mtimeMs - b.stats.mtimeMs).map(({ file, stats }) => ({ file, bytes: stats.size }));
    } catch (error) {
      throw outputError(this.folder, error);
    }
  }
}

function nameOf({ element, buffer: { source, epoch, sequence } }: SetAside): string {
  return [element.name, source, epoch, sequence].map((part) => String(part).replace(/[^A-Za-z0-9_.-]/g, '_')).join('-');
}

function noteFile(file: string): string {
  return file.replace(/\.leat$/, '.json');
}

/** With the smallest graph in which the element meets the buffer again. */
function noteOf({ element, buffer, error, attempts }: SetAside, file: string): unknown {
  const { name, written: props, definition, isTerminal } = element;
  const { source, epoch, sequence, pts } = buffer;
  const { code, message, stack } = error;
  const graph = {
    elements: {
      buffer: { type: 'replay', props: { path: file, speed: 0 } },
      [name]: { type: definition.name, props },
      ...(isTerminal ? {} : { end: { type: 'fake-sink' } }),
    },
    links: [isTerminal ? `buffer ! ${name}` : `buffer ! ${name} ! end`],
  };
  return { element: name, source, epoch, sequence, pts, attempts, error: { code, message, stack }, graph };
}
