// Numbers of any type, wherever they lie in a record, to dense rows of float32; and rows without a place taken out of them.

/**
 * Brings `count` records to rows of `columns` float32. `plan` has three i32 for each column: where its first number lies, in bytes
 * from `source`, how far it is from one to the next, and its kind (see point-kernels.ts).
 */
export function gatherFloats(source: usize, plan: usize, columns: i32, count: i32, target: usize): void {
  const row = <usize>columns * 4;
  for (let c: i32 = 0; c < columns; c++, plan += 12, target += 4) {
    gatherColumn(source + <usize>load<i32>(plan), <usize>load<i32>(plan, 4), load<i32>(plan, 8), count, target, row);
  }
}

function gatherColumn(from: usize, step: usize, kind: i32, count: i32, to: usize, row: usize): void {
  const end = to + row * <usize>count;
  switch (kind) {
    case 0:
      for (; to < end; to += row, from += step) store<u32>(to, load<u32>(from));
      break;
    case 1:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>load<f64>(from));
      break;
    case 2:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>load<i8>(from));
      break;
    case 3:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>load<u8>(from));
      break;
    case 4:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>load<i16>(from));
      break;
    case 5:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>load<u16>(from));
      break;
    case 6:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>load<i32>(from));
      break;
    case 7:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>load<u32>(from));
      break;
    case 8:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>load<i64>(from));
      break;
    case 9:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>load<u64>(from));
      break;
    case 16:
      for (; to < end; to += row, from += step) store<u32>(to, bswap<u32>(load<u32>(from)));
      break;
    case 17:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>reinterpret<f64>(bswap<u64>(load<u64>(from))));
      break;
    case 20:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>(<i16>bswap<u16>(load<u16>(from))));
      break;
    case 21:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>bswap<u16>(load<u16>(from)));
      break;
    case 22:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>(<i32>bswap<u32>(load<u32>(from))));
      break;
    case 23:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>bswap<u32>(load<u32>(from)));
      break;
    case 24:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>(<i64>bswap<u64>(load<u64>(from))));
      break;
    case 25:
      for (; to < end; to += row, from += step) store<f32>(to, <f32>bswap<u64>(load<u64>(from)));
      break;
  }
}

/** Takes out of rows of float32, in place, those of whose first `checked` numbers one is NaN or infinite; gives how many are left. */
export function keepFinite(rows: usize, count: i32, columns: i32, checked: i32): i32 {
  const bytes = <usize>columns * 4;
  let to = rows;
  let kept: i32 = 0;
  for (let i: i32 = 0; i < count; i++, rows += bytes) {
    let isFinite = true;
    // All bits of the exponent are set in NaN and infinity alone.
    for (let c: i32 = 0; c < checked; c++) if ((load<u32>(rows + (<usize>c << 2)) & 0x7f800000) == 0x7f800000) isFinite = false;
    if (!isFinite) continue;
    if (to != rows) memory.copy(to, rows, bytes);
    to += bytes;
    kept++;
  }
  return kept;
}
