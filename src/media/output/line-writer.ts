// Writes lines to a file or to standard output: at once when nothing is being written, together when something is.
//
// A slow disk so makes the writes larger, not the lines late, and whoever writes faster than the disk waits once `LIMIT`
// characters have gathered.
import { type FileHandle, open } from 'node:fs/promises';
import { outputError } from './output-file.ts';

/** Characters that may wait before writers have to. */
const LIMIT = 2 ** 18;

export interface LineWriter {
  /** Adds a line; a promise when the writer has to wait. @throws MediaError */
  write(line: string): void | Promise<void>;
  /** Resolves when every line is durable, and closes. @throws MediaError */
  finish(): Promise<void>;
  /** Writes what has gathered, as far as that goes, and closes. */
  close(): Promise<void>;
}

/** A writer to a file, which is made, or emptied unless lines are to be appended. @throws MediaError */
export async function openLineFile(path: string, { append }: { append: boolean }): Promise<LineWriter> {
  let file: FileHandle;
  try {
    file = await open(path, append ? 'a' : 'w');
  } catch (error) {
    throw outputError(path, error);
  }
  let end = append ? (await file.stat()).size : 0;
  return new GatheringWriter(path, {
    write: async (text) => {
      const bytes = Buffer.from(text);
      try {
        await file.appendFile(bytes);
      } catch (error) {
        await dropBrokenLine(file, end, bytes).catch(() => {});
        throw error;
      }
      end += bytes.length;
    },
    sync: async () => {
      // Pipes and devices cannot be synced, and need not be.
      await file.sync().catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EINVAL' && error.code !== 'ENOTSUP' && error.code !== 'EROFS') throw error;
      });
    },
    close: () => file.close(),
  });
}

/** Keeps whole lines only, where a disk that is full took a part of what was to be written at `end`. */
async function dropBrokenLine(file: FileHandle, end: number, bytes: Buffer): Promise<void> {
  const taken = (await file.stat()).size - end;
  if (taken > 0 && taken < bytes.length) await file.truncate(end + bytes.lastIndexOf('\n', taken - 1) + 1);
}

/** A writer to standard output. */
export function openLineOutput(stream: NodeJS.WritableStream): LineWriter {
  // A stream tells of a failed write twice; without a listener the second time would end the process.
  const ignore = (): void => {};
  stream.on('error', ignore);
  return new GatheringWriter('standard output', {
    write: (text) => new Promise((resolve, reject) => stream.write(text, (error) => (error ? reject(error) : resolve()))),
    sync: async () => {},
    close: async () => {
      setImmediate(() => stream.off('error', ignore));
    },
  });
}

interface Target {
  write(text: string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

class GatheringWriter implements LineWriter {
  private readonly name: string;
  private readonly target: Target;
  private gathered: string[] = [];
  private characters = 0;
  private writing: Promise<void> | undefined;
  private failure: Error | undefined;
  private closed = false;

  constructor(name: string, target: Target) {
    this.name = name;
    this.target = target;
  }

  write(line: string): void | Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.gathered.push(line);
    this.characters += line.length + 1;
    this.writing ??= this.work();
    if (this.characters < LIMIT) return;
    return this.writing.then(() => this.throwFailure());
  }

  async finish(): Promise<void> {
    await this.writing;
    this.throwFailure();
    try {
      await this.target.sync();
    } catch (error) {
      throw outputError(this.name, error);
    }
    await this.close();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.writing;
    try {
      await this.target.close();
    } catch (error) {
      throw outputError(this.name, error);
    }
  }

  /** Writes until nothing is left; never rejects. */
  private async work(): Promise<void> {
    // Lines that are written in one go leave in one piece.
    await Promise.resolve();
    while (this.gathered.length > 0 && this.failure === undefined) {
      const text = `${this.gathered.join('\n')}\n`;
      this.gathered = [];
      this.characters = 0;
      try {
        await this.target.write(text);
      } catch (error) {
        this.failure = outputError(this.name, error);
      }
    }
    this.writing = undefined;
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}
