// A decoder of one's own, with a media type of its own: which classes are in the picture at all, and how certainly.
//
// leat run 'video-file-source path=media/shapes.mp4 ! letterbox ! onnx-inference model=models/shapes ! presence-decoder ! json-lines-sink path=out/presence.jsonl'
import { caps, defineElement, type MediaType, sinkPad, srcPad, tensors } from 'leat';
import { z } from 'zod';

const presence: MediaType<'presence', Record<string, number>> = { name: 'presence', caps: caps('presence') };

export const presenceDecoder = defineElement({
  name: 'presence-decoder',
  klass: 'Decoder/Presence',
  summary: 'Says of each class how certainly it is in the picture.',
  example: 'video-test-source ! letterbox ! onnx-inference model=models/shapes ! presence-decoder ! json-lines-sink path=-',
  props: z.strictObject({}),
  pads: { sink: sinkPad(tensors()), src: srcPad(presence) },
  negotiate: { srcCaps: () => presence.caps },
  create: ({ caps: { sink, src }, context: { arena } }) => ({
    transform: (buffer) => {
      const labels = (sink.info?.model as { labels?: string[] } | undefined)?.labels ?? [];
      // Four rows of box sides, then one row of scores for each class.
      const { slab, offset, shape } = buffer.value.predictions!;
      const [rows, anchors] = shape as [number, number];
      const all = arena.view('float32', slab.offset + offset, rows * anchors);
      const best = (row: number): number => all.subarray(row * anchors, (row + 1) * anchors).reduce((a, b) => Math.max(a, b));
      const value = Object.fromEntries(labels.map((label, index) => [label, best(4 + index)]));
      return buffer.derive({ caps: src, slabs: [], value, bytes: 64 });
    },
  }),
});
