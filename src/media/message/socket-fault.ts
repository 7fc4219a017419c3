// What the complaints of Node's sockets mean for somebody whose broker or server does not answer.
import { MediaError } from '../media-error.ts';
import { shownUrl } from '../reader/media-input.ts';

const BY_CODE: Readonly<Record<string, readonly [code: string, text: string]>> = {
  ECONNREFUSED: ['media/refused', 'nothing listens there (connection refused); is it on, and is the port right?'],
  ENOTFOUND: ['media/unreachable', 'there is no host of that name'],
  EAI_AGAIN: ['media/unreachable', 'the name of the host cannot be looked up now'],
  EHOSTUNREACH: ['media/unreachable', 'there is no way to that host'],
  ENETUNREACH: ['media/unreachable', 'there is no way to that network'],
  ETIMEDOUT: ['media/timed-out', 'it does not answer in time'],
  ECONNRESET: ['media/ended', 'the other side broke the connection off'],
  EPIPE: ['media/ended', 'the other side broke the connection off'],
  EPROTO: ['media/unreadable', 'what listens there does not speak TLS, or not such as is spoken today'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['media/unreadable', 'what listens there does not speak TLS'],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ['media/unreadable', 'what listens there does not speak TLS'],
  CERT_HAS_EXPIRED: ['media/certificate', 'its certificate has expired'],
  CERT_NOT_YET_VALID: ['media/certificate', 'its certificate is not valid yet; is the clock of this machine right?'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['media/certificate', 'its certificate is that of another host'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'media/certificate',
    'nobody vouches for its certificate; name the file of it, or of its authority, in caFile',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: ['media/certificate', 'its authority is not known; name the file of its certificate in caFile'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['media/certificate', 'its authority is not known; name the file of its certificate in caFile'],
  UNABLE_TO_GET_ISSUER_CERT: ['media/certificate', 'its authority is not known; name the file of its certificate in caFile'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['media/certificate', 'its authority is not known; name the file of its certificate in caFile'],
  CERT_REVOKED: ['media/certificate', 'its certificate was revoked'],
};

/** The fault of a connection to `url`, of which nothing secret is shown. */
export function socketFault(url: string, error: NodeJS.ErrnoException): MediaError {
  const meaning = BY_CODE[error.code ?? ''];
  const text = meaning?.[1] ?? (error.message.replaceAll(url, shownUrl(url)) || error.code || 'it gave no reason');
  return messageFault(url, meaning?.[0] ?? 'media/unreadable', text);
}

export function messageFault(url: string, code: string, text: string): MediaError {
  return new MediaError(code, `Cannot hear ${shownUrl(url)}: ${text}`);
}

/** Where messages are to come from. @throws MediaError `media/bad-url`. */
export function messageUrl(url: string, schemes: readonly string[]): URL {
  const expected = `expected one of ${schemes.map((scheme) => `${scheme}://host`).join(', ')}`;
  if (!URL.canParse(url)) throw messageFault(url, 'media/bad-url', `it is no URL; ${expected}`);
  const parsed = new URL(url);
  const scheme = parsed.protocol.slice(0, -1);
  if (!schemes.includes(scheme)) throw messageFault(url, 'media/bad-url', `${scheme} is no protocol of messages; ${expected}`);
  if (parsed.hostname === '') throw messageFault(url, 'media/bad-url', `it names no host; ${expected}`);
  return parsed;
}
