/** A fault of the arena or of a slab: `memory/arena-full`, `memory/released`, `memory/out-of-bounds`, `memory/leak`. */
export class MemoryError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'MemoryError';
    this.code = code;
  }
}
