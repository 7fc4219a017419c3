// The little of WebAssembly's JavaScript interface that we use, typed here: Node's own types leave it out, and the DOM's
// would bring a browser's globals with them.

/** A WebAssembly memory that threads share. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

interface MemoryConstructor {
  new (descriptor: { initial: number; maximum: number; shared: true }): SharedMemory;
}

interface ModuleConstructor {
  new (bytes: Uint8Array): object;
}

interface InstanceConstructor {
  new (module: object, imports: Record<string, Record<string, unknown>>): { readonly exports: Record<string, unknown> };
}

const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Memory: MemoryConstructor;
    Module: ModuleConstructor;
    Instance: InstanceConstructor;
    validate(bytes: Uint8Array): boolean;
  };
};

export const { Memory, Module, Instance } = WebAssembly;

// (module (func (result v128) (i8x16.popcnt (i8x16.splat (i32.const 0)))))
const SIMD = '\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7b\x03\x02\x01\0\x0a\x0a\x01\x08\0\x41\0\xfd\x0f\xfd\x62\x0b';

/** Whether the engine knows vectors; some leave them out on old or small processors. */
export function hasSimd(): boolean {
  return WebAssembly.validate(Buffer.from(SIMD, 'latin1'));
}
