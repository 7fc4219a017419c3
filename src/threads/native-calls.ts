// Native calls that take their time run in libuv's pool, like every file read, name lookup and digest of the process. A gate
// keeps one of the pool's threads free of them, so that a slow model never stops the reading of files.
//
// The pool has four threads unless UV_THREADPOOL_SIZE says otherwise when the process starts.

const DEFAULT_POOL = 4;
const LARGEST_POOL = 1024;

/** How many threads libuv's pool has; the variable counts only as it was when the process started. */
export function poolThreads(environment: NodeJS.ProcessEnv): number {
  const wanted = Number.parseInt(environment.UV_THREADPOOL_SIZE ?? '', 10);
  return Number.isNaN(wanted) ? DEFAULT_POOL : Math.min(LARGEST_POOL, Math.max(1, wanted));
}

/** Lets a number of calls run at once; the others wait in the order of asking. */
export class NativeCalls {
  /** How many may run at once. */
  readonly limit: number;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  /** How many calls wait for their turn. */
  get waitingCalls(): number {
    return this.waiting.length;
  }

  /**
   * Makes a call as soon as there is room. `call` begins it, and either throws or calls `done` once, from the event loop.
   *
   * @returns What `call` gave to `done`, or undefined when `signal` was aborted before the call could begin.
   */
  run<T>(call: (done: (error: Error | null, result: T) => void) => void, signal?: AbortSignal): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        this.running++;
        const done = (error: Error | null, result: T) => {
          this.running--;
          this.next();
          if (error === null) resolve(result);
          else reject(error);
        };
        try {
          call(done);
        } catch (error) {
          done(error as Error, undefined as T);
        }
      };
      if (this.running < this.limit) {
        begin();
        return;
      }
      const start = () => {
        signal?.removeEventListener('abort', leave);
        begin();
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        resolve(undefined);
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(start);
    });
  }

  /** The same for work that is a promise, and that cannot be called off before it begins. */
  work<T>(begin: () => Promise<T>): Promise<T> {
    return this.run<T>((done) => {
      begin().then(
        (result) => done(null, result),
        (error: Error) => done(error, undefined as T),
      );
    }) as Promise<T>;
  }

  private next(): void {
    if (this.running < this.limit) this.waiting.shift()?.();
  }
}

/** The gate before libuv's pool that every model of this thread goes through. */
export const nativeCalls = new NativeCalls(Math.max(1, poolThreads(process.env) - 1));
