// FFmpeg does not say why TLS has not come about, but that it has not. So the other side is asked once more, by Node's own TLS, which does.
import { connect } from 'node:tls';
import { MediaError } from '../media-error.ts';
import { type MediaInput, type NetworkInput, schemeOf, shownInput } from './media-input.ts';
import { socketMeaning } from './socket-meaning.ts';
import { systemAuthorities, tlsOptions } from './tls-options.ts';

/** Where a scheme's servers listen, unless a URL tells. */
const PORTS: Readonly<Record<string, number>> = { rtsps: 322, https: 443 };

/** Codes of errors of which TLS may be the reason. */
const VAGUE = ['media/not-media', 'media/unreadable', 'media/decoder-failed'];

/**
 * Opens an input. Where that fails by its certificate, it says so.
 *
 * @throws MediaError `media/not-found` for a file of certificates that is not there, `media/certificate`, and those of `open`.
 */
export async function withCertificateFaults<T>(input: MediaInput, open: () => Promise<T>): Promise<T> {
  if (input.kind !== 'network' || input.verifyTls === false || PORTS[schemeOf(input)] === undefined) return open();
  const { ca } = await tlsOptions({ verifyTls: true, caFile: input.caFile ?? systemAuthorities() });
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof MediaError) || !VAGUE.includes(error.code)) throw error;
    throw (await certificateFault(input, ca)) ?? error;
  }
}

/** What is wrong with the other side's TLS; undefined where nothing is, or nothing that it tells. */
function certificateFault(input: NetworkInput, ca: string | undefined): Promise<MediaError | undefined> {
  const { hostname, port } = new URL(input.url.replace(/^rtsps:/i, 'https:'));
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: port === '' ? PORTS[schemeOf(input)]! : Number(port),
      ...(/[a-z]/i.test(host) && !host.includes(':') ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
    });
    const done = (fault?: MediaError): void => {
      socket.destroy();
      resolve(fault);
    };
    socket.setTimeout(input.timeoutMs ?? 5000, () => done());
    socket.once('secureConnect', () => done());
    socket.on('error', (error) => {
      const meaning = socketMeaning(error);
      done(meaning && new MediaError(meaning[0], `Cannot open ${shownInput(input)}: ${meaning[1]}`, { cause: error }));
    });
  });
}
