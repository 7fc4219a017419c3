// TLS before a peer that speaks none, with a certificate that a test makes for itself.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { makeCertificate } from './certificate.ts';

export interface TlsFront {
  readonly port: number;
  /** The file of the certificate that it shows. */
  readonly certificate: string;
  close(): Promise<void>;
}

/** @param kind Its certificate is good for 127.0.0.1, or was until yesterday. */
export async function startTlsFront(port: number, kind: 'good' | 'expired'): Promise<TlsFront> {
  const folder = mkdtempSync(join(tmpdir(), 'leat-tls-'));
  const certificate = join(folder, 'certificate');
  const key = join(folder, 'key');
  makeCertificate(certificate, key, kind === 'good' ? 1 : -1);
  const sockets = new Set<Socket>();
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (inner) => {
    const outer = connect(port, '127.0.0.1');
    const end = (): void => {
      inner.destroy();
      outer.destroy();
    };
    for (const socket of [inner, outer]) socket.on('error', end).on('close', end);
    inner.pipe(outer).pipe(inner);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    certificate,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
