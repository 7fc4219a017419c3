// A pipeline: a graph that can be opened, negotiated, played, drained and taken down, as many times as one likes.
import type { Arena } from '../memory/arena.ts';
import type { ThreadBudget } from '../threads/thread-budget.ts';
import { Bus } from './bus.ts';
import { type Clock, SystemClock } from './clock.ts';
import type { Element, ElementHost } from './element.ts';
import type { ElementContext } from './element-context.ts';
import { AbortedError, ElementError, GraphError, type Issue } from './errors.ts';
import { FileClaims } from './file-claims.ts';
import type { GraphInput } from './graph-description.ts';
import { makeContext } from './make-context.ts';
import { makeElements } from './make-elements.ts';
import type { Message, PipelineState } from './message.ts';
import { negotiateSrcPads } from './negotiate.ts';
import { planQueues } from './plan-queues.ts';
import type { Registry } from './registry.ts';
import { Scheduler } from './scheduler.ts';
import { SourceTask } from './source-task.ts';
import { type PipelineSummary, summarise } from './summary.ts';
import type { Microseconds } from './time.ts';
import { downstreamCapacity, sortElements } from './topology.ts';

export interface PipelineOptions {
  readonly registry: Registry;
  readonly arena: Arena;
  readonly budget: ThreadBudget;
  readonly clock?: Clock;
  /** What relative paths of inputs are relative to. Default: the current folder. */
  readonly baseFolder?: string | undefined;
  /** The same for single elements, by name: those that come from graph files in other folders. */
  readonly folders?: ReadonlyMap<string, string> | undefined;
  /** What relative paths of outputs are relative to. Default: the current folder. */
  readonly outputFolder?: string | undefined;
  /** Called for each timed run of a hook, in clock time; for tracing. */
  readonly onSpan?: (element: Element, start: Microseconds, end: Microseconds, size: number) => void;
}

export class Pipeline {
  readonly bus = new Bus();
  readonly clock: Clock;
  readonly elements: ReadonlyMap<string, Element>;
  private readonly options: PipelineOptions;
  private readonly scheduler = new Scheduler();
  /** From sources to sinks. */
  private readonly sorted: readonly Element[];
  private currentState: PipelineState = 'null';
  private abortion = new AbortController();
  private sources: SourceTask[] = [];
  private unfinished = new Set<Element>();
  private outcome: { resolve: () => void; reject: (error: Error) => void } | undefined;
  private failure: Error | undefined;
  private startedAt: Microseconds = 0;
  private endedAt: Microseconds = 0;
  private readonly claims = new FileClaims();
  private readonly positions = new Map<string, { position: Microseconds; duration: Microseconds | undefined }>();

  /**
   * Builds a graph; opens nothing.
   *
   * @throws GraphError with everything that is wrong.
   */
  constructor(description: GraphInput, options: PipelineOptions) {
    this.options = options;
    this.clock = options.clock ?? new SystemClock();
    const { elements, issues } = makeElements(description, options.registry, this.host());
    const { sorted, issues: cycles } = sortElements(elements.values());
    const all: Issue[] = [...issues, ...cycles];
    if (all.length > 0) throw new GraphError(all);
    this.elements = elements;
    this.sorted = sorted;
  }

  get state(): PipelineState {
    return this.currentState;
  }

  /** Opens every element, sinks first: models load, files and devices open. State ready. */
  async open(): Promise<void> {
    if (this.currentState !== 'null') return;
    this.failure = undefined;
    this.abortion = new AbortController();
    this.claims.clear();
    planQueues(this.sorted, this.scheduler, { cores: this.options.budget.cores });
    for (const element of [...this.sorted].reverse()) {
      try {
        await element.open();
      } catch (error) {
        await this.close();
        throw ElementError.from(element.name, error);
      }
    }
    this.to('ready');
  }

  /** Settles what flows through every pad, before any data does. State paused. @throws GraphError when some link cannot be settled. */
  async negotiate(): Promise<void> {
    await this.open();
    if (this.currentState !== 'ready') return;
    try {
      const issues: Issue[] = [];
      for (const element of this.sorted) {
        const unknown = [...element.sinkPads.values()].some((pad) => pad.peer !== undefined && pad.caps === undefined);
        if (unknown) continue;
        try {
          negotiateSrcPads(element);
        } catch (error) {
          if (!(error instanceof GraphError)) throw ElementError.from(element.name, error);
          issues.push(...error.issues);
        }
      }
      if (issues.length > 0) throw new GraphError(issues);
      for (const element of [...this.sorted].reverse()) {
        const unknown = [...element.sinkPads.values()].some((pad) => pad.peer !== undefined && pad.caps === undefined);
        if (!unknown) await this.createOf(element);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
    this.to('paused');
  }

  /**
   * Plays the graph to its end.
   *
   * @returns What happened, once every sink has made its last byte durable.
   * @throws GraphError, or the ElementError that took the pipeline down.
   */
  async run(): Promise<PipelineSummary> {
    await this.negotiate();
    if (this.currentState !== 'paused') throw new RangeError(`Cannot run a pipeline that is ${this.currentState}`);
    this.unfinished = new Set(this.sorted.filter((element) => element.isTerminal));
    this.sources = this.sorted.filter((element) => element.isSource).map((element) => new SourceTask(element, this.scheduler));
    this.startedAt = this.clock.now();
    this.to('playing');
    const done = new Promise<void>((resolve, reject) => {
      this.outcome = { resolve, reject };
    });
    if (this.failure !== undefined) this.outcome!.reject(this.failure);
    for (const source of this.sources) source.start();
    try {
      await done;
    } finally {
      this.endedAt = this.clock.now();
      this.outcome = undefined;
      this.shut();
      await this.close();
    }
    return this.summary();
  }

  /** Ends the sources; `run` returns once everything in flight has been worked off. */
  stop(): void {
    for (const source of this.sources) source.stop();
  }

  /** Takes the pipeline down without finishing; `run` rejects. */
  abort(reason: Error = new AbortedError()): void {
    this.failure ??= reason;
    this.abortion.abort(reason);
    this.outcome?.reject(reason);
  }

  /** Closes every element. State null. */
  async close(): Promise<void> {
    this.abortion.abort();
    const faults: unknown[] = [];
    for (const element of this.sorted) {
      try {
        await element.close();
      } catch (error) {
        faults.push(error);
      }
      for (const pad of [...element.sinkPads.values(), ...element.srcPads.values()]) pad.reset();
    }
    if (this.currentState !== 'null') this.to('null');
    for (const fault of faults) this.post({ type: 'warning', element: '', code: 'element/close-failed', text: String(fault) });
  }

  /** What has happened so far. */
  summary(): PipelineSummary {
    const end = this.currentState === 'playing' ? this.clock.now() : this.endedAt;
    return summarise(this.sorted, Math.max(0, end - this.startedAt));
  }

  /** How far the source that is farthest behind has come, where sources say so. */
  get position(): { position: Microseconds; duration: Microseconds | undefined } | undefined {
    let least: { position: Microseconds; duration: Microseconds | undefined } | undefined;
    for (const one of this.positions.values()) if (least === undefined || one.position < least.position) least = one;
    return least;
  }

  private async createOf(element: Element): Promise<void> {
    try {
      await element.create();
    } catch (error) {
      throw ElementError.from(element.name, error);
    }
  }

  /** Turns every buffer away that is still under way. */
  private shut(): void {
    this.abortion.abort();
    for (const element of this.sorted) {
      element.hooks?.flush?.();
      for (const pad of element.sinkPads.values()) pad.close('flushing');
    }
  }

  private to(state: PipelineState): void {
    const from = this.currentState;
    this.currentState = state;
    this.post({ type: 'state-changed', from, to: state });
  }

  private post(message: Message): void {
    this.bus.post(message);
  }

  private host(): ElementHost {
    const { onSpan } = this.options;
    return {
      clock: this.clock,
      post: (message) => this.post(message),
      fail: (error) => {
        if (this.failure !== undefined) return;
        this.post({ type: 'error', element: error.element, error });
        this.abort(error);
      },
      ended: (element) => {
        this.post({ type: 'eos', element: element.name });
        this.unfinished.delete(element);
        if (this.unfinished.size === 0) this.outcome?.resolve();
      },
      contextOf: (element) => this.contextOf(element),
      ...(onSpan === undefined ? {} : { span: onSpan }),
    };
  }

  private contextOf(element: Element): ElementContext {
    return makeContext(element, {
      clock: this.clock,
      arena: this.options.arena,
      budget: this.options.budget,
      signal: this.abortion.signal,
      baseFolder: this.options.folders?.get(element.name) ?? this.options.baseFolder ?? '.',
      outputFolder: this.options.outputFolder ?? '.',
      downstreamCapacity: downstreamCapacity(element),
      post: (message) => this.post(message),
      position: (position, duration) => this.positions.set(element.name, { position, duration }),
      summary: () => this.summary(),
      claims: this.claims,
    });
  }
}
