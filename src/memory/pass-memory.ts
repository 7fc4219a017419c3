// Writes passes into the arena, where the kernels read them: the words of pass-field.ts, then tables, patterns and rows.
import type { Arena } from './arena.ts';
import { padBars, padPatterns, pixelBytes } from './pad-bars.ts';
import * as Field from './pass-field.ts';
import type { FillSpec, OutputRow, PassSpec, PassTarget } from './picture-pass.ts';
import { WEIGHT_ONE } from './resample-taps.ts';
import { type AreaTables, type CopyTables, type PairTables, sampleTables } from './sample-tables.ts';
import type { Slab } from './slab.ts';
import { SlabWriter } from './slab-writer.ts';

type Tables = PairTables | AreaTables | CopyTables;
type Spec = PassSpec | FillSpec;

const SCRATCH_ROWS = 8;
const PACKING = { float32: Field.PACK_F32, float16: Field.PACK_F16, uint8: Field.PACK_U8 } as const;

/** Puts passes into one slab. Returns the slab and the address of each pass. */
export function writePasses(arena: Arena, specs: readonly Spec[]): { slab: Slab; passes: number[] } {
  const tables = specs.map((spec) => ('sampler' in spec ? sampleTables(spec) : undefined));
  const write = (writer: SlabWriter) => specs.map((spec, i) => writePass(writer, spec, tables[i]));
  const counter = new SlabWriter();
  write(counter);
  const slab = arena.allocate(counter.at);
  arena.bytes(slab.offset, slab.bytes).fill(0);
  return { slab, passes: write(new SlabWriter(arena, slab.offset)) };
}

function writePass(writer: SlabWriter, spec: Spec, tables: Tables | undefined): number {
  const pass = writer.take(Field.PASS_WORDS * 4);
  const words = new Int32Array(Field.PASS_WORDS);
  writeBars(writer, words, spec.target);
  if ('sampler' in spec && tables !== undefined) writeWalk(writer, words, spec, tables);
  writer.putAt(pass, words);
  return pass;
}

function writeBars(writer: SlabWriter, words: Int32Array, target: PassTarget): void {
  const patterns = padPatterns(target).map((pattern) => writer.put(pattern));
  const bars = padBars(target);
  const table = new Int32Array(bars.length * Field.BAR_WORDS);
  bars.forEach(({ offset, rowBytes, rows, stride, pattern }, i) => {
    table.set([offset, rowBytes, rows, stride, patterns[pattern]!], i * Field.BAR_WORDS);
  });
  words[Field.BARS] = writer.put(table);
  words[Field.BAR_COUNT] = bars.length;
}

function writeWalk(writer: SlabWriter, words: Int32Array, spec: PassSpec, tables: Tables): void {
  const { target, planes, mix } = spec;
  const { place } = target;
  words[Field.SAMPLER] = spec.sampler;
  words[Field.WIDTH] = place.width;
  words[Field.HEIGHT] = place.height;
  planes.forEach((plane, i) => {
    words[Field.PLANE0 + i] = plane.offset;
  });
  // In NV12 the V samples follow the U samples, which the kernel knows.
  if (planes.length === 2) words[Field.PLANE2] = planes[1]!.offset;
  words.set(spec.slots, Field.SLOT);
  words[Field.MIX] = mix.length;
  const floats = new Float32Array(words.buffer);
  // Pairs come multiplied by the weights' one.
  writeMatrix(floats, Field.MATRIX, spec.outputs, tables.kind === 'pairs' ? 1 / WEIGHT_ONE : 1);
  writeMatrix(floats, Field.MIX_MATRIX, mix, 1);
  writeTarget(words, target);
  if (tables.kind === 'pairs') writePairs(writer, words, tables);
  else if (tables.kind === 'area') writeArea(writer, words, spec, tables);
  else writeCopy(writer, words, tables);
  const stride = Math.ceil((place.width + 16) / 16) * 16;
  const scratch = new Float32Array(stride * SCRATCH_ROWS);
  // Where no alpha is sampled it is opaque.
  scratch.fill(255, 3 * stride, 4 * stride).fill(255, 7 * stride);
  words[Field.SCRATCH] = writer.put(scratch);
  words[Field.SCRATCH_STRIDE] = stride * 4;
}

function writeTarget(words: Int32Array, target: PassTarget): void {
  const { dtype, interleaved, channels, place, offset, rowStride, channelOffsets } = target;
  const direct = dtype === 'float32' && !interleaved && place.width >= 4;
  words[Field.PACK] = direct ? Field.PACK_NONE : PACKING[dtype] + (interleaved ? Field.PACK_INTERLEAVED : 0);
  words[Field.CHANNELS] = channels;
  words[Field.ORIGIN] = offset + place.y * rowStride + place.x * pixelBytes(target);
  words[Field.ROW_STRIDE] = rowStride;
  words.set(channelOffsets.slice(0, channels), Field.CHANNEL_OFFSET);
}

function writePairs(writer: SlabWriter, words: Int32Array, { horizontal, rows }: PairTables): void {
  horizontal.forEach(({ gather, bases, masks, weights }, i) => {
    words[Field.GATHER0 + i] = gather ? 1 : 0;
    words.set([writer.put(bases), writer.put(masks), writer.put(weights)], Field.BASES0 + 3 * i);
  });
  words[Field.ROWS] = writer.put(rows);
}

function writeArea(writer: SlabWriter, words: Int32Array, { steps }: PassSpec, { horizontal, vertical }: AreaTables): void {
  words[Field.AREA] = 1;
  horizontal.forEach(({ taps, firsts, weights, firstColumn, columns }, i) => {
    words[Field.TAPS0 + i] = taps;
    words.set([writer.put(firsts), 0, writer.put(weights)], Field.BASES0 + 3 * i);
    words[Field.COLUMN0 + i] = firstColumn;
    words[Field.COLUMNS0 + i] = columns;
  });
  vertical.forEach(({ taps, rows }, i) => {
    words[i === 0 ? Field.ROWS : Field.CHROMA_ROWS] = writer.put(rows);
    words[Field.ROW_TAPS0 + i] = taps;
  });
  const taps = Math.max(...horizontal.map((one) => one.taps));
  const columns = Math.max(...horizontal.map((one) => one.columns)) + taps + 16;
  const channels = Math.max(...steps);
  words[Field.ACC] = writer.take(columns * channels * 4);
  words[Field.SPLIT] = writer.take(columns * channels * 4);
  words[Field.SPLIT_STRIDE] = columns * 4;
}

function writeCopy(writer: SlabWriter, words: Int32Array, { rowBytes, rows }: CopyTables): void {
  words[Field.SAMPLER] = Field.SAMPLE_COPY;
  words[Field.WIDTH] = rowBytes;
  words[Field.ROWS] = writer.put(rows);
}

function writeMatrix(floats: Float32Array, at: number, outputs: readonly OutputRow[], factor: number): void {
  outputs.forEach(({ row, low, high }, i) => {
    floats.set([row[0] * factor, row[1] * factor, row[2] * factor, row[3], low, high], at + i * Field.MATRIX_WORDS);
  });
}
