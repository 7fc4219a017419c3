// Why somebody cannot be connected to, where GStreamer does not say: by trying.
import { connect } from 'node:net';
import type { STREAM_FAULTS } from '../reader/fault-words.ts';
import type { NetworkInput } from '../reader/media-input.ts';

const PORTS: Readonly<Record<string, number>> = { rtsp: 554, rtsps: 322, http: 80, https: 443, rtmp: 1935, tcp: 0 };

const CODES: Readonly<Record<string, keyof typeof STREAM_FAULTS>> = {
  ECONNREFUSED: 'media/refused',
  ETIMEDOUT: 'media/timed-out',
  EHOSTUNREACH: 'media/unreachable',
  ENETUNREACH: 'media/unreachable',
  ENOTFOUND: 'media/unreachable',
  EAI_AGAIN: 'media/unreachable',
};

/** The fault's code; undefined where somebody answers, or nothing is known. */
export function connectionFault({ url, timeoutMs = 5000 }: NetworkInput): Promise<keyof typeof STREAM_FAULTS | undefined> {
  const [, scheme, rest] = /^(\w+):(\/\/.*)$/.exec(url) ?? [];
  const normal = PORTS[scheme?.toLowerCase() ?? ''];
  if (normal === undefined || !URL.canParse(`http:${rest}`)) return Promise.resolve(undefined);
  const { hostname, port } = new URL(`http:${rest}`);
  return new Promise((resolve) => {
    // An address of the sixth version stands in brackets.
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (scheme === 'http' ? 80 : normal)) });
    const done = (code: keyof typeof STREAM_FAULTS | undefined): void => {
      socket.destroy();
      resolve(code);
    };
    socket.setTimeout(timeoutMs, () => done('media/timed-out'));
    socket.once('connect', () => done(undefined));
    socket.once('error', ({ code = '' }: NodeJS.ErrnoException) => done(CODES[code]));
  });
}
