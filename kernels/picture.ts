// A pass over a picture: bars, then each row of the target sampled, mixed where that is asked for, and packed where the target
// is not planar float32.
import {
  AREA, CHANNEL_OFFSET, HEIGHT, MIX, ORIGIN, PACK, PLANE0, PLANE1, PLANE2, ROW_STRIDE, ROW_WORDS, ROWS, SAMPLE_COPY, SAMPLE_NV12, SAMPLE_ONE,
  SAMPLE_I420, SAMPLE_THREE, SAMPLE_TWO, WIDTH, SAMPLER, SCRATCH, SCRATCH_STRIDE, SLOT,
} from '../src/memory/pass-field';
import { sampleArea } from './area';
import { fillBars } from './fill';
import { mixRow } from './mix';
import { packRow } from './pack';
import { address, word } from './pass';
import { sampleFour, sampleOne, sampleThree, sampleTwo } from './sample-packed';
import { sampleYuv } from './sample-yuv';

// @ts-ignore: decorator
@inline
function rowOf(pass: usize, direct: bool, scratch: usize, target: usize, slot: i32): usize {
  return direct ? target + address(pass, CHANNEL_OFFSET + slot) : scratch + address(pass, SCRATCH_STRIDE) * slot;
}

// Bytes as they are: cropping and letterboxing frames without scaling.
function copyRows(pass: usize, source: usize, target: usize): void {
  const bytes = address(pass, WIDTH), stride = address(pass, ROW_STRIDE);
  let entry = address(pass, ROWS), row = target + address(pass, ORIGIN);
  const from = source + address(pass, PLANE0);
  for (let y = word(pass, HEIGHT); y > 0; y--, row += stride, entry += ROW_WORDS << 2) memory.copy(row, from + address(entry, 0), bytes);
}

/** Walks a pass for the frame at `source` and the picture at `target`. */
export function picture(pass: usize, source: usize, target: usize): void {
  fillBars(pass, target);
  const height = word(pass, HEIGHT), sampler = word(pass, SAMPLER), mixed = word(pass, MIX);
  if (sampler == SAMPLE_COPY) {
    copyRows(pass, source, target);
    return;
  }
  const area = word(pass, AREA) != 0;
  const packed = word(pass, PACK) != 0, stride = address(pass, ROW_STRIDE);
  const direct = !packed && mixed == 0;
  const scratch = address(pass, SCRATCH);
  const luma = source + address(pass, PLANE0), u = source + address(pass, PLANE1), v = source + address(pass, PLANE2);
  let entry = address(pass, ROWS), row = target + address(pass, ORIGIN);
  for (let y = 0; y < height; y++, row += stride, entry += ROW_WORDS << 2) {
    const out0 = rowOf(pass, direct, scratch, row, word(pass, SLOT));
    const out1 = rowOf(pass, direct, scratch, row, word(pass, SLOT + 1));
    const out2 = rowOf(pass, direct, scratch, row, word(pass, SLOT + 2));
    const alpha = word(pass, SLOT + 3);
    const out3 = alpha < 0 ? 0 : rowOf(pass, direct, scratch, row, alpha);
    if (area) {
      if (sampler == SAMPLE_I420) {
        sampleArea(pass, luma, 0, 1, y, 0, out0, 0, 0, 0);
        sampleArea(pass, u, 1, 1, y, 1, out1, 0, 0, 0);
        sampleArea(pass, v, 1, 1, y, 2, out2, 0, 0, 0);
      } else if (sampler == SAMPLE_NV12) {
        sampleArea(pass, luma, 0, 1, y, 0, out0, 0, 0, 0);
        sampleArea(pass, u, 1, 2, y, 1, out1, out2, 0, 0);
      } else {
        sampleArea(pass, luma, 0, sampler - SAMPLE_ONE + 1, y, 0, out0, out1, out2, sampler > SAMPLE_THREE ? out3 : 0);
      }
    } else {
      const top = luma + address(entry, 0), bottom = luma + address(entry, 1), fraction = load<f32>(entry, 8);
      if (sampler <= SAMPLE_NV12) {
        const c0 = address(entry, 3), c1 = address(entry, 4);
        sampleYuv(pass, sampler == SAMPLE_NV12, top, bottom, fraction, u + c0, u + c1, v + c0, v + c1, load<f32>(entry, 20), out0, out1, out2);
      } else if (sampler == SAMPLE_ONE) sampleOne(pass, top, bottom, fraction, out0);
      else if (sampler == SAMPLE_TWO) sampleTwo(pass, top, bottom, fraction, out0, out1);
      else if (sampler == SAMPLE_THREE) sampleThree(pass, top, bottom, fraction, out0, out1, out2);
      else sampleFour(pass, top, bottom, fraction, out0, out1, out2, out3);
    }
    let rows = scratch;
    if (mixed > 0) {
      rows = scratch + address(pass, SCRATCH_STRIDE) * 4;
      for (let c = 0; c < mixed; c++) mixRow(pass, c, rowOf(pass, !packed, rows, row, c));
    }
    if (packed) packRow(pass, rows, row);
  }
}
