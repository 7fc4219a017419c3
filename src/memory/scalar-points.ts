// Records of numbers in plain TypeScript: see scalar-kernels.ts for when, and point-kernels.ts for what it does.
import type { Arena } from './arena.ts';
import { BIG_ENDIAN, NUMBER_KINDS, type NumberKind, type PointKernels } from './point-kernels.ts';

type Get = (view: DataView, at: number, isLittle: boolean) => number;

const GET: Readonly<Record<NumberKind, Get>> = {
  float32: (view, at, isLittle) => view.getFloat32(at, isLittle),
  float64: (view, at, isLittle) => view.getFloat64(at, isLittle),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  int16: (view, at, isLittle) => view.getInt16(at, isLittle),
  uint16: (view, at, isLittle) => view.getUint16(at, isLittle),
  int32: (view, at, isLittle) => view.getInt32(at, isLittle),
  uint32: (view, at, isLittle) => view.getUint32(at, isLittle),
  int64: (view, at, isLittle) => Number(view.getBigInt64(at, isLittle)),
  uint64: (view, at, isLittle) => Number(view.getBigUint64(at, isLittle)),
};

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** @returns undefined for a word that is no number. */
function numberOf(word: string): number | undefined {
  if (NUMBER.test(word)) return Number(word);
  const special = /^([+-]?)(?:(nan)|inf|infinity)$/i.exec(word);
  if (special === null) return undefined;
  if (special[2] !== undefined) return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

export function scalarPoints(arena: Arena): PointKernels {
  return {
    gatherFloats: (source, plan, columns, count, target) => {
      const view = new DataView(arena.memory.buffer);
      const rows = arena.view('float32', target, count * columns);
      const columnPlan = arena.view('int32', plan, columns * 3);
      for (let c = 0; c < columns; c++) {
        const [from, step, kind] = columnPlan.subarray(c * 3) as unknown as [number, number, number];
        const get = GET[NUMBER_KINDS[kind % BIG_ENDIAN]!];
        for (let i = 0; i < count; i++) rows[i * columns + c] = get(view, source + from + i * step, kind < BIG_ENDIAN);
      }
    },
    keepFinite: (rows, count, columns, checked) => {
      const values = arena.view('float32', rows, count * columns);
      let kept = 0;
      for (let i = 0; i < count; i++) {
        const row = values.subarray(i * columns, (i + 1) * columns);
        if (row.subarray(0, checked).every(Number.isFinite)) values.set(row, kept++ * columns);
      }
      return kept;
    },
    expandLzf: (source, bytes, target, room) => {
      const [from, to] = [arena.bytes(source, bytes), arena.bytes(target, room)];
      let read = 0;
      let written = 0;
      while (read < bytes) {
        const control = from[read++]!;
        if (control < 32) {
          const run = control + 1;
          if (read + run > bytes || written + run > room) return -1;
          to.set(from.subarray(read, read + run), written);
          read += run;
          written += run;
          continue;
        }
        let run = (control >> 5) + 2;
        if (run === 9) run += from[read++] ?? Number.NaN;
        const back = ((control & 31) << 8) + (from[read++] ?? Number.NaN) + 1;
        if (!(written + run <= room && back <= written)) return -1;
        for (const end = written + run; written < end; written++) to[written] = to[written - back]!;
      }
      return written;
    },
    readNumbers: (source, bytes, words, plan, columns, rows, target, out) => {
      const text = Buffer.from(arena.bytes(source, bytes)).toString('latin1');
      const columnOf = arena.view('int32', plan, words);
      const values = arena.view('float32', target, rows * columns);
      const stop = arena.view('int32', out, 1);
      const next = /[^ \t\r\n]*/y;
      const skip = (pattern: RegExp, at: number): number => {
        pattern.lastIndex = at;
        return at + pattern.exec(text)![0].length;
      };
      let at = 0;
      for (let row = 0; row < rows; row++) {
        at = skip(/[ \t\r\n]*/y, at);
        for (let w = 0; w < words; w++) {
          at = skip(/[ \t\r]*/y, at);
          const end = skip(next, at);
          const value = numberOf(text.slice(at, end));
          stop[0] = at;
          if (value === undefined) return row;
          at = end;
          if (columnOf[w]! >= 0) values[row * columns + columnOf[w]!] = value;
        }
        at = skip(/[ \t\r]*/y, at);
        stop[0] = at;
        if (at < bytes && text[at] !== '\n') return row;
      }
      stop[0] = at;
      return rows;
    },
  };
}
