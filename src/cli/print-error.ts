// Errors for people: what is wrong, where, and what would put it right. Stack traces only with LEAT_DEBUG.
import type { GraphError, Issue } from '../index.ts';
import { ExitCode, UsageError } from './exit-code.ts';
import { styleFor } from './style-text.ts';
import { wrapText } from './wrap-text.ts';

const WIDTH = 100;

/** Prints an error on the standard error stream; returns the exit code it calls for. */
export function printError(error: unknown): number {
  if (isGraphError(error)) {
    process.stderr.write(formatIssues(error.issues));
    return ExitCode.invalid;
  }
  const style = styleFor(process.stderr);
  const { message, code, stack } = Object(error) as { message?: string; code?: string; stack?: string };
  const shown = typeof code === 'string' ? style('dim', ` [${code}]`) : '';
  process.stderr.write(`${style('red', 'Error:')} ${message ?? String(error)}${shown}\n`);
  if (process.env['LEAT_DEBUG'] && stack !== undefined) process.stderr.write(`${stackOf(error)}\n`);
  else if (typeof code !== 'string') process.stderr.write('Set LEAT_DEBUG=1 to see where it comes from.\n');
  return error instanceof UsageError ? ExitCode.invalid : ExitCode.failed;
}

/** By its name: to have the class, all of Leat would be loaded before the command line is read. */
function isGraphError(error: unknown): error is GraphError {
  return error instanceof Error && error.name === 'GraphError' && 'issues' in error;
}

/**
 * Issues as a list, each with its place, its pointer, what is wrong and what would help. What is wrong in a part of a graph
 * that is included several times is told once, and how often.
 */
export function formatIssues(issues: readonly Issue[]): string {
  const style = styleFor(process.stderr);
  const times = new Map<string, { issue: Issue; count: number }>();
  for (const issue of issues) {
    const entry = times.get(JSON.stringify(issue));
    if (entry === undefined) times.set(JSON.stringify(issue), { issue, count: 1 });
    else entry.count++;
  }
  const lines = [...times.values()].flatMap(({ issue: { at, path, message, hint, code }, count }) => {
    const place = at === undefined ? '' : `${at.file ?? 'launch string'}:${at.line}:${at.column}`;
    const where = [style('bold', place), path].filter((part) => part !== '').join(' ');
    const text = wrapText(hint === undefined ? message : `${message}; ${hint}`, WIDTH - 4).map((line) => `    ${line}`);
    const often = count === 1 ? '' : ` ${count} times`;
    return [`  ${where === '' ? '' : `${where} `}${style('dim', `[${code}]`)}${often}`, ...text];
  });
  const count = times.size === 1 ? 'One problem' : `${times.size} problems`;
  return `${style('red', `${count} with the graph:`)}\n${lines.join('\n')}\n`;
}

/** A stack with those of its causes. */
function stackOf(error: unknown): string {
  const { stack, cause } = Object(error) as { stack?: string; cause?: unknown };
  return cause === undefined ? (stack ?? String(error)) : `${stack}\nCaused by: ${stackOf(cause)}`;
}
