// Mosquitto on the loopback, in a folder of its own, and brokers that misbehave.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { connectAsync } from 'mqtt';
import { hasOpenssl, makeCertificate, runProgram } from './certificate.ts';

/** Debian puts it where only root looks. */
const PROGRAM = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find((path) => existsSync(path));

export const USER = 'ear';
export const PASSWORD = 's3cret';

/** Skips a test where mosquitto, or openssl where that is needed too, is not installed. */
export function needsBroker(test: Context, { tls = false } = {}): void {
  const missing = PROGRAM === undefined ? 'mosquitto' : tls && !hasOpenssl() ? 'openssl' : undefined;
  if (missing === undefined) return;
  console.log(`      (no ${missing} for a broker of MQTT)`);
  test.skip();
}

export interface Broker {
  readonly port: number;
  /** What it says to all that listen. */
  publish(topic: string, payload: string | Buffer, options?: { readonly retain?: boolean; readonly qos?: 0 | 1 | 2 }): Promise<void>;
  /** The file of the certificate that its TLS shows. */
  readonly certificate: string;
  freeze(): void;
  thaw(): void;
  /** Ends it; `start` has it come back at the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

export interface BrokerOptions {
  /** Lets in only {@link USER} with {@link PASSWORD}. */
  readonly locked?: boolean;
  /** With a certificate that is good for 127.0.0.1, or was until yesterday. */
  readonly tls?: 'good' | 'expired';
}

export async function startBroker({ locked = false, tls }: BrokerOptions = {}): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), 'leat-broker-'));
  const at = (name: string): string => join(folder, name);
  const port = await freePort();
  const lines = [`listener ${port} 127.0.0.1`, `allow_anonymous ${!locked}`, 'persistence false'];
  // It would become a user who may not look into this folder.
  if (process.getuid?.() === 0) lines.push('user root');
  if (locked) {
    writeFileSync(at('passwords'), '', { mode: 0o600 });
    runProgram('mosquitto_passwd', '-b', at('passwords'), USER, PASSWORD);
    lines.push(`password_file ${at('passwords')}`);
  }
  if (tls !== undefined) {
    makeCertificate(at('certificate'), at('key'), tls === 'expired' ? -1 : 1);
    lines.push(`certfile ${at('certificate')}`, `keyfile ${at('key')}`);
  }
  writeFileSync(at('broker.conf'), `${lines.join('\n')}\n`);
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawn(PROGRAM!, ['-c', at('broker.conf')], { stdio: 'ignore' });
    await listening(port, child);
  };
  const stop = async (): Promise<void> => {
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    child = undefined;
    await gone;
  };
  await start();
  const url = `${tls === undefined ? 'mqtt' : 'mqtts'}://127.0.0.1:${port}`;
  return {
    port,
    certificate: at('certificate'),
    publish: async (topic, payload, options = {}) => {
      const client = await connectAsync(url, { rejectUnauthorized: false, ...(locked ? { username: USER, password: PASSWORD } : {}) });
      await client.publishAsync(topic, payload, { qos: 1, ...options });
      await client.endAsync();
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    stop,
    start,
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves once somebody can connect. */
async function listening(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
