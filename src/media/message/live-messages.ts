// How an element gives the messages of a live input: what every source of them shares, whatever they come by.
import type { z } from 'zod';
import { caps, type FixedCaps } from '../../core/caps/caps.ts';
import type { CreateContext, OpenContext, SourceHooks } from '../../core/element/define-element.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import type { PadTemplates } from '../../core/element/pad-template.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import { MICROSECONDS_PER_SECOND } from '../../core/time/time.ts';
import { shownUrl } from '../reader/media-input.ts';
import { tellOfConnection } from '../reader/reconnect-notes.ts';
import type { TextItem } from '../text/text-item.ts';
import type { ConnectMessages } from './message-connection.ts';
import { MessageInbox, type QueuedMessage } from './message-inbox.ts';
import type { JsonItem, MessageItem } from './message-item.ts';
import type { messageProps } from './message-props.ts';
import { ReconnectingMessages } from './reconnecting-messages.ts';

type Props = z.output<z.ZodObject<typeof messageProps>> & { readonly url: string; readonly pingIntervalMs?: number };
type Value = (TextItem & MessageItem) | JsonItem | MessageItem;

export interface LiveMessages {
  readonly messages: ReconnectingMessages;
  readonly inbox: MessageInbox;
  /** Has whoever waits look. */
  wake: () => void;
}

/** The part of an element's definition that hears. @param connectionOf How its props ask to connect. */
export function liveMessages<P extends Props>(connectionOf: (props: P, context: ElementContext) => ConnectMessages) {
  return {
    open: async ({ props, context }: OpenContext<P>): Promise<LiveMessages> => {
      const { url, inbox: limits, maxMessageBytes, connectTimeoutMs, silenceTimeoutMs, pingIntervalMs, reconnect } = props;
      const inbox = new MessageInbox({ ...limits, dropped: (cause) => context.dropped(cause) });
      const messages = new ReconnectingMessages(connectionOf(props, context), {
        clock: context.clock,
        signal: context.signal,
        connectTimeoutMs,
        silenceTimeoutMs,
        pingIntervalMs,
        backoff: reconnect,
        dropped: (cause) => inbox.lose(cause),
        tell: tellOfConnection(context, { kind: 'network', url }),
        message: (message, epoch) => {
          if (message.bytes.length > maxMessageBytes) return inbox.lose('too-large');
          inbox.put({ ...message, epoch, arrivedAt: context.timeline.now });
          opened.wake();
        },
      });
      const opened: LiveMessages = { messages, inbox, wake: () => undefined };
      try {
        await messages.start();
      } catch (error) {
        await messages.close();
        throw error;
      }
      return opened;
    },
    close: ({ messages }: LiveMessages): Promise<void> => messages.close(),
    negotiate: { srcCaps: ({ props }: { props: P }) => caps(props.format) },
    create: ({
      props,
      resource,
      caps: { src },
      context,
    }: CreateContext<P, PadTemplates, LiveMessages>): SourceHooks<StreamBuffer<Value>> & { close(): void } => {
      const { inbox, messages } = resource;
      const read = messageReader(props, context, src!);
      const begin = context.timeline.now;
      let last = 0;
      let stopped = false;
      /** The one before was malformed. */
      let hasLost = false;
      let wake = (): void => undefined;
      resource.wake = () => wake();
      const onAbort = (): void => wake();
      context.signal.addEventListener('abort', onAbort);
      const next = (): StreamBuffer<Value> | undefined => {
        for (let message = inbox.take(); message !== undefined; message = inbox.take()) {
          last = Math.max(last, message.arrivedAt - begin);
          const buffer = read({ ...message, discont: message.discont || hasLost }, last);
          hasLost = buffer === undefined;
          if (buffer !== undefined) return buffer;
          context.dropped('malformed');
        }
        return undefined;
      };
      const wait = async (): Promise<StreamBuffer<Value> | undefined> => {
        for (;;) {
          if (context.signal.aborted) return undefined;
          const buffer = next();
          if (buffer !== undefined || stopped) return buffer;
          await context.waiting(
            new Promise<void>((resolve) => {
              wake = resolve;
            }),
          );
        }
      };
      return {
        produce: () => (context.signal.aborted ? undefined : (next() ?? wait())),
        // What has come already is given.
        stop: () => {
          stopped = true;
          messages.end();
          wake();
        },
        close: () => context.signal.removeEventListener('abort', onAbort),
      };
    },
  };
}

/** Makes buffers of messages; undefined of one that is malformed and not wanted. */
function messageReader({ format, onMalformed, url }: Props, context: ElementContext, one: FixedCaps) {
  const strict = new TextDecoder('utf-8', { fatal: true });
  const lenient = new TextDecoder('utf-8');
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = (what: string, topic: string | undefined): void => {
    // Who sends one sends many.
    if (context.clock.now() - toldAt < MICROSECONDS_PER_SECOND) return;
    toldAt = context.clock.now();
    const which = topic === undefined ? 'A message' : `A message of ${topic}`;
    context.warn(
      'media/malformed',
      `${which} from ${shownUrl(url)} is ${what}; ${onMalformed === 'drop' ? 'it was dropped' : 'it is marked'}`,
    );
  };
  return ({ bytes, topic, retained, epoch, discont }: QueuedMessage, pts: number): StreamBuffer<Value> | undefined => {
    const item: MessageItem = { ...(topic === undefined ? {} : { topic }), ...(retained === undefined ? {} : { retained }) };
    const init = { caps: one, pts, epoch, discont, bytes: bytes.length };
    if (format === 'bytes') {
      const slab = context.arena.allocate(Math.max(1, bytes.length));
      context.arena.bytes(slab.offset, bytes.length).set(bytes);
      return new StreamBuffer({ ...init, value: item, slabs: [slab] });
    }
    let text: string;
    let flaw: string | undefined;
    try {
      text = strict.decode(bytes);
    } catch {
      text = lenient.decode(bytes);
      flaw = 'no UTF-8';
    }
    let json: unknown;
    if (format === 'json') {
      try {
        json = flaw === undefined ? JSON.parse(text) : undefined;
      } catch {
        flaw = 'no JSON';
      }
    }
    if (flaw !== undefined) tell(flaw, topic);
    if (flaw !== undefined && onMalformed === 'drop') return undefined;
    return new StreamBuffer({ ...init, value: format === 'json' ? { json, ...item } : { text, ...item }, corrupt: flaw !== undefined });
  };
}
