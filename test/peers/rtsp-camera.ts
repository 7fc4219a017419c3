// The camera of rtsp-camera.py, and cameras that misbehave.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Context } from 'mocha';

/** The system's own interpreter, which has GStreamer's bindings. */
const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('./rtsp-camera.py', import.meta.url));

/** What is missing for a camera; undefined where nothing is. */
export function rtspServerLacks(): string | undefined {
  const probe =
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst; Gst.init(None); assert Gst.ElementFactory.find('x264enc')";
  return spawnSync(PYTHON, ['-c', probe]).status === 0 ? undefined : "no GStreamer RTSP server for Python's bindings to play a camera";
}

/** Skips a test where GStreamer's RTSP server is not installed. */
export function needsRtspServer(test: Context): void {
  const lack = rtspServerLacks();
  if (lack === undefined) return;
  console.log(`      (${lack})`);
  test.skip();
}

export interface RtspCamera {
  /** Of what everybody may see. */
  readonly url: string;
  readonly port: number;
  /** Of what only `eye` with the password `s3cret` may see, as host, port and path. */
  readonly locked: string;
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
}

export async function startRtspCamera(...args: readonly string[]): Promise<RtspCamera> {
  const child: ChildProcess = spawn(PYTHON, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = once(child, 'exit');
  const line = new Promise<string>((resolve) => createInterface(child.stdout!).once('line', resolve));
  const failed = gone.then(() => Promise.reject(new Error(`the camera ended: ${args.join(' ')}`)));
  failed.catch(() => undefined);
  const [port, lockedPort] = (await Promise.race([line, failed])).split(' ').map(Number) as [number, number];
  return {
    url: `rtsp://127.0.0.1:${port}/cam`,
    port,
    locked: `127.0.0.1:${lockedPort}/cam`,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

export interface OddCamera {
  readonly url: string;
  close(): Promise<void>;
}

/** A server that takes connections and does with them as it is told. */
export async function startOddCamera(behave: (socket: Socket) => void): Promise<OddCamera> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    behave(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `rtsp://127.0.0.1:${(server.address() as AddressInfo).port}/cam`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
