// The tables from which kernels sample: which source bytes make which target pixels, with what weights.
import * as Field from './pass-field.ts';
import type { PassSpec } from './picture-pass.ts';
import { areaContributions, bilinearTaps, type Contribution, nearestTaps, type Tap, WEIGHT_ONE } from './resample-taps.ts';

/** Bilinear and nearest: pairs of neighbours. */
export interface PairTables {
  readonly kind: 'pairs';
  readonly horizontal: readonly {
    /** Whether each pixel is read by itself. */
    readonly gather: boolean;
    readonly bases: Uint32Array;
    readonly masks: Uint8Array;
    readonly weights: Int16Array;
  }[];
  readonly rows: Int32Array;
}

/** Area: runs of neighbours. */
export interface AreaTables {
  readonly kind: 'area';
  readonly horizontal: readonly {
    readonly taps: number;
    readonly firsts: Uint32Array;
    readonly weights: Float32Array;
    readonly firstColumn: number;
    readonly columns: number;
  }[];
  readonly vertical: readonly { readonly taps: number; readonly rows: Int32Array }[];
}

/** Rows of bytes that go as they are. */
export interface CopyTables {
  readonly kind: 'copy';
  readonly rowBytes: number;
  readonly rows: Int32Array;
}

export function sampleTables(spec: PassSpec): PairTables | AreaTables | CopyTables {
  const chroma = spec.sampler === Field.SAMPLE_I420 || spec.sampler === Field.SAMPLE_NV12;
  const tables = chroma ? 2 : 1;
  const [columns, rows] = [spec.columns.slice(0, tables), spec.rows.slice(0, tables)];
  if (spec.interpolation === 'area') {
    return {
      kind: 'area',
      horizontal: columns.map((axis, i) => areaColumns(areaContributions(axis), spec.steps[i]!)),
      vertical: rows.map((axis, i) => areaRows(areaContributions(axis), spec.planes[i]!.stride)),
    };
  }
  const tapsOf = spec.interpolation === 'nearest' ? nearestTaps : bilinearTaps;
  const [across, down] = [columns.map(tapsOf), rows.map(tapsOf)];
  if (isCopy(spec, across[0]!, down[0]!)) {
    const table = pairRows([down[0]!], [spec.planes[0]!]);
    const at = across[0]![0]!.index * spec.steps[0];
    for (let y = 0; y < table.length; y += Field.ROW_WORDS) table[y] = table[y]! + at;
    return { kind: 'copy', rowBytes: across[0]!.length * spec.steps[0], rows: table };
  }
  const gather = spec.sampler >= Field.SAMPLE_TWO;
  return {
    kind: 'pairs',
    horizontal: across.map((taps, i) => pairColumns(taps, spec.steps[i]!, gather)),
    rows: pairRows(down, spec.planes),
  };
}

/** Whether the target's bytes are the source's. */
function isCopy({ sampler, target, mix, outputs, slots, steps }: PassSpec, across: readonly Tap[], down: readonly Tap[]): boolean {
  if (sampler < Field.SAMPLE_ONE || mix.length > 0 || target.dtype !== 'uint8' || target.channels !== steps[0]) return false;
  if (target.channels > 1 && !target.interleaved) return false;
  const plain = outputs.slice(0, target.channels).every(({ row, low, high }, i) => {
    return row.join() === '1,0,0,0' && low <= 0 && high >= 255 && (slots[i] ?? i) === i;
  });
  const consecutive = (taps: readonly Tap[]) => taps.every(({ index, weight }, i) => weight === 0 && index === taps[0]!.index + i);
  return plain && consecutive(across) && consecutive(down);
}

const NOWHERE = 0x80;

/** Four pixels a group; the last group is moved left so that it ends with the row. */
function pairColumns(taps: readonly Tap[], step: number, mustGather: boolean): PairTables['horizontal'][number] {
  const starts = Array.from({ length: Math.ceil(taps.length / 4) }, (_, g) => Math.min(4 * g, Math.max(0, taps.length - 4)));
  const groups = starts.map((start) => [0, 1, 2, 3].map((i) => taps[Math.min(start + i, taps.length - 1)]!));
  const weights = Int16Array.from(groups.flat().flatMap(({ weight }) => [WEIGHT_ONE - weight * WEIGHT_ONE, weight * WEIGHT_ONE]));
  const firsts = groups.map((group) => Math.min(...group.map((tap) => tap.index)));
  const fits = groups.every((group, g) => group.every((tap) => (tap.next - firsts[g]! + 1) * step <= 16));
  if (mustGather || !fits) {
    return { gather: true, bases: Uint32Array.from(groups.flat(), (tap) => tap.index * step), masks: new Uint8Array(0), weights };
  }
  const masks = groups.flatMap((group, g) =>
    group.flatMap(({ index, next, weight }) => {
      const at = (pixel: number) => (pixel - firsts[g]!) * step;
      return [at(index), NOWHERE, weight === 0 ? NOWHERE : at(next), NOWHERE];
    }),
  );
  return { gather: false, bases: Uint32Array.from(firsts, (first) => first * step), masks: Uint8Array.from(masks), weights };
}

function pairRows(vertical: readonly (readonly Tap[])[], planes: PassSpec['planes']): Int32Array {
  const rows = new Int32Array(vertical[0]!.length * Field.ROW_WORDS);
  const floats = new Float32Array(rows.buffer);
  vertical.forEach((taps, plane) => {
    const { stride } = planes[plane]!;
    taps.forEach(({ index, next, weight }, y) => {
      const at = y * Field.ROW_WORDS + plane * 3;
      rows[at] = index * stride;
      rows[at + 1] = next * stride;
      floats[at + 2] = weight;
    });
  });
  return rows;
}

/** All runs are brought to one length, a multiple of 4, with weights of 0; four pixels at least. */
function areaColumns(runs: readonly Contribution[], step: number): AreaTables['horizontal'][number] {
  const taps = Math.ceil(Math.max(...runs.map(({ weights }) => weights.length)) / 4) * 4;
  const first = Math.min(...runs.map((run) => run.first));
  const end = Math.max(...runs.map((run) => run.first + run.weights.length));
  const count = Math.max(4, runs.length);
  const firsts = new Uint32Array(count);
  const weights = new Float32Array(count * taps);
  runs.forEach((run, x) => {
    firsts[x] = run.first - first;
    weights.set(run.weights, x * taps);
  });
  return { taps, firsts, weights, firstColumn: first * step, columns: end - first };
}

function areaRows(runs: readonly Contribution[], stride: number): AreaTables['vertical'][number] {
  const taps = Math.max(...runs.map(({ weights }) => weights.length));
  const rows = new Int32Array(runs.length * (taps + 4));
  const floats = new Float32Array(rows.buffer);
  runs.forEach(({ first, weights }, y) => {
    const at = y * (taps + 4);
    rows.set([first * stride, stride, weights.length], at);
    floats.set(weights, at + 4);
  });
  return { taps, rows };
}
