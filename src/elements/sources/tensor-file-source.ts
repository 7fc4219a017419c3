// Reads tensors from numpy's files: .npy, and .npz whether compressed or not.
//
// src: tensor, of the file's dtype (float16 to float64, int8 to uint64, bool) and shape: one buffer for each piece along the first
// axis, which then is no part of the shape (single numbers have the shape [1]), or one for the whole array with `items: whole`.
// Elements come in C order, lowest byte first, however the file has them; pieces without elements do not come. `layout` says what the axes mean, where somebody asks. Of
// several files each follows the one before; where one is of another shape or dtype, the caps change. Pts rise by 1/fps from 0.
//
// A file that cannot be read is a fault of its own: with `onError: 'skip'` it is counted and the next one follows.
//
// Errors: `media/not-found` (also for a glob or a folder without matches), `media/not-media`, `media/empty`, `media/corrupt`,
// `media/truncated`, `media/unsupported-dtype`, `media/no-array`, `media/too-large`, `media/permission-denied`.
import { basename } from 'node:path';
import { z } from 'zod';
import { caps, type FixedCaps, sameCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import { checkInputFiles, matchingFiles, noFileMatches } from '../../media/files/matching-files.ts';
import { MediaError } from '../../media/media-error.ts';
import { tensor } from '../../media/media-types.ts';
import { bytesOfShape } from '../../media/tensor/tensor-shape.ts';
import { DEFAULT_INFLATED, MOST_INFLATED, openTensorFile, TENSOR_ENDINGS, type TensorFile } from '../../media/tensor-file/tensor-file.ts';
import type { Arena } from '../../memory/arena.ts';

const props = z.strictObject({
  path: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .meta({ description: 'A file, a folder, a glob such as `inputs/*.npy`, or a list of these; relative to the graph.' }),
  array: z.string().min(1).optional().meta({ description: 'Which array of a .npz file. Default: its only one.' }),
  maxInflatedBytes: z.int().min(1).max(MOST_INFLATED).default(DEFAULT_INFLATED).meta({
    description: 'Bytes that an array in a compressed .npz file may take when it is inflated, which is done as a whole.',
  }),
  items: z.enum(['firstAxis', 'whole']).default('firstAxis').meta({
    description: 'What becomes a buffer. firstAxis: each piece along the first axis of the array; whole: the array.',
  }),
  layout: z
    .enum(['CHW', 'HWC'])
    .optional()
    .meta({ description: 'What the axes of a buffer mean, where it is a picture. Default: says nothing.' }),
  fps: z.number().min(0.001).max(100_000).default(1).meta({ description: 'Buffers a second of stream time.' }),
});

type Props = z.output<typeof props>;

const capsOf = ({ dtype, shape }: Pick<TensorFile, 'dtype' | 'shape'>, { items, layout, fps }: Props): FixedCaps => {
  const own = items === 'whole' ? shape : shape.length > 1 ? shape.slice(1) : [1];
  return caps('tensor', { dtype, shape: own, ...(layout === undefined ? {} : { layout }) }, { frameRate: fps })[0];
};

export const tensorFileSource = defineElement({
  name: 'tensor-file-source',
  klass: 'Source/Tensor/File',
  summary: 'Reads tensors from .npy and .npz files.',
  example: 'tensor-file-source path=inputs/*.npy ! fake-sink',
  props,
  pads: { src: srcPad(tensor()) },
  check: ({ props: { path }, baseFolder }) => checkInputFiles(baseFolder, path, TENSOR_ENDINGS),
  open: async ({ props, context }) => {
    const files = await matchingFiles(context.baseFolder, props.path, TENSOR_ENDINGS);
    if (files.length === 0) throw new MediaError('media/not-found', noFileMatches(String(props.path), context.baseFolder));
    for (const file of files) context.reads(file);
    return { files, caps: await firstCaps(context.arena, files, props) };
  },
  negotiate: { srcCaps: ({ resource }) => (resource === undefined ? tensor().caps : [resource.caps]) },
  create: ({ props, resource: { files }, caps: { src }, context }) => {
    const { array, items, fps, maxInflatedBytes } = props;
    const timeOf = (index: number): number => Math.round((index * 1e6) / fps);
    let current: FixedCaps = src;
    let open: TensorFile | undefined;
    let nextFile = 0;
    let nextItem = 0;
    let given = 0;
    const shut = async (): Promise<void> => {
      const file = open;
      open = undefined;
      await file?.close();
    };
    /** The file that the next buffer comes from; undefined behind the last. */
    const fileWithMore = async (): Promise<TensorFile | undefined> => {
      for (;;) {
        if (open !== undefined && nextItem < (items === 'whole' ? 1 : piecesOf(open))) return open;
        await shut();
        if (nextFile === files.length) return undefined;
        nextItem = 0;
        open = await openTensorFile(context.arena, files[nextFile++]!, array, maxInflatedBytes);
        const wanted = capsOf(open, props);
        if (sameCaps({ ...wanted, info: current.info ?? {} }, { ...current, info: current.info ?? {} })) continue;
        current = wanted;
        await context.setCaps('src', current);
      }
    };
    return {
      produce: async () => {
        const file = await fileWithMore();
        if (file === undefined) return undefined;
        const index = nextItem++;
        const slab = await file.read(items === 'whole' ? 'whole' : index);
        const { shape } = current.fields as { shape: number[] };
        const [pts, end] = [timeOf(given++), timeOf(given)];
        context.position(end);
        const meta = { file: basename(files[nextFile - 1]!) };
        const bytes = bytesOfShape(shape, file.dtype);
        return new StreamBuffer<undefined>({ caps: current, pts, duration: end - pts, slabs: [slab], bytes, meta });
      },
      close: shut,
    };
  },
});

/** Pieces along the first axis; of those that hold nothing there are none, however many the file says. */
function piecesOf({ shape }: TensorFile): number {
  return shape.includes(0) ? 0 : shape[0]!;
}

/** What the first file that can be read holds. @throws The first one's fault where none can. */
async function firstCaps(arena: Arena, files: readonly string[], props: Props): Promise<FixedCaps> {
  let first: unknown;
  for (const path of files) {
    try {
      const file = await openTensorFile(arena, path, props.array, props.maxInflatedBytes);
      const found = capsOf(file, props);
      await file.close();
      return found;
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}
