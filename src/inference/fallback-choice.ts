import { isDeepStrictEqual } from 'node:util';
import { ElementError } from '../core/errors.ts';

interface Choice {
  readonly fallback?: unknown;
  readonly useFallback: boolean;
}

/** What is said of props that want a fallback and name none. */
export const NO_FALLBACK = 'Cannot use a fallback where there is none; set fallback';

export function lacksFallback({ fallback, useFallback }: Choice): boolean {
  return useFallback && fallback === undefined;
}

/** Whether the fallback is to be used from now on. @throws ElementError when more than that has been changed. */
export function chosenFallback(element: string, before: Choice, next: Choice): boolean {
  if (isDeepStrictEqual({ ...before, useFallback: false }, { ...next, useFallback: false })) return next.useFallback;
  const text = `Cannot change ${element} while it runs, but for useFallback; close the pipeline first`;
  throw new ElementError(element, 'element/not-changeable', text);
}
