// The words of a pass: what a kernel needs to know of one walk over a picture, written once by TypeScript and read for every
// frame by the kernels, which import this file too. Each word is an index into 32-bit words from the pass's address.

/** How pixels are read: see the values of `SAMPLE_`. */
export const SAMPLER = 0;
/** Whether four neighbours in a row of the first (second) table lie too far apart for one load of 16 bytes. */
export const GATHER0 = 1;
export const GATHER1 = 2;
/** The rectangle that is written, in target pixels. */
export const WIDTH = 3;
export const HEIGHT = 4;
/** Bytes from the frame's start to each plane. */
export const PLANE0 = 5;
export const PLANE1 = 6;
export const PLANE2 = 7;
/** Addresses of the horizontal tables: byte offsets, shuffle masks, pairs of weights; one set for luma, one for chroma. */
export const BASES0 = 8;
export const MASKS0 = 9;
export const WEIGHTS0 = 10;
export const BASES1 = 11;
export const MASKS1 = 12;
export const WEIGHTS1 = 13;
/** Address of the vertical table: ROW_WORDS words for each row of the target. */
export const ROWS = 14;
/** How many outputs are mixed from what was sampled; 0 when the sampler's own outputs are final. */
export const MIX = 15;
/** How rows become the target's elements: see the values of `PACK_`. */
export const PACK = 16;
export const CHANNELS = 17;
/** Bytes from the target's start to the rectangle's first pixel. */
export const ORIGIN = 18;
export const ROW_STRIDE = 19;
/** Bytes from the origin to each channel's plane; 0 for interleaved targets. */
export const CHANNEL_OFFSET = 20;
/** Address of float32 rows, and bytes from one to the next. */
export const SCRATCH = 24;
export const SCRATCH_STRIDE = 25;
/** Address of the list of rectangles to fill, BAR_WORDS words each, and its length. */
export const BARS = 26;
export const BAR_COUNT = 27;
/** Which row each of the sampler's outputs goes to. */
export const SLOT = 28;
/** For each of the sampler's outputs: three coefficients, an offset, a lower and an upper bound. */
export const MATRIX = 32;
/** The same for each mixed output. */
export const MIX_MATRIX = 56;
/** Averages over areas only: whether; taps along a row, for luma and for chroma; the vertical table of chroma; taps along a column. */
export const AREA = 80;
export const TAPS0 = 81;
export const CHROMA_ROWS = 83;
export const ROW_TAPS0 = 84;
/** Byte offset of the first column that is read, and how many are, for luma and for chroma. */
export const COLUMN0 = 86;
export const COLUMNS0 = 88;
/** Rows of float32 at the source's width: one of interleaved channels, and one for each channel. */
export const ACC = 90;
export const SPLIT = 91;
export const SPLIT_STRIDE = 92;
/** Words of a pass. */
export const PASS_WORDS = 96;

export const MATRIX_WORDS = 6;
/** Byte offsets of the upper and the lower row and the weight of the lower one, for luma and for chroma; two words are spare. */
export const ROW_WORDS = 8;
/** Byte offset, bytes of a row, rows, stride, address of a pattern of 48 bytes; three words are spare. */
export const BAR_WORDS = 8;

export const SAMPLE_I420 = 0;
export const SAMPLE_NV12 = 1;
export const SAMPLE_ONE = 2;
export const SAMPLE_TWO = 3;
export const SAMPLE_THREE = 4;
export const SAMPLE_FOUR = 5;
/** Bytes go as they are; the width is in bytes. */
export const SAMPLE_COPY = 6;

export const PACK_NONE = 0;
export const PACK_F32 = 1;
export const PACK_F16 = 2;
export const PACK_U8 = 3;
/** Added to a kind of packing when channels alternate pixel by pixel. */
export const PACK_INTERLEAVED = 8;
