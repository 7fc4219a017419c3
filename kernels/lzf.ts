// Expands what LibLZF has compressed (Lehmann, lzf_d.c); gives how many bytes it has written, or -1 where the input is damaged or
// there would be more than `room`.
export function expandLzf(source: usize, bytes: i32, target: usize, room: i32): i32 {
  const end = source + <usize>bytes;
  const limit = target + <usize>room;
  let to = target;
  while (source < end) {
    const control = <usize>load<u8>(source++);
    if (control < 32) {
      const run = control + 1;
      if (source + run > end || to + run > limit) return -1;
      memory.copy(to, source, run);
      source += run;
      to += run;
      continue;
    }
    let run = (control >> 5) + 2;
    if (run == 9) {
      if (source >= end) return -1;
      run += <usize>load<u8>(source++);
    }
    if (source >= end || to + run > limit) return -1;
    const back = ((control & 31) << 8) + <usize>load<u8>(source++) + 1;
    if (to - target < back) return -1;
    let from = to - back;
    // It may refer to what it is just writing.
    for (const stop = to + run; to < stop; ) store<u8>(to++, load<u8>(from++));
  }
  return <i32>(to - target);
}
