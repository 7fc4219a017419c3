// What becomes of buffers that were put aside because an element failed on them: they are told of, and written down where the graph
// asks for it. How they are written is not the runtime's business: it is given somebody who can.

import type { ElementError } from '../errors.ts';
import type { Message } from '../pipeline/message.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import { thrownFacts } from '../thrown-facts.ts';
import type { Element } from './element.ts';
import { type QuarantineOptions, quarantineOptions } from './quarantine-options.ts';

/** A buffer that was put aside, and why. */
export interface SetAside {
  readonly element: Element;
  readonly buffer: StreamBuffer;
  readonly error: ElementError;
  /** How often the element has failed on it. */
  readonly attempts: number;
}

/** Writes buffers down. */
export interface QuarantineStore {
  /**
   * Takes what it needs of a buffer at once; the file that will hold it, or undefined where there is no room within these limits.
   *
   * @throws for what cannot be written.
   */
  add(one: SetAside, limits: QuarantineOptions): string | undefined;
  /** Resolves when all has been written; rejects with what went wrong and has not been told. */
  finish(): Promise<void>;
}

/** @param failed Is told of what could not be written after all. */
export type OpenQuarantine = (
  options: QuarantineOptions & { readonly folder: string },
  failed: (error: unknown) => void,
) => QuarantineStore;

interface Opened {
  readonly store: QuarantineStore;
  readonly element: Element;
  /** It has been told that there is no room in it. */
  isFull: boolean;
}

export class Quarantine {
  private readonly open: OpenQuarantine | undefined;
  private readonly post: (message: Message) => void;
  /** By folder. */
  private readonly stores = new Map<string, Opened>();

  constructor(open: OpenQuarantine | undefined, post: (message: Message) => void) {
    this.open = open;
    this.post = post;
  }

  /** Tells of a buffer, and has it written; does not take it over. */
  add(one: SetAside): void {
    const { error, attempts } = one;
    const { name: element } = one.element;
    const { source, epoch, sequence, pts } = one.buffer;
    const file = this.write(one);
    this.post({ type: 'quarantine', element, source, epoch, sequence, pts, attempts, error, ...(file === undefined ? {} : { file }) });
  }

  /** Resolves when everything has been written that was put aside, or was given up with a warning. */
  async finish(): Promise<void> {
    const stores = [...this.stores.values()];
    this.stores.clear();
    for (const { store, element } of stores) await store.finish().catch((error: unknown) => this.notWritten(element, error));
  }

  private write(one: SetAside): string | undefined {
    const { element } = one;
    const options = quarantineOptions.parse(element.description.quarantine ?? {});
    const { folder } = options;
    if (folder === undefined) return undefined;
    try {
      const opened = this.openedFor(element, { ...options, folder });
      const file = opened.store.add(one, options);
      if (file === undefined && !opened.isFull) {
        opened.isFull = true;
        this.post({ type: 'warning', element: element.name, code: 'quarantine/full', text: fullText(element, { ...options, folder }) });
      }
      return file;
    } catch (error) {
      this.notWritten(element, error);
      return undefined;
    }
  }

  private openedFor(element: Element, options: QuarantineOptions & { folder: string }): Opened {
    const { folder } = options;
    const known = this.stores.get(folder);
    if (known !== undefined) return known;
    if (this.open === undefined)
      throw new TypeError('the pipeline was made without anything that could write it; make it with createPipeline');
    const store = this.open(options, (error) => this.notWritten(element, error));
    const opened = { store, element, isFull: false };
    this.stores.set(folder, opened);
    return opened;
  }

  /** At most once a second. */
  private notWritten({ name, notices }: Element, error: unknown): void {
    const count = notices.count('quarantine/not-written', 1);
    if (count === 0) return;
    const others = count === 1 ? '' : `, nor could ${count - 1} before it`;
    const text = `${name}: what was put aside could not be written down${others}: ${thrownFacts(error).message}`;
    this.post({ type: 'warning', element: name, code: 'quarantine/not-written', text });
  }
}

function fullText({ name }: Element, { folder, maxFiles, maxBytes, keep }: QuarantineOptions & { folder: string }): string {
  const limits = `maxFiles ${maxFiles}, maxBytes ${maxBytes}`;
  const advice = keep === 'first' ? 'empty it, raise them, or say keep: last' : 'raise maxBytes';
  return `${name}: what is put aside does not fit into ${folder} any more (${limits}): it is counted and told of, but not written down; ${advice}`;
}
