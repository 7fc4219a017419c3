import type { WriteStream } from 'node:tty';

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

const CODES: Record<Style, readonly [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  cyan: [36, 39],
};

/** Styles text for a stream; plain where the stream is no terminal or the user wants none (NO_COLOR). */
export function styleFor(stream: NodeJS.WritableStream): (style: Style, text: string) => string {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  const isTerminal = (stream as WriteStream).isTTY === true && TERM !== 'dumb';
  if (NO_COLOR || !(FORCE_COLOR || isTerminal)) return (_style, text) => text;
  return (style, text) => `\x1b[${CODES[style][0]}m${text}\x1b[${CODES[style][1]}m`;
}
