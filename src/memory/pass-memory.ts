// Writes passes into the arena, where the kernels read them: the words of src/memory/pass-field.ts, then tables, patterns and rows.
import type { Arena } from './arena.ts';
import { toFloat16 } from './float16.ts';
import * as Field from './pass-field.ts';
import type { ElementType, FillSpec, OutputRow, PassSpec, PassTarget } from './picture-pass.ts';
import { bilinearTaps, nearestTaps, type Tap, WEIGHT_ONE } from './resample-taps.ts';
import type { Slab } from './slab.ts';

const NOWHERE = 0x80;
const PATTERN_BYTES = 48;
const SCRATCH_ROWS = 8;

/** Memory handed out from a slab's start, or only counted when there is no slab yet. */
interface Cursor {
  at: number;
  readonly slab: Slab | undefined;
}

/** Puts passes into one slab. Returns the address of each. */
export function writePasses(arena: Arena, specs: readonly (PassSpec | FillSpec)[]): { slab: Slab; passes: number[] } {
  const tables = specs.map((spec) => ('sampler' in spec ? tablesOf(spec) : undefined));
  const counted: Cursor = { at: 0, slab: undefined };
  specs.forEach((spec, i) => {
    writePass(arena, counted, spec, tables[i]);
  });
  const slab = arena.allocate(counted.at);
  arena.bytes(slab.offset, slab.bytes).fill(0);
  const cursor: Cursor = { at: slab.offset, slab };
  return { slab, passes: specs.map((spec, i) => writePass(arena, cursor, spec, tables[i])) };
}

interface Horizontal {
  readonly gather: boolean;
  readonly bases: Uint32Array;
  readonly masks: Uint8Array;
  readonly weights: Int16Array;
}

interface Tables {
  readonly horizontal: readonly Horizontal[];
  readonly rows: Int32Array;
}

function tablesOf(spec: PassSpec): Tables {
  const taps = spec.interpolation === 'nearest' ? nearestTaps : bilinearTaps;
  const chroma = spec.sampler === Field.SAMPLE_I420 || spec.sampler === Field.SAMPLE_NV12;
  const tables = chroma ? 2 : 1;
  const mustGather = spec.sampler >= Field.SAMPLE_TWO;
  const horizontal = spec.columns.slice(0, tables).map((axis, i) => horizontalTable(taps(axis), spec.steps[i]!, mustGather));
  const vertical = spec.rows.slice(0, tables).map(taps);
  const rows = new Int32Array(vertical[0]!.length * Field.ROW_WORDS);
  const floats = new Float32Array(rows.buffer);
  vertical.forEach((list, plane) => {
    const stride = spec.planes[plane]!.stride;
    list.forEach(({ index, next, weight }, y) => {
      const at = y * Field.ROW_WORDS + plane * 3;
      rows[at] = index * stride;
      rows[at + 1] = next * stride;
      floats[at + 2] = weight;
    });
  });
  return { horizontal, rows };
}

/** Four pixels a group; the last group is moved left so that it ends with the row. */
function horizontalTable(taps: readonly Tap[], step: number, mustGather: boolean): Horizontal {
  const starts = Array.from({ length: Math.ceil(taps.length / 4) }, (_, g) => Math.min(4 * g, Math.max(0, taps.length - 4)));
  const groups = starts.map((start) => [0, 1, 2, 3].map((i) => taps[Math.min(start + i, taps.length - 1)]!));
  const weights = Int16Array.from(groups.flat().flatMap(({ weight }) => [WEIGHT_ONE - weight * WEIGHT_ONE, weight * WEIGHT_ONE]));
  const firsts = groups.map((group) => Math.min(...group.map((tap) => tap.index)));
  const fits = groups.every((group, g) => group.every((tap) => (tap.next - firsts[g]!) * step + step <= 16));
  if (mustGather || !fits) {
    return { gather: true, bases: Uint32Array.from(groups.flat().map((tap) => tap.index * step)), masks: new Uint8Array(0), weights };
  }
  const masks = groups.flatMap((group, g) =>
    group.flatMap(({ index, next, weight }) => {
      const at = (pixel: number) => (pixel - firsts[g]!) * step;
      return [at(index), NOWHERE, weight === 0 ? NOWHERE : at(next), NOWHERE];
    }),
  );
  return { gather: false, bases: Uint32Array.from(firsts.map((first) => first * step)), masks: Uint8Array.from(masks), weights };
}

function writePass(arena: Arena, cursor: Cursor, spec: PassSpec | FillSpec, tables: Tables | undefined): number {
  const pass = take(cursor, Field.PASS_WORDS * 4);
  const { target } = spec;
  const words = new Int32Array(Field.PASS_WORDS);
  const bars = barsOf(target);
  words[Field.BAR_COUNT] = bars.length;
  words[Field.BARS] = put(arena, cursor, barTable(arena, cursor, bars, target));
  if ('sampler' in spec && tables !== undefined) writeWalk(arena, cursor, words, spec, tables);
  if (cursor.slab !== undefined) arena.view('int32', pass, words.length).set(words);
  return pass;
}

function writeWalk(arena: Arena, cursor: Cursor, words: Int32Array, spec: PassSpec, { horizontal, rows }: Tables): void {
  const { target, outputs, slots, mix } = spec;
  const { place } = target;
  const floats = new Float32Array(words.buffer);
  words[Field.SAMPLER] = spec.sampler;
  words[Field.WIDTH] = place.width;
  words[Field.HEIGHT] = place.height;
  spec.planes.forEach((plane, i) => {
    words[Field.PLANE0 + i] = plane.offset;
  });
  // In NV12 the V samples follow the U samples, which the kernel knows.
  if (spec.planes.length === 2) words[Field.PLANE2] = spec.planes[1]!.offset;
  horizontal.forEach((table, i) => {
    words[Field.GATHER0 + i] = table.gather ? 1 : 0;
    const at = Field.BASES0 + 3 * i;
    words[at] = put(arena, cursor, table.bases);
    words[at + 1] = put(arena, cursor, table.masks);
    words[at + 2] = put(arena, cursor, table.weights);
  });
  words[Field.ROWS] = put(arena, cursor, rows);
  words[Field.MIX] = mix.length;
  // Values were multiplied by the weights' one.
  writeMatrix(floats, Field.MATRIX, outputs, 1 / WEIGHT_ONE);
  writeMatrix(floats, Field.MIX_MATRIX, mix, 1);
  words.set(slots, Field.SLOT);
  const kind = { float32: Field.PACK_F32, float16: Field.PACK_F16, uint8: Field.PACK_U8 }[target.dtype];
  const direct = target.dtype === 'float32' && !target.interleaved && place.width >= 4;
  if (direct) words[Field.PACK] = Field.PACK_NONE;
  else words[Field.PACK] = kind + (target.interleaved ? Field.PACK_INTERLEAVED : 0);
  words[Field.CHANNELS] = target.channels;
  const pixel = bytesOf(target.dtype) * (target.interleaved ? target.channels : 1);
  words[Field.ORIGIN] = target.offset + place.y * target.rowStride + place.x * pixel;
  words[Field.ROW_STRIDE] = target.rowStride;
  for (let c = 0; c < 4; c++) words[Field.CHANNEL_OFFSET + c] = target.channelOffsets[c] ?? 0;
  const stride = Math.ceil((place.width + 16) / 16) * 16;
  words[Field.SCRATCH_STRIDE] = stride * 4;
  const scratch = new Float32Array(stride * SCRATCH_ROWS);
  // Where no alpha is sampled it is opaque.
  scratch.fill(255, 3 * stride, 4 * stride).fill(255, 7 * stride);
  words[Field.SCRATCH] = put(arena, cursor, scratch);
}

function writeMatrix(floats: Float32Array, at: number, outputs: readonly OutputRow[], factor: number): void {
  outputs.forEach(({ row, low, high }, i) => {
    floats.set([row[0] * factor, row[1] * factor, row[2] * factor, row[3], low, high], at + i * Field.MATRIX_WORDS);
  });
}

interface Bar {
  readonly offset: number;
  readonly bytes: number;
  readonly rows: number;
  readonly channel: number;
}

/** What lies outside the place: whole rows above and below, pieces of rows left and right. */
function barsOf({ width, height, place, interleaved, channels, dtype, offset, rowStride, channelOffsets }: PassTarget): Bar[] {
  const pixel = bytesOf(dtype) * (interleaved ? channels : 1);
  const bars: Bar[] = [];
  for (let channel = 0; channel < (interleaved ? 1 : channels); channel++) {
    const start = offset + (interleaved ? 0 : channelOffsets[channel]!);
    const add = (x: number, y: number, w: number, h: number): void => {
      if (w <= 0 || h <= 0) return;
      const at = start + y * rowStride + x * pixel;
      const contiguous = w * pixel === rowStride;
      bars.push({ offset: at, bytes: w * pixel * (contiguous ? h : 1), rows: contiguous ? 1 : h, channel });
    };
    add(0, 0, width, place.y);
    add(0, place.y, place.x, place.height);
    add(place.x + place.width, place.y, width - place.x - place.width, place.height);
    add(0, place.y + place.height, width, height - place.y - place.height);
  }
  return bars;
}

function barTable(arena: Arena, cursor: Cursor, bars: readonly Bar[], target: PassTarget): Int32Array {
  const patterns = (target.interleaved ? [target.pad] : target.pad.map((value) => [value])).map((pixel) =>
    put(arena, cursor, patternOf(pixel, target.dtype)),
  );
  const table = new Int32Array(bars.length * Field.BAR_WORDS);
  bars.forEach(({ offset, bytes, rows, channel }, i) => {
    table.set([offset, bytes, rows, target.rowStride, patterns[channel]!], i * Field.BAR_WORDS);
  });
  return table;
}

/** 48 bytes of one pixel over and over. */
function patternOf(pixel: readonly number[], dtype: ElementType): Uint8Array {
  const count = PATTERN_BYTES / bytesOf(dtype);
  const values = Array.from({ length: count }, (_, i) => pixel[i % pixel.length]!);
  if (dtype === 'float32') return new Uint8Array(Float32Array.from(values).buffer);
  if (dtype === 'float16') return new Uint8Array(Uint16Array.from(values, toFloat16).buffer);
  return Uint8Array.from(values, roundToByte);
}

/** The nearest byte, ties to even, as the kernels round. */
export function roundToByte(value: number): number {
  const bounded = Math.min(255, Math.max(0, value));
  const floor = Math.floor(bounded);
  const rest = bounded - floor;
  return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
}

function bytesOf(dtype: ElementType): number {
  return { float32: 4, float16: 2, uint8: 1 }[dtype];
}

function take(cursor: Cursor, bytes: number): number {
  const at = cursor.at;
  cursor.at += Math.ceil(bytes / 64) * 64;
  return at;
}

function put(arena: Arena, cursor: Cursor, data: Uint8Array | Int16Array | Int32Array | Uint32Array | Float32Array): number {
  const at = take(cursor, data.byteLength);
  if (cursor.slab !== undefined) arena.bytes(at, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return at;
}
