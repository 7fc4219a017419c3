// The lines of a filter, one for each source that comes to it, and the one way out that they share: each sends in its turn.
import { type Caps, type FixedCaps, sameCaps } from '../../core/caps/caps.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { GapEvent, SourceEvent } from '../../core/stream/event.ts';
import type { Flow, FlowReturn } from '../../core/stream/flow-return.ts';
import type { Pool } from '../../memory/pool.ts';
import type { Slab } from '../../memory/slab.ts';
import type { GstreamerProgram } from '../gstreamer/gstreamer-program.ts';
import { MediaError } from '../media-error.ts';
import { FilterLine } from './filter-line.ts';
import { type LineWish, wishOf } from './launch-caps.ts';
import { ownCaps, SourceLine } from './source-line.ts';

export interface FilterLinesOptions {
  readonly line: string;
  readonly drainTimeoutMs: number;
  readonly maxLines: number;
}

type Output = { readonly caps: FixedCaps; readonly buffer: StreamBuffer } | GapEvent;

export class FilterLines {
  private readonly program: GstreamerProgram;
  private readonly options: FilterLinesOptions;
  private readonly context: ElementContext;
  private readonly lines = new Map<string, SourceLine>();
  /** Those of `lines`, and others that are on their way out. */
  private readonly alive = new Set<SourceLine>();
  private readonly leaving = new Set<Promise<void>>();
  private readonly pools: Pool[] = [];
  /** Started to be asked what it gives; the first source takes it over. */
  private spare: FilterLine | undefined;
  private found: FixedCaps | undefined;
  private wish: LineWish | undefined;
  private sink!: FixedCaps;
  private current!: FixedCaps;
  private turn: Promise<void> = Promise.resolve();
  private answer: FlowReturn = 'ok';
  private readonly onAbort = (): void => void this.stopAll('flushing');

  constructor(program: GstreamerProgram, options: FilterLinesOptions, context: ElementContext) {
    this.program = program;
    this.options = options;
    this.context = context;
    context.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Starts a line for what will come, and hears what it gives. */
  async survey(sink: FixedCaps, allowed: Caps): Promise<void> {
    await this.spare?.stop();
    this.wish = wishOf(sink, allowed);
    this.spare = new FilterLine(this.program, this.options.line, sink, this.wish);
    const text = await this.spare.outputCaps(this.context.clock);
    this.found = text === undefined ? undefined : ownCaps(text);
  }

  /** What the survey has found; what it could not find is taken to be as what comes. */
  gives(sink: FixedCaps): FixedCaps {
    if (this.found !== undefined) return this.found;
    const { format, width, height } = this.wish ?? { format: sink.fields['format'] };
    const size = { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
    return { ...sink, fields: { ...sink.fields, format: format!, ...size } };
  }

  begin(sink: FixedCaps, src: FixedCaps): void {
    this.sink = sink;
    this.current = src;
    this.wish ??= { format: src.fields['format'] as string, width: undefined, height: undefined };
  }

  async filter(buffer: StreamBuffer): Promise<FlowReturn> {
    const { source, epoch } = buffer;
    let line = this.lines.get(source);
    if (line !== undefined && line.epoch !== epoch) {
      await this.drainOne(source, line);
      line = undefined;
    }
    line ??= this.start(source, epoch);
    try {
      await this.context.waiting(line.write(buffer));
    } catch (error) {
      this.lines.delete(source);
      throw error;
    }
    return this.answer;
  }

  gap(event: GapEvent): Flow {
    const line = this.lines.get(event.source);
    return this.told(line === undefined ? this.send(event) : line.gap(event));
  }

  /** Goes on behind what is inside of its source, which comes out before. */
  event(event: SourceEvent): Flow {
    const lines = [...this.lines].filter(([source]) => event.source === undefined || source === event.source);
    const due = lines.filter(([, line]) => line.isBusy || event.type === 'source-end');
    if (due.length === 0) return this.context.event('src', event);
    const drained = (async (): Promise<FlowReturn> => {
      for (const [source, line] of due) await this.drainOne(source, line);
      return this.context.event('src', event);
    })();
    return drained;
  }

  async drain(): Promise<void> {
    for (const [source, line] of [...this.lines]) void this.drainOne(source, line);
    await Promise.all(this.leaving);
  }

  flush(): void {
    void this.stopAll('flushing');
  }

  async close(): Promise<void> {
    this.context.signal.removeEventListener('abort', this.onAbort);
    const stopped = this.stopAll('flushing');
    for (const pool of this.pools) pool.close();
    await stopped;
  }

  private start(source: string, epoch: number): SourceLine {
    const { line, maxLines } = this.options;
    if (this.lines.size >= maxLines) {
      const text = `${maxLines} sources have lines of their own already, each a process; put gstreamer-filter before they come together, or raise maxLines`;
      throw new MediaError('media/too-many-lines', `Cannot filter what comes from ${source}: ${text}`);
    }
    const filter = this.spare ?? new FilterLine(this.program, line, this.sink, this.wish!);
    this.spare = undefined;
    const { context } = this;
    const made = new SourceLine(filter, epoch, { context, slab: (bytes) => this.slab(bytes), send: (output) => this.send(output) });
    this.lines.set(source, made);
    this.alive.add(made);
    void made.done.then(() => this.alive.delete(made));
    return made;
  }

  private drainOne(source: string, line: SourceLine): Promise<void> {
    this.lines.delete(source);
    return this.left(this.context.waiting(line.drain(this.options.drainTimeoutMs * 1000)));
  }

  /** Notes that a line is on its way out, so that the end waits for it. */
  private left(work: Promise<void>): Promise<void> {
    this.leaving.add(work);
    const gone = (): boolean => this.leaving.delete(work);
    work.then(gone, gone);
    return work;
  }

  /** Sends behind all that has been sent; whoever sends waits until downstream has taken it. */
  private send(output: Output): Promise<void> {
    this.turn = this.turn.then(async () => {
      this.answer = await ('type' in output ? this.context.gap('src', output) : this.push(output));
    });
    return this.turn;
  }

  private async push({ caps, buffer }: Exclude<Output, GapEvent>): Promise<FlowReturn> {
    if (!sameCaps(caps, this.current)) await this.context.setCaps('src', caps);
    this.current = caps;
    return this.context.push('src', buffer);
  }

  private async told(sent: Promise<void>): Promise<FlowReturn> {
    await sent;
    return this.answer;
  }

  private slab(bytes: number): Slab | Promise<Slab> {
    let pool = this.pools.at(-1);
    if (pool === undefined || pool.slabBytes < bytes) {
      pool = this.context.pool({ slabBytes: bytes, spare: 1 });
      this.pools.push(pool);
    }
    return pool.acquire();
  }

  private async stopAll(cause: string): Promise<void> {
    for (const line of this.alive) void this.left(line.stop(cause));
    if (this.spare !== undefined) void this.left(this.spare.stop());
    this.spare = undefined;
    this.lines.clear();
    await Promise.all(this.leaving);
  }
}
