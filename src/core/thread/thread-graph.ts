// The part of a graph that is in a worker thread: real elements, linked to each other as in any pipeline, with doubles of their
// neighbours in other threads at the ends. The pipeline decides and is told; everything else happens here.
import type { AnyElementDefinition } from '../element/define-element.ts';
import { Element } from '../element/element.ts';
import { exportedDefinitions } from '../graph/load-plugins.ts';
import { Abortion } from '../pipeline/abortion.ts';
import { Scheduler } from '../pipeline/scheduler.ts';
import { type SourceEpochs, type SourceStart, SourceTask } from '../pipeline/source-task.ts';
import { planQueues } from '../queue/plan-queues.ts';
import type { Clock } from '../time/clock.ts';
import { PipelineClock } from '../time/pipeline-clock.ts';
import { Timeline } from '../time/timeline.ts';
import { DistantBudget } from './distant-budget.ts';
import { DistantHost } from './distant-host.ts';
import { PipelineConnection } from './pipeline-connection.ts';
import { answerQuestions } from './question-port.ts';
import { reply } from './reply.ts';
import { ThreadCounts } from './thread-counts.ts';
import { ThreadLinks } from './thread-links.ts';
import type { Answer, MessageToWorker, NoteToWorker, PlannedElement, PlannedLink, Request, ThreadPlan } from './thread-notes.ts';
import type { WireStructure } from './wire-caps.ts';
import { packError, unpackError } from './wire-error.ts';
import { DistantClock, MachineClock } from './worker-clock.ts';

export class ThreadGraph {
  private readonly plan: ThreadPlan;
  private readonly connection: PipelineConnection;
  private readonly clock: Clock;
  private readonly timeline: Timeline;
  private readonly host: DistantHost;
  private readonly links: ThreadLinks;
  private readonly counts: ThreadCounts;
  private readonly scheduler = new Scheduler();
  private readonly abortion = new Abortion();
  private readonly elements = new Map<string, Element>();
  private readonly sources = new Map<string, SourceTask>();

  private constructor(plan: ThreadPlan, definitions: ReadonlyMap<string, AnyElementDefinition>, send: (notes: unknown) => void) {
    const { elements, cores } = plan;
    this.plan = plan;
    const connection = new PipelineConnection(
      plan,
      (notes) => send(this.counts.with(notes)),
      (link) => this.links.outward.get(link)!.taken('error'),
    );
    this.connection = connection;
    this.clock = plan.clock === undefined ? distantClock(connection) : new PipelineClock(new MachineClock(), plan.clock);
    this.timeline = new Timeline(this.clock);
    this.counts = new ThreadCounts(this.elements, this.clock);
    this.host = new DistantHost(connection, {
      clock: this.clock,
      timeline: this.timeline,
      budget: new DistantBudget(cores, {
        claim: (id, name, threads) => connection.post({ note: 'claim-threads', id, name, threads }),
        release: (id) => connection.post({ note: 'release-threads', id }),
      }),
      abortion: this.abortion,
      elements: this.elements,
      tellsSpans: plan.tellsSpans,
    });
    this.links = new ThreadLinks(connection, this.host, this.elements);
    this.make(elements, plan.links, definitions);
  }

  /** Loads the modules that the elements come from, and makes and links them. */
  static async load(plan: ThreadPlan, send: (notes: unknown) => void): Promise<ThreadGraph> {
    return new ThreadGraph(plan, await definitionsOf(plan.elements), send);
  }

  begin(): void {
    const { questions, answered } = this.plan;
    answerQuestions(questions, answered, (question) => reply(this.elements.get(question.element)!, question, this.connection.wire));
    this.connection.post({ note: 'ready' });
  }

  hear({ now, notes }: MessageToWorker): void {
    if (this.clock instanceof DistantClock) this.clock.advance(now);
    for (const note of notes) this.take(note);
  }

  /** Tells at once what has been counted by now. */
  tellCounts(): void {
    this.connection.post(this.counts.note());
    this.connection.flush();
  }

  private take(note: NoteToWorker): void {
    switch (note.note) {
      case 'item':
        this.links.inward.get(note.link)!.receive(note.item);
        return;
      case 'taken':
        this.links.outward.get(note.link)?.taken(note.flow);
        return;
      case 'need':
        this.links.sources.get(note.link)?.hearNeed(note.need);
        return;
      case 'answer':
        this.connection.requests.answered(note.id, note.answer);
        return;
      case 'request':
        void this.answer(note.id, note.request);
        return;
      case 'start':
        this.start(note.element, note.start);
        return;
      case 'stop':
        this.sources.get(note.element)?.stop();
        return;
      case 'hold':
      case 'let-go':
        this.sources.get(note.element)?.hold(note.note === 'hold');
        return;
      case 'grow':
        this.elements.get(note.element)?.pools.grow(note.downstreamCapacity);
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

  private make(
    elements: readonly PlannedElement[],
    links: readonly PlannedLink[],
    definitions: ReadonlyMap<string, AnyElementDefinition>,
  ): void {
    const made = elements.map(({ name, type, description, depth, isLive, pads }) => {
      const definition = definitions.get(type)!;
      const element = new Element(name, definition, definition.props.parse(description.props ?? {}), description, this.host);
      element.depth = depth;
      element.isLive = isLive;
      for (const pad of pads) if (!element.sinkPads.has(pad.name) && !element.srcPads.has(pad.name)) element.addPad(pad.name, pad.template);
      this.elements.set(name, element);
      return element;
    });
    for (const link of links) this.links.add(link);
    planQueues(made, this.scheduler, { cores: this.plan.cores });
  }

  private start(name: string, start: SourceStart): void {
    const ended = (): void => this.connection.post({ note: 'source-ended', element: name });
    const source = new SourceTask(this.elements.get(name)!, this.scheduler, this.timeline, start, ended);
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
    this.connection.post({ note: 'answer', id, answer });
  }

  private async perform(request: Request): Promise<unknown> {
    switch (request.do) {
      case 'open': {
        const element = this.elements.get(request.element)!;
        this.host.opens(request);
        element.props = element.definition.props.parse(request.props);
        return element.open();
      }
      case 'create':
        return this.create(this.elements.get(request.element)!, request.caps);
      case 'report':
        // What it returns is nobody's, and perhaps nothing that can leave the thread.
        await this.elements.get(request.element)!.hooks?.report?.(request.summary);
        return undefined;
      case 'close': {
        const element = this.elements.get(request.element)!;
        await element.life.close();
        this.connection.post(this.counts.note([element]));
        return undefined;
      }
      case 'add': {
        const { elements, links } = request;
        const definitions = await definitionsOf(elements);
        this.connection.links = [...this.connection.links, ...links];
        this.make(elements, links, definitions);
        return undefined;
      }
      case 'end-source':
        return this.sources.get(request.element)?.endNow();
      case 'dismiss':
        return this.dismiss(request.element, unpackError(request.reason));
      case 'remove':
        this.links.remove(request.elements);
        for (const name of request.elements) {
          this.elements.delete(name);
          this.sources.delete(name);
        }
        return undefined;
      case 'settle':
        return this.settle(unpackError(request.reason));
      case 'count':
        this.connection.post(this.counts.note());
        return undefined;
    }
  }

  private async create(element: Element, caps: readonly (readonly [string, WireStructure])[]): Promise<string[]> {
    const { sinkPads, srcPads, life } = element;
    for (const [name, one] of caps) (sinkPads.get(name) ?? srcPads.get(name))!.caps = this.connection.wire.unpack(one);
    await life.create();
    const hooks = (element.hooks ?? {}) as Record<string, unknown>;
    return Object.keys(hooks).filter((name) => typeof hooks[name] === 'function');
  }

  /** Turns away whatever is still under way, and waits for what is at work. */
  private async settle(reason: Error): Promise<void> {
    this.abortion.abort(reason);
    await this.rest([...this.elements.values()]);
    this.connection.post(this.counts.note());
  }

  /** The same for one element, which need not be there yet; gives the epochs of a source. */
  private async dismiss(name: string, reason: Error): Promise<SourceEpochs | undefined> {
    const element = this.elements.get(name);
    if (element === undefined) return undefined;
    this.abortion.abortOnly(element, reason);
    element.restarts.cancel();
    await this.rest([element]);
    return this.sources.get(name)?.epochSpan;
  }

  private async rest(elements: readonly Element[]): Promise<void> {
    for (const element of elements) {
      this.sources.get(element.name)?.abort();
      element.life.flush();
      for (const pad of element.sinkPads.values()) pad.close('flushing');
      for (const { peer } of element.srcPads.values()) peer?.crossing?.close('flushing');
    }
    for (let busy = this.busyOf(elements); busy.length > 0; busy = this.busyOf(elements)) await Promise.allSettled(busy);
  }

  private busyOf(elements: readonly Element[]): Promise<unknown>[] {
    return elements.flatMap((element) => {
      const source = this.sources.get(element.name)?.busy;
      return source === undefined ? element.busy : [...element.busy, source];
    });
  }
}

/** The definitions that the modules export in which those of elements are. */
async function definitionsOf(elements: readonly PlannedElement[]): Promise<Map<string, AnyElementDefinition>> {
  const definitions = new Map<string, AnyElementDefinition>();
  for (const module of new Set(elements.map((element) => element.module))) {
    for (const definition of exportedDefinitions((await import(module)) as Record<string, unknown>)) {
      definitions.set(definition.name, definition);
    }
  }
  return definitions;
}

function distantClock(connection: PipelineConnection): DistantClock {
  return new DistantClock(0, {
    schedule: (id, time, importance) => connection.post({ note: 'schedule', id, time, importance }),
    cancel: (id) => connection.post({ note: 'cancel', id }),
  });
}
