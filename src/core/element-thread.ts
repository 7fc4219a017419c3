// One worker thread with elements in it, as the pipeline sees it: starts and ends the thread, asks things of its elements, and
// hands on what they say.
import type { Worker } from 'node:worker_threads';
import type { Arena } from '../memory/arena.ts';
import { startWorker } from '../threads/start-worker.ts';
import type { ThreadBudget, ThreadClaim } from '../threads/thread-budget.ts';
import type { Caps, FixedCaps } from './caps.ts';
import { Arrival, Crossing } from './crossing.ts';
import type { ElementHost } from './element/element-host.ts';
import type { Element } from './element.ts';
import type { ElementContext } from './element-context.ts';
import { ElementError } from './errors.ts';
import type { FileClaims } from './file-claims.ts';
import { negotiateSrcPads, renegotiate } from './negotiate.ts';
import { Outbox } from './outbox.ts';
import type { ClockState, PipelineClock } from './pipeline-clock.ts';
import { QuestionPort } from './question-port.ts';
import { Requests } from './requests.ts';
import type { PipelineSummary } from './summary.ts';
import type { MessageToWorker, NoteFromWorker, NoteToWorker, Request, ThreadPlan, WorkerRequest } from './thread-notes.ts';
import { planElement, planLinks } from './thread-plan.ts';
import type { TimelineState } from './timeline.ts';
import { CapsWire, type WireCaps, type WireStructure } from './wire-caps.ts';
import { packError, unpackError } from './wire-error.ts';
import { discard } from './wire-item.ts';
import { machineTime } from './worker-clock.ts';

export interface ThreadHost {
  readonly arena: Arena;
  readonly clock: PipelineClock;
  /** Whether what drives the pipeline goes as the machine's clock does, which every thread can read. */
  readonly isMachineTime: boolean;
  readonly budget: ThreadBudget;
  readonly claims: FileClaims;
  readonly elements: ElementHost;
  /** The address of the module that exports an element's definition. */
  moduleOf(type: string): string | undefined;
}

/** What there is for as long as the thread runs. */
interface Running {
  readonly worker: Worker;
  readonly questions: QuestionPort;
  readonly outbox: Outbox<NoteToWorker>;
  readonly requests: Requests<Request>;
  readonly wire: CapsWire;
  readonly inward: ReadonlyMap<number, Crossing>;
  readonly outward: ReadonlyMap<number, Arrival>;
}

export class ElementThread {
  readonly name: string;
  private readonly host: ThreadHost;
  private readonly elements = new Map<string, Element>();
  private readonly timers = new Map<number, () => void>();
  private readonly threadClaims = new Map<number, ThreadClaim>();
  private running: Running | undefined;
  private settled: Promise<unknown> | undefined;

  constructor(name: string, host: ThreadHost) {
    this.name = name;
    this.host = host;
  }

  add(element: Element): void {
    this.elements.set(element.name, element);
  }

  /** What keeps the thread from having come to rest, once it has been asked to. */
  get busy(): Promise<unknown> | undefined {
    return this.running === undefined ? undefined : this.settled;
  }

  /** Starts the thread with its elements made and linked. */
  async start(signal: AbortSignal): Promise<void> {
    const { host, name } = this;
    const questions = new QuestionPort(name);
    const { plan, inward, outward } = this.plan(questions);
    const worker = startWorker(import.meta.url, './thread-worker', { workerData: plan, transferList: [questions.far], name });
    const wire = new CapsWire(1);
    const outbox = new Outbox<NoteToWorker>(
      (notes) => worker.postMessage({ now: host.clock.now(), notes } satisfies MessageToWorker),
      (note, error) => this.unsendable(note, error),
    );
    const crossings = [...inward].map(([link, pad]) => {
      const crossing = new Crossing(
        wire,
        (item) => outbox.post({ note: 'item', link, item }),
        (error) => host.elements.fail(notCloneable(pad.element.name, error)),
      );
      pad.crossing = crossing;
      return [link, crossing] as const;
    });
    const arrivals = [...outward].map(([link, pad]) => {
      const taken = (flow: 'ok'): void => outbox.post({ note: 'taken', link, flow });
      return [link, new Arrival(pad, wire, host.arena, taken as never)] as const;
    });
    const requests = new Requests<Request>((id, request) => outbox.post({ note: 'request', id, request }));
    this.settled = undefined;
    this.running = { worker, questions, outbox, requests, wire, inward: new Map(crossings), outward: new Map(arrivals) };
    signal.addEventListener('abort', () => this.post({ note: 'abort', reason: packError(signal.reason) }), { once: true });
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (notes: readonly NoteFromWorker[]) => {
        for (const note of notes) {
          if (note.note === 'ready') resolve();
          else this.hear(note);
        }
      });
      const ended = (error: unknown): void => reject(this.crashed(worker, error));
      worker.on('error', ended);
      worker.on('messageerror', ended);
      worker.on('exit', (code) => ended(new Error(`it exited with code ${code}`)));
    });
  }

  async open(element: string, { downstreamCapacity, baseFolder, outputFolder }: ElementContext): Promise<void> {
    const claims = this.host.claims.entries;
    await this.request({ do: 'open', element, downstreamCapacity, baseFolder, outputFolder, claims });
  }

  /** @returns The names of the hooks that there are. */
  async create(element: string, caps: Readonly<Record<string, FixedCaps>>): Promise<readonly string[]> {
    const { wire } = this.running!;
    const packed = Object.entries(caps).map(([pad, one]) => [pad, wire.pack(one)] as const);
    return (await this.request({ do: 'create', element, caps: packed })) as readonly string[];
  }

  async close(element: string): Promise<void> {
    if (this.running !== undefined) await this.request({ do: 'close', element });
  }

  async report(element: string, summary: PipelineSummary): Promise<void> {
    await this.request({ do: 'report', element, summary });
  }

  /** Brings the counts of its elements up to date. */
  async count(): Promise<void> {
    if (this.running !== undefined) await this.request({ do: 'count' });
  }

  /** Has everything turned away; `busy` says when nothing is at work any more. */
  settle(reason: unknown): void {
    if (this.running === undefined || this.settled !== undefined) return;
    const done = (): void => {
      if (this.settled === settling) this.settled = undefined;
    };
    const settling: Promise<unknown> = this.request({ do: 'settle', reason: packError(reason) }).then(done, done);
    this.settled = settling;
  }

  /** Ends the thread, whatever it is doing. */
  async stop(): Promise<void> {
    const { running } = this;
    if (running === undefined) return;
    this.leave(new ElementError(this.firstName, 'thread/ended', `The thread ${this.name} has ended`));
    await running.worker.terminate();
  }

  sinkCaps(element: string, { pad, allowed }: { pad: string; allowed: Readonly<Record<string, Caps>> }): Caps {
    const { wire, questions } = this.running!;
    const packed = Object.fromEntries(Object.entries(allowed).map(([name, caps]) => [name, wire.packAll(caps, true)]));
    return wire.unpackAll(questions.ask({ ask: 'sinkCaps', element, pad, allowed: packed }) as WireCaps);
  }

  srcCaps(element: string, query: { pad: string; sink: Readonly<Record<string, FixedCaps>>; allowed: Caps }): Caps {
    const { wire, questions } = this.running!;
    const sink = Object.fromEntries(Object.entries(query.sink).map(([name, caps]) => [name, wire.pack(caps, true)]));
    const allowed = wire.packAll(query.allowed, true);
    return wire.unpackAll(questions.ask({ ask: 'srcCaps', element, pad: query.pad, sink, allowed }) as WireCaps);
  }

  update(element: string, props: unknown): void {
    this.running!.questions.ask({ ask: 'update', element, props });
  }

  follow(state: TimelineState): void {
    this.post({ note: 'timeline', state, clock: this.clockState });
  }

  steer(note: 'start' | 'stop', element: string): void {
    this.post({ note, element });
  }

  private plan(questions: QuestionPort): Pick<ReturnType<typeof planLinks>, 'inward' | 'outward'> & { plan: ThreadPlan } {
    const { host, name } = this;
    const elements = [...this.elements.values()];
    const { links, inward, outward } = planLinks(elements);
    const plan: ThreadPlan = {
      thread: name,
      arena: host.arena.handle,
      cores: host.budget.cores,
      clock: this.clockState,
      elements: elements.map((element) => planElement(element, host.moduleOf(element.definition.name)!)),
      links,
      tellsSpans: host.elements.span !== undefined,
      questions: questions.far,
      answered: questions.answered,
    };
    return { plan, inward, outward };
  }

  private get clockState(): ClockState | undefined {
    return this.host.isMachineTime ? this.host.clock.stateAgainst(machineTime()) : undefined;
  }

  private hear(note: NoteFromWorker): void {
    const { elements } = this.host;
    switch (note.note) {
      case 'item': {
        const arrival = this.running?.outward.get(note.link);
        if (arrival === undefined) discard(note.item, this.host.arena);
        else arrival.receive(note.item);
        return;
      }
      case 'taken':
        this.running?.inward.get(note.link)?.taken(note.flow);
        return;
      case 'answer':
        this.running?.requests.answered(note.id, note.answer);
        return;
      case 'request':
        this.answer(note.id, note.request);
        return;
      case 'message':
        elements.post(note.message);
        return;
      case 'quarantine':
        elements.post({ ...note.message, error: unpackError(note.error) as ElementError });
        return;
      case 'fail':
        elements.fail(unpackError(note.error) as ElementError, note.afterDraining);
        return;
      case 'ended':
        elements.ended(this.elementNamed(note.element));
        return;
      case 'position':
        this.elementNamed(note.element).context.position(note.position, note.duration);
        return;
      case 'claim':
        this.claim(note);
        return;
      case 'span':
        elements.span?.(this.elementNamed(note.element), note.start, note.end, note.size);
        return;
      case 'schedule':
        this.timers.set(
          note.id,
          this.host.clock.schedule(note.time, () => this.due(note.id), note.importance),
        );
        return;
      case 'cancel':
        this.timers.get(note.id)?.();
        this.timers.delete(note.id);
        return;
      case 'claim-threads':
        this.threadClaims.set(note.id, this.host.budget.claim(note.name, note.threads));
        return;
      case 'release-threads':
        this.threadClaims.get(note.id)?.release();
        this.threadClaims.delete(note.id);
        return;
      case 'counts':
        for (const counts of note.elements) {
          const element = this.elementNamed(counts.name);
          element.reported = counts;
          element.statistics.takeOver(counts);
        }
        return;
      case 'ready':
    }
  }

  private answer(id: number, { element: name, pad, caps }: WorkerRequest): void {
    const { wire } = this.running!;
    const element = this.elementNamed(name);
    try {
      const settled = caps === undefined || renegotiate(element, element.sinkPads.get(pad!)!, wire.unpack(caps));
      if (caps === undefined) negotiateSrcPads(element);
      const srcs = [...element.srcPads.values()].flatMap(({ name: src, caps: one }): [string, WireStructure][] =>
        one === undefined ? [] : [[src, wire.pack(one)]],
      );
      this.post({ note: 'answer', id, answer: { value: { settled, srcs } } });
    } catch (error) {
      this.post({ note: 'answer', id, answer: { error: packError(error) } });
    }
  }

  private claim({ element, path, writes }: { element: string; path: string; writes: boolean }): void {
    try {
      this.host.claims.claim(element, path, writes);
    } catch (error) {
      this.host.elements.fail(ElementError.from(element, error));
    }
  }

  private due(id: number): void {
    this.timers.delete(id);
    this.post({ note: 'due', id });
  }

  private post(note: NoteToWorker): void {
    this.running?.outbox.post(note);
  }

  private request(request: Request): Promise<unknown> {
    const { running } = this;
    if (running === undefined) return Promise.reject(new ElementError(this.firstName, 'thread/ended', `The thread ${this.name} has ended`));
    return running.requests.make(request);
  }

  private unsendable(note: NoteToWorker, error: unknown): void {
    const { running, host } = this;
    if (note.note === 'request') {
      const { request } = note;
      running?.requests.failed(note.id, notCloneable('element' in request ? request.element : this.firstName, error));
    } else if (note.note === 'item') {
      discard(note.item, host.arena);
      const crossing = running?.inward.get(note.link);
      host.elements.fail(notCloneable(this.firstName, error));
      crossing?.taken('error');
    } else host.elements.fail(notCloneable(this.firstName, error));
  }

  /** The thread has ended without having been told to. */
  private crashed(worker: Worker, cause: unknown): ElementError {
    const names = [...this.elements.keys()].join(', ');
    const { message } = Object(cause) as { message?: string };
    const text = `The thread ${this.name}, in which ${names} ran, ended early: ${message ?? String(cause)}`;
    const error = new ElementError(this.firstName, 'thread/crashed', text, { cause });
    if (this.running?.worker !== worker) return error;
    this.leave(error);
    this.host.elements.fail(error);
    return error;
  }

  private leave(error: ElementError): void {
    const { running } = this;
    this.running = undefined;
    running?.requests.end(error);
    for (const crossing of running?.inward.values() ?? []) crossing.cut();
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
    for (const claim of this.threadClaims.values()) claim.release();
    this.threadClaims.clear();
    running?.questions.close();
  }

  private get firstName(): string {
    return [...this.elements.keys()][0]!;
  }

  private elementNamed(name: string): Element {
    return this.elements.get(name)!;
  }
}

function notCloneable(element: string, error: unknown): ElementError {
  const { message } = Object(error) as { message?: string };
  const text = `${element}: what goes to or from its thread cannot be cloned: ${message ?? String(error)}; keep functions and class instances out of values, meta and caps`;
  return new ElementError(element, 'thread/not-cloneable', text, { cause: error });
}
