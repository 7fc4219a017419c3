// A filter of one's own: detections above a score.
//
// leat run 'video-file-source path=media/shapes.mp4 ! letterbox ! onnx-inference model=models/shapes ! detection-decoder ! nms ! score-filter threshold=0.8 ! fake-sink'
import { defineElement, detections, sinkPad, srcPad } from 'leat';
import { z } from 'zod';

export const scoreFilter = defineElement({
  name: 'score-filter',
  klass: 'Filter/Detections',
  summary: 'Drops boxes below a score.',
  example:
    'video-test-source ! letterbox ! onnx-inference model=models/shapes ! detection-decoder ! score-filter threshold=0.8 ! fake-sink',
  props: z.strictObject({
    threshold: z.number().min(0).max(1).default(0.5).meta({ description: 'Score below which a box is dropped.' }),
  }),
  pads: { sink: sinkPad(detections()), src: srcPad(detections()) },
  create: ({ props }) => ({
    transform: (buffer) => {
      const items = buffer.value.items.filter(({ score }) => score >= props.threshold);
      return buffer.derive({ value: { ...buffer.value, items } });
    },
  }),
});
