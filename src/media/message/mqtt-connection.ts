// Topics of an MQTT broker (3.1.1), by MQTT.js, which does everything but to connect anew: that is done in one way for all sources.
import type { MqttClient } from 'mqtt';
import type { MediaError } from '../media-error.ts';
import { type TlsChoice, tlsOptions } from '../reader/tls-options.ts';
import { loadLibrary } from './load-library.ts';
import type { ConnectMessages, MessageListener } from './message-connection.ts';
import { messageFault, messageUrl, socketFault } from './socket-fault.ts';

export interface MqttInput extends TlsChoice {
  readonly url: string;
  readonly topics: readonly string[];
  readonly qos: 0 | 1 | 2;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly clientId?: string | undefined;
  readonly keepSession: boolean;
  readonly keepAliveS: number;
  readonly connectTimeoutMs: number;
}

const SCHEMES = ['mqtt', 'mqtts', 'ws', 'wss'];

/** What a broker answers in the place of a subscription. */
const REFUSED = 128;

/** By the number with which a broker refuses a connection. */
const REFUSALS: Readonly<Record<number, readonly [code: string, text: string]>> = {
  1: ['media/unreadable', 'it does not speak MQTT 3.1.1'],
  2: ['media/unauthorised', 'it does not let in a client of that clientId'],
  3: ['media/refused', 'it lets nobody in now'],
  4: ['media/unauthorised', 'it wants another user or password'],
  5: ['media/unauthorised', 'it wants a user and a password that it knows, or does not let this user in'],
};

export function mqttConnection(input: MqttInput): ConnectMessages {
  return async (listener, signal) => {
    const { url } = input;
    const { href, username, password } = withoutUser(messageUrl(url, SCHEMES));
    const library = await loadLibrary('mqtt', 'speak MQTT', () => import('mqtt'));
    const tls = await tlsOptions(input);
    signal.throwIfAborted();
    const client = library.connect(href, {
      ...tls,
      username: input.user ?? username,
      password: input.password ?? password,
      ...(input.clientId === undefined ? {} : { clientId: input.clientId }),
      clean: !input.keepSession,
      keepalive: input.keepAliveS,
      connectTimeout: input.connectTimeoutMs,
      protocolVersion: 4,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
    } as Parameters<typeof library.connect>[1] & object);
    const abandon = (): void => void end(client);
    signal.addEventListener('abort', abandon, { once: true });
    try {
      await opened(client, input, listener);
    } catch (error) {
      await end(client);
      throw error;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
    return { close: () => end(client) };
  };
}

/** Resolves once it is subscribed to all topics. */
function opened(client: MqttClient, { url, topics, qos }: MqttInput, listener: MessageListener): Promise<void> {
  return new Promise((resolve, reject) => {
    let fault: MediaError | undefined;
    client.on('message', (topic, bytes, { retain }) => listener.message({ topic, retained: retain, bytes }));
    client.on('error', (error) => {
      const refusal = REFUSALS[(error as { code?: unknown }).code as number];
      fault = refusal === undefined ? socketFault(url, error as Error) : messageFault(url, ...refusal);
      reject(fault);
    });
    client.on('close', () => {
      fault ??= messageFault(url, 'media/ended', 'the broker has ended the connection');
      reject(fault);
      listener.lost(fault);
    });
    client.once('connect', () => {
      client.subscribe([...topics], { qos }, (error, granted, packet) => {
        const answers = (packet as { granted?: readonly number[] } | undefined)?.granted ?? granted?.map((grant) => grant.qos) ?? [];
        const at = answers.findIndex((answer) => answer >= REFUSED);
        if (at >= 0) reject(messageFault(url, 'media/unauthorised', `this user may not subscribe to ${topics[at] ?? 'a topic'}`));
        else if (error) reject(fault ?? socketFault(url, error));
        else resolve();
      });
    });
  });
}

/** Resolves once the socket is closed. */
function end(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.end(true, {}, () => resolve()));
}

/** The user and password of a URL, and the rest of it. */
function withoutUser(url: URL): { href: string; username: string | undefined; password: string | undefined } {
  const { username, password } = url;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  const part = (text: string): string | undefined => (text === '' ? undefined : decodeURIComponent(text));
  return { href: bare.href, username: part(username), password: part(password) };
}
