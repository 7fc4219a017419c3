import { ElementError } from '../errors.ts';
import { thrownFacts } from '../thrown-facts.ts';

/** What becomes of something that cannot go to another thread. */
export function notCloneable(element: string, cause: unknown): ElementError {
  const text = `${element}: what goes to or from its thread cannot be cloned: ${thrownFacts(cause).message}; keep functions and class instances out of values, meta, caps and notes`;
  return new ElementError(element, 'thread/not-cloneable', text, { cause });
}
