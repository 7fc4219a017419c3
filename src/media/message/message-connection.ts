// What a way to messages has to offer: it is opened, it hands over what comes, it says once that it is lost, and it can be closed.
import type { MediaError } from '../media-error.ts';
import type { MessageItem } from './message-item.ts';

/** A message as it came. */
export interface RawMessage extends MessageItem {
  readonly bytes: Uint8Array;
}

export interface MessageListener {
  message(message: RawMessage): void;
  /** Something came that cannot be taken, by cause. */
  dropped(cause: string): void;
  /** The other side is still there, though it may have nothing to say. */
  alive(): void;
  /** It is lost, or has been closed by the other side; nothing comes after that. */
  lost(error: MediaError): void;
}

export interface MessageConnection {
  /** Asks the other side whether it is there; whoever has no such question leaves it out. */
  ping?(): void;
  /** Never rejects. */
  close(): Promise<void>;
}

/**
 * Connects, and subscribes.
 *
 * @param signal Nobody waits for it any more.
 * @throws MediaError
 */
export type ConnectMessages = (listener: MessageListener, signal: AbortSignal) => Promise<MessageConnection>;
