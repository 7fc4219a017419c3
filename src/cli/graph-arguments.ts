// What the commands that take a graph have in common: the graph itself, and what it is given.
import { existsSync } from 'node:fs';
import { builtinRegistry, type GraphSource, isLaunchString, type LoadOptions } from '../index.ts';
import { UsageError } from './exit-code.ts';

export interface GraphOptions {
  readonly param: readonly string[];
  readonly set: readonly string[];
  readonly plugin: readonly string[];
}

/** What the words on the command line mean. @throws UsageError */
export function graphArguments(
  words: readonly string[],
  { param, set, plugin }: GraphOptions,
): { source: GraphSource; options: LoadOptions; title: string } {
  const params: Record<string, string> = {};
  for (const one of param) {
    const equals = one.indexOf('=');
    if (equals < 1) throw new UsageError(`Cannot read --param ${one}: expected name=value, such as input=video.mp4`);
    params[one.slice(0, equals)] = one.slice(equals + 1);
  }
  const registry = builtinRegistry();
  // The shell took the quotes of a launch string given as several words.
  const text =
    words.length === 1
      ? words[0]!
      : words.map((word) => (/[\s'"\\]/.test(word) ? `"${word.replace(/(["\\])/g, '\\$1')}"` : word)).join(' ');
  const isLaunch = isLaunchString(text) || (!existsSync(text) && (words.length > 1 || registry.get(words[0]!) !== undefined));
  const source = isLaunch ? { launch: text } : { file: text };
  return { source, options: { registry, params, settings: set, plugins: plugin }, title: isLaunch ? 'launch string' : text };
}
