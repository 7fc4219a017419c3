/** An error as it travels between threads. */
export interface ErrorNote {
  readonly code: string;
  readonly message: string;
}

/** What to tell the other thread of an error; `code` stands in when it has none. */
export function errorNote(error: unknown, code: string): ErrorNote {
  const { code: own, message } = Object(error) as { code?: unknown; message?: unknown };
  return { code: typeof own === 'string' && own.includes('/') ? own : code, message: String(message ?? error) };
}
