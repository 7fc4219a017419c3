// What elements say while a graph runs, as lines for people. Errors are printed once, at the end.
import type { Message, Pipeline } from '../index.ts';
import { styleFor } from './style-text.ts';

/** For how long an element that has put a buffer aside says nothing of others, in microseconds; the report counts them all. */
const QUIET = 1e6;

export function showMessages(pipeline: Pipeline, print: (line: string) => void, { quiet }: { quiet: boolean }): void {
  const aside = new Map<string, { since: number; count: number }>();
  pipeline.bus.on('*', (message) => {
    const more = message.type === 'quarantine' ? moreOf(aside, message.element, pipeline.clock.now()) : 0;
    if (more === undefined) return;
    const line = lineOf(message, more);
    if (line !== undefined && !(quiet && (message.type === 'info' || message.type === 'progress'))) print(line);
  });
}

/** How many buffers an element has put aside unsaid before this one; undefined when it spoke of one less than a second ago. */
function moreOf(aside: Map<string, { since: number; count: number }>, element: string, now: number): number | undefined {
  const last = aside.get(element);
  if (last !== undefined && now - last.since < QUIET) {
    last.count++;
    return undefined;
  }
  aside.set(element, { since: now, count: 0 });
  return last?.count ?? 0;
}

/** @param more Like messages that were left out before this one. */
function lineOf(message: Message, more: number): string | undefined {
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
      return `${warning} ${message.error.message}; the buffer at ${(message.pts / 1e6).toFixed(3)} s of ${message.source} was put aside${message.file === undefined ? '' : ` in ${message.file}`}${more === 0 ? '' : `, and ${more} before it`} ${style('dim', `[${message.error.code}]`)}`;
    case 'clock-lost':
      return `${warning} ${named(message.element, `its clock is lost: ${message.reason}`)}`;
    case 'clock-selected':
      return message.clock === 'system' ? undefined : `The graph goes by the clock of ${message.clock}`;
    case 'overload':
      return overloadLine(message);
    case 'dropped':
      // The error that cost the buffer is told by itself.
      if (message.cause === 'error') return undefined;
      return `${warning} ${message.element} dropped ${message.count} ${message.count === 1 ? 'buffer' : 'buffers'} (${message.cause})`;
    default:
      return undefined;
  }
}

function overloadLine(message: Extract<Message, { type: 'overload' }>): string {
  const { element, measure, step, direction, measured, threshold, because } = message;
  if (because !== undefined)
    return `The graph ${because === 'edit' ? 'was changed' : 'stood still'}: undid ${step}, which watches ${element}`;
  const isShare = measure === 'level' || measure === 'drops';
  const text = (value: number): string => (isShare ? `${Math.round(100 * value)} %` : `${value.toFixed(1)} ms`);
  const [where, compared, did] = direction === 'up' ? ['at', 'above', 'took'] : ['has passed at', 'at most', 'undid'];
  return `Overload ${where} ${element} (${measure} ${text(measured)}, ${compared} ${text(threshold)}): ${did} ${step}`;
}

/** A text with its element's name before it, unless it has it already. */
function named(element: string, text: string): string {
  return element === '' || text.startsWith(`${element}: `) || text.startsWith(`${element} `) ? text : `${element}: ${text}`;
}
