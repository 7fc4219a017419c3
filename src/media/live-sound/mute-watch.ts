import { formatDuration, type Microseconds } from '../../core/time/time.ts';

/** Who hears of it; `info` and `warn` of an element's context. */
interface Listener {
  warn(code: string, text: string): void;
  info(code: string, text: string): void;
}

/** Notices sound that is nothing but zeros: no microphone is as quiet as that, so that somebody has muted it. */
export class MuteWatch {
  private readonly name: string;
  private readonly after: Microseconds;
  private readonly listener: Listener;
  private zeros = Buffer.alloc(0);
  private silence: Microseconds = 0;
  private isMute = false;

  /** @param after For how long there have to be zeros; 0 never looks. */
  constructor(name: string, after: Microseconds, listener: Listener) {
    this.name = name;
    this.after = after;
    this.listener = listener;
  }

  heard(samples: Uint8Array, duration: Microseconds): void {
    if (this.after === 0) return;
    if (this.zeros.length < samples.length) this.zeros = Buffer.alloc(samples.length);
    // In one call: looking at each sample would cost as much as all else.
    if (Buffer.compare(samples, this.zeros.subarray(0, samples.length)) !== 0) {
      if (this.isMute) this.listener.info('media/unmuted', `${this.name} is heard again, after ${formatDuration(this.silence)}`);
      this.isMute = false;
      this.silence = 0;
      return;
    }
    this.silence += duration;
    if (this.isMute || this.silence < this.after) return;
    this.isMute = true;
    const text = `${this.name} has given nothing but zeros for ${formatDuration(this.silence)}; is it muted, or switched off?`;
    this.listener.warn('media/muted', text);
  }
}
