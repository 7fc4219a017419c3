// What the complaints of Node's sockets mean for somebody whose broker or server does not answer.
import { MediaError } from '../media-error.ts';
import { shownUrl } from '../reader/media-input.ts';
import { socketMeaning } from '../reader/socket-meaning.ts';

/** The fault of a connection to `url`, of which nothing secret is shown. */
export function socketFault(url: string, error: NodeJS.ErrnoException): MediaError {
  const meaning = socketMeaning(error);
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
