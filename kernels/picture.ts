// A pass over a picture: bars, then each row of the target sampled, mixed where that is asked for, and packed where the target
// is not planar float32.
import {
  CHANNEL_OFFSET, HEIGHT, MIX, ORIGIN, PACK, PLANE0, PLANE1, PLANE2, ROW_STRIDE, ROW_WORDS, ROWS, SAMPLE_FOUR, SAMPLE_NV12, SAMPLE_ONE,
  SAMPLE_THREE, SAMPLE_TWO, SAMPLER, SCRATCH, SCRATCH_STRIDE, SLOT,
} from '../src/memory/pass-field';
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

/** Walks a pass for the frame at `source` and the picture at `target`. */
export function picture(pass: usize, source: usize, target: usize): void {
  fillBars(pass, target);
  const height = word(pass, HEIGHT), sampler = word(pass, SAMPLER), mixed = word(pass, MIX);
  const packed = word(pass, PACK) != 0, stride = address(pass, ROW_STRIDE);
  const direct = !packed && mixed == 0;
  const scratch = address(pass, SCRATCH);
  const luma = source + address(pass, PLANE0), u = source + address(pass, PLANE1), v = source + address(pass, PLANE2);
  let entry = address(pass, ROWS), row = target + address(pass, ORIGIN);
  for (let y = 0; y < height; y++, row += stride, entry += ROW_WORDS << 2) {
    const top = luma + address(entry, 0), bottom = luma + address(entry, 1), fraction = load<f32>(entry, 8);
    const out0 = rowOf(pass, direct, scratch, row, word(pass, SLOT));
    const out1 = rowOf(pass, direct, scratch, row, word(pass, SLOT + 1));
    const out2 = rowOf(pass, direct, scratch, row, word(pass, SLOT + 2));
    if (sampler <= SAMPLE_NV12) {
      const c0 = address(entry, 3), c1 = address(entry, 4);
      sampleYuv(pass, sampler == SAMPLE_NV12, top, bottom, fraction, u + c0, u + c1, v + c0, v + c1, load<f32>(entry, 20), out0, out1, out2);
    } else if (sampler == SAMPLE_ONE) sampleOne(pass, top, bottom, fraction, out0);
    else if (sampler == SAMPLE_TWO) sampleTwo(pass, top, bottom, fraction, out0, out1);
    else if (sampler == SAMPLE_THREE) sampleThree(pass, top, bottom, fraction, out0, out1, out2);
    else {
      const alpha = word(pass, SLOT + 3);
      sampleFour(pass, top, bottom, fraction, out0, out1, out2, alpha < 0 ? 0 : rowOf(pass, direct, scratch, row, alpha));
    }
    let rows = scratch;
    if (mixed > 0) {
      rows = scratch + address(pass, SCRATCH_STRIDE) * 4;
      for (let c = 0; c < mixed; c++) mixRow(pass, c, rowOf(pass, !packed, rows, row, c));
    }
    if (packed) packRow(pass, rows, row);
  }
}
