/** A model's outputs cannot be read as asked; `code` is stable: `decoder/wrong-shape`, `decoder/no-type` … */
export class DecoderError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DecoderError';
    this.code = code;
  }
}
