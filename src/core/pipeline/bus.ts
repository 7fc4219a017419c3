import { tellHook } from '../element/tell-hook.ts';
import { valueWithoutSecrets, withoutSecrets } from '../secrets.ts';
import type { Message, MessageType } from './message.ts';

export type MessageListener<T extends MessageType = MessageType> = (message: Extract<Message, { type: T }>) => void;

/**
 * Carries messages from the graph to whoever listens, in order and at once. A listener's fault is the application's, and must neither
 * tear what the graph is in the middle of nor take the process down: it is told, once for each listener.
 */
export class Bus {
  private readonly listeners = new Map<MessageType | '*', Set<(message: Message) => void>>();
  private readonly faulty = new WeakSet<(message: Message) => void>();
  private readonly failed: (type: MessageType, fault: unknown) => void;

  /** @param failed Hears what a listener threw first, over a message of this type. */
  constructor(failed: (type: MessageType, fault: unknown) => void) {
    this.failed = failed;
  }

  /** Hears messages of one type, or of all (`'*'`); returns what stops it. */
  on<T extends MessageType>(type: T, listener: MessageListener<T>): () => void;
  on(type: '*', listener: (message: Message) => void): () => void;
  on(type: MessageType | '*', listener: (message: never) => void): () => void {
    const set = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, set.add(listener as (message: Message) => void));
    return () => set.delete(listener as (message: Message) => void);
  }

  /** Hands a message on, without what must not be shown. */
  post(given: Message): void {
    const message = shown(given);
    for (const key of [message.type, '*'] as const) {
      const set = this.listeners.get(key);
      if (set !== undefined) for (const listener of set) this.tell(listener, message);
    }
  }

  private tell(listener: (message: Message) => void, message: Message): void {
    tellHook(
      () => listener(message),
      (fault) => {
        if (this.faulty.has(listener)) return;
        this.faulty.add(listener);
        this.failed(message.type, fault);
      },
    );
  }
}

function shown(message: Message): Message {
  if (message.type === 'element') return { ...message, value: valueWithoutSecrets(message.value) };
  return 'text' in message ? { ...message, text: withoutSecrets(message.text) } : message;
}
