// Reads a camera or a stream for months: whenever it is lost it is opened anew, after delays that double up to a limit, half of them
// chance. Two watchdogs tell "does not answer" from "answers and then says nothing". What is given after each reconnection bears a
// raised epoch, and whoever else is read notices nothing.
import { ClockWait } from '../../core/time/clock-wait.ts';
import { formatDuration, MICROSECONDS_PER_MILLISECOND, type Microseconds } from '../../core/time/time.ts';
import { MediaError } from '../media-error.ts';
import type { MediaFrame } from './media-frame.ts';
import type { MediaReader, StreamInfos } from './media-reader.ts';
import { asMediaError, isLasting, Reconnection, type ReconnectionOptions } from './reconnection.ts';

export interface ReconnectOptions extends ReconnectionOptions {
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** How long opening, and the first frame after it, may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** How long there may be no frame once there was one, in milliseconds. */
  readonly silenceTimeoutMs: number;
  /** The input is read once: its end is the end, and its faults are nobody else's. Default false. */
  readonly once?: boolean | undefined;
}

export class ReconnectingReader {
  /** How often it has been connected to. */
  connections = 0;
  private readonly connect: (signal: AbortSignal) => Promise<MediaReader>;
  private readonly options: ReconnectOptions;
  private readonly reconnection: Reconnection;
  private readonly ending = new AbortController();
  private readonly pause: ClockWait;
  private reader: MediaReader | undefined;
  /** No frame has come yet since it was opened. */
  private isFirst = true;
  private retryIn: Microseconds = 0;
  /** Of the readers that were lost. */
  private readonly before = { overruns: 0, corruptPackets: 0 };
  private readonly closings = new Set<Promise<void>>();
  private readonly onAbort = (): void => this.end();

  /** @param connect Opens a reader; its signal tells that nobody waits for it any more. */
  constructor(connect: (signal: AbortSignal) => Promise<MediaReader>, options: ReconnectOptions) {
    this.connect = connect;
    this.options = options;
    this.reconnection = new Reconnection(options);
    this.pause = new ClockWait({ clock: options.clock, signal: this.ending.signal });
    options.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  get isConnected(): boolean {
    return this.reader !== undefined;
  }

  /** Frames that nobody took in time. */
  get overruns(): number {
    return this.before.overruns + (this.reader?.statistics.overruns ?? 0);
  }

  /** Packets that the decoder refused. */
  get corruptPackets(): number {
    return this.before.corruptPackets + (this.reader?.statistics.corruptPackets ?? 0);
  }

  /**
   * Tries once, for whoever wants to know at the start what is to be read.
   *
   * @returns What there is to be read; undefined where it does not answer now: `next` goes on trying.
   * @throws MediaError for what no waiting heals.
   */
  async start(): Promise<StreamInfos | undefined> {
    try {
      this.reader = await this.attempt();
      return this.reader;
    } catch (error) {
      const fault = asMediaError(error);
      if (this.options.once === true || isLasting(fault)) throw fault;
      this.lose(fault);
      return undefined;
    }
  }

  /** The next frame, however long that takes; undefined once it has been ended. */
  next(): MediaFrame | undefined | Promise<MediaFrame | undefined> {
    const { reader } = this;
    if (this.ending.signal.aborted) return undefined;
    if (reader === undefined) return this.recover();
    try {
      const frame = reader.next();
      if (frame instanceof Promise) return this.watch(reader, frame);
      return frame === undefined ? this.recover(ended()) : this.given(frame);
    } catch (error) {
      return this.recover(asMediaError(error));
    }
  }

  /** Has a `next` that waits, and all that come, give undefined. */
  end(): void {
    this.ending.abort();
    this.pause.cutShort();
  }

  /** Ends, and resolves once every reader has been closed. */
  async close(): Promise<void> {
    this.end();
    this.options.signal.removeEventListener('abort', this.onAbort);
    this.drop();
    while (this.closings.size > 0) await Promise.all(this.closings);
  }

  private async watch(reader: MediaReader, frame: Promise<MediaFrame | undefined>): Promise<MediaFrame | undefined> {
    const { connectTimeoutMs, silenceTimeoutMs } = this.options;
    const patience = this.isFirst ? connectTimeoutMs : silenceTimeoutMs;
    let outcome: MediaFrame | undefined | 'late';
    try {
      outcome = await this.within(frame, patience);
    } catch (error) {
      return this.recover(asMediaError(error));
    }
    const letGo = (): void => void frame.then((late) => late?.slab.release()).catch(() => undefined);
    if (this.ending.signal.aborted) {
      letGo();
      return undefined;
    }
    if (outcome === undefined) return this.recover(ended());
    if (outcome !== 'late') return this.given(outcome);
    // What comes after all is of no use.
    letGo();
    const said = this.isFirst ? 'it was connected to, and gave nothing' : 'it has fallen silent: nothing came';
    const error = new MediaError('media/timed-out', `${said} for ${formatDuration(patience * MICROSECONDS_PER_MILLISECOND)}`);
    return reader === this.reader ? this.recover(error) : undefined;
  }

  private given(frame: MediaFrame): MediaFrame {
    if (this.isFirst) {
      this.isFirst = false;
      this.connections++;
      this.reconnection.back();
    }
    const epoch = frame.epoch + this.connections - 1;
    return epoch === frame.epoch ? frame : { ...frame, epoch };
  }

  /** Opens it anew, as often as it takes, and gives the first frame. */
  private async recover(error?: MediaError): Promise<MediaFrame | undefined> {
    this.drop();
    if (this.options.once === true) {
      if (error?.code === 'media/ended') return undefined;
      throw error ?? ended();
    }
    let delay = error === undefined ? this.retryIn : this.lose(error);
    for (;;) {
      await this.pause.until(this.options.clock.now() + delay);
      if (this.ending.signal.aborted) return undefined;
      try {
        this.reader = await this.attempt();
        this.isFirst = true;
        break;
      } catch (fault) {
        if (this.ending.signal.aborted) return undefined;
        delay = this.lose(asMediaError(fault));
      }
    }
    return this.next();
  }

  private lose(error: MediaError): Microseconds {
    this.retryIn = this.reconnection.lost(error);
    return this.retryIn;
  }

  private async attempt(): Promise<MediaReader> {
    const abort = new AbortController();
    const opening = this.connect(abort.signal);
    const close = (late: MediaReader): void => this.closeLater(late);
    let opened: MediaReader | undefined | 'late';
    try {
      opened = await this.within(opening, this.options.connectTimeoutMs);
    } finally {
      if (opened === undefined || opened === 'late') {
        abort.abort();
        void opening.then(close, () => undefined);
      }
    }
    if (opened !== undefined && opened !== 'late') return opened;
    const patience = formatDuration(this.options.connectTimeoutMs * MICROSECONDS_PER_MILLISECOND);
    throw new MediaError('media/timed-out', `it could not be opened within ${patience}`);
  }

  /** What a promise gives in time, and before the end; undefined at the end, `late` where it takes longer. */
  private within<T>(promise: Promise<T>, patienceMs: number): Promise<T | undefined | 'late'> {
    const { clock } = this.options;
    const { signal } = this.ending;
    return new Promise((resolve, reject) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', leave);
      };
      const leave = (): void => {
        done();
        resolve(undefined);
      };
      const cancel = clock.schedule(clock.now() + patienceMs * MICROSECONDS_PER_MILLISECOND, () => {
        done();
        resolve('late');
      });
      signal.addEventListener('abort', leave, { once: true });
      promise.then(
        (value) => {
          done();
          resolve(value);
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
      if (signal.aborted) leave();
    });
  }

  private drop(): void {
    const { reader } = this;
    this.reader = undefined;
    if (reader === undefined) return;
    const { overruns, corruptPackets } = reader.statistics;
    this.before.overruns += overruns;
    this.before.corruptPackets += corruptPackets;
    this.closeLater(reader);
  }

  /** A reader may be stuck in what has fallen silent: nobody waits for that but `close`. */
  private closeLater(reader: MediaReader): void {
    const closing = reader
      .close()
      .catch(() => undefined)
      .finally(() => this.closings.delete(closing));
    this.closings.add(closing);
  }
}

function ended(): MediaError {
  return new MediaError('media/ended', 'the other side has ended the stream');
}
