// A folder with buffers on which an element has failed: each a recording of one buffer, to be replayed alone, and beside it a note in
// JSON of what happened and of the command that does it again.
//
// It holds so many files and bytes at most, those of earlier runs included; what stays when it is full is the graph's choice.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { QuarantineStore, SetAside } from '../../core/element/quarantine.ts';
import type { QuarantineOptions } from '../../core/element/quarantine-options.ts';
import { makeFolder, outputError } from '../output/output-file.ts';
import { recordBuffer, recordCaps } from './record-buffer.ts';
import { encodeRecord, MAGIC } from './recording-format.ts';

interface Kept {
  readonly file: string;
  readonly bytes: number;
  /** What is still to be written. */
  recording?: Buffer | undefined;
}

export class QuarantineFolder implements QuarantineStore {
  private readonly folder: string;
  private readonly failed: (error: unknown) => void;
  /** The oldest first. */
  private kept: Kept[] | undefined;
  private writing: Promise<void> = Promise.resolve();

  /**
   * @param outputFolder What a relative folder is relative to.
   * @param failed Is told of what could not be written.
   */
  constructor({ folder }: { readonly folder: string }, outputFolder: string, failed: (error: unknown) => void) {
    this.folder = resolve(outputFolder, folder);
    this.failed = failed;
  }

  add(one: SetAside, limits: QuarantineOptions): string | undefined {
    const { buffer } = one;
    const recording = Buffer.concat([
      Buffer.from(MAGIC),
      recordCaps(buffer.caps, 0),
      recordBuffer(buffer, 0),
      encodeRecord({ type: 'eos', at: 0 }),
    ]);
    const file = join(this.folder, `${nameOf(one)}.leat`);
    if (!this.makeRoom(file, recording.length, limits)) return undefined;
    const kept: Kept = { file, bytes: recording.length, recording };
    this.kept!.push(kept);
    const note = `${JSON.stringify(noteOf(one, file), undefined, 2)}\n`;
    this.later(file, async () => {
      // It may have had to make room again before it was its turn: no more is held than the folder may.
      if (kept.recording === undefined) return;
      await writeFile(file, kept.recording);
      await writeFile(noteFile(file), note);
      kept.recording = undefined;
    });
    return file;
  }

  async finish(): Promise<void> {
    await this.writing;
  }

  /** Whether there is room for a file, which there is made where the newest are to stay. */
  private makeRoom(file: string, bytes: number, { maxFiles, maxBytes, keep }: QuarantineOptions): boolean {
    this.kept ??= this.found();
    // The same buffer of the same run, written once more.
    this.kept = this.kept.filter((other) => other.file !== file);
    if (bytes > maxBytes) return false;
    const isFull = (): boolean => this.kept!.length >= maxFiles || this.kept!.reduce((sum, other) => sum + other.bytes, bytes) > maxBytes;
    while (isFull()) {
      if (keep === 'first') return false;
      this.discard(this.kept.shift()!);
    }
    return true;
  }

  private discard(kept: Kept): void {
    kept.recording = undefined;
    this.later(kept.file, () => {
      for (const one of [kept.file, noteFile(kept.file)]) rmSync(one, { force: true });
    });
  }

  /** Does something with a file once those before it are done with. */
  private later(file: string, work: () => void | Promise<void>): void {
    this.writing = this.writing.then(work).catch((error: unknown) => this.failed(outputError(file, error)));
  }

  private found(): Kept[] {
    try {
      makeFolder(this.folder);
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
