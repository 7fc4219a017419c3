/** A fault of a model, a session or a run; `code` is stable: `inference/wrong-shape`, `inference/cancelled` … (see docs/errors.md). */
export class InferenceError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InferenceError';
    this.code = code;
  }

  /** The same error on this side of a thread. */
  static revive({ code, message }: { readonly code: string; readonly message: string }): InferenceError {
    return new InferenceError(code, message);
  }
}
