// node reconnects.mjs BACKEND COUNT URL: reads a stream that is cut off at the first frame of each connection, so many times, and prints
// what the process has after the first half of them, when all that is compiled while it runs has been, the most it has later, and what
// is left at the end.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { SystemClock } from '../../../dist/core/time/clock.js';
import { MEDIA_BACKENDS } from '../../../dist/media/reader/choose-backend.js';
import { ReconnectingReader } from '../../../dist/media/reader/reconnecting-reader.js';
import { Arena } from '../../../dist/memory/arena.js';

const [name, count, address] = process.argv.slice(2);
const SETTLED = Math.floor(Number(count) / 2);

const url = new URL(address);
const { hostname, port } = url;
const sockets = new Set();
// What comes of its network goes through here, to be cut off.
const cutter = createServer((inner) => {
  const outer = connect(Number(port), hostname);
  sockets.add(inner);
  const end = () => {
    sockets.delete(inner);
    inner.destroy();
    outer.destroy();
  };
  for (const socket of [inner, outer]) socket.on('error', end).on('close', end);
  inner.pipe(outer).pipe(inner);
}).listen(0, '127.0.0.1');
await once(cutter, 'listening');
url.port = String(cutter.address().port);

const arena = Arena.create();
const backend = MEDIA_BACKENDS.find((one) => one.name === name);
const input = { kind: 'network', url: url.href, isLive: true, timeoutMs: 60_000 };
const reader = new ReconnectingReader((signal) => backend.open(input, { arena, video: {}, signal, maxFrames: 4, framesAhead: 2 }), {
  clock: new SystemClock(),
  signal: new AbortController().signal,
  connectTimeoutMs: 60_000,
  silenceTimeoutMs: 60_000,
  backoff: { firstDelayMs: 0, maxDelayMs: 0 },
  tell: () => undefined,
});

function now() {
  const status = readFileSync('/proc/self/status', 'latin1');
  const children = readdirSync('/proc').filter((pid) => {
    try {
      return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]) === process.pid;
    } catch {
      return false;
    }
  });
  return {
    bytes: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024,
    threads: Number(/Threads:\s+(\d+)/.exec(status)[1]),
    files: readdirSync('/proc/self/fd').length,
    children: children.length,
    slabs: arena.statistics.slabsInUse,
  };
}

await reader.start();
let settled;
const most = { bytes: 0, threads: 0, files: 0, children: 0, slabs: 0 };
for (let epoch = -1; epoch < Number(count); ) {
  const frame = await reader.next();
  frame.slab.release();
  if (frame.epoch === epoch) continue;
  epoch = frame.epoch;
  const here = now();
  if (epoch === SETTLED) settled = here;
  if (epoch > SETTLED) for (const [what, much] of Object.entries(here)) most[what] = Math.max(most[what], much);
  for (const socket of sockets) socket.destroy();
}
await reader.close();
cutter.close();
const last = now();
console.log(JSON.stringify({ settled, most, last }));
