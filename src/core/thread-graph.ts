// The part of a graph that is in a worker thread: real elements, linked to each other as in any pipeline, with doubles of their
// neighbours in other threads at the ends. The pipeline decides and is told; everything else happens here.
import { setMaxListeners } from 'node:events';
import { Arena } from '../memory/arena.ts';
import type { FixedCaps } from './caps.ts';
import type { Clock } from './clock.ts';
import { Arrival, Crossing } from './crossing.ts';
import type { AnyElementDefinition } from './define-element.ts';
import { DistantBudget } from './distant-budget.ts';
import type { ElementHost } from './element/element-host.ts';
import { Element } from './element.ts';
import type { ElementContext } from './element-context.ts';
import { ElementError } from './errors.ts';
import { FileClaims } from './file-claims.ts';
import { exportedDefinitions } from './load-plugins.ts';
import { makeContext } from './make-context.ts';
import type { Message } from './message.ts';
import { Outbox } from './outbox.ts';
import type { SinkPad, SrcPad } from './pad.ts';
import { anyMedia, type PadTemplate, sinkPad, srcPad } from './pad-template.ts';
import { PipelineClock } from './pipeline-clock.ts';
import { planQueues } from './plan-queues.ts';
import { answerQuestions } from './question-port.ts';
import { Requests } from './requests.ts';
import { Scheduler } from './scheduler.ts';
import { SourceTask } from './source-task.ts';
import { summarise, summaryOf } from './summary.ts';
import type {
  Answer,
  MessageToWorker,
  NoteFromWorker,
  NoteToWorker,
  PlannedEnd,
  PlannedLink,
  Question,
  Request,
  ThreadPlan,
  WorkerRequest,
} from './thread-notes.ts';
import type { Microseconds } from './time.ts';
import { Timeline } from './timeline.ts';
import { CapsWire, type WireStructure } from './wire-caps.ts';
import { packError, unpackError } from './wire-error.ts';
import { discard } from './wire-item.ts';
import { DistantClock, MachineClock } from './worker-clock.ts';

/** Counts are told this often while the graph runs. */
const COUNT_INTERVAL: Microseconds = 100_000;

export class ThreadGraph {
  private readonly plan: ThreadPlan;
  private readonly arena: Arena;
  private readonly clock: Clock;
  private readonly timeline: Timeline;
  private readonly budget: DistantBudget;
  private readonly wire = new CapsWire(-1);
  private readonly outbox: Outbox<NoteFromWorker>;
  private readonly requests: Requests<WorkerRequest>;
  private readonly scheduler = new Scheduler();
  private readonly claims = new FileClaims();
  private readonly abortion = new AbortController();
  private readonly elements = new Map<string, Element>();
  private readonly openings = new Map<string, Extract<Request, { do: 'open' }>>();
  private readonly sources = new Map<string, SourceTask>();
  private readonly inward = new Map<number, Arrival>();
  private readonly outward = new Map<number, Crossing>();
  private countedAt: Microseconds = 0;

  private constructor(plan: ThreadPlan, definitions: ReadonlyMap<string, AnyElementDefinition>, send: (notes: unknown) => void) {
    this.plan = plan;
    this.arena = Arena.attach(plan.arena);
    this.outbox = new Outbox<NoteFromWorker>(
      (notes) => send(this.isCountDue() ? [...notes, this.counts([...this.elements.values()])] : notes),
      (note, error) => this.unsendable(note, error),
    );
    const { outbox } = this;
    this.requests = new Requests((id, request) => outbox.post({ note: 'request', id, request }));
    this.clock =
      plan.clock === undefined
        ? new DistantClock(0, {
            schedule: (id, time, importance) => outbox.post({ note: 'schedule', id, time, importance }),
            cancel: (id) => outbox.post({ note: 'cancel', id }),
          })
        : new PipelineClock(new MachineClock(), plan.clock);
    this.timeline = new Timeline(this.clock);
    this.budget = new DistantBudget(plan.cores, {
      claim: (id, name, threads) => outbox.post({ note: 'claim-threads', id, name, threads }),
      release: (id) => outbox.post({ note: 'release-threads', id }),
    });
    setMaxListeners(0, this.abortion.signal);
    const host = this.host();
    for (const { name, type, description, depth, isLive, pads } of plan.elements) {
      const definition = definitions.get(type)!;
      const element = new Element(name, definition, definition.props.parse(description.props ?? {}), description, host);
      element.depth = depth;
      element.isLive = isLive;
      for (const pad of pads) if (!element.sinkPads.has(pad.name) && !element.srcPads.has(pad.name)) element.addPad(pad.name, pad.template);
      this.elements.set(name, element);
    }
    for (const link of plan.links) this.link(link, host);
    planQueues([...this.elements.values()], this.scheduler, { cores: plan.cores });
  }

  /** Loads the modules that the elements come from, and makes and links them. */
  static async make(plan: ThreadPlan, send: (notes: unknown) => void): Promise<ThreadGraph> {
    const definitions = new Map<string, AnyElementDefinition>();
    for (const module of new Set(plan.elements.map((element) => element.module))) {
      for (const definition of exportedDefinitions((await import(module)) as Record<string, unknown>)) {
        definitions.set(definition.name, definition);
      }
    }
    return new ThreadGraph(plan, definitions, send);
  }

  begin(): void {
    const { questions, answered } = this.plan;
    answerQuestions(questions, answered, (question) => this.reply(question));
    this.outbox.post({ note: 'ready' });
  }

  hear({ now, notes }: MessageToWorker): void {
    if (this.clock instanceof DistantClock) this.clock.advance(now);
    for (const note of notes) this.take(note);
  }

  private take(note: NoteToWorker): void {
    switch (note.note) {
      case 'item':
        this.inward.get(note.link)!.receive(note.item);
        return;
      case 'taken':
        this.outward.get(note.link)!.taken(note.flow);
        return;
      case 'answer':
        this.requests.answered(note.id, note.answer);
        return;
      case 'request':
        void this.answer(note.id, note.request);
        return;
      case 'start':
        this.start(note.element);
        return;
      case 'stop':
        this.sources.get(note.element)?.stop();
        return;
      case 'abort':
        this.abortion.abort(unpackError(note.reason));
        return;
      case 'timeline':
        if (note.clock !== undefined) (this.clock as PipelineClock).follow(note.clock);
        this.timeline.follow(note.state);
        return;
      case 'due':
        (this.clock as DistantClock).due(note.id);
    }
  }

  private start(name: string): void {
    const source = new SourceTask(this.elements.get(name)!, this.scheduler, this.timeline);
    this.sources.set(name, source);
    source.start();
  }

  private async answer(id: number, request: Request): Promise<void> {
    let answer: Answer;
    try {
      answer = { value: await this.perform(request) };
    } catch (error) {
      answer = { error: packError(error) };
    }
    this.outbox.post({ note: 'answer', id, answer });
  }

  private async perform(request: Request): Promise<unknown> {
    switch (request.do) {
      case 'open':
        this.claims.replace(request.claims);
        this.openings.set(request.element, request);
        return this.elements.get(request.element)!.open();
      case 'create':
        return this.create(this.elements.get(request.element)!, request.caps);
      case 'report':
        // What it returns is nobody's, and perhaps nothing that can leave the thread.
        await this.elements.get(request.element)!.hooks?.report?.(request.summary);
        return undefined;
      case 'close': {
        const element = this.elements.get(request.element)!;
        await element.life.close();
        this.outbox.post(this.counts([element]));
        return undefined;
      }
      case 'settle':
        return this.settle(unpackError(request.reason));
      case 'count':
        this.outbox.post(this.counts([...this.elements.values()]));
        return undefined;
    }
  }

  private async create(element: Element, caps: readonly (readonly [string, WireStructure])[]): Promise<string[]> {
    for (const [name, one] of caps) padOf(element, name).caps = this.wire.unpack(one);
    await element.life.create();
    const hooks = (element.hooks ?? {}) as Record<string, unknown>;
    return Object.keys(hooks).filter((name) => typeof hooks[name] === 'function');
  }

  /** Turns away whatever is still under way, and waits for what is at work. */
  private async settle(reason: Error): Promise<void> {
    this.abortion.abort(reason);
    for (const source of this.sources.values()) source.abort();
    for (const element of this.elements.values()) {
      element.life.flush();
      for (const pad of element.sinkPads.values()) pad.close('flushing');
    }
    for (const crossing of this.outward.values()) crossing.close('flushing');
    for (let busy = this.busy; busy.length > 0; busy = this.busy) await Promise.allSettled(busy);
    this.outbox.post(this.counts([...this.elements.values()]));
  }

  private get busy(): Promise<unknown>[] {
    const busy = [...this.elements.values()].flatMap((element) => element.busy);
    for (const source of this.sources.values()) if (source.busy !== undefined) busy.push(source.busy);
    return busy;
  }

  private reply(question: Question): unknown {
    const element = this.elements.get(question.element)!;
    const { props, resource, definition } = element;
    const { wire } = this;
    switch (question.ask) {
      case 'sinkCaps': {
        const allowed = Object.fromEntries(Object.entries(question.allowed).map(([name, caps]) => [name, wire.unpackAll(caps)]));
        const query = { props: props as never, resource: resource as never, pad: question.pad, allowed };
        return wire.packAll(definition.negotiate!.sinkCaps!(query), true);
      }
      case 'srcCaps': {
        const sink = Object.fromEntries(Object.entries(question.sink).map(([name, caps]) => [name, wire.unpack(caps)]));
        const allowed = wire.unpackAll(question.allowed);
        const query = { props: props as never, resource: resource as never, pad: question.pad, sink, allowed };
        return wire.packAll(definition.negotiate!.srcCaps!(query), true);
      }
      case 'update':
        element.life.takeProps(question.props);
        element.props = question.props;
        return undefined;
    }
  }

  private link({ from, to, isLive, crossing }: PlannedLink, host: ElementHost): void {
    const src = this.endOf(from, srcPad(anyMedia()), host) as SrcPad;
    const sink = this.endOf(to, sinkPad(anyMedia()), host) as SinkPad;
    src.element.isLive = isLive;
    src.peer = sink;
    sink.peer = src;
    if (crossing === undefined) return;
    const { id: link, direction } = crossing;
    if (direction === 'in') {
      const taken = (flow: Extract<NoteFromWorker, { note: 'taken' }>['flow']): void => this.outbox.post({ note: 'taken', link, flow });
      this.inward.set(link, new Arrival(src, this.wire, this.arena, taken));
      return;
    }
    sink.crossing = new Crossing(
      this.wire,
      (item) => this.outbox.post({ note: 'item', link, item }),
      (error) => host.fail(ElementError.from(from.element, error)),
    );
    this.outward.set(link, sink.crossing);
  }

  /** A pad of an element that is here, or that of a double. */
  private endOf({ element, pad }: PlannedEnd, template: PadTemplate, host: ElementHost): SinkPad | SrcPad {
    const inside = this.elements.get(element);
    if (inside !== undefined) return (template.direction === 'src' ? inside.srcPads : inside.sinkPads).get(pad)!;
    const double = new Element(element, { pads: { [pad]: template } } as never, {}, { type: 'elsewhere' }, host);
    return padOf(double, pad);
  }

  private host(): ElementHost {
    const { outbox, clock } = this;
    const span = (element: Element, start: number, end: number, size: number): void =>
      outbox.post({ note: 'span', element: element.name, start, end, size });
    return {
      clock,
      timeline: this.timeline,
      post: (message) => this.post(message),
      fail: (error, afterDraining = false) => outbox.post({ note: 'fail', error: packError(error), afterDraining }),
      ended: (element) => outbox.post({ note: 'ended', element: element.name }),
      contextOf: (element) => this.contextOf(element),
      settleCaps: (element, pad, caps) => this.settleCaps(element, pad, caps),
      ...(this.plan.tellsSpans ? { span } : {}),
    };
  }

  private post(message: Message): void {
    if (message.type === 'quarantine') {
      const { error, ...rest } = message;
      this.outbox.post({ note: 'quarantine', message: rest, error: packError(error) });
    } else if (message.type !== 'error') this.outbox.post({ note: 'message', message });
  }

  private async settleCaps(element: Element, pad?: SinkPad, caps?: FixedCaps): Promise<boolean> {
    const packed = caps === undefined ? undefined : this.wire.pack(caps);
    const request = { do: 'settle-caps' as const, element: element.name, pad: pad?.name, caps: packed };
    const { settled, srcs } = (await this.requests.make(request)) as { settled: boolean; srcs: [string, WireStructure][] };
    if (pad !== undefined) pad.caps = caps;
    for (const [name, one] of srcs) element.srcPads.get(name)!.caps = this.wire.unpack(one);
    return settled;
  }

  private contextOf(element: Element): ElementContext {
    const { name } = element;
    const { downstreamCapacity, baseFolder, outputFolder } = this.openings.get(name)!;
    return makeContext(element, {
      clock: this.clock,
      timeline: this.timeline,
      arena: this.arena,
      budget: this.budget,
      signal: this.abortion.signal,
      baseFolder,
      outputFolder,
      downstreamCapacity,
      post: (message) => this.post(message),
      position: (position, duration) => this.outbox.post({ note: 'position', element: name, position, duration }),
      summary: () => summarise([...this.elements.values()], 0),
      claims: {
        claim: (_, path, writes) => {
          this.claims.claim(name, path, writes);
          this.outbox.post({ note: 'claim', element: name, path, writes });
        },
      },
    });
  }

  private isCountDue(): boolean {
    const now = this.clock.now();
    if (now - this.countedAt < COUNT_INTERVAL) return false;
    this.countedAt = now;
    return true;
  }

  private counts(elements: readonly Element[]): NoteFromWorker {
    return { note: 'counts', elements: elements.map(summaryOf) };
  }

  private unsendable(note: NoteFromWorker, error: unknown): void {
    const fail = (element: string): void => {
      const text = `${element}: what leaves its thread cannot be cloned: ${(error as Error).message}; keep functions and class instances out of values, meta, caps and notes`;
      this.outbox.post({ note: 'fail', error: packError(new ElementError(element, 'thread/not-cloneable', text)), afterDraining: false });
    };
    if (note.note === 'item') {
      const { from } = this.plan.links.find(({ crossing }) => crossing?.id === note.link)!;
      discard(note.item, this.arena);
      fail(from.element);
      this.outward.get(note.link)!.taken('error');
    } else if (note.note === 'message' && 'element' in note.message) fail(note.message.element);
    else fail([...this.elements.keys()][0]!);
  }
}

function padOf(element: Element, name: string): SinkPad | SrcPad {
  return element.sinkPads.get(name) ?? element.srcPads.get(name)!;
}
