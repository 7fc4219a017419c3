// A file that is read from somewhere on, and that others may go on writing to: cut short or replaced, as logs are when they are rotated.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { inputFault } from '../files/input-fault.ts';
import { MediaError } from '../media-error.ts';

const CHUNK_BYTES = 65536;

export class FollowedFile {
  readonly path: string;
  private handle: FileHandle;
  private inode: number;
  private position = 0;
  /** What is read next is read into: whoever has had the last chunk is done with it. */
  private readonly chunk = Buffer.alloc(CHUNK_BYTES);

  private constructor(path: string, handle: FileHandle, inode: number) {
    this.path = path;
    this.handle = handle;
    this.inode = inode;
  }

  /** @throws MediaError `media/not-found`, `media/not-a-file`, `media/permission-denied`, `media/unreadable`. */
  static async open(path: string): Promise<FollowedFile> {
    const { handle, inode } = await openFile(path);
    return new FollowedFile(path, handle, inode);
  }

  /** The first bytes, whatever has been read of it. */
  async first(bytes: number): Promise<Uint8Array> {
    const { buffer, bytesRead } = await this.handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  }

  /** Goes on at a place. */
  goTo(position: number): void {
    this.position = position;
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  /** What comes next, valid until it is called again; undefined where nothing does, now. @throws MediaError `media/unreadable`. */
  async read(): Promise<Uint8Array | undefined> {
    try {
      const { bytesRead } = await this.handle.read(this.chunk, 0, CHUNK_BYTES, this.position);
      this.position += bytesRead;
      return bytesRead === 0 ? undefined : this.chunk.subarray(0, bytesRead);
    } catch (error) {
      throw inputFault(this.path, error);
    }
  }

  /** Whether there is another file in its place by now, or it has been cut short; one that is gone is waited for. */
  async look(): Promise<'same' | 'replaced' | 'cut'> {
    const there = await stat(this.path).catch(() => undefined);
    if (there === undefined || !there.isFile()) return 'same';
    if (there.ino !== this.inode) return 'replaced';
    return there.size < this.position ? 'cut' : 'same';
  }

  /** Goes on with what is in its place now, from its beginning. @throws MediaError as {@link FollowedFile.open} does. */
  async begin(): Promise<void> {
    const { handle, inode } = await openFile(this.path);
    await this.handle.close();
    this.handle = handle;
    this.inode = inode;
    this.position = 0;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

async function openFile(path: string): Promise<{ handle: FileHandle; inode: number }> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const found = await handle.stat();
    if (!found.isFile())
      throw new MediaError('media/not-a-file', `Cannot read ${path}: it is no regular file; pipe it into a stdin-source`);
    return { handle, inode: found.ino };
  } catch (error) {
    await handle?.close();
    throw inputFault(path, error);
  }
}
