/** What the launcher's exit codes say. Those of 128 and more are what a shell makes of the signals SIGINT and SIGPIPE. */
export const ExitCode = { done: 0, failed: 1, invalid: 2, interrupted: 130, readerGone: 141 } as const;

/** The arguments make no sense; the message says why. */
export class UsageError extends Error {
  readonly code = 'cli/usage';

  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
