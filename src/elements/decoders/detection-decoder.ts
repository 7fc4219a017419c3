// Reads boxes, classes and scores from a detector's outputs.
//
// sink: tensors, the outputs of a model per item, float32 or float16; the caps carry the model's manifest, whose `decoder` says
// which family it is of (docs/models.md lists them). src: detections in pixels of the source frame, clipped to it, the most
// certain first. The affine that preprocessing has published is undone exactly once, here. Scores that are NaN or infinite are
// dropped and counted, as are boxes with nothing in them.
//
// A family is one entry of a table; `detectionDecoderOf` makes an element of a longer table.
//
// Errors: `decoder/no-type`, `decoder/unknown-type`, `decoder/bad-params`, `decoder/unknown-class`, `decoder/no-size`, and of
// the first item or of a manifest that says sizes: `decoder/wrong-shape`, `decoder/missing-output`, `decoder/unsupported-dtype`;
// of any item: `decoder/not-probabilities`.
import { z } from 'zod';
import { caps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { AnyDetectionHead } from '../../media/detection-heads/detection-head.ts';
import { detectionHeads } from '../../media/detection-heads/detection-heads.ts';
import { detections, tensors } from '../../media/media-types.ts';
import { itemReader } from '../../media/tensor/tensor-reader.ts';
import { detectionReading, readingSettings } from './detection-reading.ts';
import { lostScores } from './lost-scores.ts';

const props = readingSettings.extend({
  labels: z.array(z.string()).optional().meta({ description: "Names of the classes. Default: the manifest's." }),
  params: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: "Params of the family, over those of the manifest's decoder; docs/models.md lists them." }),
});

/** Bytes that a detection counts for in queues. */
const DETECTION_BYTES = 64;

/** A detection decoder that reads the families of a table. */
export function detectionDecoderOf(heads: readonly AnyDetectionHead[], name = 'detection-decoder') {
  return defineElement({
    name,
    klass: 'Decoder/Detections',
    summary: "Reads boxes, classes and scores from a detector's outputs.",
    example: `video-test-source ! letterbox ! onnx-inference model=models/shapes ! ${name} ! nms ! fake-sink`,
    props,
    pads: { sink: sinkPad(tensors()), src: srcPad(detections()) },
    negotiate: { srcCaps: ({ sink }) => caps('detections', {}, { model: sink['sink']?.info?.['model'] }) },
    create: ({ props, caps: { sink, src }, context }) => {
      const reader = itemReader(context.arena);
      const lost = lostScores(context);
      let read = detectionReading(heads, props, sink);
      return {
        transform: (buffer) => {
          reader.open(buffer.value);
          const { items, frame, notFinite } = read(buffer.value, reader, buffer.meta.geometry);
          if (notFinite > 0) lost.add(notFinite);
          return buffer.derive({ caps: src, slabs: [], value: { ...frame, items }, bytes: items.length * DETECTION_BYTES });
        },
        update: (changed) => {
          read = detectionReading(heads, changed, sink);
        },
        drain: () => lost.report(),
        close: () => reader.close(),
      };
    },
  });
}

export const detectionDecoder = detectionDecoderOf(detectionHeads);
