// Why somebody cannot be connected to, where GStreamer does not say: by trying.
import { connect } from 'node:net';
import { MediaError } from '../media-error.ts';
import { type NetworkInput, shownInput } from '../reader/media-input.ts';
import { socketMeaning } from '../reader/socket-meaning.ts';

/** Where a scheme's servers listen, unless a URL tells; of those that have servers. */
const PORTS: Readonly<Record<string, number>> = { rtsp: 554, rtsps: 322, http: 80, https: 443, rtmp: 1935, tcp: 0 };

/** Undefined where somebody answers, or nothing special is found. */
export function connectionFault(input: NetworkInput, task: string): Promise<MediaError | undefined> {
  const [, scheme = '', rest = ''] = /^(\w+):(\/\/.*)$/.exec(input.url) ?? [];
  const normal = PORTS[scheme.toLowerCase()];
  // Under a scheme without a port of its own that would be left out.
  const place = `x:${rest}`;
  if (normal === undefined || !URL.canParse(place)) return Promise.resolve(undefined);
  const { hostname, port } = new URL(place);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || normal) });
    const done = (error?: NodeJS.ErrnoException): void => {
      socket.destroy();
      const meaning = error && socketMeaning(error);
      resolve(meaning && new MediaError(meaning[0], `Cannot ${task} ${shownInput(input)}: ${meaning[1]}`, { cause: error }));
    };
    socket.setTimeout(input.timeoutMs ?? 5000, () => done(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })));
    socket.once('connect', () => done());
    socket.once('error', done);
  });
}
