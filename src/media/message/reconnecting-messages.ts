// Hears messages for months: whatever way they come by is opened anew when it is lost, after delays that double up to a limit, half of
// them chance, and what comes then bears a raised epoch. Messages come when they like, so that silence is a fault only where a limit
// is set for it; a question that is not answered always is one. (Media, which come steadily and are asked for, have `ReconnectingReader`.)
import { type RestartOptions, RestartPolicy } from '../../core/element/restart-policy.ts';
import type { Clock } from '../../core/time/clock.ts';
import { ClockWait } from '../../core/time/clock-wait.ts';
import { formatDuration, MICROSECONDS_PER_MILLISECOND, type Microseconds } from '../../core/time/time.ts';
import { MediaError } from '../media-error.ts';
import type { ConnectMessages, MessageConnection, MessageListener, RawMessage } from './message-connection.ts';

export interface ReconnectMessagesOptions {
  readonly clock: Clock;
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** How long connecting and subscribing may take. */
  readonly connectTimeoutMs: number;
  /** How long nothing may come; undefined: for ever. */
  readonly silenceTimeoutMs?: number | undefined;
  /** How often the other side is asked whether it is there, which it has to answer before it is asked again; undefined: never. */
  readonly pingIntervalMs?: number | undefined;
  readonly backoff: Pick<RestartOptions, 'firstDelayMs' | 'maxDelayMs'>;
  readonly random?: (() => number) | undefined;
  readonly message: (message: RawMessage, epoch: number) => void;
  readonly dropped: (cause: string) => void;
  /** Hears what becomes of the connection. */
  readonly tell: (note: MessagesNote) => void;
}

export type MessagesNote =
  | { readonly kind: 'lost'; readonly error: MediaError; readonly retryIn: Microseconds; readonly attempt: number }
  | { readonly kind: 'back'; readonly after: Microseconds; readonly attempts: number };

/** Errors that no waiting heals. */
const LASTING = [
  'media/bad-url',
  'media/unauthorised',
  'media/not-found',
  'media/certificate',
  'media/library-missing',
  'media/library-failed',
];

export class ReconnectingMessages {
  private readonly connect: ConnectMessages;
  private readonly options: ReconnectMessagesOptions;
  private readonly policy: RestartPolicy;
  private readonly ending = new AbortController();
  private readonly pause: ClockWait;
  private readonly closings = new Set<Promise<void>>();
  /** Ends what holds for the connection that there is. */
  private letGo: () => void = () => undefined;
  private epoch = -1;
  private lostAt: Microseconds | undefined;
  private attempts = 0;
  private running: Promise<void> | undefined;
  private lostMeanwhile: MediaError | undefined;
  private readonly onAbort = (): void => this.end();

  constructor(connect: ConnectMessages, options: ReconnectMessagesOptions) {
    this.connect = connect;
    this.options = options;
    this.policy = new RestartPolicy({ ...options.backoff, maxAttempts: null }, options.random);
    this.pause = new ClockWait({ clock: options.clock, signal: this.ending.signal });
    options.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  /**
   * Tries once, and goes on trying by itself where it does not answer now.
   *
   * @throws MediaError for what no waiting heals.
   */
  async start(): Promise<void> {
    try {
      await this.attempt();
    } catch (error) {
      const fault = asMediaError(error);
      if (LASTING.includes(fault.code)) throw fault;
      this.lose(fault);
    }
  }

  end(): void {
    this.ending.abort();
    this.pause.cutShort();
    this.letGo();
  }

  /** Ends, and resolves once every connection has been closed. */
  async close(): Promise<void> {
    this.end();
    this.options.signal.removeEventListener('abort', this.onAbort);
    await this.running;
    while (this.closings.size > 0) await Promise.all(this.closings);
  }

  /** Opens it anew, as often as it takes. */
  private lose(error: MediaError): void {
    if (this.ending.signal.aborted) return;
    // One that is lost in the moment in which it is there again.
    if (this.running !== undefined) this.lostMeanwhile = error;
    else this.running = this.recover(error);
  }

  private async recover(error: MediaError): Promise<void> {
    for (let fault: MediaError | undefined = error; fault !== undefined; ) {
      const { clock, tell } = this.options;
      const now = clock.now();
      this.lostAt ??= now;
      const retryIn = this.policy.next(now)!;
      tell({ kind: 'lost', error: fault, retryIn, attempt: ++this.attempts });
      await this.pause.until(now + retryIn);
      if (this.ending.signal.aborted) return;
      fault = await this.attempt().then(() => undefined, asMediaError);
      if (this.ending.signal.aborted) return;
      fault ??= this.lostMeanwhile;
      this.lostMeanwhile = undefined;
    }
    this.running = undefined;
  }

  private attempt(): Promise<void> {
    const { clock, connectTimeoutMs, silenceTimeoutMs, pingIntervalMs } = this.options;
    const abort = new AbortController();
    const epoch = this.epoch + 1;
    return new Promise((resolve, reject) => {
      let state: 'opening' | 'open' | 'over' = 'opening';
      let connection: MessageConnection | undefined;
      let cancelSilence = (): void => undefined;
      let cancelPing = (): void => undefined;
      let answered = true;
      const over = (error?: MediaError): void => {
        if (state === 'over') return;
        const was = state;
        state = 'over';
        cancelPatience();
        cancelSilence();
        cancelPing();
        abort.abort();
        if (connection !== undefined) this.closeLater(connection);
        if (was === 'opening') {
          if (error === undefined) resolve();
          else reject(error);
        } else if (error !== undefined) queueMicrotask(() => this.lose(error));
      };
      const patience = (ms: number, text: string): MediaError =>
        new MediaError('media/timed-out', `${text} within ${formatDuration(ms * MICROSECONDS_PER_MILLISECOND)}`);
      const cancelPatience = this.after(connectTimeoutMs, () => over(patience(connectTimeoutMs, 'it did not answer')));
      this.letGo = () => over();

      const hear = (): void => {
        if (silenceTimeoutMs === undefined || state === 'over') return;
        cancelSilence();
        cancelSilence = this.after(silenceTimeoutMs, () => over(patience(silenceTimeoutMs, 'it has fallen silent: nothing came')));
      };
      const ping = (): void => {
        if (pingIntervalMs === undefined || connection?.ping === undefined) return;
        cancelPing = this.after(pingIntervalMs, () => {
          if (!answered) return over(patience(pingIntervalMs, 'it did not answer a ping'));
          answered = false;
          connection?.ping?.();
          if (state !== 'over') ping();
        });
      };
      const listener: MessageListener = {
        message: (message) => {
          if (state === 'over') return;
          answered = true;
          hear();
          this.options.message(message, epoch);
        },
        dropped: (cause) => this.options.dropped(cause),
        alive: () => {
          answered = true;
        },
        lost: over,
      };
      this.connect(listener, abort.signal).then(
        (opened) => {
          connection = opened;
          if (state === 'over') return this.closeLater(opened);
          state = 'open';
          cancelPatience();
          this.epoch = epoch;
          if (this.lostAt !== undefined) {
            this.options.tell({ kind: 'back', after: clock.now() - this.lostAt, attempts: this.attempts });
          }
          this.lostAt = undefined;
          this.attempts = 0;
          hear();
          ping();
          resolve();
        },
        (error: unknown) => over(asMediaError(error)),
      );
    });
  }

  private after(ms: number, action: () => void): () => void {
    return this.options.clock.schedule(this.options.clock.now() + ms * MICROSECONDS_PER_MILLISECOND, action);
  }

  private closeLater(connection: MessageConnection): void {
    const closing = connection.close().finally(() => this.closings.delete(closing));
    this.closings.add(closing);
  }
}

function asMediaError(error: unknown): MediaError {
  if (error instanceof MediaError) return error;
  return new MediaError('media/unreadable', (error as Error).message, { cause: error });
}
