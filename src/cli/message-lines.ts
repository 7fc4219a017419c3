// What elements say while a graph runs, as lines for people. Errors are printed once, at the end.
import type { Message, Pipeline } from '../index.ts';
import { styleFor } from './style-text.ts';

export function showMessages(pipeline: Pipeline, print: (line: string) => void, { quiet }: { quiet: boolean }): void {
  pipeline.bus.on('*', (message) => {
    const line = lineOf(message);
    if (line !== undefined && !(quiet && (message.type === 'info' || message.type === 'progress'))) print(line);
  });
}

function lineOf(message: Message): string | undefined {
  const style = styleFor(process.stderr);
  const warning = style('yellow', 'Warning:');
  switch (message.type) {
    case 'warning':
      return `${warning} ${named(message.element, message.text)} ${style('dim', `[${message.code}]`)}`;
    case 'info':
      return named(message.element, message.text);
    case 'progress':
      return `${named(message.element, message.text)}${message.fraction === undefined ? '' : ` (${Math.round(message.fraction * 100)} %)`}`;
    case 'quarantine':
      return `${warning} ${message.error.message}; the buffer at ${(message.pts / 1e6).toFixed(3)} s of ${message.source} was put aside ${style('dim', `[${message.error.code}]`)}`;
    case 'dropped':
      // The error that cost the buffer is told by itself.
      if (message.cause === 'error') return undefined;
      return `${warning} ${message.element} dropped ${message.count} ${message.count === 1 ? 'buffer' : 'buffers'} (${message.cause})`;
    default:
      return undefined;
  }
}

/** A text with its element's name before it, unless it has it already. */
function named(element: string, text: string): string {
  return element === '' || text.startsWith(`${element}: `) || text.startsWith(`${element} `) ? text : `${element}: ${text}`;
}
