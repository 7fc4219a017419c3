// What becomes of a connection that is made anew whenever it is lost: how long to wait before each attempt, how many there were, how
// long it was away. One for whoever connects, be it to pictures or to messages.
import { type RestartOptions, RestartPolicy } from '../../core/element/restart-policy.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Microseconds } from '../../core/time/time.ts';
import { MediaError } from '../media-error.ts';

export interface ReconnectionOptions {
  readonly clock: Clock;
  readonly backoff: Pick<RestartOptions, 'firstDelayMs' | 'maxDelayMs'>;
  readonly random?: (() => number) | undefined;
  /** Hears what becomes of the connection. */
  readonly tell: (note: ConnectionNote) => void;
}

export type ConnectionNote =
  | { readonly kind: 'lost'; readonly error: MediaError; readonly retryIn: Microseconds; readonly attempt: number }
  | { readonly kind: 'back'; readonly after: Microseconds; readonly attempts: number };

/** Errors that no waiting heals: what is asked for is not there, or not to be had in this way. */
const LASTING = [
  'media/bad-url',
  'media/bad-launch',
  'media/library-missing',
  'media/library-failed',
  'media/unauthorised',
  'media/certificate',
  'media/not-found',
  'media/no-backend',
  'media/no-video',
  'media/no-audio',
  'media/no-stream',
  'media/unknown-codec',
];

export const isLasting = ({ code }: MediaError): boolean => LASTING.includes(code);

export class Reconnection {
  private readonly options: ReconnectionOptions;
  private readonly policy: RestartPolicy;
  private lostAt: Microseconds | undefined;
  private attempts = 0;

  constructor(options: ReconnectionOptions) {
    this.options = options;
    this.policy = new RestartPolicy({ ...options.backoff, maxAttempts: null }, options.random);
  }

  /** It is lost, or could not be made. @returns How long to wait before the next attempt. */
  lost(error: MediaError): Microseconds {
    const now = this.options.clock.now();
    this.lostAt ??= now;
    const retryIn = this.policy.next(now)!;
    this.options.tell({ kind: 'lost', error, retryIn, attempt: ++this.attempts });
    return retryIn;
  }

  /** It is there, for the first time or again. */
  back(): void {
    const { lostAt, attempts } = this;
    this.lostAt = undefined;
    this.attempts = 0;
    if (lostAt !== undefined) this.options.tell({ kind: 'back', after: this.options.clock.now() - lostAt, attempts });
  }
}

export function asMediaError(error: unknown): MediaError {
  if (error instanceof MediaError) return error;
  return new MediaError('media/unreadable', (error as Error).message, { cause: error });
}
