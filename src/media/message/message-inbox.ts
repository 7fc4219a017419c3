// What has come and was not taken yet: never more than so many messages and so many bytes, whatever the other side sends.
import type { RawMessage } from './message-connection.ts';

export interface InboxOptions {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly onFull: 'dropOldest' | 'dropNewest';
  /** Hears of each that is lost. */
  readonly dropped: (cause: string) => void;
}

/** A message in its place in the stream. */
export interface QueuedMessage extends RawMessage {
  readonly epoch: number;
  /** Something before it was lost. */
  readonly discont: boolean;
  /** In running time. */
  readonly arrivedAt: number;
}

export class MessageInbox {
  private readonly options: InboxOptions;
  private readonly messages: QueuedMessage[] = [];
  private bytes = 0;
  private hasLost = false;

  constructor(options: InboxOptions) {
    this.options = options;
  }

  get size(): number {
    return this.messages.length;
  }

  put(message: Omit<QueuedMessage, 'discont'>): void {
    const { maxMessages, maxBytes, onFull } = this.options;
    const size = message.bytes.length;
    if (size > maxBytes) {
      this.lose('too-large');
      return;
    }
    while (this.messages.length >= maxMessages || this.bytes + size > maxBytes) {
      if (onFull === 'dropNewest') {
        this.lose('overrun');
        return;
      }
      this.bytes -= this.messages.shift()!.bytes.length;
      this.lose('overrun');
      // What is gone was before all that wait.
      const [next] = this.messages;
      if (next !== undefined) {
        this.messages[0] = { ...next, discont: true };
        this.hasLost = false;
      }
    }
    this.messages.push({ ...message, discont: this.hasLost });
    this.hasLost = false;
    this.bytes += size;
  }

  take(): QueuedMessage | undefined {
    const message = this.messages.shift();
    if (message !== undefined) this.bytes -= message.bytes.length;
    return message;
  }

  /** Notes that something was lost before what comes next. */
  lose(cause: string): void {
    this.hasLost = true;
    this.options.dropped(cause);
  }
}
