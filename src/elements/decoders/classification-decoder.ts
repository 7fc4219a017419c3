// Reads what a frame is from a classifier's output: the classes with the highest scores.
//
// sink: tensors, one of which holds one number for each class, float32 or float16; the caps carry the model's manifest, whose
// `decoder` may hold everything that the props say. src: classifications, the most certain first, of equal ones the lower class.
// Scores that are NaN or infinite are dropped and counted.
//
// Errors: `decoder/unknown-type` where the manifest says that the model is something else, `decoder/bad-params`; of a manifest
// that says sizes, or of the first item: `decoder/missing-output`, `decoder/wrong-shape`, `decoder/unsupported-dtype`; of any item:
// `decoder/not-probabilities`.
import { z } from 'zod';
import { caps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { classifications, tensors } from '../../media/media-types.ts';
import { itemReader } from '../../media/tensor/tensor-reader.ts';
import { classificationReading, classificationSettings } from './classification-reading.ts';
import { lostScores } from './lost-scores.ts';

const props = classificationSettings.extend({
  labels: z.array(z.string()).optional().meta({ description: "Names of the classes. Default: the manifest's." }),
});

/** Bytes that a class counts for in queues. */
const CLASSIFICATION_BYTES = 32;

export const classificationDecoder = defineElement({
  name: 'classification-decoder',
  klass: 'Decoder/Classifications',
  summary: "Reads what a frame is from a classifier's output.",
  example: 'video-test-source ! resize ! onnx-inference model=classifier ! classification-decoder topK=3 ! json-lines-sink path=-',
  props,
  pads: { sink: sinkPad(tensors()), src: srcPad(classifications()) },
  memoryless: true,
  negotiate: { srcCaps: ({ sink }) => caps('classifications', {}, { model: sink['sink']?.info?.['model'] }) },
  create: ({ props, caps: { sink, src }, context }) => {
    const reader = itemReader(context.arena);
    const lost = lostScores(context);
    let read = classificationReading(props, sink);
    return {
      transform: (buffer) => {
        reader.open(buffer.value);
        const { items, notFinite } = read(buffer.value, reader);
        if (notFinite > 0) lost.add(notFinite);
        return buffer.derive({ caps: src, slabs: [], value: { items }, bytes: items.length * CLASSIFICATION_BYTES });
      },
      update: (changed) => {
        read = classificationReading(changed, sink);
      },
      drain: () => lost.report(),
      close: () => reader.close(),
    };
  },
});
