// The messages of a WebSocket server, by the package ws: Node's own client sends neither headers nor pings, cannot trust a certificate
// of one's own, and takes messages of any length.
import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import { type TlsChoice, tlsOptions } from '../reader/tls-options.ts';
import { loadLibrary } from './load-library.ts';
import type { ConnectMessages, MessageListener } from './message-connection.ts';
import { messageFault, messageUrl, socketFault } from './socket-fault.ts';

export interface WebSocketInput extends TlsChoice {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** What is said once it is connected. */
  readonly send: readonly string[];
  readonly maxMessageBytes: number;
}

/** How long the other side may take for its half of a farewell. */
const FAREWELL_MS = 500;

export function websocketConnection(input: WebSocketInput): ConnectMessages {
  return async (listener, signal) => {
    const { url, protocols, headers, send, maxMessageBytes } = input;
    const { href } = messageUrl(url, ['ws', 'wss']);
    const library = await loadLibrary('ws', 'speak WebSocket', () => import('ws'));
    const tls = await tlsOptions(input);
    signal.throwIfAborted();
    // Whether text is good UTF-8 is looked at where it is decoded, so that a bad message costs itself and not the connection.
    const socket = new library.WebSocket(href, [...protocols], { ...tls, headers, maxPayload: maxMessageBytes, skipUTF8Validation: true });
    const abandon = (): void => socket.terminate();
    signal.addEventListener('abort', abandon, { once: true });
    try {
      await opened(socket, input, listener);
    } finally {
      signal.removeEventListener('abort', abandon);
    }
    for (const text of send) socket.send(text);
    return { ping: () => socket.ping(), close: () => end(socket) };
  };
}

function opened(socket: WebSocket, { url, maxMessageBytes }: WebSocketInput, listener: MessageListener): Promise<void> {
  return new Promise((resolve, reject) => {
    let fault: Error | undefined;
    socket.on('message', (data) => listener.message({ bytes: bytesOf(data) }));
    socket.on('pong', () => listener.alive());
    socket.on('ping', () => listener.alive());
    socket.once('open', resolve);
    socket.on('unexpected-response', (request, response) => {
      fault ??= refusalOf(url, response);
      reject(fault);
      request.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const isTooLong = error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
      if (isTooLong) listener.dropped('too-large');
      fault ??= isTooLong
        ? messageFault(url, 'media/too-large', `it sent a message of more than ${maxMessageBytes} bytes; raise maxMessageBytes`)
        : socketFault(url, error);
      reject(fault);
    });
    socket.on('close', (code, reason) => {
      const ended = messageFault(url, 'media/ended', closingOf(code, reason.toString()));
      reject(fault ?? ended);
      listener.lost((fault as typeof ended | undefined) ?? ended);
    });
  });
}

function refusalOf(url: string, { statusCode, statusMessage }: IncomingMessage): Error {
  const said = `${statusCode} ${statusMessage}`;
  if (statusCode === 401)
    return messageFault(url, 'media/unauthorised', `it wants a user and a password, or a header, that it knows (${said})`);
  if (statusCode === 403) return messageFault(url, 'media/unauthorised', `this user may not hear it (${said})`);
  if (statusCode === 404) return messageFault(url, 'media/not-found', `there is nothing under that path (${said})`);
  return messageFault(url, 'media/unreadable', `it answers ${said} in the place of a WebSocket`);
}

/** What a close says, by RFC 6455, section 7.4.1. */
function closingOf(code: number, reason: string): string {
  if (code === 1006) return 'the other side broke the connection off';
  const why = reason === '' ? '' : `: ${reason.slice(0, 120)}`;
  return code === 1005 ? 'the server has ended the connection' : `the server has ended the connection with the code ${code}${why}`;
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

/** Resolves once the socket is closed. */
function end(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), FAREWELL_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.close(1000);
  });
}
