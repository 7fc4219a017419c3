// A pipeline: a graph that can be opened, negotiated, played, drained and taken down, as many times as one likes. This is what an
// application has of it; it consists of `PipelineParts`, comes to life in open-pipeline.ts and plays in a `PipelineRun`.
import type { FixedCaps } from '../caps/caps.ts';
import type { PipelineSummary } from '../counts/summary.ts';
import type { GraphAddition, GraphEdit } from '../edit/graph-edit.ts';
import type { Latency } from '../element/define-element.ts';
import type { Element } from '../element/element.ts';
import type { GraphInput } from '../graph/graph-description.ts';
import { nearestName } from '../graph/nearest-name.ts';
import type { StreamPosition } from '../stream/stream-positions.ts';
import type { PipelineClock } from '../time/pipeline-clock.ts';
import type { Microseconds } from '../time/time.ts';
import type { Bus } from './bus.ts';
import { closePipeline } from './close-pipeline.ts';
import type { PipelineState } from './message.ts';
import { negotiatePipeline, openPipeline } from './open-pipeline.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import { PipelineParts } from './pipeline-parts.ts';
import { PipelineRun } from './pipeline-run.ts';

export class Pipeline {
  readonly bus: Bus;
  /** Time as everything in the graph has it: without the pauses. */
  readonly clock: PipelineClock;
  readonly elements: ReadonlyMap<string, Element>;
  private readonly parts: PipelineParts;
  private readonly playing: PipelineRun;
  private opening: Promise<void> | undefined;
  private negotiating: Promise<void> | undefined;
  private running: Promise<PipelineSummary> | undefined;

  /**
   * Builds a graph; opens nothing.
   *
   * @throws GraphError with everything that is wrong.
   */
  constructor(description: GraphInput, options: PipelineOptions) {
    this.parts = new PipelineParts(description, options);
    this.bus = this.parts.bus;
    this.clock = this.parts.clock;
    this.elements = this.parts.elements;
    this.playing = new PipelineRun(this.parts);
  }

  get state(): PipelineState {
    return this.parts.state;
  }

  /** Opens every element, sinks first: models load, files and devices open. State ready. */
  async open(): Promise<void> {
    if (this.state !== 'null') return;
    this.opening ??= openPipeline(this.parts).finally(() => {
      this.opening = undefined;
    });
    await this.opening;
  }

  /** Settles what flows through every pad, before any data does. State paused. @throws GraphError when some link cannot be settled. */
  async negotiate(): Promise<void> {
    await this.open();
    if (this.state !== 'ready') return;
    this.negotiating ??= negotiatePipeline(this.parts).finally(() => {
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
    this.playing.stop(deadline);
  }

  /**
   * Holds the sources, and everybody who waits for the clock; what else is on its way is worked off. State paused.
   *
   * @throws RangeError unless it plays.
   */
  pause(): void {
    this.playing.pause();
  }

  /** Goes on after a pause, from the running time at which it began. */
  play(): void {
    this.playing.play();
  }

  /** Time since it began to play, without the pauses, in microseconds. */
  get runningTime(): Microseconds {
    return this.parts.timeline.now;
  }

  /** Takes the pipeline down without finishing; `run` rejects. */
  abort(reason?: Error): void {
    this.parts.abort(reason);
  }

  /** Closes every element; what is being opened or played is aborted. State null. */
  async close(): Promise<void> {
    const underWay = this.running ?? this.negotiating ?? this.opening;
    if (underWay !== undefined) {
      this.abort();
      await underWay.catch(() => {});
    }
    if (this.state !== 'null') await closePipeline(this.parts);
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
    const { editor, end, state } = this.parts;
    if (!end.isAwaited) throw new RangeError(`Cannot edit a pipeline that does not run: its state is ${state}; change its description`);
    await end.during(() => editor.edit(edit));
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
    return this.parts.end.hold();
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
    if (this.state === 'null') throw new RangeError(`Cannot give the resource of ${name}: the pipeline is not open; await open() first`);
    return resource as T;
  }

  /** What has happened so far. */
  summary(): PipelineSummary {
    return this.parts.summary();
  }

  /** How long what leaves a source takes to a sink, known once the pipeline is open: the largest minimum, the smallest maximum. */
  get latency(): Latency | undefined {
    return this.parts.latency;
  }

  /** How long the longest of the streams is, in stream time, where sources say so. */
  get duration(): Microseconds | undefined {
    return this.parts.positions.duration;
  }

  /** How far the source that is farthest behind has come, where sources say so. */
  get position(): StreamPosition | undefined {
    return this.parts.positions.least;
  }

  /** How far each source has come that says so and has not ended. */
  get positions(): ReadonlyMap<string, StreamPosition> {
    return new Map([...this.parts.positions.all].filter(([name]) => this.elements.get(name)?.outlet.hasEnded === false));
  }

  /**
   * What flows through a pad, known from negotiation on.
   *
   * @param pad As `element.pad`.
   * @throws RangeError for an unknown element or pad.
   */
  capsOf(pad: string): FixedCaps | undefined {
    const at = pad.lastIndexOf('.');
    const [name, padName] = at === -1 ? [pad, ''] : [pad.slice(0, at), pad.slice(at + 1)];
    const { sinkPads, srcPads } = this.elementNamed(name);
    const found = sinkPads.get(padName) ?? srcPads.get(padName);
    if (found !== undefined) return found.caps;
    throw new RangeError(`${name} has no pad named ${padName}; it has ${[...sinkPads.keys(), ...srcPads.keys()].join(', ')}`);
  }

  private async playThrough(): Promise<PipelineSummary> {
    await this.negotiate();
    return this.playing.through();
  }

  private elementNamed(name: string): Element {
    const element = this.elements.get(name);
    if (element !== undefined) return element;
    const nearest = nearestName(name, this.elements.keys());
    throw new RangeError(`There is no element named ${name}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`);
  }
}
