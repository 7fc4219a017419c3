// One worker thread with elements in it, as the pipeline sees it: starts and ends the thread, and asks things of its elements.
import type { Caps, FixedCaps } from '../caps/caps.ts';
import type { PipelineSummary } from '../counts/summary.ts';
import type { Element } from '../element/element.ts';
import type { ElementContext } from '../element/element-context.ts';
import { ElementError } from '../errors.ts';
import type { QueueChanges } from '../overload/overload-options.ts';
import type { SourceEpochs } from '../pipeline/source-task.ts';
import type { FlowReturn } from '../stream/flow-return.ts';
import { thrownFacts } from '../thrown-facts.ts';
import type { TimelineState } from '../time/timeline.ts';
import { NotesFromWorker } from './notes-from-worker.ts';
import { Recovery } from './recovery.ts';
import { ThreadConnection } from './thread-connection.ts';
import type { ThreadHost } from './thread-host.ts';
import type { NoteToWorker, Request } from './thread-notes.ts';
import { clockStateOf } from './thread-plan.ts';
import { ThreadSources } from './thread-sources.ts';
import type { WireCaps } from './wire-caps.ts';
import { packError } from './wire-error.ts';

export class ElementThread {
  readonly name: string;
  private readonly host: ThreadHost;
  private readonly elements = new Map<string, Element>();
  private connection: ThreadConnection | undefined;
  private settled: Promise<unknown> | undefined;
  private recovery: Recovery | undefined;
  private recovering: Promise<FlowReturn> | undefined;
  /** Where the pipeline's timeline stands; undefined before it has begun. */
  private timeline: TimelineState | undefined;
  readonly sources = new ThreadSources((note) => this.post(note));
  /** Elements that have been asked to come to rest one by one, and what they wait for. */
  private readonly settling = new Map<string, Promise<unknown>>();
  /** What has been changed of queues. */
  private readonly queueChanges = new Map<string, QueueChanges>();

  constructor(name: string, host: ThreadHost) {
    this.name = name;
    this.host = host;
  }

  add(element: Element): void {
    this.elements.set(element.name, element);
  }

  get isEmpty(): boolean {
    return this.elements.size === 0;
  }

  /** What keeps the thread from having come to rest, once it has been asked to. */
  get busy(): Promise<unknown> | undefined {
    return this.connection === undefined ? undefined : this.settled;
  }

  /** The same for one of its elements. */
  busyOf(element: string): Promise<unknown> | undefined {
    return this.connection === undefined ? undefined : (this.settled ?? this.settling.get(element));
  }

  /** Starts the thread with its elements made and linked. */
  async start(signal: AbortSignal): Promise<void> {
    this.recovery = new Recovery(this.host, signal);
    this.timeline = undefined;
    this.sources.clear();
    this.settling.clear();
    this.queueChanges.clear();
    signal.addEventListener('abort', () => this.post({ note: 'abort', reason: packError(signal.reason) }), { once: true });
    await this.connect(signal);
  }

  /** Takes in elements that are made and linked, where others run already. */
  async enter(elements: readonly Element[]): Promise<void> {
    if (this.recovering !== undefined) await this.recovering;
    const { connection } = this;
    if (connection === undefined) throw this.hasEnded;
    for (const element of elements) this.add(element);
    await connection.add(elements);
  }

  /** Forgets elements that are closed; with the last of them the thread ends. */
  async leave(elements: readonly Element[]): Promise<void> {
    if (this.recovering !== undefined) await this.recovering;
    const gone = elements.filter(({ name }) => this.elements.has(name));
    if (gone.length === this.elements.size) await this.stop();
    else await this.connection?.remove(gone);
    for (const element of gone) {
      const { name } = element;
      this.elements.delete(name);
      this.sources.forget(name);
      this.settling.delete(name);
      this.queueChanges.delete(name);
      this.recovery?.forget(element);
    }
  }

  stopSource(element: string): void {
    this.sources.stop(element);
    this.stopRecovery();
  }

  /** Ends the stream of a source, and learns its epochs. */
  async endSource(element: string): Promise<void> {
    this.sources.noteEnd(element);
    this.stopRecovery();
    for (;;) {
      if (this.recovering !== undefined) await this.recovering;
      if (this.connection === undefined) return;
      try {
        this.sources.noteEpochs(element, (await this.request({ do: 'end-source', element })) as SourceEpochs | undefined);
        return;
      } catch (error) {
        // What has been started anew is asked again.
        if (this.recovering === undefined) throw error;
      }
    }
  }

  /** Has one element turn everything away; `busyOf` says when nothing of it is at work any more. */
  dismiss(element: string, reason: unknown): void {
    this.sources.noteEnd(element);
    this.stopRecovery();
    if (this.connection === undefined || this.settling.has(element)) return;
    const request = { do: 'dismiss', element, reason: packError(reason) } as const;
    const settling: Promise<unknown> = this.request(request).then(
      (epochs) => {
        this.sources.noteEpochs(element, epochs as SourceEpochs | undefined);
        this.settling.delete(element);
      },
      () => this.settling.delete(element),
    );
    this.settling.set(element, settling);
  }

  private async connect(signal: AbortSignal): Promise<void> {
    const { host, elements } = this;
    const recovery = this.recovery!;
    const connection = new ThreadConnection(this.name, [...elements.values()], host, recovery);
    const notes = new NotesFromWorker(connection, host, elements, { lost: recovery.lost, sources: this.sources });
    this.settled = undefined;
    this.connection = connection;
    await connection.listen(
      (note) => notes.take(note),
      (cause) => this.crashed(connection, cause, signal),
    );
  }

  async open(element: string, { downstreamCapacity, baseFolder, outputFolder }: ElementContext): Promise<void> {
    const claims = this.host.claims.entries;
    const props = this.elements.get(element)!.written;
    await this.request({ do: 'open', element, props, downstreamCapacity, baseFolder, outputFolder, claims });
  }

  /** @returns The names of the hooks that there are. */
  async create(element: string, caps: Readonly<Record<string, FixedCaps>>): Promise<readonly string[]> {
    const { wire } = this.connection!;
    const packed = Object.entries(caps).map(([pad, one]) => [pad, wire.pack(one)] as const);
    return (await this.request({ do: 'create', element, caps: packed })) as readonly string[];
  }

  async close(element: string): Promise<void> {
    if (this.connection !== undefined) await this.request({ do: 'close', element });
  }

  async report(element: string, summary: PipelineSummary): Promise<void> {
    await this.request({ do: 'report', element, summary });
  }

  /** Brings the counts of its elements up to date. */
  async count(): Promise<void> {
    if (this.connection !== undefined) await this.request({ do: 'count' });
  }

  /** Has everything turned away; `busy` says when nothing is at work any more. */
  settle(reason: unknown): void {
    if (this.connection === undefined || this.settled !== undefined) return;
    const done = (): void => {
      if (this.settled === settling) this.settled = undefined;
    };
    const settling: Promise<unknown> = this.request({ do: 'settle', reason: packError(reason) }).then(done, done);
    this.settled = settling;
  }

  /** Ends the thread, whatever it is doing. */
  async stop(): Promise<void> {
    const { connection } = this;
    if (connection === undefined) return;
    this.connection = undefined;
    connection.end(this.hasEnded);
    await connection.terminate(this.settled === undefined && this.settling.size === 0);
  }

  sinkCaps(element: string, { pad, allowed }: { pad: string; allowed: Readonly<Record<string, Caps>> }): Caps {
    const connection = this.connection!;
    const { wire } = connection;
    const packed = Object.fromEntries(Object.entries(allowed).map(([name, caps]) => [name, wire.packAll(caps, true)]));
    return wire.unpackAll(connection.ask({ ask: 'sinkCaps', element, pad, allowed: packed }) as WireCaps);
  }

  srcCaps(element: string, query: { pad: string; sink: Readonly<Record<string, FixedCaps>>; allowed: Caps }): Caps {
    const connection = this.connection!;
    const { wire } = connection;
    const sink = Object.fromEntries(Object.entries(query.sink).map(([name, caps]) => [name, wire.pack(caps, true)]));
    const allowed = wire.packAll(query.allowed, true);
    return wire.unpackAll(connection.ask({ ask: 'srcCaps', element, pad: query.pad, sink, allowed }) as WireCaps);
  }

  update(element: string, props: unknown): void {
    // Another thread is given them as it opens the element.
    if (this.recovering === undefined) this.connection?.ask({ ask: 'update', element, props });
  }

  changeQueues(element: string, changes: QueueChanges): void {
    this.queueChanges.set(element, changes);
    if (this.recovering === undefined) this.connection?.ask({ ask: 'change-queues', element, changes });
  }

  /** More buffers than before may sit behind an element; one that is opened later is told then. */
  grow(element: string, downstreamCapacity: number): void {
    this.post({ note: 'grow', element, downstreamCapacity });
  }

  follow(state: TimelineState): void {
    this.timeline = state;
    this.post({ note: 'timeline', state, clock: clockStateOf(this.host) });
  }

  private post(note: NoteToWorker): void {
    this.connection?.post(note);
  }

  private request(request: Request): Promise<unknown> {
    return this.connection === undefined ? Promise.reject(this.hasEnded) : this.connection.requests.make(request);
  }

  /** The thread has ended without having been told to. */
  private crashed(connection: ThreadConnection, cause: unknown, signal: AbortSignal): ElementError {
    const names = [...this.elements.keys()].join(', ');
    const text = `The thread ${this.name}, in which ${names} ran, ended early: ${thrownFacts(cause).message}`;
    const error = new ElementError(this.firstElement, 'thread/crashed', text, { cause });
    if (this.connection !== connection) return error;
    this.connection = undefined;
    if (this.recovering !== undefined) connection.suspend(error);
    else if (this.timeline !== undefined && Recovery.isWanted(this.elements.values())) {
      connection.suspend(error);
      this.recover(connection, error, signal);
    } else {
      const { elements } = this.host;
      connection.end(error, elements.isComing?.(this.elements.get(error.element)!) === true ? 'not-linked' : 'flushing');
      elements.fail(error);
    }
    return error;
  }

  /** Has what has died begin anew, or end in order. */
  private recover(dead: ThreadConnection, error: ElementError, signal: AbortSignal): void {
    const { elements } = this;
    const recovery = this.recovery!;
    const inward = [...dead.inward.values()];
    for (const element of elements.values()) {
      const pads = [...element.sinkPads.values()];
      const came = inward.filter((crossing) => pads.some((pad) => pad.crossing === crossing)).map(({ count }) => count);
      recovery.lost.close(
        element,
        came.reduce((sum, count) => sum + count, 0),
      );
    }
    const play = (epoch: number): void => {
      this.follow(this.timeline!);
      for (const [element, changes] of this.queueChanges) this.connection?.ask({ ask: 'change-queues', element, changes });
      for (const crossing of inward) crossing.resume();
      this.sources.startAnew(epoch, this.host.elements.timeline.now);
    };
    const start = async (): Promise<void> => {
      // It may live, with elements that could not be opened in it.
      const failed = this.connection;
      this.connection = undefined;
      failed?.suspend(error);
      await failed?.terminate(false);
      await this.connect(signal);
    };
    const thread = { elements, inward, start, play };
    const recovering = recovery.recover(thread, error).finally(() => {
      this.recovering = undefined;
      for (const { life } of elements.values()) life.remaking = undefined;
    });
    this.recovering = recovering;
    this.stopRecovery();
    for (const { life } of elements.values()) life.remaking = recovering;
  }

  /** Where no source is to give anything any more, and nothing comes from elsewhere, nothing is worth being started anew. */
  private stopRecovery(): void {
    if (this.recovering !== undefined && this.sources.areOver && !this.isFed) this.recovery!.stop();
  }

  /** Whether any link leads into it. */
  private get isFed(): boolean {
    return [...this.elements.values()].some(({ sinkPads }) => [...sinkPads.values()].some(({ crossing }) => crossing !== undefined));
  }

  private get hasEnded(): ElementError {
    return new ElementError(this.firstElement, 'thread/ended', `The thread ${this.name} has ended`);
  }

  private get firstElement(): string {
    return [...this.elements.keys()][0]!;
  }
}
