// Keeps one detection of each object: of those that overlap, the most certain (non-maximum suppression).
//
// sink, src: detections. Ties are settled by score, then class, then position, so that the result does not depend on the order
// in which a model gives its boxes. Sizes are in pixels of the source frame. The limits before and behind count per frame. All
// props may change while the graph runs.
//
// Errors: `decoder/unknown-class` for a class of `classThresholds` that the model does not have.
import { z } from 'zod';
import type { FixedCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { classIdOf } from '../../media/detection/class-names.ts';
import { compareDetections } from '../../media/detection/detection-order.ts';
import type { Detection } from '../../media/detection/detections.ts';
import { SUPPRESSION_METHODS, suppress } from '../../media/detection/suppression.ts';
import { detections } from '../../media/media-types.ts';
import { manifestOf } from './model-outputs.ts';

const overlap = z.number().min(0).max(1);
const side = z.number().min(0);

const props = z.strictObject({
  method: z.enum(SUPPRESSION_METHODS).default('hard').meta({
    description: 'What becomes of the less certain: dropped, its score lowered (linear, gaussian), or put into one box with the other.',
  }),
  agnostic: z.boolean().default(false).meta({ description: 'Detections of different classes count as one object too.' }),
  iouThreshold: overlap.optional().meta({ description: "Overlap above which two are one object. Default: the manifest's, or 0.45." }),
  classThresholds: z.record(z.string(), overlap).default({}).meta({ description: 'Other overlaps for some classes, by label or number.' }),
  sigma: z.number().positive().default(0.5).meta({ description: 'How mild gaussian is.' }),
  minScore: z.number().min(0).max(1).default(0.05).meta({ description: 'Lowered scores below it drop out; for linear and gaussian.' }),
  fusedScore: z.enum(['max', 'mean']).default('max').meta({ description: 'The score of boxes put together; for weighted.' }),
  minWidth: side.default(0).meta({ description: 'Narrower boxes drop out first; pixels of the source frame.' }),
  minHeight: side.default(0).meta({ description: 'Lower boxes drop out first; pixels of the source frame.' }),
  maxWidth: side.optional().meta({ description: 'Wider boxes drop out first; pixels of the source frame.' }),
  maxHeight: side.optional().meta({ description: 'Taller boxes drop out first; pixels of the source frame.' }),
  topKBefore: z.int().min(1).default(1000).meta({ description: 'How many are looked at, the most certain first.' }),
  topKAfter: z.int().min(1).default(300).meta({ description: 'How many may be left, the most certain first.' }),
});

type Props = z.output<typeof props>;

export const nms = defineElement({
  name: 'nms',
  klass: 'Filter/Detections',
  summary: 'Keeps one detection of each object, the most certain.',
  example: 'video-test-source ! letterbox ! onnx-inference model=models/shapes ! detection-decoder ! nms iouThreshold=0.5 ! fake-sink',
  props,
  pads: { sink: sinkPad(detections()), src: srcPad(detections()) },
  memoryless: true,
  create: ({ props, caps: { sink } }) => {
    let reduce = reduction(props, sink);
    return {
      transform: (buffer) => {
        const items = reduce(buffer.value.items);
        return buffer.derive({ value: { ...buffer.value, items } });
      },
      update: (changed) => {
        reduce = reduction(changed, sink);
      },
    };
  },
});

function reduction(props: Props, sink: FixedCaps): (items: readonly Detection[]) => readonly Detection[] {
  const model = manifestOf(sink);
  const declared = overlap.safeParse(model?.decoder?.['iouThreshold']);
  const {
    iouThreshold = declared.data ?? 0.45,
    minWidth,
    minHeight,
    maxWidth = Infinity,
    maxHeight = Infinity,
    topKBefore,
    topKAfter,
  } = props;
  const own = new Map(Object.entries(props.classThresholds).map(([name, value]) => [classIdOf(model?.labels, name), value]));
  const rules = { ...props, thresholdOf: (classId: number) => own.get(classId) ?? iouThreshold };
  const fits = ({ box: [left, top, right, bottom] }: Detection): boolean => {
    const [width, height] = [right - left, bottom - top];
    return width >= minWidth && height >= minHeight && width <= maxWidth && height <= maxHeight;
  };
  return (items) => {
    const candidates = items.filter(fits);
    if (candidates.length > topKBefore) candidates.sort(compareDetections).length = topKBefore;
    const left = suppress(candidates, rules);
    if (left.length > topKAfter) left.length = topKAfter;
    return left;
  };
}
