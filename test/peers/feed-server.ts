// A WebSocket server on the loopback that says what a test wants, refuses whom it wants, and goes away and comes back.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { makeCertificate } from './certificate.ts';

export interface FeedOptions {
  /** Has a certificate that is good for 127.0.0.1, or was until yesterday. */
  readonly tls?: 'good' | 'expired';
  /** Whether pings are answered. Default: yes. */
  readonly autoPong?: boolean;
}

export interface FeedServer {
  readonly url: string;
  /** The file of the certificate that its TLS shows. */
  readonly certificate: string;
  /** Those that are connected. */
  readonly clients: ReadonlySet<WebSocket>;
  /** What has been asked of it, be it let in or not. */
  readonly requests: readonly IncomingMessage[];
  /** Resolves to what was said to it, once that is so much. */
  told(count: number): Promise<readonly string[]>;
  /** The codes with which clients took their leave. */
  readonly farewells: readonly number[];
  /** Says something to all that are connected, each a message: text, or binary where it is bytes. */
  say(...messages: readonly (string | Buffer)[]): void;
  /** Resolves once all that are connected have got whatever was said. */
  heardByAll(): Promise<void>;
  /** Answers with this status from now on; undefined lets in again. */
  refuse(status: number | undefined): void;
  /** Breaks all connections off; `start` has it come back at the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

export async function startFeed({ tls, autoPong = true }: FeedOptions = {}): Promise<FeedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'leat-feed-'));
  const certificate = join(folder, 'certificate');
  const key = join(folder, 'key');
  if (tls !== undefined) makeCertificate(certificate, key, tls === 'expired' ? -1 : 1);
  const requests: IncomingMessage[] = [];
  const told: string[] = [];
  let onTold = (): void => undefined;
  const farewells: number[] = [];
  const feed = new WebSocketServer({ noServer: true, autoPong });
  feed.on('connection', (client) => {
    client.on('message', (data) => {
      told.push(String(data));
      onTold();
    });
    client.on('close', (code) => farewells.push(code));
    client.on('error', () => undefined);
  });
  let refusal: number | undefined;
  let server: Server | undefined;
  let port = 0;
  const start = async (): Promise<void> => {
    const options = { cert: tls && readFileSync(certificate), key: tls && readFileSync(key) };
    server = tls === undefined ? createServer() : createTlsServer(options);
    server.on('upgrade', (request, socket, head) => {
      requests.push(request);
      socket.on('error', () => undefined);
      if (refusal === undefined) feed.handleUpgrade(request, socket, head, (client) => feed.emit('connection', client, request));
      else socket.end(`HTTP/1.1 ${refusal} ${STATUS_CODES[refusal]}\r\nContent-Length: 0\r\n\r\n`);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const stop = async (): Promise<void> => {
    if (server === undefined) return;
    const gone = once(server, 'close');
    server.close();
    for (const client of feed.clients) client.terminate();
    server = undefined;
    await gone;
  };
  await start();
  return {
    url: `${tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${port}`,
    certificate,
    clients: feed.clients,
    requests,
    told: (count) =>
      new Promise((resolve) => {
        onTold = () => {
          if (told.length >= count) resolve(told);
        };
        onTold();
      }),
    farewells,
    say: (...messages) => {
      for (const client of feed.clients) for (const message of messages) client.send(message);
    },
    heardByAll: async () => {
      const answers = [...feed.clients].map((client) => once(client, 'pong'));
      for (const client of feed.clients) client.ping();
      await Promise.all(answers);
    },
    refuse: (status) => {
      refusal = status;
    },
    stop,
    start,
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
