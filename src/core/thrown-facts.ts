// What can be told of something that was thrown. JavaScript throws anything: nothing at all, a symbol, an object whose properties
// throw when they are read. Whoever has to tell of it must not fail in turn.

export interface ThrownFacts {
  /** What went wrong, or, where that was not said, what was thrown instead of an error that says it. */
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
}

/** Never throws. */
export function thrownFacts(thrown: unknown): ThrownFacts {
  const said = textAt(thrown, 'message') ?? (typeof thrown === 'string' ? thrown : '');
  const message = said === '' ? `threw ${nameOf(thrown)}; an Error with a message would say what went wrong` : said;
  return { message, code: textAt(thrown, 'code'), stack: textAt(thrown, 'stack') };
}

/** Whether it is an error of that kind; a proxy may answer with an error of its own even to this question. */
export function isThrown<E extends Error>(thrown: unknown, kind: abstract new (...args: never[]) => E): thrown is E {
  try {
    return thrown instanceof kind;
  } catch {
    return false;
  }
}

function textAt(thrown: unknown, property: string): string | undefined {
  try {
    const value: unknown = Object(thrown)[property];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function nameOf(thrown: unknown): string {
  if (thrown === '') return 'an empty text';
  if (typeof thrown === 'function') return 'a function';
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  return isThrown(thrown, Error) ? 'an error without a message' : 'an object without a message';
}
