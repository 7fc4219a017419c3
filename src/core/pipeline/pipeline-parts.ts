// What a pipeline consists of: its elements, and all that serves them. Those who open, play, edit and close the pipeline share it.
import { z } from 'zod';
import { type PipelineSummary, summarise } from '../counts/summary.ts';
import { GraphEditor } from '../edit/graph-editor.ts';
import type { Latency } from '../element/define-element.ts';
import { Departure } from '../element/departure.ts';
import type { Element } from '../element/element.ts';
import type { ElementHost } from '../element/element-host.ts';
import { Quarantine } from '../element/quarantine.ts';
import { AbortedError, GraphError, type Issue } from '../errors.ts';
import type { GraphInput } from '../graph/graph-description.ts';
import { overloadIssues } from '../overload/overload-check.ts';
import { overloadStep } from '../overload/overload-options.ts';
import { PipelineOverload } from '../overload/pipeline-overload.ts';
import { withoutSecrets } from '../secrets.ts';
import { StreamPositions } from '../stream/stream-positions.ts';
import { ElementThreads } from '../thread/element-threads.ts';
import { thrownFacts } from '../thrown-facts.ts';
import { type Clock, SystemClock } from '../time/clock.ts';
import { clockIssues } from '../time/clock-check.ts';
import { ClockElection } from '../time/clock-election.ts';
import { PipelineClock } from '../time/pipeline-clock.ts';
import type { Microseconds } from '../time/time.ts';
import { Timeline } from '../time/timeline.ts';
import { StallWatch } from '../watch/stall-watch.ts';
import { Abortion } from './abortion.ts';
import { Bus } from './bus.ts';
import { FileClaims } from './file-claims.ts';
import { LiveGraph } from './live-graph.ts';
import { makeElements } from './make-elements.ts';
import type { Message, MessageType, PipelineState } from './message.ts';
import { pipelineHost } from './pipeline-host.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import { RunEnd } from './run-end.ts';
import { Scheduler } from './scheduler.ts';
import { SourceTasks } from './source-tasks.ts';
import { sortElements } from './topology.ts';
import { WarningLog } from './warning-log.ts';

export class PipelineParts {
  readonly options: PipelineOptions;
  readonly description: string | undefined;
  readonly bus = new Bus((type, fault) => this.listenerFailed(type, fault));
  /** Time as everything in the graph has it: without the pauses. */
  readonly clock: PipelineClock;
  /** What pauses do not stop, for deadlines of the pipeline's own. */
  readonly machineClock: Clock;
  readonly timeline: Timeline;
  readonly election: ClockElection;
  readonly scheduler: Scheduler;
  readonly elements: Map<string, Element>;
  /** From sources to sinks. */
  sorted: readonly Element[];
  readonly sources: SourceTasks;
  readonly threads: ElementThreads;
  readonly host: ElementHost;
  readonly end = new RunEnd(() => {
    for (const element of this.sorted) void element.events.endIfOver();
  });
  readonly departure: Departure;
  readonly claims = new FileClaims();
  readonly warnings = new WarningLog();
  readonly positions = new StreamPositions();
  readonly quarantine: Quarantine;
  readonly overload: PipelineOverload;
  /** The graph as edits see it. */
  readonly live: LiveGraph;
  readonly editor: GraphEditor;
  abortion = new Abortion();
  /** What takes the pipeline down. */
  failure: Error | undefined;
  state: PipelineState = 'null';
  latency: Latency | undefined;
  stopRequested = false;
  startedAt: Microseconds = 0;
  /** Undefined while playing. */
  endedAt: Microseconds | undefined = 0;
  private watch: StallWatch | undefined;

  /** @throws GraphError with everything that is wrong. */
  constructor(description: GraphInput, options: PipelineOptions) {
    this.options = options;
    this.description = description.description;
    this.machineClock = options.clock ?? new SystemClock();
    this.clock = new PipelineClock(this.machineClock);
    this.scheduler = options.scheduler ?? new Scheduler();
    this.timeline = new Timeline(this.clock);
    this.sources = new SourceTasks(this.scheduler, this.timeline);
    const post = (message: Message): void => this.post(message);
    this.election = new ClockElection({
      clock: this.clock,
      system: this.machineClock,
      named: description.clock,
      post,
      follow: () => this.threads.follow(this.timeline.state),
    });
    this.departure = new Departure({ clock: this.machineClock, post, busyOf: (element) => this.busyOf(element) });
    this.quarantine = new Quarantine(options.openQuarantine, post);
    this.host = pipelineHost(this);
    const { arena, budget, registry, moduleOf } = options;
    const { host, clock, claims } = this;
    const isMachineTime = this.machineClock instanceof SystemClock;
    this.threads = new ElementThreads({ arena, budget, registry, moduleOf, host, claims, clock, isMachineTime });
    const { elements, issues } = makeElements(description, registry, host, this.threads.adopt);
    const { sorted, issues: cycles } = sortElements(elements.values());
    const steps = z.array(overloadStep).safeParse(description.overload ?? []).data ?? [];
    const all: Issue[] = [...issues, ...cycles, ...clockIssues(description.clock, elements), ...overloadIssues(steps, elements)];
    if (all.length > 0) throw new GraphError(all);
    this.elements = elements;
    this.sorted = sorted;
    for (const element of sorted) this.threads.add(element);
    this.overload = new PipelineOverload(steps, this);
    this.live = new LiveGraph(this);
    this.editor = new GraphEditor(this.live);
  }

  to(state: PipelineState): void {
    const from = this.state;
    this.state = state;
    this.post({ type: 'state-changed', from, to: state });
  }

  post(message: Message): void {
    this.warnings.add(message);
    this.bus.post(message);
  }

  /** A listener of the application has thrown; where nobody else listens, the process says so. */
  private listenerFailed(type: MessageType, fault: unknown): void {
    const { message, stack } = thrownFacts(fault);
    const code = 'pipeline/listener-failed';
    const text = `A listener failed on a message of type ${type}: ${message}; the graph goes on, and it is not told of again`;
    process.emitWarning(withoutSecrets(text), {
      type: 'PipelineWarning',
      code,
      ...(stack === undefined ? {} : { detail: withoutSecrets(stack) }),
    });
    this.post({ type: 'warning', element: '', code, text });
  }

  /** Takes the pipeline down without finishing; the first reason counts. */
  abort(reason: Error = new AbortedError()): void {
    this.failure ??= reason;
    this.abortion.abort(this.failure);
    this.end.fail(this.failure);
  }

  /** Reports who does nothing from now on, of those that are in the graph now. */
  beginWatch(): void {
    const { stallMs = 0 } = this.options;
    this.endWatch();
    if (stallMs === 0) return;
    this.watch = new StallWatch(
      this.sorted,
      this.clock,
      stallMs * 1000,
      (message) => this.post(message),
      (waits) => this.overload.letGo(waits),
    );
    this.watch.start();
  }

  pauseWatch(): void {
    this.watch?.stop();
  }

  resumeWatch(): void {
    this.watch?.start();
  }

  endWatch(): void {
    this.watch?.stop();
    this.watch = undefined;
  }

  /** What relative paths of an element's inputs are relative to. */
  folderOf(name: string): string {
    return this.options.folders?.get(name) ?? this.options.baseFolder ?? '.';
  }

  /** What has happened so far. */
  summary(): PipelineSummary {
    const { description, latency, live, positions, warnings } = this;
    return summarise(this.sorted, (this.endedAt ?? this.clock.now()) - this.startedAt, {
      description,
      latency,
      streamTime: positions.farthest,
      overload: this.overload.summary,
      removed: live.removed.length === 0 ? undefined : [...live.removed],
      warnings: warnings.all,
    });
  }

  private busyOf(element: Element): Promise<unknown>[] {
    const busy = element.busy;
    const thread = this.threads.busyOf(element);
    if (thread !== undefined) busy.push(thread);
    const source = this.sources.of(element)?.busy;
    if (source !== undefined) busy.push(source);
    return busy;
  }
}
