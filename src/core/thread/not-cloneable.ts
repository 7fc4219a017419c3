import { ElementError } from '../errors.ts';

/** What becomes of something that cannot go to another thread. */
export function notCloneable(element: string, cause: unknown): ElementError {
  const { message } = Object(cause) as { message?: string };
  const text = `${element}: what goes to or from its thread cannot be cloned: ${message ?? String(cause)}; keep functions and class instances out of values, meta, caps and notes`;
  return new ElementError(element, 'thread/not-cloneable', text, { cause });
}
