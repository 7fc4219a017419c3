// What each channel of a target is made of, from 0 to 255 and before normalisation: the definition that passes must agree with.
import { type ColourRow, composeColour, GREY_OF_RGB, IDENTITY_COLOUR, lumaToFull, rgbOfYuv, yuvOfRgb } from './colour-matrix.ts';
import { type FullPictureJob, isYuv } from './picture-job.ts';

export interface Recipe {
  /** Of the source's channels: Y, U, V, or red, green, blue and opacity, or grey. */
  readonly factors: readonly number[];
  readonly offset: number;
  /** The value outside the place. */
  readonly outside: number;
}

/** The recipes of the target's channels, in the order Y, U, V, or red, green, blue and opacity, or grey. */
export function recipesOf({ source, target, pad }: FullPictureJob): Recipe[] {
  const kind = isYuv(source.format) ? 'yuv' : source.format === 'GRAY8' ? 'grey' : 'rgb';
  if (target.kind === 'frame' && isYuv(target.format)) {
    const ofRgb = yuvOfRgb(target);
    const same = source.matrix === target.matrix && source.range === target.range;
    const ofYuv = same ? IDENTITY_COLOUR : composeColour(ofRgb, rgbOfYuv(source));
    return { yuv: ofYuv, rgb: ofRgb, grey: ofRgb.map(ofGrey) }[kind].map((row, c) => recipe(row, c === 0 ? greyIn(ofRgb[0], pad) : 128));
  }
  const order = target.kind === 'tensor' ? target.order : target.format;
  if (order === 'GRAY' || order === 'GRAY8') {
    const { factor, offset } = lumaToFull(source.range);
    return [recipe({ yuv: [factor, 0, 0, offset] as const, rgb: GREY_OF_RGB, grey: [1, 0, 0, 0] as const }[kind], pad)];
  }
  const rows = { yuv: rgbOfYuv(source), rgb: IDENTITY_COLOUR, grey: IDENTITY_COLOUR.map((): ColourRow => [1, 0, 0, 0]) }[kind];
  const colours = rows.map((row) => recipe(row, pad));
  if (order !== 'RGBA') return colours;
  const opacity = source.format === 'RGBA' ? { factors: [0, 0, 0, 1], offset: 0 } : { factors: [], offset: 255 };
  return [...colours, { ...opacity, outside: 255 }];
}

function recipe([a, b, c, offset]: ColourRow, outside: number): Recipe {
  return { factors: [a, b, c], offset, outside };
}

/** A row for RGB as a row for grey. Chroma's factors sum to nothing. */
function ofGrey([r, g, b, offset]: ColourRow, channel: number): ColourRow {
  return [channel === 0 ? r + g + b : 0, 0, 0, offset];
}

function greyIn([r, g, b, offset]: ColourRow, grey: number): number {
  return (r + g + b) * grey + offset;
}
