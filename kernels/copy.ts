// Copies bytes; the two stretches may overlap. The engine's own copy beats typed arrays over a shared memory, most of all in small ones.
export function copyBytes(source: usize, target: usize, bytes: usize): void {
  memory.copy(target, source, bytes);
}
