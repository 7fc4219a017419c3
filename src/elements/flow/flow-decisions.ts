// What has been decided of a stream's buffers, for streams beside it: what comes at a time shares the fate of the last buffer at or
// before it, which is known once something later has been decided, or the same time has.

/** How many decisions are remembered; what is earlier shares the fate of the first of them. */
const REMEMBERED = 256;

interface Waiter {
  readonly pts: number;
  readonly resolve: (isAllowed: boolean) => void;
}

export class FlowDecisions {
  private readonly decided: { readonly pts: number; readonly isAllowed: boolean }[] = [];
  private waiters: Waiter[] = [];
  /** Everything earlier is decided. */
  private passed = Number.NEGATIVE_INFINITY;

  decide(pts: number, isAllowed: boolean): void {
    this.decided.push({ pts, isAllowed });
    if (this.decided.length > REMEMBERED) this.decided.shift();
    // Just after: the same time is decided, too.
    this.pass(pts + 1);
  }

  /** Nothing earlier than this will be decided any more. */
  pass(until: number): void {
    this.passed = Math.max(this.passed, until);
    const known = this.waiters.filter(({ pts }) => pts < this.passed);
    if (known.length === 0) return;
    this.waiters = this.waiters.filter(({ pts }) => pts >= this.passed);
    for (const { pts, resolve } of known) resolve(this.fateAt(pts));
  }

  /** Nothing more will be decided at all. */
  end(): void {
    this.pass(Number.POSITIVE_INFINITY);
  }

  at(pts: number): boolean | Promise<boolean> {
    if (pts < this.passed) return this.fateAt(pts);
    return new Promise((resolve) => this.waiters.push({ pts, resolve }));
  }

  private fateAt(pts: number): boolean {
    const before = this.decided.findLast((one) => one.pts <= pts) ?? this.decided[0];
    return before?.isAllowed ?? false;
  }
}
