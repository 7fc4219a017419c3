// What there is between the pipeline and a worker thread for as long as the thread runs: the links that lead across, and the notes,
// requests and questions that go to it.
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../threads/start-worker.ts';
import type { Element } from '../element/element.ts';
import type { SinkPad, SrcPad } from '../element/pad.ts';
import type { ElementError } from '../errors.ts';
import type { FlowReturn } from '../stream/flow-return.ts';
import { Arrival } from './crossing.ts';
import { LastingCrossing } from './lasting-crossing.ts';
import { notCloneable } from './not-cloneable.ts';
import { Outbox } from './outbox.ts';
import { QuestionPort } from './question-port.ts';
import type { Recovery } from './recovery.ts';
import { Requests } from './requests.ts';
import { ThreadErrands } from './thread-errands.ts';
import type { ThreadHost } from './thread-host.ts';
import type { MessageToWorker, NoteFromWorker, NoteToWorker, Question, Request } from './thread-notes.ts';
import { type PlannedLinks, planElements, planLinks, planThread } from './thread-plan.ts';
import { CapsWire } from './wire-caps.ts';
import { discard, handOver, type WireItem } from './wire-item.ts';

export class ThreadConnection {
  readonly requests: Requests<Request>;
  readonly wire = new CapsWire(1);
  readonly inward = new Map<number, LastingCrossing>();
  /** Pads that links to the worker come from. */
  readonly sources = new Map<number, SrcPad>();
  readonly outward = new Map<number, Arrival>();
  readonly errands: ThreadErrands;
  private readonly host: ThreadHost;
  private readonly worker: Worker;
  private readonly questions: QuestionPort;
  private readonly outbox: Outbox<NoteToWorker>;
  private readonly firstElement: string;
  private readonly recovery: Recovery;
  /** The pads in the worker that links lead across from or to. */
  private readonly ends = new Map<number, SinkPad | SrcPad>();
  private lastLink = 0;
  /** What the worker's slabs are counted under. */
  private holder: number;
  private hasEnded = false;
  private hasRested = false;

  /**
   * Starts the thread `name` with elements that are made and linked. Links into a thread of theirs that has died lead into this one.
   *
   * @param recovery Knows what was there before.
   */
  constructor(name: string, elements: readonly Element[], host: ThreadHost, recovery: Recovery) {
    this.host = host;
    this.recovery = recovery;
    this.firstElement = elements[0]!.name;
    this.questions = new QuestionPort(name);
    const planned = planLinks(elements);
    const { links } = planned;
    this.holder = host.arena.claimHolder();
    const workerData = planThread(name, elements, { links, questions: this.questions, host, holder: this.holder });
    this.worker = startWorker(import.meta.url, './thread-worker', { workerData, transferList: [this.questions.far], name });
    this.outbox = new Outbox<NoteToWorker>(
      (notes) => {
        this.worker.postMessage({ now: host.clock.now(), notes } satisfies MessageToWorker);
        for (const note of notes) if (note.note === 'item') handOver(note.item, host.arena, { from: 0, to: this.holder });
      },
      (note, error) => this.unsendable(note, error),
    );
    this.requests = new Requests<Request>((id, request) => this.post({ note: 'request', id, request }));
    this.errands = new ThreadErrands(host, (id) => this.post({ note: 'due', id }));
    this.lead(planned);
  }

  /** Makes elements in the worker, and links them, in addition to those that are there. */
  async add(elements: readonly Element[]): Promise<void> {
    const planned = planLinks(elements, this.lastLink);
    this.lead(planned);
    await this.requests.make({ do: 'add', elements: planElements(elements, this.host), links: planned.links });
  }

  /** Has the worker forget elements that are closed, and takes their links away. */
  async remove(elements: readonly Element[]): Promise<void> {
    for (const [link, { element }] of this.ends) {
      if (!elements.includes(element)) continue;
      this.ends.delete(link);
      this.inward.get(link)?.cut();
      for (const links of [this.inward, this.sources, this.outward]) links.delete(link);
    }
    await this.requests.make({ do: 'remove', elements: elements.map(({ name }) => name) });
  }

  /** Has links lead to the worker and out of it. */
  private lead({ inward, outward }: PlannedLinks): void {
    const { host, wire } = this;
    for (const [link, pad] of inward) {
      const { element, crossing, peer } = pad;
      const send = (item: WireItem): void => this.post({ note: 'item', link, item });
      const lasting =
        crossing instanceof LastingCrossing
          ? crossing.attach(wire, send)
          : new LastingCrossing(wire, {
              send,
              failed: (error) => host.elements.fail(notCloneable(element.name, error)),
              turnedAway: (buffer, cause) => this.recovery.lost.turnedAway(element, buffer, cause),
            });
      pad.crossing = lasting;
      this.inward.set(link, lasting);
      if (peer !== undefined) this.sources.set(link, peer);
    }
    for (const [link, pad] of outward) {
      pad.sendNeed = (need) => this.post({ note: 'need', link, need });
      const taken = (flow: FlowReturn): void => this.post({ note: 'taken', link, flow });
      this.outward.set(link, new Arrival(pad, { wire, arena: host.arena }, taken, this.recovery.endsAt(pad)));
    }
    for (const [link, pad] of [...inward, ...outward]) {
      this.ends.set(link, pad);
      this.lastLink = Math.max(this.lastLink, link);
    }
  }

  /** Nothing goes to the worker any more, nor is anything heard of it. */
  get isOver(): boolean {
    return this.hasEnded;
  }

  /**
   * Resolves when the worker is ready, and passes on what it says from then on.
   *
   * @param ended What its end comes to, with which this rejects where it has not been ready by then.
   */
  listen(hear: (note: NoteFromWorker) => void, ended: (cause: unknown) => ElementError): Promise<void> {
    const { worker } = this;
    return new Promise((resolve, reject) => {
      worker.on('message', (notes: readonly NoteFromWorker[]) => {
        for (const note of notes) {
          if (note.note === 'ready') resolve();
          else hear(note);
        }
      });
      let cause: unknown;
      worker.on('error', (error) => {
        cause = error;
      });
      worker.on('messageerror', (error) => {
        cause = error;
        void worker.terminate();
      });
      // All that it has said is heard before that.
      worker.on('exit', (code) => {
        reject(ended(cause ?? new Error(`it exited with code ${code}`)));
        this.reclaim();
      });
    });
  }

  post(note: NoteToWorker): void {
    if (!this.hasEnded) this.outbox.post(note);
  }

  /** Asks what has to be answered before anything else happens. */
  ask(question: Question): unknown {
    return this.questions.ask(question);
  }

  /** Gives up the links and what waits for answers, which is told `error`; what comes for the thread is answered `flow`. */
  end(error: ElementError, flow: Exclude<FlowReturn, 'ok'> = 'flushing'): void {
    this.leave(error);
    for (const crossing of this.inward.values()) crossing.cut(flow);
  }

  /** The same, but that what comes for the thread waits for another one. */
  suspend(error: ElementError): void {
    this.leave(error);
    for (const crossing of this.inward.values()) crossing.suspend();
  }

  /** @param hasRested Whether the worker has let go of what it held. */
  async terminate(hasRested: boolean): Promise<void> {
    this.hasRested = hasRested;
    await this.worker.terminate();
  }

  private leave(error: ElementError): void {
    this.hasEnded = true;
    this.requests.end(error);
    this.errands.end();
    this.questions.close();
  }

  /** Takes back what the worker has left behind, now that it is gone. */
  private reclaim(): void {
    this.host.arena.endHolder(this.holder, !this.hasRested);
    this.holder = 0;
  }

  private unsendable(note: NoteToWorker, error: unknown): void {
    const { elements, arena } = this.host;
    if (note.note === 'request') {
      const { request } = note;
      this.requests.failed(note.id, notCloneable('element' in request ? request.element : this.firstElement, error));
      return;
    }
    elements.fail(notCloneable(this.firstElement, error));
    if (note.note !== 'item') return;
    discard(note.item, arena);
    if (!this.hasEnded) this.inward.get(note.link)?.taken('error');
  }
}
