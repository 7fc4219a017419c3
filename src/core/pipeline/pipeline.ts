// A pipeline: a graph that can be opened, negotiated, played, drained and taken down, as many times as one likes.
import { z } from 'zod';
import type { Arena } from '../../memory/arena.ts';
import type { ThreadBudget } from '../../threads/thread-budget.ts';
import type { FixedCaps } from '../caps/caps.ts';
import { lacksCaps, negotiateSrcPads } from '../caps/negotiate.ts';
import type { ElementSummary } from '../counts/statistics.ts';
import { type PipelineSummary, summarise, summaryOf } from '../counts/summary.ts';
import type { EditedGraph } from '../edit/edited-graph.ts';
import type { GraphAddition, GraphEdit } from '../edit/graph-edit.ts';
import { GraphEditor } from '../edit/graph-editor.ts';
import type { AnyElementDefinition, Latency } from '../element/define-element.ts';
import { Departure } from '../element/departure.ts';
import type { Element } from '../element/element.ts';
import type { ElementContext } from '../element/element-context.ts';
import type { ElementHost } from '../element/element-host.ts';
import { isAnythingLeft } from '../element/given-up.ts';
import { makeContext } from '../element/make-context.ts';
import { type OpenQuarantine, Quarantine } from '../element/quarantine.ts';
import { AbortedError, ElementError, GraphError, type Issue } from '../errors.ts';
import type { GraphInput } from '../graph/graph-description.ts';
import { childPointer } from '../graph/json-pointer.ts';
import { nearestName } from '../graph/nearest-name.ts';
import type { Registry } from '../graph/registry.ts';
import { changeIssues, gaugeIssues, overloadIssues } from '../overload/overload-check.ts';
import { OverloadControl } from '../overload/overload-control.ts';
import { changesOf, type OverloadStep, overloadStep } from '../overload/overload-options.ts';
import { changeQueues, planQueues } from '../queue/plan-queues.ts';
import { type StreamPosition, StreamPositions } from '../stream/stream-positions.ts';
import { ElementThreads } from '../thread/element-threads.ts';
import { type Clock, SystemClock } from '../time/clock.ts';
import { queryLatency } from '../time/latency.ts';
import { clockIssues } from '../time/clock-check.ts';
import { ClockElection } from '../time/clock-election.ts';
import { PipelineClock } from '../time/pipeline-clock.ts';
import { formatDuration, type Microseconds } from '../time/time.ts';
import { Timeline } from '../time/timeline.ts';
import { StallWatch } from '../watch/stall-watch.ts';
import { Abortion } from './abortion.ts';
import { Bus } from './bus.ts';
import { FileClaims } from './file-claims.ts';
import { makeElements } from './make-elements.ts';
import type { Message, PipelineState } from './message.ts';
import { RunEnd } from './run-end.ts';
import { Scheduler } from './scheduler.ts';
import { SourceTask } from './source-task.ts';
import { SourceTasks } from './source-tasks.ts';
import { downstreamCapacity, markLive, sortElements } from './topology.ts';
import { WarningLog } from './warning-log.ts';

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
  /** The address of the module that exports an element, where the registry does not know it. */
  readonly moduleOf?: ((definition: AnyElementDefinition) => string | undefined) | undefined;
  /** An element that has something to do and does nothing for this long is reported; 0 watches nobody. Default: 0. */
  readonly stallMs?: number | undefined;
  /** Decides which of the ready tasks goes next. Default: one that goes by itself, the oldest of the deepest first. */
  readonly scheduler?: Scheduler | undefined;
  /** Numbers from 0 up to 1 for what is left to chance, such as when an element is restarted. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Writes down what was put aside, where the graph asks for that. */
  readonly openQuarantine?: OpenQuarantine | undefined;
  /** Called for each timed run of a hook, in clock time; for tracing. */
  readonly onSpan?: (element: Element, start: Microseconds, end: Microseconds, size: number) => void;
}

export class Pipeline {
  readonly bus = new Bus();
  /** Time as everything in the graph has it: without the pauses. */
  readonly clock: PipelineClock;
  /** What pauses do not stop, for deadlines of the pipeline's own. */
  private readonly machineClock: Clock;
  private readonly timeline: Timeline;
  private readonly election: ClockElection;
  readonly elements: ReadonlyMap<string, Element>;
  private readonly options: PipelineOptions;
  private readonly scheduler: Scheduler;
  /** From sources to sinks. */
  private sorted: readonly Element[];
  private currentState: PipelineState = 'null';
  private abortion = new Abortion();
  private readonly sources: SourceTasks;
  private opening: Promise<void> | undefined;
  private negotiating: Promise<void> | undefined;
  private running: Promise<PipelineSummary> | undefined;
  private readonly end = new RunEnd(() => {
    for (const element of this.sorted) void element.events.endIfOver();
  });
  private readonly editor: GraphEditor;
  /** Names of elements that have been taken out, whose faults are of no interest any more. */
  private readonly dismissed = new Set<string>();
  private readonly leaving = new Set<Element>();
  /** What those did that have been taken out. */
  private readonly removed: ElementSummary[] = [];
  private readonly departure: Departure;
  private stopRequested = false;
  private cancelDeadline: (() => void) | undefined;
  private watch: StallWatch | undefined;
  private failure: Error | undefined;
  private startedAt: Microseconds = 0;
  /** Undefined while playing. */
  private endedAt: Microseconds | undefined = 0;
  private totalLatency: Latency | undefined;
  private readonly claims = new FileClaims();
  private readonly warnings = new WarningLog();
  private readonly quarantine: Quarantine;
  private readonly description: string | undefined;
  private readonly threads: ElementThreads;
  private readonly overloadSteps: readonly OverloadStep[];
  private overload: OverloadControl | undefined;
  private readonly positions = new StreamPositions();

  /**
   * Builds a graph; opens nothing.
   *
   * @throws GraphError with everything that is wrong.
   */
  constructor(description: GraphInput, options: PipelineOptions) {
    this.options = options;
    this.description = description.description;
    this.machineClock = options.clock ?? new SystemClock();
    this.clock = new PipelineClock(this.machineClock);
    this.scheduler = options.scheduler ?? new Scheduler();
    this.timeline = new Timeline(this.clock);
    this.sources = new SourceTasks(this.scheduler, this.timeline);
    this.election = new ClockElection({
      clock: this.clock,
      system: this.machineClock,
      named: description.clock,
      post: (message) => this.post(message),
      follow: () => this.threads.follow(this.timeline.state),
    });
    this.departure = new Departure({
      clock: this.machineClock,
      post: (message) => this.post(message),
      busyOf: (element) => this.busyOf(element),
    });
    this.quarantine = new Quarantine(options.openQuarantine, (message) => this.post(message));
    const { arena, budget, registry, moduleOf } = options;
    const host = this.host();
    const { clock, claims } = this;
    const isMachineTime = this.machineClock instanceof SystemClock;
    this.threads = new ElementThreads({ arena, budget, registry, moduleOf, host, claims, clock, isMachineTime });
    const { elements, issues } = makeElements(description, registry, host, this.threads.adopt);
    const { sorted, issues: cycles } = sortElements(elements.values());
    const steps = z.array(overloadStep).safeParse(description.overload ?? []);
    this.overloadSteps = steps.data ?? [];
    const all: Issue[] = [...issues, ...cycles, ...clockIssues(description.clock, elements), ...overloadIssues(this.overloadSteps, elements)];
    if (all.length > 0) throw new GraphError(all);
    this.elements = elements;
    this.sorted = sorted;
    for (const element of sorted) this.threads.add(element);
    this.editor = new GraphEditor(this.editedGraph(elements, host));
  }

  get state(): PipelineState {
    return this.currentState;
  }

  /** Opens every element, sinks first: models load, files and devices open. State ready. */
  async open(): Promise<void> {
    if (this.currentState !== 'null') return;
    this.opening ??= this.openAll().finally(() => {
      this.opening = undefined;
    });
    await this.opening;
  }

  /** Settles what flows through every pad, before any data does. State paused. @throws GraphError when some link cannot be settled. */
  async negotiate(): Promise<void> {
    await this.open();
    if (this.currentState !== 'ready') return;
    this.negotiating ??= this.negotiateAll().finally(() => {
      this.negotiating = undefined;
    });
    await this.negotiating;
  }

  /**
   * Plays the graph to its end.
   *
   * @returns What happened, once every sink has made its last byte durable.
   * @throws GraphError, or the ElementError that took the pipeline down.
   */
  async run(): Promise<PipelineSummary> {
    if (this.running !== undefined) throw new RangeError('Cannot run a pipeline that is running already');
    this.running = this.playThrough().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /**
   * Ends the sources; `run` returns once everything in flight has been worked off.
   *
   * @param deadline How long that may take before the pipeline is aborted. Default: as long as it likes.
   */
  stop(deadline?: Microseconds): void {
    if (this.running === undefined && this.opening === undefined && this.negotiating === undefined) return;
    this.stopRequested = true;
    // What waits for its time has to get out.
    this.play();
    this.sources.stop();
    this.end.stop();
    if (deadline === undefined || this.cancelDeadline !== undefined) return;
    this.cancelDeadline = this.machineClock.schedule(this.machineClock.now() + deadline, () => {
      const names =
        this.departure
          .atWork(this.sorted)
          .map(({ name }) => name)
          .join(', ') || 'nothing';
      this.abort(new AbortedError(`Aborted: not finished ${formatDuration(deadline)} after it was stopped; still at work: ${names}`));
    });
  }

  /**
   * Holds the sources, and everybody who waits for the clock; what else is on its way is worked off. State paused.
   *
   * @throws RangeError unless it plays.
   */
  pause(): void {
    if (this.currentState === 'paused' && this.timeline.isPaused && this.end.isAwaited) return;
    if (this.currentState !== 'playing')
      throw new RangeError(`Cannot pause a pipeline that does not play: its state is ${this.currentState}`);
    this.timeline.pause();
    this.clock.pause();
    this.threads.follow(this.timeline.state);
    this.watch?.stop();
    this.to('paused');
  }

  /** Goes on after a pause, from the running time at which it began. */
  play(): void {
    if (!this.end.isAwaited || this.currentState !== 'paused') return;
    this.to('playing');
    this.clock.play();
    this.watch?.start();
    this.timeline.play();
    this.threads.follow(this.timeline.state);
  }

  /** Time since it began to play, without the pauses, in microseconds. */
  get runningTime(): Microseconds {
    return this.timeline.now;
  }

  /** Takes the pipeline down without finishing; `run` rejects. */
  abort(reason: Error = new AbortedError()): void {
    this.failure ??= reason;
    this.abortion.abort(this.failure);
    this.end.fail(this.failure);
  }

  /** Closes every element; what is being opened or played is aborted. State null. */
  async close(): Promise<void> {
    const underWay = this.running ?? this.negotiating ?? this.opening;
    if (underWay !== undefined) {
      this.abort();
      await underWay.catch(() => {});
    }
    if (this.currentState !== 'null') await this.closeAll();
  }

  private async openAll(): Promise<void> {
    this.failure = undefined;
    this.stopRequested = false;
    this.sources.clear();
    this.claims.clear();
    this.warnings.clear();
    this.dismissed.clear();
    this.removed.length = 0;
    this.abortion = new Abortion();
    markLive(this.sorted);
    const flaws = planQueues(this.sorted, this.scheduler, { cores: this.options.budget.cores });
    flaws.push(...gaugeIssues(this.overloadSteps, this.elements));
    const { issues, total } = queryLatency(this.sorted);
    if (flaws.length + issues.length > 0) throw new GraphError([...flaws, ...issues]);
    this.totalLatency = total;
    this.timeline.latency = total.min;
    for (const { element, start } of this.threads.starts(this.abortion.signal)) await this.attempt(element, start);
    for (const element of [...this.sorted].reverse()) await this.attempt(element, () => element.open());
    this.to('ready');
  }

  private async negotiateAll(): Promise<void> {
    const issues: Issue[] = [];
    for (const element of this.sorted) {
      if (!hasCaps(element)) continue;
      try {
        negotiateSrcPads(element);
      } catch (error) {
        if (!(error instanceof GraphError)) throw await this.taken(element, error);
        issues.push(...error.issues);
      }
      for (const { peer, caps } of element.srcPads.values()) if (peer !== undefined) peer.caps = caps;
    }
    if (issues.length > 0) {
      await this.closeAll();
      throw new GraphError(issues);
    }
    for (const element of [...this.sorted].reverse()) if (hasCaps(element)) await this.attempt(element, () => element.life.create());
    issues.push(...changeIssues(this.overloadSteps, this.elements));
    if (issues.length > 0) {
      await this.closeAll();
      throw new GraphError(issues);
    }
    this.to('paused');
  }

  private async playThrough(): Promise<PipelineSummary> {
    await this.negotiate();
    if (this.failure !== undefined) {
      await this.closeAll();
      throw this.failure;
    }
    this.election.begin(() => this.sorted);
    this.startedAt = this.clock.now();
    this.timeline.begin();
    for (const element of this.sorted) if (element.isSource) this.sources.add(element, this.threads.source(element));
    this.threads.follow(this.timeline.state);
    this.endedAt = undefined;
    this.positions.clear();
    this.to('playing');
    const done = this.end.begin(this.sorted);
    this.beginWatch();
    this.overload = this.overloadSteps.length === 0 ? undefined : this.controlOverload();
    this.overload?.start();
    this.sources.start();
    if (this.stopRequested) this.stop();
    try {
      await done;
      this.endedAt = this.clock.now();
      this.election.measure();
      await this.threads.count();
      await this.reportAll();
    } finally {
      this.endedAt ??= this.clock.now();
      this.election.end();
      this.watch?.stop();
      this.watch = undefined;
      this.timeline.pause();
      // Who is closed in a pause may still wait for the clock.
      this.clock.play();
      this.threads.follow(this.timeline.state);
      this.overload?.stop();
      this.end.finish();
      this.cancelDeadline?.();
      this.cancelDeadline = undefined;
      await this.closeAll();
      this.overload?.giveBack();
    }
    return this.summary();
  }

  /** Lets elements finish that tell of the whole run. */
  private async reportAll(): Promise<void> {
    const summary = this.summary();
    for (const element of this.sorted) {
      const { hooks, name } = element;
      if (hooks?.report === undefined) continue;
      try {
        await Promise.race([hooks.report(summary), this.abortion.isOver]);
        this.post({ type: 'eos', element: name });
      } catch (thrown) {
        const error = ElementError.from(name, thrown);
        this.post({ type: 'error', element: name, error });
        this.failure ??= error;
      }
    }
    if (this.failure !== undefined) throw this.failure;
  }

  /** Has an element do something that may take long; an abort is heard meanwhile. */
  private async attempt(element: Element, work: () => Promise<void>): Promise<void> {
    try {
      if (this.failure !== undefined) throw this.failure;
      const working = work();
      await Promise.race([working, this.abortion.isOver]);
      if (this.failure === undefined) return;
      await this.departure.within([working], 'opening', [element]);
      throw this.failure;
    } catch (error) {
      throw await this.taken(element, error);
    }
  }

  /** Closes everything after a fault on the way to playing; the error to throw. */
  private async taken(element: Element, error: unknown): Promise<Error> {
    await this.closeAll();
    return this.failure ?? ElementError.from(element.name, error);
  }

  /** Turns away whatever is still under way, waits for what is at work, and closes every element. */
  private async closeAll(): Promise<void> {
    this.abortion.abort(this.failure ?? new AbortedError());
    this.sources.abort();
    for (const element of this.sorted) {
      element.life.flush();
      for (const pad of element.sinkPads.values()) pad.close('flushing');
    }
    this.threads.settle(this.failure ?? new AbortedError());
    await this.editor.idle;
    if (!(await this.departure.rest(this.sorted))) await this.threads.abandon();
    await this.departure.close(this.sorted);
    await this.threads.stop();
    await this.quarantine.finish();
    if (this.currentState !== 'null') this.to('null');
  }

  private busyOf(element: Element): Promise<unknown>[] {
    const busy = element.busy;
    const thread = this.threads.busyOf(element);
    if (thread !== undefined) busy.push(thread);
    const source = this.sources.of(element)?.busy;
    if (source !== undefined) busy.push(source);
    return busy;
  }

  /**
   * Changes some of an element's properties, at once where it allows that while it runs.
   *
   * @throws RangeError for an unknown element; GraphError when the values are not valid; ElementError `element/not-changeable`.
   */
  setProps(name: string, changes: Readonly<Record<string, unknown>>): void {
    this.elementNamed(name).setProps(changes);
  }

  /**
   * Changes the graph while it runs, as one step: either everything that the edit says comes into force, or the graph is as it was.
   * Edits are carried out one after the other; each resolves when what it removes has been worked off.
   *
   * @throws RangeError unless the pipeline runs; GraphError with everything that speaks against the edit; ElementError when an
   *   element cannot be opened.
   */
  async edit(edit: GraphEdit): Promise<void> {
    if (!this.end.isAwaited)
      throw new RangeError(`Cannot edit a pipeline that does not run: its state is ${this.currentState}; change its description`);
    await this.end.during(() => this.editor.edit(edit));
  }

  /** Adds elements and links to the running graph; see {@link edit}. */
  add(addition: GraphAddition): Promise<void> {
    return this.edit({ add: addition });
  }

  /** Takes elements out of the running graph; see {@link edit}. With `drain`, the default, what is under way in them is worked off. */
  remove(names: string | string[], { drain = true }: { readonly drain?: boolean } = {}): Promise<void> {
    return this.edit({ remove: names, drain });
  }

  /** Links elements of the running graph in another way, at the boundary of a buffer; see {@link edit}. */
  relink(unlink: string[], links: string[]): Promise<void> {
    return this.edit({ unlink, add: { links } });
  }

  /**
   * Keeps the graph open although every source has ended, for what may still be added, until the function that is returned is called
   * or the pipeline is stopped.
   */
  hold(): () => void {
    return this.end.hold();
  }

  /**
   * What an element made when it was opened: the handle of an `app-source`, say.
   *
   * @throws RangeError for an unknown element, or while the pipeline is not open.
   */
  resource<T = unknown>(name: string): T {
    const { resource, description } = this.elementNamed(name);
    if (description.thread !== undefined)
      throw new RangeError(`Cannot give the resource of ${name}: it is in the thread ${description.thread}; take thread out of the graph`);
    if (this.currentState === 'null')
      throw new RangeError(`Cannot give the resource of ${name}: the pipeline is not open; await open() first`);
    return resource as T;
  }

  private elementNamed(name: string): Element {
    const element = this.elements.get(name);
    if (element !== undefined) return element;
    const nearest = nearestName(name, this.elements.keys());
    throw new RangeError(`There is no element named ${name}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`);
  }

  /** What has happened so far. */
  summary(): PipelineSummary {
    const { description, warnings, latency } = this;
    const overload = this.overload?.summary;
    return summarise(this.sorted, (this.endedAt ?? this.clock.now()) - this.startedAt, {
      description,
      latency,
      overload,
      removed: this.removed.length === 0 ? undefined : [...this.removed],
      warnings: warnings.all,
    });
  }

  /** How long what leaves a source takes to a sink, known once the pipeline is open: the largest minimum, the smallest maximum. */
  get latency(): Latency | undefined {
    return this.totalLatency;
  }

  /** How long the longest of the streams is, in stream time, where sources say so. */
  get duration(): Microseconds | undefined {
    return this.positions.duration;
  }

  /**
   * What flows through a pad, known from negotiation on.
   *
   * @param pad As `element.pad`.
   * @throws RangeError for an unknown element or pad.
   */
  capsOf(pad: string): FixedCaps | undefined {
    const [name, padName] = splitPath(pad);
    const element = this.elementNamed(name);
    const found = element.sinkPads.get(padName) ?? element.srcPads.get(padName);
    if (found !== undefined) return found.caps;
    throw new RangeError(
      `${name} has no pad named ${padName}; it has ${[...element.sinkPads.keys(), ...element.srcPads.keys()].join(', ')}`,
    );
  }

  /** How far the source that is farthest behind has come, where sources say so. */
  get position(): StreamPosition | undefined {
    return this.positions.least;
  }

  private controlOverload(steps = this.overloadSteps): OverloadControl {
    return new OverloadControl(steps, this.elements, {
      clock: this.clock,
      post: (message) => this.post(message),
      hold: (name, isHeld) => this.sources.of(this.elements.get(name)!)?.hold(isHeld),
      changeQueues: (element, changes) => {
        if (!this.threads.changeQueues(element, changes)) changeQueues(element, changes);
      },
    });
  }

  private to(state: PipelineState): void {
    const from = this.currentState;
    this.currentState = state;
    this.post({ type: 'state-changed', from, to: state });
  }

  private post(message: Message): void {
    this.warnings.add(message);
    this.bus.post(message);
  }

  private beginWatch(): void {
    const { stallMs = 0 } = this.options;
    this.watch?.stop();
    this.watch = stallMs === 0 ? undefined : new StallWatch(this.sorted, this.clock, stallMs * 1000, (message) => this.post(message));
    this.watch?.start();
  }

  private editedGraph(elements: Map<string, Element>, host: ElementHost): EditedGraph {
    const pipeline = this;
    const { sources, end } = this;
    const { registry, budget } = this.options;
    return {
      elements,
      registry,
      host,
      scheduler: this.scheduler,
      cores: budget.cores,
      get isHeld() {
        return end.isHeldByApplication;
      },
      get aborted() {
        return pipeline.abortion.isOver;
      },
      get failure() {
        return pipeline.failure;
      },
      check: async ({ name, definition, props }) => {
        const found = (await definition.check?.({ props: props as never, baseFolder: this.folderOf(name) })) ?? [];
        return found.map((issue) => ({ ...issue, path: `${childPointer('/elements', name)}${issue.path}` }));
      },
      latencyIssues: (added) => queryLatency(sortElements([...this.sorted, ...added]).sorted).issues,
      change: (added, removed) => this.change(elements, added, removed),
      start: (source) => {
        sources.add(source).start();
        if (this.stopRequested) sources.of(source)!.stop();
      },
      stop: (source) => {
        const task = sources.of(source);
        task?.stop();
        return task instanceof SourceTask ? task.epoch : 0;
      },
      dismiss: (gone) => this.dismiss(gone),
      endOf: (element) => end.endOf(element),
      close: async (gone) => {
        await this.departure.rest(gone);
        await this.departure.close(gone);
        for (const element of gone) {
          if (!elements.has(element.name)) this.claims.release(element.name);
          // What it had at work is counted by now.
          if (this.leaving.delete(element)) this.removed.push(summaryOf(element));
        }
      },
    };
  }

  /** Elements are in the graph from now on, or are not any more. */
  private change(elements: Map<string, Element>, added: readonly Element[], removed: readonly Element[]): void {
    const resumeOverload = this.suspendOverload([...added, ...removed]);
    for (const element of added) {
      elements.set(element.name, element);
      this.dismissed.delete(element.name);
    }
    for (const element of removed) {
      elements.delete(element.name);
      this.dismissed.add(element.name);
      this.leaving.add(element);
      this.sources.remove(element);
      this.positions.forget(element.name);
    }
    this.sorted = sortElements(elements.values()).sorted;
    for (const element of added) this.end.expect(element);
    for (const element of removed) this.end.ended(element);
    const { total } = queryLatency(this.sorted);
    const before = this.totalLatency;
    this.totalLatency = total;
    this.timeline.follow({ ...this.timeline.state, latency: total.min });
    this.threads.follow(this.timeline.state);
    this.election.elect();
    this.beginWatch();
    resumeOverload();
    this.post({ type: 'edited', added: added.map(({ name }) => name), removed: removed.map(({ name }) => name) });
    if (total.min !== before?.min || total.max !== before.max) this.post({ type: 'latency', latency: total });
  }

  /** Ends the steps against overload if some of them are about elements that come or go; returns what puts those that are left in force. */
  private suspendOverload(changed: readonly Element[]): () => void {
    const { elements, overload, overloadSteps } = this;
    const names = new Set(changed.map(({ name }) => name));
    const namesOf = (step: OverloadStep): string[] => [step.when.element, ...changesOf(step).map(({ element }) => element)];
    if (overload === undefined || !overloadSteps.some((step) => namesOf(step).some((name) => names.has(name)))) return () => {};
    overload.stop();
    overload.giveBack();
    return () => {
      const isWhole = (step: OverloadStep): boolean => namesOf(step).every((name) => elements.has(name));
      const steps = overloadSteps.filter(
        (step) => isWhole(step) && gaugeIssues([step], elements).length + changeIssues([step], elements).length === 0,
      );
      this.overload = this.controlOverload(steps);
      this.overload.goOnFrom(overload);
    };
  }

  /** Has elements let go of everything, and keeps their faults from the pipeline. */
  private dismiss(elements: readonly Element[]): void {
    for (const element of elements) {
      this.dismissed.add(element.name);
      this.sources.of(element)?.abort();
      element.restarts.cancel();
      this.abortion.abortOnly(element, new AbortedError(`${element.name} is being taken out of the graph`));
      try {
        element.hooks?.stop?.();
      } catch (error) {
        element.notices.warn('element/close-failed', error);
      }
      element.life.flush();
      for (const pad of element.sinkPads.values()) pad.close('flushing');
    }
  }

  private host(): ElementHost {
    const { onSpan, random = Math.random } = this.options;
    const { end } = this;
    return {
      clock: this.clock,
      get isHeld() {
        return end.isHeld;
      },
      random,
      timeline: this.timeline,
      post: (message) => this.post(message),
      fail: (error, afterDraining = false) => {
        if (this.abortion.signal.aborted || (afterDraining && this.failure !== undefined) || this.dismissed.has(error.element)) return;
        this.post({ type: 'error', element: error.element, error });
        if (!afterDraining) this.abort(error);
        else {
          this.failure = error;
          this.sources.stop();
          this.end.stop();
        }
      },
      ended: (element) => {
        if (element.hooks?.report === undefined) this.post({ type: 'eos', element: element.name });
        this.end.ended(element);
      },
      setAside: (one) => this.quarantine.add(one),
      gaveUp: (element, error) => {
        // Where nothing is left that goes on, that was the pipeline.
        if (!isAnythingLeft(this.sorted)) element.faults.endWith(error);
      },
      resourceChanged: () => this.election.elect(),
      clockLost: (element, reason) => this.election.lost(element, reason),
      contextOf: (element) => this.contextOf(element),
      ...(onSpan === undefined ? {} : { span: onSpan }),
    };
  }

  private folderOf(name: string): string {
    return this.options.folders?.get(name) ?? this.options.baseFolder ?? '.';
  }

  private contextOf(element: Element): ElementContext {
    return makeContext(element, {
      clock: this.clock,
      systemClock: this.machineClock,
      timeline: this.timeline,
      arena: this.options.arena,
      budget: this.options.budget,
      signal: this.abortion.signalOf(element),
      baseFolder: this.folderOf(element.name),
      outputFolder: this.options.outputFolder ?? '.',
      downstreamCapacity: downstreamCapacity(element),
      post: (message) => this.post(message),
      position: (position, duration) => this.positions.note(element.name, position, duration),
      summary: () => this.summary(),
      claims: this.claims,
    });
  }
}

function splitPath(path: string): [element: string, pad: string] {
  const at = path.lastIndexOf('.');
  return at === -1 ? [path, ''] : [path.slice(0, at), path.slice(at + 1)];
}

/** Whether every linked sink pad knows what it will be given. */
function hasCaps(element: Element): boolean {
  for (const pad of element.sinkPads.values()) if (lacksCaps(pad)) return false;
  return true;
}
