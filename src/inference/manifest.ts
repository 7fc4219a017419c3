// A model's manifest, model.json: what a model wants and gives, so that a graph names the model and nothing else. One
// declaration gives the type, the validation and the JSON Schema.
import { z } from 'zod';
import { preprocess } from '../media/picture/preprocess.ts';
import { DTYPES } from '../memory/dtype.ts';

const describe = (description: string) => ({ description });

/** What a tensor is for. `tensor` says nothing; an element then needs props. */
export const ROLES = [
  'image',
  'audio',
  'text',
  'tokens',
  'mask',
  'offsets',
  'segments',
  'points',
  'state',
  'detections',
  'boxes',
  'scores',
  'classes',
  'count',
  'objectness',
  'keypoints',
  'segmentation',
  'heatmap',
  'embedding',
  'logits',
  'tensor',
] as const;

const dimension = z.union([z.int().min(1), z.string().min(1)]);

const tensorShape = {
  role: z.enum(ROLES).default('tensor').meta(describe('What the tensor is for.')),
  dtype: z.enum(DTYPES).meta(describe('Type of the elements.')),
  axes: z
    .array(z.string().min(1))
    .default([])
    .meta(describe('What the axes mean, outermost first, such as batch, channel, height, width; empty where nobody said.')),
  shape: z.array(dimension).meta(describe('Sizes, outermost first; a name stands for a size that is chosen at each run.')),
};

const oneNameForEachAxis = (tensor: { axes: string[]; shape: unknown[] }): boolean =>
  tensor.axes.length === 0 || tensor.axes.length === tensor.shape.length;
const axesMessage = 'axes and shape must be equally long';

const input = z
  .strictObject({ ...tensorShape, preprocess: preprocess.optional().meta(describe('What an image needs before the model sees it.')) })
  .refine(oneNameForEachAxis, axesMessage);

const output = z.strictObject(tensorShape).refine(oneNameForEachAxis, axesMessage);

const decoder = z
  .looseObject({ type: z.string().min(1).meta(describe('How the outputs are read, such as yolov8 or classification.')) })
  .meta(describe('How to read the outputs, and with which settings.'));

export const manifest = z
  .strictObject({
    $schema: z.string().optional().meta(describe('Where the schema is; editors complete and check with it.')),
    manifestVersion: z.literal(1).meta(describe('Version of the manifest format.')),
    name: z.string().min(1).meta(describe('Short name, unique among your models.')),
    version: z.string().optional().meta(describe('Version of the weights.')),
    description: z.string().optional().meta(describe('For people.')),
    licence: z.string().optional().meta(describe('Licence of the weights, as an SPDX identifier where there is one.')),
    origin: z.string().optional().meta(describe('Where the weights come from: a script and its seed, or an address.')),
    file: z.string().min(1).meta(describe('The ONNX file, relative to this manifest.')),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'sha256 must be 64 lower-case hexadecimal digits')
      .optional()
      .meta(describe('Checksum of the file, verified before it is loaded.')),
    inputs: z.record(z.string(), input).meta(describe('The inputs by name.')),
    outputs: z.record(z.string(), output).meta(describe('The outputs by name.')),
    decoder: decoder.optional(),
    labels: z.array(z.string()).optional().meta(describe('Names of the classes, in the order of their numbers.')),
    labelsFile: z.string().optional().meta(describe('A text file with one label a line, relative to this manifest.')),
    metrics: z
      .record(z.string(), z.union([z.number(), z.string()]))
      .optional()
      .meta(describe('How good the model was measured to be, and on what.')),
  })
  .refine(({ labels, labelsFile }) => labels === undefined || labelsFile === undefined, 'labels and labelsFile exclude each other')
  .meta({ title: 'Leat model manifest' });

export type Manifest = z.output<typeof manifest>;
export type ManifestInput = z.output<typeof input>;
export type ManifestOutput = z.output<typeof output>;

/** The JSON Schema of manifests, for editors and for `schemas/model.schema.json`. */
export function manifestSchema(): object {
  return z.toJSONSchema(manifest, { target: 'draft-7', io: 'input' });
}
