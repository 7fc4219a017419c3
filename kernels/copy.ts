// Copies bytes; the two stretches may overlap. The engine's own copy beats typed arrays over a shared memory, most of all in small ones.
export function copyBytes(source: usize, target: usize, bytes: usize): void {
  memory.copy(target, source, bytes);
}

// Copies `count` runs of bytes that lie at regular distances: pieces of tensors along an inner axis. Source and target must not
// overlap. A call for each number would take longer than the copy where runs are as short as one.
export function copyRuns(source: usize, sourceStride: usize, target: usize, targetStride: usize, bytes: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    if (bytes == 4) store<u32>(target, load<u32>(source));
    else memory.copy(target, source, bytes);
    source += sourceStride;
    target += targetStride;
  }
}
