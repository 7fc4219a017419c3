// What the complaints of Node's sockets mean for somebody whose camera, broker or server does not answer.

const NOT_TLS = ['media/unreadable', 'what listens there does not speak TLS'] as const;
const UNKNOWN_AUTHORITY = ['media/certificate', 'its authority is not known; name the file of its certificate in caFile'] as const;

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
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  CERT_HAS_EXPIRED: ['media/certificate', 'its certificate has expired'],
  CERT_NOT_YET_VALID: ['media/certificate', 'its certificate is not valid yet; is the clock of this machine right?'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['media/certificate', 'its certificate is that of another host'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'media/certificate',
    'nobody vouches for its certificate; name the file of it, or of its authority, in caFile',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_REVOKED: ['media/certificate', 'its certificate was revoked'],
};

/** The error's code of ours, and what is to be said of it; undefined where it is nothing special. */
export function socketMeaning({ code }: NodeJS.ErrnoException): readonly [code: string, text: string] | undefined {
  return BY_CODE[code ?? ''];
}
