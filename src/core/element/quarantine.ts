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
  /** Takes what it needs of a buffer at once; the file that will hold it, or undefined where there is no room. @throws for what cannot be written. */
  add(one: SetAside): string | undefined;
  /** Resolves when all has been written; rejects with what went wrong first. */
  finish(): Promise<void>;
}

export type OpenQuarantine = (options: QuarantineOptions & { readonly folder: string }) => QuarantineStore;

export class Quarantine {
  private readonly open: OpenQuarantine | undefined;
  private readonly post: (message: Message) => void;
  /** By folder. */
  private readonly stores = new Map<string, { readonly store: QuarantineStore; readonly element: string }>();

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
    const options = quarantineOptions.parse(one.element.description.quarantine ?? {});
    const { folder } = options;
    if (folder === undefined) return undefined;
    try {
      return this.storeOf(folder, one.element.name, { ...options, folder })?.add(one);
    } catch (error) {
      this.notWritten(one.element.name, error);
      return undefined;
    }
  }

  private storeOf(folder: string, element: string, options: QuarantineOptions & { folder: string }): QuarantineStore | undefined {
    const known = this.stores.get(folder);
    if (known !== undefined) return known.store;
    if (this.open === undefined)
      throw new TypeError('the pipeline was made without anything that could write it; make it with createPipeline');
    const store = this.open(options);
    this.stores.set(folder, { store, element });
    return store;
  }

  private notWritten(element: string, error: unknown): void {
    const text = `${element}: what was put aside could not be written down: ${thrownFacts(error).message}`;
    this.post({ type: 'warning', element, code: 'quarantine/not-written', text });
  }
}
