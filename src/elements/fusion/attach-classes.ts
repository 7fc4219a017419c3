// Leads what a second model says of objects back to them: classifications of crops go to the detections they were cut out for.
//
// sink: detections; classes: classifications, as they follow from crop-by-boxes; src: detections, whose items that were looked at
// have `classes`, the most certain first. They go together by source, epoch, time and number of the detections and by the
// object's place among them, whatever the order of arrival and however crops were batched on the way. Detections wait until every crop of theirs
// has been classified or the other stream is beyond them, `maxPending` of a source at most; where `maxWaitMs` is set no longer than
// that, in live graphs until they are due at the sinks, and leave without what is missing. Classifications that come after that
// are counted as `late`, those without detections as `unmatched`.
import { z } from 'zod';
import { defineElement, type OpenContext } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { classifications, detections } from '../../media/media-types.ts';
import { ClassAttacher } from './class-attacher.ts';
import { liveLatency } from './live-deadline.ts';

const props = z.strictObject({
  maxWaitMs: z.number().min(0).nullable().default(null).meta({
    description:
      'How long detections wait for their classes, in milliseconds from their arrival; null until it is settled which there are.',
  }),
  maxPending: z.int().min(1).max(65536).default(64).meta({
    description: 'The most detections of a source that wait; beyond that their sender does.',
  }),
});

export const attachClasses = defineElement({
  name: 'attach-classes',
  klass: 'Fusion/Detections',
  summary: 'Leads what a second model says of objects back to them.',
  example:
    'attach-classes name=a ! json-lines-sink path=-  video-test-source count=10 ! tee name=t  t. ! c.sink  crop-by-boxes name=c width=64 height=64  t. ! letterbox ! onnx-inference model=shapes ! detection-decoder ! tee name=d  d. ! c.boxes  d. ! a.sink  c. ! onnx-inference model=species ! classification-decoder ! a.classes',
  props,
  pads: { sink: sinkPad(detections()), classes: sinkPad(classifications()), src: srcPad(detections()) },
  negotiate: { srcCaps: ({ sink }) => [sink['sink']!] },
  latency: ({ maxWaitMs }, graph) => (maxWaitMs === null ? liveLatency(graph) : { min: maxWaitMs * 1000, max: maxWaitMs * 1000 }),
  holdsBack: true,
  open: ({ props: { maxWaitMs, maxPending }, context }: OpenContext<z.output<typeof props>>): ClassAttacher =>
    new ClassAttacher(context, { maxWait: maxWaitMs === null ? undefined : maxWaitMs * 1000, maxPending }),
  close: (attacher) => attacher.flush(),
  create: ({ caps, resource: attacher }) => {
    attacher.prepare(caps.src);
    return {
      chain: {
        sink: (buffer) => attacher.takeDetections(buffer),
        classes: (buffer) => attacher.takeClasses(buffer),
      },
      gap: (pad, until, event) => attacher.gap(pad === 'sink', until, event),
      ended: (pad) => attacher.end(pad === 'sink'),
      sourceEnded: (pad, event) => attacher.sourceEnded(pad === 'sink', event),
      sourceEnd: (_pad, pass, event) => attacher.sourceEnd(event, pass),
      drain: () => attacher.drain(),
      flush: () => attacher.flush(),
    };
  },
});
