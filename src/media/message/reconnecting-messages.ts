// Hears messages for months: whatever way they come by is opened anew when it is lost, after delays that double up to a limit, half of
// them chance, and what comes then bears a raised epoch. Messages come when they like, so that silence is a fault only where a limit
// is set for it; a question that is not answered always is one. (Media, which come steadily and are asked for, have `ReconnectingReader`.)
import { ClockWait } from '../../core/time/clock-wait.ts';
import { formatDuration, MICROSECONDS_PER_MILLISECOND } from '../../core/time/time.ts';
import { MediaError } from '../media-error.ts';
import { asMediaError, isLasting, Reconnection, type ReconnectionOptions } from '../reader/reconnection.ts';
import type { ConnectMessages, MessageConnection, MessageListener, RawMessage } from './message-connection.ts';

export interface ReconnectMessagesOptions extends ReconnectionOptions {
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** How long connecting and subscribing may take. */
  readonly connectTimeoutMs: number;
  /** How long nothing may come; undefined: for ever. */
  readonly silenceTimeoutMs?: number | undefined;
  /** How often the other side is asked whether it is there, which it has to answer before it is asked again; undefined: never. */
  readonly pingIntervalMs?: number | undefined;
  readonly message: (message: RawMessage, epoch: number) => void;
  readonly dropped: (cause: string) => void;
}

export class ReconnectingMessages {
  private readonly connect: ConnectMessages;
  private readonly options: ReconnectMessagesOptions;
  private readonly reconnection: Reconnection;
  private readonly ending = new AbortController();
  private readonly pause: ClockWait;
  private readonly closings = new Set<Promise<void>>();
  /** Ends what holds for the connection that there is. */
  private letGo: () => void = () => undefined;
  private epoch = -1;
  private running: Promise<void> | undefined;
  private lostMeanwhile: MediaError | undefined;
  private readonly onAbort = (): void => this.end();

  constructor(connect: ConnectMessages, options: ReconnectMessagesOptions) {
    this.connect = connect;
    this.options = options;
    this.reconnection = new Reconnection(options);
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
      if (isLasting(fault)) throw fault;
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
      const retryIn = this.reconnection.lost(fault);
      await this.pause.until(this.options.clock.now() + retryIn);
      if (this.ending.signal.aborted) return;
      fault = await this.attempt().then(() => undefined, asMediaError);
      if (this.ending.signal.aborted) return;
      fault ??= this.lostMeanwhile;
      this.lostMeanwhile = undefined;
    }
    this.running = undefined;
  }

  private attempt(): Promise<void> {
    const { connectTimeoutMs, silenceTimeoutMs, pingIntervalMs } = this.options;
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
          this.reconnection.back();
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
