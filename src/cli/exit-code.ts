/** What the launcher's exit codes say. */
export const ExitCode = { done: 0, failed: 1, invalid: 2, interrupted: 130 } as const;

/** The arguments make no sense; the message says why. */
export class UsageError extends Error {
  readonly code = 'cli/usage';

  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
