/** A fault of a media file, device or codec; `code` is stable: `media/not-found`, `media/truncated`, `media/no-space` … */
export class MediaError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MediaError';
    this.code = code;
  }

  /** The same error on the other side of a thread. */
  static revive({ code, message }: { readonly code: string; readonly message: string }): MediaError {
    return new MediaError(code, message);
  }
}
