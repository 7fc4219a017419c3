// Runs a graph once, step by step, on a clock that only goes on when nothing else can happen.
//
// Between two steps everything comes to rest. Then the books are compared, and either one ready task does a step, which one and
// how much of it following from the seed, or, when none is ready, time goes on to the next appointment. When there is none
// either and the graph is not at its end, it is deadlocked. The same case gives the same run, step by step; its digest says so.
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import type { PipelineSummary } from '../core/counts/summary.ts';
import type { AnyElementDefinition, AnyHooks } from '../core/element/define-element.ts';
import { GraphError } from '../core/errors.ts';
import type { OpenedGraph } from '../core/graph/open-graph.ts';
import type { Pipeline } from '../core/pipeline/pipeline.ts';
import type { StreamBuffer } from '../core/stream/buffer.ts';
import type { Microseconds } from '../core/time/time.ts';
import { createPipeline } from '../load-graph.ts';
import { Arena } from '../memory/arena.ts';
import { ThreadBudget } from '../threads/thread-budget.ts';
import { type BrokenInvariant, InvariantError } from './broken-invariant.ts';
import { Choices } from './choices.ts';
import { FaultInjector, type Strike } from './fault-injector.ts';
import { faultyHooks } from './faulty-hooks.ts';
import { faultySource, MOST_HELD } from './faulty-source.ts';
import { Ledger } from './ledger.ts';
import { OutsideWorld } from './outside-world.ts';
import { type EditMade, SeededEdits } from './seeded-edits.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { checkSimulated, isSink, isSource, withDefinitions } from './simulated-graph.ts';
import { type SimulationCase, type SimulationCaseInput, simulationCase } from './simulation-case.ts';
import { SteppedScheduler } from './stepped-scheduler.ts';

export interface SimulationOptions {
  /** Where the buffers lie. Default: an arena of its own. */
  readonly arena?: Arena | undefined;
  /** What relative paths of outputs are relative to. */
  readonly outputFolder?: string | undefined;
  /** A run of more steps has no end. Default: a million. */
  readonly maxSteps?: number | undefined;
  /** Called for every buffer that comes to an element's hook; what it throws breaks the run. The buffer is valid during the call. */
  readonly onBuffer?: ((element: string, pad: string | undefined, buffer: StreamBuffer) => void) | undefined;
  /** Called for every line of the run's log: steps, buffers and messages, each with its time. */
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface SimulationRun {
  readonly case: SimulationCase;
  /** What was found that must not be; undefined when all is well. */
  readonly broken: BrokenInvariant | undefined;
  /** Steps of tasks, and appointments kept. */
  readonly steps: number;
  /** How long it took by its own clock. */
  readonly time: Microseconds;
  /** Buffers that came to hooks. */
  readonly buffers: number;
  /** How many choices were left to chance. */
  readonly choices: number;
  readonly strikes: readonly Strike[];
  /** The edits that were begun, in their order. */
  readonly edits: readonly EditMade[];
  /** Of everything that happened, in its order: SHA-256. */
  readonly digest: string;
  readonly summary: PipelineSummary;
}

const START: Microseconds = 1_000_000;
const STALL_MS = 10_000;
/** What elements fail of that were told to. */
const INTENDED: readonly string[] = ['simulation/injected', 'inference/declared-failure'];

/**
 * Runs a graph once.
 *
 * @throws GraphError when it cannot be simulated: sources and models have to be `deterministic`.
 */
export async function simulate(graph: OpenedGraph, input: SimulationCaseInput, options: SimulationOptions = {}): Promise<SimulationRun> {
  const settled = simulationCase.parse(input);
  checkSimulated(graph, settled);
  return new Simulation(graph, settled, options).run();
}

class Simulation {
  private readonly case: SimulationCase;
  private readonly options: SimulationOptions;
  private readonly choices: Choices;
  private readonly clock: SimulatedClock;
  private readonly scheduler: SteppedScheduler;
  private readonly injector: FaultInjector;
  private readonly ledger = new Ledger();
  private readonly outside: OutsideWorld;
  private readonly arena: Arena;
  private readonly slabsBefore: number;
  private readonly pipeline: Pipeline;
  private readonly editor: SeededEdits;
  private readonly hash = createHash('sha256');
  private readonly warnings: string[] = [];
  private steps = 0;
  private buffers = 0;
  private thrown: unknown;
  private isOver = false;

  constructor(graph: OpenedGraph, one: SimulationCase, options: SimulationOptions) {
    this.case = one;
    this.options = options;
    const { seed, faults, only, choices } = one;
    this.choices = new Choices(seed, choices);
    this.clock = new SimulatedClock(START, this.choices);
    this.outside = new OutsideWorld(this.clock);
    this.scheduler = new SteppedScheduler(this.choices);
    this.injector = new FaultInjector(faults, seed, only === undefined ? undefined : new Set(only));
    this.arena = options.arena ?? Arena.create();
    this.slabsBefore = this.arena.statistics.slabsInUse;
    const { arena, clock, scheduler } = this;
    this.pipeline = createPipeline(
      withDefinitions(graph, faults, (definition) => this.watched(definition)),
      {
        arena,
        clock,
        scheduler,
        budget: new ThreadBudget(4),
        stallMs: STALL_MS,
        random: () => this.choices.pick(1024) / 1024,
        standardOutput: nowhere(),
        ...(options.outputFolder === undefined ? {} : { outputFolder: options.outputFolder }),
      },
    );
    this.ledger.open(this.pipeline.elements);
    this.editor = new SeededEdits(faults.edits, seed, this.pipeline, (line) => this.note(line));
    this.pipeline.bus.on('*', (message) => {
      if (message.type === 'warning') this.warnings.push(message.text);
      if (message.type === 'edited') this.ledger.follow();
      this.note(`${message.type} ${'element' in message ? message.element : ''} ${'text' in message ? message.text : ''}`);
    });
  }

  async run(): Promise<SimulationRun> {
    let outcome: { error?: unknown } | undefined;
    void this.pipeline.run().then(
      () => {
        outcome = {};
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    const broken = await this.play(() => outcome !== undefined);
    if (broken !== undefined) {
      this.pipeline.abort();
      await this.finish(() => outcome !== undefined);
    }
    const { error } = outcome ?? {};
    if (error instanceof GraphError) throw error;
    const judged = broken ?? this.judge(error);
    // Whoever hangs may still say something when nobody listens any more.
    this.isOver = true;
    return {
      case: this.case,
      broken: judged,
      steps: this.steps,
      time: this.clock.now() - START,
      buffers: this.buffers,
      choices: this.choices.made,
      strikes: this.injector.strikes,
      edits: this.editor.made,
      digest: this.hash.digest('hex'),
      summary: this.pipeline.summary(),
    };
  }

  /** Steps until the run is over, or something is found that must not be. */
  private async play(isOver: () => boolean): Promise<BrokenInvariant | undefined> {
    const { maxSteps = 1e6 } = this.options;
    try {
      for (;;) {
        await this.outside.rest();
        if (isOver()) return undefined;
        if (this.thrown !== undefined) throw this.thrown;
        this.ledger.check();
        this.editor.advance(this.steps);
        if (this.steps >= maxSteps) throw new InvariantError('endless', `The run has no end after ${maxSteps} steps`);
        if (this.step() || (await this.outside.await(() => isOver() || this.step()))) continue;
        throw await this.standstill();
      }
    } catch (error) {
      if (error instanceof InvariantError) return error.broken;
      return { invariant: 'expectation', message: error instanceof Error ? error.message : String(error) };
    }
  }

  private step(): boolean {
    const stepped = this.scheduler.step();
    if (stepped !== undefined) this.note(`step ${nameOf(stepped.task)} ${stepped.burst}`);
    else if (!this.clock.step()) return false;
    this.steps++;
    return true;
  }

  /** Lets a pipeline that is being aborted come to its end; time goes on for those that wait for it. */
  private async finish(isOver: () => boolean): Promise<void> {
    for (let turn = 0; turn < 10_000 && !isOver(); turn++) {
      await this.outside.rest();
      if (!isOver()) this.step();
    }
  }

  /** Nothing can happen any more, and the graph is not at its end: who waits for whom, as the pipeline's own watch tells. */
  private async standstill(): Promise<InvariantError> {
    this.warnings.length = 0;
    for (let look = 0; look < 4 && this.warnings.length === 0; look++) {
      this.clock.step(2 * STALL_MS * 1000);
      await this.outside.rest();
    }
    const waiting = [...this.pipeline.elements.values()].filter(({ busy }) => busy.length > 0).map(({ name }) => name);
    const rest = waiting.length === 0 ? 'no element holds a buffer, but not all have ended' : `${waiting.join(', ')} has not come back`;
    return new InvariantError('deadlock', `Nothing can go on: ${this.warnings[0] ?? rest}`);
  }

  /** What is to be said of a run that has come to an end. */
  private judge(error: unknown): BrokenInvariant | undefined {
    try {
      if (this.thrown !== undefined) throw this.thrown;
      this.ledger.check();
    } catch (thrown) {
      if (thrown instanceof InvariantError) return thrown.broken;
      return { invariant: 'expectation', message: thrown instanceof Error ? thrown.message : String(thrown) };
    }
    const { code, message, element } = Object(error) as { code?: string; message?: string; element?: string };
    if (error !== undefined && !INTENDED.includes(code ?? '')) return { invariant: 'error', element, message: message ?? String(error) };
    for (const { name, statistics } of this.ledger.everyElement) {
      const { received, handled, inFlight } = statistics;
      if (inFlight !== 0)
        return {
          invariant: 'conservation',
          element: name,
          message: `${name} ends with ${inFlight} in flight: ${received} received, ${handled} handled`,
        };
    }
    const left = this.arena.statistics.slabsInUse - this.slabsBefore;
    return left === 0 ? undefined : { invariant: 'slabs', message: `${left} slabs have not come back` };
  }

  /** A definition with hooks that faults strike, and that tell of what they are given. */
  private watched(given: AnyElementDefinition): AnyElementDefinition {
    const { injector, ledger } = this;
    const ofSource = isSource(given);
    const definition = isSink(given) ? this.outside.watched(given) : given;
    return {
      ...definition,
      ...(definition.open === undefined
        ? {}
        : { open: (query) => definition.open!({ ...query, context: ledger.watch(query.context) } as never) }),
      create: async (query) => {
        const name = query.context.name;
        const context = ledger.watch(
          ofSource
            ? { ...query.context, pool: ({ spare = 0, ...rest }) => query.context.pool({ ...rest, spare: spare + MOST_HELD }) }
            : query.context,
        );
        const hooks = (await definition.create({ ...query, context } as never)) as AnyHooks;
        if (ofSource) return faultySource(hooks, context, injector, this.case.limits[name] ?? this.case.buffers);
        return faultyHooks(hooks, context, injector, (buffer, pad) => this.enter(name, pad, buffer));
      },
    };
  }

  private enter(name: string, pad: string | undefined, buffer: StreamBuffer): void {
    const { source, epoch, sequence, pts, bytes, discont } = buffer;
    this.buffers++;
    this.note(`${name}${pad === undefined ? '' : `.${pad}`} ${source}/${epoch} ${sequence} ${pts} ${bytes}${discont ? ' discont' : ''}`);
    this.ledger.enter(name, pad, buffer);
    try {
      this.options.onBuffer?.(name, pad, buffer);
    } catch (error) {
      this.thrown ??= error;
    }
  }

  private note(what: string): void {
    if (this.isOver) return;
    const line = `${this.clock.now()} ${what}`;
    this.hash.update(line).update('\n');
    this.options.onLine?.(line);
  }
}

function nameOf(task: object): string {
  return (task as { element?: { name: string } }).element?.name ?? '';
}

/** In the place of the standard output: what many runs would print is not to be mixed with what is said of them. */
function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
