// What has been decided of the buffers of a stream, for streams beside it: what comes at a time shares the fate of the last buffer
// at or before it, of its own source or of any, which is known once something later has been decided, or the same time has.
//
// Times of different sources, and of different epochs of one, have nothing to do with each other; where sources are told apart
// there is a line of decisions for each. What belongs to an epoch that is over shares the fate of its last buffer.

/** How many decisions of a line are remembered; what is earlier shares the fate of the first of them. */
const REMEMBERED = 256;
/** How many sources are remembered; beyond that the one that was seen first is forgotten. */
const SOURCES = 1024;

/** What a decision is about, or asked for. */
export interface Moment {
  readonly source: string;
  readonly epoch: number;
  readonly pts: number;
}

interface Waiter extends Moment {
  readonly resolve: (isAllowed: boolean) => void;
}

interface Line {
  epoch: number;
  readonly decided: { readonly pts: number; readonly isAllowed: boolean }[];
  /** Everything earlier is decided. */
  passed: number;
  /** Of the epoch before. */
  lastFate: boolean;
}

export class FlowDecisions {
  private readonly lines = new Map<string, Line>();
  private readonly bySource: boolean;
  private waiters: Waiter[] = [];
  private hasEnded = false;

  /** @param bySource Whether sources are told apart. */
  constructor(bySource: boolean) {
    this.bySource = bySource;
  }

  decide(moment: Moment, isAllowed: boolean): void {
    const line = this.lineFor(moment);
    line.decided.push({ pts: moment.pts, isAllowed });
    if (line.decided.length > REMEMBERED) line.decided.shift();
    // Just after: the same time is decided, too.
    this.pass({ ...moment, pts: moment.pts + 1 });
  }

  /** Nothing of this source that is earlier will be decided any more. */
  pass(moment: Moment): void {
    const line = this.lineFor(moment);
    line.passed = Math.max(line.passed, moment.pts);
    this.answer();
  }

  /** Nothing more will be decided at all. */
  end(): void {
    this.hasEnded = true;
    this.answer();
  }

  at(moment: Moment): boolean | Promise<boolean> {
    return this.fateOf(moment) ?? new Promise((resolve) => this.waiters.push({ ...moment, resolve }));
  }

  /** One that waits though others have gone past its time, while nothing of its source has come at all. */
  get stranger(): Moment | undefined {
    if (!this.bySource) return undefined;
    return this.waiters.find(({ source, pts }) => !this.lines.has(source) && [...this.lines.values()].some(({ passed }) => passed > pts));
  }

  private answer(): void {
    if (this.waiters.length === 0) return;
    const still: Waiter[] = [];
    const known: [Waiter, boolean][] = [];
    for (const waiter of this.waiters) {
      const fate = this.fateOf(waiter);
      if (fate === undefined) still.push(waiter);
      else known.push([waiter, fate]);
    }
    this.waiters = still;
    for (const [{ resolve }, fate] of known) resolve(fate);
  }

  /** Undefined while it is not known. */
  private fateOf({ source, epoch, pts }: Moment): boolean | undefined {
    const line = this.lines.get(this.bySource ? source : '');
    if (line === undefined) return this.hasEnded ? false : undefined;
    const { decided, passed, lastFate } = line;
    if (this.bySource && epoch < line.epoch) return lastFate;
    const isDecided = pts < passed && !(this.bySource && epoch > line.epoch);
    if (!isDecided && !this.hasEnded) return undefined;
    const before = decided.findLast((one) => one.pts <= pts) ?? decided[0];
    return before?.isAllowed ?? false;
  }

  private lineFor({ source, epoch }: Moment): Line {
    const key = this.bySource ? source : '';
    const known = this.lines.get(key);
    if (known !== undefined) {
      if (!this.bySource || epoch <= known.epoch) return known;
      known.lastFate = known.decided.at(-1)?.isAllowed ?? false;
      Object.assign(known, { epoch, passed: Number.NEGATIVE_INFINITY });
      known.decided.length = 0;
      return known;
    }
    if (this.lines.size === SOURCES) this.lines.delete(this.lines.keys().next().value!);
    const line: Line = { epoch, decided: [], passed: Number.NEGATIVE_INFINITY, lastFate: false };
    this.lines.set(key, line);
    return line;
  }
}
