// The file of a recording, written and read record by record. Nothing but whole records is ever written in one go, so that what
// a killed process leaves behind can be read up to its last whole record.
import { close, fsync, open, read, write } from 'node:fs';
import { promisify } from 'node:util';
import { MediaError } from '../media-error.ts';
import { outputError } from '../output/output-file.ts';
import { decodeBody, MAGIC, MAX_BODY, RECORD_HEAD, type RecordHeader } from './recording-format.ts';

const file = { open: promisify(open), close: promisify(close), sync: promisify(fsync), write: promisify(write), read: promisify(read) };

export class RecordingWriter {
  private readonly path: string;
  private readonly handle: number;
  private writing: Promise<void> = Promise.resolve();
  private failure: unknown;
  private isOpen = true;
  /** Bytes that wait to be written. */
  waiting = 0;
  /** Bytes of the file, those that wait included. */
  size = MAGIC.length;

  private constructor(path: string, handle: number) {
    this.path = path;
    this.handle = handle;
  }

  /** @throws MediaError */
  static async create(path: string): Promise<RecordingWriter> {
    try {
      const writer = new RecordingWriter(path, await file.open(path, 'w'));
      await writer.append(Buffer.from(MAGIC));
      return writer;
    } catch (error) {
      throw outputError(path, error);
    }
  }

  /** Adds a record. Resolves when it has been handed to the system. @throws MediaError */
  async add(record: Buffer): Promise<void> {
    this.size += record.length;
    await this.append(record);
  }

  /** Makes everything durable. @throws MediaError */
  async sync(): Promise<void> {
    await this.writing;
    if (this.failure !== undefined) throw this.failure;
    await file.sync(this.handle).catch((error: unknown) => {
      throw outputError(this.path, error);
    });
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await this.writing;
    await file.close(this.handle);
  }

  private async append(bytes: Buffer): Promise<void> {
    this.waiting += bytes.length;
    this.writing = this.writing.then(async () => {
      try {
        if (this.failure !== undefined) return;
        for (let done = 0; done < bytes.length; ) done += (await file.write(this.handle, bytes, done, bytes.length - done)).bytesWritten;
      } catch (error) {
        this.failure = outputError(this.path, error);
      } finally {
        this.waiting -= bytes.length;
      }
    });
    await this.writing;
    if (this.failure !== undefined) throw this.failure;
  }
}

/** One record of a recording. */
export interface ReadRecord {
  readonly header: RecordHeader;
  readonly slabs: readonly Buffer[];
}

export class RecordingReader {
  private readonly handle: number;
  private position = MAGIC.length;
  private isOpen = true;

  private constructor(handle: number) {
    this.handle = handle;
  }

  /** @throws MediaError `media/not-found`, `media/not-recording` */
  static async open(path: string): Promise<RecordingReader> {
    let handle: number;
    try {
      handle = await file.open(path, 'r');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new MediaError(code === 'ENOENT' ? 'media/not-found' : 'media/unreadable', `Cannot read ${path}: ${message}`);
    }
    const reader = new RecordingReader(handle);
    const magic = await reader.bytes(0, MAGIC.length);
    if (magic.toString('latin1') === MAGIC) return reader;
    await reader.close();
    throw new MediaError('media/not-recording', `Cannot replay ${path}: it does not begin as a recording does; record writes such files`);
  }

  /** The next record; `end` behind the last, `damaged` where it breaks off or was changed. */
  async next(): Promise<ReadRecord | 'end' | 'damaged'> {
    const head = await this.bytes(this.position, RECORD_HEAD);
    if (head.length === 0) return 'end';
    if (head.length < RECORD_HEAD || head.readUInt32LE(0) > MAX_BODY) return 'damaged';
    const length = head.readUInt32LE(0);
    const body = await this.bytes(this.position + RECORD_HEAD, length);
    const record = body.length < length ? undefined : decodeBody(body, head.readUInt32LE(4));
    this.position += RECORD_HEAD + length;
    return record ?? 'damaged';
  }

  /** Begins anew. */
  rewind(): void {
    this.position = MAGIC.length;
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await file.close(this.handle);
  }

  private async bytes(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await file.read(this.handle, buffer, done, length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }
}
