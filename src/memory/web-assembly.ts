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
  WebAssembly: { Memory: MemoryConstructor; Module: ModuleConstructor; Instance: InstanceConstructor };
};

export const { Memory, Module, Instance } = WebAssembly;
